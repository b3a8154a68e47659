"""The array library of the arguments, and maps over trees of arrays."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special

import thalweg as tw
from thalweg.core.arrays import namespace, special, tree_map


class Pair(NamedTuple):
    left: object
    right: object


def test_the_library_is_that_of_the_arguments():
    assert namespace(np.ones(2)) is np
    assert namespace(np.float32(1.0), 2.0) is np
    assert namespace(3.0) is np
    assert namespace(jnp.ones(2)) is jnp
    assert namespace(np.ones(2), jnp.ones(2)) is jnp
    assert jax.jit(lambda x: x * (namespace(x) is jnp))(2.0) == 2.0


@pytest.mark.parametrize("xp", [np, jnp])
def test_special_functions_come_from_the_library(xp):
    x = xp.asarray([-1.0, 0.0, 2.0])
    found = special(xp, "erf")(x)
    assert isinstance(found, type(x))
    np.testing.assert_allclose(found, scipy.special.erf(np.asarray(x)), rtol=1e-6)


def test_map_over_trees():
    tree = {"a": Pair(1, None), "b": (2, {"c": 3})}
    other = {"b": (20, {"c": 30}), "a": Pair(10, None)}
    assert tree_map(lambda x: -x, tree) == {"a": Pair(-1, None), "b": (-2, {"c": -3})}
    summed = tree_map(lambda x, y: x + y, tree, other)
    assert summed == {"a": Pair(11, None), "b": (22, {"c": 33})}
    assert type(summed["a"]) is Pair
    assert tree_map(lambda x, y, z: x + y + z, 1, 2, 3) == 6
    assert tree == {"a": Pair(1, None), "b": (2, {"c": 3})}


@pytest.mark.parametrize(
    ("left", "right", "message"),
    [
        ({"a": 1}, {"b": 1}, "trees differ: a in one, b in another"),
        ({"a": 1}, {"a": 1, "b": 1}, "trees differ: a in one, a, b in another"),
        ({"a": 1, "b": 1}, {"a": 1}, "trees differ: a, b in one, a in another"),
        ({"a": 1}, (1,), "trees differ: a in one, tuple in another"),
        ((1, 2), (1,), "trees differ: 2 parts in one, 1 parts in another"),
        (Pair(1, 2), {"left": 1, "right": 2}, "trees differ: 2 parts in one, dict in another"),
        ({"a": None}, {"a": 1}, "trees differ: None stands in one where another has an array"),
    ],
)
def test_trees_that_are_not_alike(left, right, message):
    with pytest.raises(tw.ArgumentError) as told:
        tree_map(lambda x, y: x, left, right)
    assert str(told.value) == message
