"""Trees to named arrays and back: the same structure, types, layouts and bits."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from thalweg.training.saved_tree import tensors_of, tree_of


class Part(NamedTuple):
    step: object
    rest: object


TREE = Part(
    3,
    {
        "float": 0.1,
        "bool": True,
        "scalar": np.float32(0.1),
        "array": np.array([[np.nan, -0.0], [np.inf, 5e-324]]),
        "rows": np.arange(6.0).reshape(2, 3),
        "columns": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        "every second": np.arange(10)[::2],
        "none": None,
        "empty": np.zeros((0, 2), np.int8),
        "tuple": (np.array(7, np.int32), ()),
    },
)


def test_all_comes_back():
    found = tree_of("s", TREE, *tensors_of("s", TREE))
    ones, others = jax.tree.leaves(TREE), jax.tree.leaves(found)
    assert jax.tree.structure(found) == jax.tree.structure(TREE)
    for one, other in zip(ones, others, strict=True):
        assert type(one) is type(other)
        assert np.asarray(one).tobytes("A") == np.asarray(other).tobytes("A")
        assert np.shape(one) == np.shape(other)
        assert np.asarray(one).dtype == np.asarray(other).dtype
    assert found.rest["columns"].flags.f_contiguous
    assert not found.rest["columns"].flags.c_contiguous


def test_what_only_jax_knows():
    """Keys of its generators, bfloat16, and nodes of its trees that are no tuples."""
    tree = {"key": jax.random.key(3), "half": jnp.ones(3, jnp.bfloat16), "list": [jnp.zeros(2), 1.5]}
    tensors, kinds = tensors_of("s", tree, by_jax=True)
    assert all(isinstance(values, np.ndarray) and values.dtype.kind in "biuf" for values in tensors.values())
    found = tree_of("s", tree, tensors, kinds, by_jax=True)
    assert (jax.random.key_data(found["key"]) == jax.random.key_data(tree["key"])).all()
    assert jax.random.key_impl(found["key"]) == jax.random.key_impl(tree["key"])
    assert found["half"].dtype == jnp.bfloat16
    assert (np.asarray(found["half"]) == np.asarray(tree["half"])).all()
    assert found["list"][1] == 1.5


@pytest.mark.parametrize("like", [Part(np.zeros(3), None), Part(0, {"other": 0.0})])
def test_a_tree_of_another_form(like):
    with pytest.raises((KeyError, ValueError)):
        tree_of("s", like, *tensors_of("s", Part(np.zeros(2), {"this": 0.0})))
