"""Trees as vectors: every entry has a name, and the tree comes back in its own kinds."""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
import pytest

import thalweg as tw
from thalweg.gradient_check.entries import read_entries


class Pair(NamedTuple):
    W: object
    b: object


TREES = {
    "an array": (np.arange(6.0).reshape(2, 3), ["x[0,0]", "x[0,1]", "x[0,2]", "x[1,0]", "x[1,1]", "x[1,2]"]),
    "a number": (2.0, ["x"]),
    "numbers": ([1.0, 2], ["x[0]", "x[1]"]),
    "a table": ([[1.0, 2], [3, 4]], ["x[0,0]", "x[0,1]", "x[1,0]", "x[1,1]"]),
    "a dict": ({"W": np.ones((1, 2)), "b": np.zeros(1)}, ["W[0,0]", "W[0,1]", "b[0]"]),
    "dicts": ({"one": {"W": np.ones(1)}, "two": {"W": 3.0}}, ["one.W[0]", "two.W"]),
    "a list": ([np.ones(1), np.ones((1, 1))], ["x[0][0]", "x[1][0,0]"]),
    "a named tuple": (Pair(np.ones(1), None), ["W[0]"]),
    "in a dict": ({"one": Pair({"p": np.ones((1, 1))}, np.ones(1))}, ["one.W.p[0,0]", "one.b[0]"]),
    "whole numbers": (np.arange(2), ["x[0]", "x[1]"]),
}  # fmt: skip


@pytest.mark.parametrize("kind", TREES)
def test_names_and_the_way_back(kind):
    tree, names = TREES[kind]
    entries = read_entries(tree)
    assert [entries.name_of(index) for index in range(len(entries.vector))] == names
    back = entries.build(entries.vector)
    again = read_entries(back)
    np.testing.assert_array_equal(again.vector, entries.vector)
    assert again.blocks == entries.blocks
    assert isinstance(back, type(tree)) or isinstance(tree, list)
    assert entries.vector.dtype == np.float64


def test_what_is_built_is_new():
    x = {"W": np.ones(2)}
    entries = read_entries(x)
    built = entries.build(entries.vector)
    built["W"] += 1.0
    np.testing.assert_array_equal(x["W"], 1.0)
    np.testing.assert_array_equal(entries.vector, 1.0)


def test_another_librarys_arrays_stay_its_own():
    built = read_entries({"W": jnp.ones(2)}).build(np.array([1.0, 2.0]))
    assert isinstance(built["W"], jnp.ndarray)
    assert built["W"].dtype == jnp.float32
    assert isinstance(read_entries(jnp.arange(2)).build(np.array([0.5, 1.5])), jnp.ndarray)


def test_biases():
    def biases(x, **options):
        return [block.name for block in read_entries(x, **options).blocks if block.is_bias]

    assert biases({"W1": np.ones((2, 2)), "theta": np.ones(2)}) == ["theta"]
    assert biases({"w": np.ones(2), "b": 0.0}) == ["b"]
    assert biases({"w": np.ones(2), "v": np.ones(2)}) == []
    assert biases(np.ones(2)) == []
    assert biases(np.ones(5), shapes={"W": (2, 2), "b": 1}) == ["b"]
    assert biases(tw.mlp(2, 3, 1).init(0)) == ["layer1.bias", "layer2.bias"]


def test_two_arrays_of_one_name_are_refused():
    with pytest.raises(tw.ArgumentError, match=r"two arrays of the same name: a\.b, a\.b"):
        read_entries({"a.b": np.ones(1), "a": {"b": np.ones(1)}})
