"""What a gradient function gives back, laid beside x: what is absent, and shapes that are not x's."""

import numpy as np
import pytest

import thalweg as tw
from thalweg.gradient_check.entries import Block, read_entries
from thalweg.gradient_check.returned import fit_shape, left_out, read_returned

TREE = {"W": np.ones((2, 3)), "more": [np.ones(2), None], "b": np.ones(2)}
FITS = {"W": np.zeros((2, 3)), "more": [np.zeros(2), None], "b": np.zeros(2)}


def kinds(given, x=TREE, **options):
    returned = read_returned(read_entries(x, **options), given)
    return [(found.kind, found.where) for found in returned.findings]


def test_what_fits():
    returned = read_returned(read_entries(TREE), FITS)
    assert list(returned.arrays) == ["W", "more[0]", "b"]
    assert returned.findings == ()
    assert returned.precision == 2.0**-52
    single = {**FITS, "b": np.zeros(2, "float32")}
    assert read_returned(read_entries(TREE), single).precision == 2.0**-23
    whole = {**FITS, "b": np.zeros(2, int)}
    assert read_returned(read_entries(TREE), whole).precision == 2.0**-52


def test_what_is_given_is_copied():
    given = np.zeros(2)
    kept = read_returned(read_entries(np.ones(2)), given).arrays["x"]
    given += 1.0
    np.testing.assert_array_equal(kept, 0.0)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"b": None}, [("bias_missing", ("b",))]),
        ({"b": np.ones(0)}, [("bias_missing", ("b",))]),
        ({"W": None}, [("missing", ("W",))]),
        ({"more": None}, [("bias_missing", ("more[0]",))]),
        ({"c": 1.0}, [("extra", ("c",))]),
    ],
)
def test_what_is_absent_or_too_much(change, found):
    assert kinds({**FITS, **change}) == found


def test_a_vector_for_a_tree_and_without_biases():
    assert kinds(np.zeros(10)) == [("shape", ())]
    assert kinds(np.zeros((10, 1))) == [("shape", ())]
    shapes = {"W": (2, 2), "b": (2,)}
    assert kinds(np.zeros(6), np.ones(6), shapes=shapes) == []
    assert kinds(np.zeros(4), np.ones(6), shapes=shapes) == [("bias_missing", ("b",))]
    assert kinds(np.zeros(5), np.ones(6), shapes=shapes) == [("shape", ())]


@pytest.mark.parametrize("given", [[1, 2], np.ones((3, 3)), "text", {"W": "text"}, {"W": np.ones((2, 3)) * 1j}])
def test_no_gradient_at_all(given):
    with pytest.raises(tw.ArgumentError):
        kinds(given)


def fitted(array, shape, right):
    block = Block("W", shape, 0)
    laid, found = fit_shape(block, array, lambda values: np.allclose(values, right))
    return laid, None if found is None else found.kind


def test_shapes():
    right = np.arange(6.0).reshape(2, 3)
    for array, kind in (
        (right, None),
        (right.T, "transposed"),
        (right.reshape(3, 2), "shape"),
        (right.ravel(), "shape"),
    ):
        laid, found = fitted(array, (2, 3), right)
        np.testing.assert_array_equal(laid, right)
        assert found == kind
    singles = np.stack([right, 3 * right])
    laid, found = fitted(singles, (2, 3), 2 * right)
    np.testing.assert_array_equal(laid, 2 * right)
    assert found == "each_example"
    assert fitted(singles, (2, 3), right) == (None, "shape")
    assert fitted(np.ones(()), (2, 3), right) == (None, "shape")
    assert fitted(np.ones((4, 4)), (2, 3), right) == (None, "shape")


def test_each_entry_that_is_left_out_is_told_by_its_own_uncertainty():
    near = np.array([1e-6, 1e-6, 0.1])
    assert left_out(np.array([1.0, 3.05]), np.array([1.0, 2.0, 3.0]), near).tolist() == [False, True, False]
    assert left_out(np.array([1.05, 3.0]), np.array([1.0, 2.0, 3.0]), near) is None


def test_left_out():
    right, near = np.arange(5.0), np.full(5, 1e-9)
    np.testing.assert_array_equal(left_out(right[[0, 3, 4]], right, near), [False, True, True, False, False])
    assert left_out(right[[3, 0]], right, near) is None
    assert left_out(right[:0], right, near) is None
    assert left_out(right, right, near) is None
