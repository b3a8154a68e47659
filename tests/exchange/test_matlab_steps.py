"""MATLAB's processing steps in and back out, beside their published equations in NumPy."""

import numpy as np
import pytest

from thalweg import forward
from thalweg.data.scale import Scale
from thalweg.errors import ArgumentError
from thalweg.exchange.assembly import Assembly
from thalweg.exchange.matlab_steps import TRANSFERS, applied, reversed_step, scales_of, steps_size, transfer

RNG = np.random.default_rng(0)
X = RNG.normal(size=(6, 3))
M = RNG.normal(size=(3, 3))
MINMAX = {"xoffset": np.array([0.5, -1.0, 2.0]), "gain": np.array([2.0, 0.5, 4.0]), "ymin": -1.0}
STD = {"xoffset": np.array([0.5, -1.0, 2.0]), "gain": np.array([2.0, 0.5, 4.0]), "ymean": 0.25}
KEEP = {"keep": np.array([3.0, 1.0]), "remove": np.array([2.0]), "constants": np.array([7.0])}
PCA = {"transform": M, "inverseTransform": np.linalg.inv(M)}


def through(step, way, width=3, rows=X):
    made = Assembly()
    value = way(made, made.input("x", width), step, "x1_step1")
    network, params = made.finish(value)
    return forward(network, params, rows).output


def test_steps_are_applied_by_their_equations():
    for step, shift in ((MINMAX, -1.0), (STD, 0.25)):
        expected = (X - step["xoffset"]) * step["gain"] + shift
        np.testing.assert_allclose(through(step, applied), expected, rtol=1e-13)
    np.testing.assert_allclose(through(KEEP, applied), X[:, [2, 0]], rtol=1e-13)
    np.testing.assert_allclose(through(PCA, applied), X @ M.T, rtol=1e-12)


@pytest.mark.parametrize("step", [MINMAX, STD, PCA])
def test_reversed_they_are_undone(step):
    np.testing.assert_allclose(through(step, reversed_step, rows=through(step, applied)), X, rtol=1e-9)


def test_removed_rows_come_back_as_their_constants():
    for name in ("constants", "value"):
        step = {"keep": KEEP["keep"], "remove": KEEP["remove"], name: KEEP["constants"]}
        found = through(step, reversed_step, 2, X[:, :2])
        np.testing.assert_allclose(found, np.column_stack([X[:, 1], np.full(6, 7.0), X[:, 0]]), rtol=1e-13)


@pytest.mark.parametrize(
    "step",
    [
        {"no_change": True}, {"unknown": np.zeros((0, 0)), "known": np.array([1.0, 2.0, 3.0])},
        {"no_change": np.array([1.0]), "xrows": 3},
    ],
)  # fmt: skip
@pytest.mark.parametrize("way", [applied, reversed_step])
def test_a_step_that_changes_nothing_is_none(step, way):
    np.testing.assert_array_equal(through(step, way), X)


@pytest.mark.parametrize(
    ("step", "way", "told"),
    [
        ({"unknown": np.array([2.0])}, applied, "x1_step1: fixunknowns of rows that may be missing"),
        ({"xoffset": 1.0}, applied, "x1_step1: xoffset; known are xoffset and gain"),
        ({"xoffset": 1.0, "gain": 1.0}, applied, "without ymin"),
        ({**MINMAX, "gain": np.zeros(3)}, reversed_step, "a gain of 0, which cannot be undone"),
        ({"transform": M}, reversed_step, "processpca without its inverseTransform"),
        ({"keep": np.array([4.0])}, applied, "not among the 3"),
        ({"keep": np.array([1.0]), "remove": np.array([2.0])}, reversed_step, "do not say what the removed rows are"),
        ({"transform": M[:, :2]}, applied, r"x1_step1.transform has shape \(3, 2\); it is given 3 values"),
    ],
)
def test_what_cannot_be_followed_is_told(step, way, told):
    with pytest.raises(ArgumentError, match=told):
        through(step, way)


def test_how_many_rows_the_steps_are_given():
    given = [([MINMAX], 3), ([KEEP], 3), ([PCA], 3), ([{"xrows": 5}], 5), ([{"xmin": np.zeros(4)}], 4), ([{}], None)]
    for steps, rows in [*given, ([{"no_change": True}, STD], 3)]:
        assert steps_size(steps) == rows


def test_the_scale_of_each_row_gives_what_the_step_gives():
    for step in (MINMAX, STD):
        scales = scales_of([step, {"no_change": True}], 3, "x1_step1")
        scaled = np.column_stack([scale.apply(column) for scale, column in zip(scales, X.T, strict=True)])
        np.testing.assert_allclose(scaled, through(step, applied), rtol=1e-12)
    assert scales_of([], 2, "x1_step1") == (Scale(0.0, 1.0),) * 2


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ([KEEP], "needs mapminmax or mapstd alone"), ([MINMAX, STD], "needs mapminmax or mapstd alone"),
        ([{**MINMAX, "gain": -1.0}], "a gain that is not above 0"),
        ([{**MINMAX, "gain": np.ones(2)}], "settings of 2 numbers for 3 rows"),
    ],
)  # fmt: skip
def test_what_is_no_scale_of_each_row_is_told(steps, told):
    with pytest.raises(ArgumentError, match=told):
        scales_of(steps, 3, "x1_step1")


def test_transfer_functions_go_by_matlabs_names():
    assert [type(transfer(name, "layer 1")).__name__ for name in TRANSFERS[:3]] == ["Tanh", "Sigmoid", "Linear"]
    for wrong in ("compet", None, 5):
        with pytest.raises(ArgumentError, match="layer 1: unknown transfer function"):
            transfer(wrong, "layer 1")
