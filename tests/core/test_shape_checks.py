"""The annotations of the mathematics are checked while the tests run."""

import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import TypeCheckError

import thalweg as tw
from thalweg.core.activations import Softmax
from thalweg.core.initializers import Zeros
from thalweg.core.losses import MSE
from thalweg.core.weighing import example_factors


def test_one_dimension_too_many_is_caught():
    with pytest.raises(tw.ArgumentError, match=r"x has shape \(3, 1\); the network has 3 parameters"):
        tw.mlp(2, 1).unravel(np.zeros((3, 1)))


@pytest.mark.parametrize("xp", [np, jnp])
def test_integers_where_real_numbers_belong_are_caught(xp):
    with pytest.raises(TypeCheckError, match="jacobian"):
        Softmax().jacobian(xp.ones((2, 2), dtype=int))


def test_sample_weights_that_are_no_vector_are_caught():
    with pytest.raises(TypeCheckError, match="example_factors"):
        example_factors(MSE(), 2, 3, np.ones((3, 1, 1)))


def test_a_result_of_wrong_shape_is_caught(monkeypatch):
    monkeypatch.setattr("thalweg.core.initializers._zeros", lambda *shape: np.zeros((2, 2, 2)))
    with pytest.raises(TypeCheckError, match="return value"):
        Zeros()(np.random.default_rng(0), 2, 2, tw.activations.Tanh())


def test_the_checks_can_be_left_out_of_a_test(unchecked_shapes):
    with pytest.raises(tw.ArgumentError, match="x has shape"):
        tw.mlp(2, 1).unravel(np.zeros((3, 1)))


def test_wrong_names_and_numbers_are_told_by_the_library_itself():
    with pytest.raises(tw.ArgumentError, match=r"size 2\.5"):
        tw.Layer("a", 2.5)
