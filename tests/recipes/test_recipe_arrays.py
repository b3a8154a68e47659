"""Arrays encoded for a recipe, against MinMaxScaler and StandardScaler of scikit-learn; classes in all their forms."""

import numpy as np
import pytest
from sklearn.preprocessing import MinMaxScaler, StandardScaler

import thalweg as tw
from thalweg.recipes.arrays import fit_inputs, fit_values, read_classes, read_scaling

P = np.random.default_rng(0).uniform(-3, 50, (30, 3))
TRAIN = np.arange(20)


def encoded(columns, layout, P):
    return np.column_stack([column.encode(layout.frame(P)[column.name])[0] for column in columns])


@pytest.mark.parametrize(
    ("scaling", "scaler"), [("mapminmax", MinMaxScaler((-1, 1))), ("standard", StandardScaler()), ("none", None)]
)
def test_inputs_and_targets_are_scaled_by_the_training_rows(scaling, scaler):
    columns, layout, notes = fit_inputs(P, TRAIN, scaling)
    expected = P if scaler is None else scaler.fit(P[TRAIN]).transform(P)
    np.testing.assert_allclose(encoded(columns, layout, P), expected, rtol=1e-12, atol=1e-13)
    for place, target in enumerate(fit_values(P, TRAIN, scaling)):
        np.testing.assert_allclose(target.scale.apply(P[:, place]), expected[:, place], rtol=1e-12, atol=1e-13)
    assert not notes


def test_a_constant_input_is_left_out_and_a_missing_value_has_a_mark():
    given = np.column_stack([P, np.full(30, 4.0), P[:, 0]])
    given[[3, 25], 4] = np.nan
    given[21, 3] = 5.0  # it varies, but not in the training rows
    columns, layout, notes = fit_inputs(given, TRAIN, "mapminmax")
    assert [column.name for column in columns] == ["x1", "x2", "x3", "x5"]
    assert layout.inputs == ("x1", "x2", "x3", "x4", "x5")
    assert notes == ["input x4 is 4 in every training row: left out"]
    X = encoded(columns, layout, given)
    assert X.shape == (30, 5)
    assert set(np.flatnonzero(X[:, 4])) == {3, 25}
    known = np.delete(given[TRAIN, 4], 3)
    low, high = known.min(), known.max()
    np.testing.assert_allclose(X[[3, 25], 3], 2 * (known.mean() - low) / (high - low) - 1)


def test_scalings_by_the_names_of_matlab():
    assert [read_scaling(name) for name in ("mapminmax", "mapstd", "standard", "none")] == [
        "mapminmax", "standard", "standard", "none"
    ]  # fmt: skip
    with pytest.raises(tw.ArgumentError, match="unknown scaling 'mapst': did you mean 'mapstd'"):
        read_scaling("mapst")


def test_nothing_that_varies():
    with pytest.raises(
        tw.DataError, match=r"no input is left \(input x1 is 1 in every training row: left out; input x2"
    ):
        fit_inputs(np.array([[1.0, np.nan]] * 5), np.arange(4), "mapminmax")


def test_a_target_that_is_constant_in_training():
    with pytest.raises(tw.DataError, match=r"target 'y' is 1 in every training row: give a T that varies$"):
        fit_values(np.ones((5, 1)), np.arange(4), "mapminmax")
    T = np.column_stack([np.arange(5.0), [4, 4, 4, 4, 9.0]])
    told = r"target 'y2' is 4 in every training row, though not in the others: divide .*, or leave column 1 \(counted"
    with pytest.raises(tw.DataError, match=told):
        fit_values(T, np.arange(4), "mapminmax")
    with pytest.raises(
        tw.DataError, match=r"target 'b' is 4 in every training row: leave column 1 \(counted from 0\) out"
    ):
        fit_values(T[:4], np.arange(3), "standard", ("a", "b"))
    with pytest.raises(tw.DataError, match=r"target 'y2' has no value in the training rows: leave column 1"):
        fit_values(np.column_stack([np.arange(5.0), np.full(5, np.nan)]), np.arange(4), "none")


def test_classes_as_rows_numbers_and_labels():
    one_hot = np.eye(3)[[0, 2, 1, 1]]
    labels, target, single = read_classes(one_hot)
    assert (labels.tolist(), target.classes, single) == ([1, 3, 2, 2], (1, 2, 3), False)
    labels, target, single = read_classes(one_hot[:, :2] + np.array([[0, 0], [0, 1], [0, 0], [0, 0]]))
    assert (labels.tolist(), target.classes, single) == ([1, 2, 2, 2], (1, 2), False)
    for zeros_and_ones in ([0, 1, 1], [[0.0], [1.0], [1.0]], np.array([False, True, True])):
        labels, target, single = read_classes(zeros_and_ones)
        assert (labels.tolist(), target.classes, single) == ([0, 1, 1], (0, 1), True)
    labels, target, single = read_classes(["b", "a", "b", "a"])
    assert (labels.tolist(), target.classes, single) == (["b", "a", "b", "a"], ("a", "b"), False)


@pytest.mark.parametrize(
    ("T", "told"),
    [
        (np.array([[1, 0], [1, 1]]), r"T is \[1, 1\] in row 1 .*; it must be one 1 among 0s"),
        (np.array([[0.5], [1.0]]), r"T is \[0.5\] in row 0 .*; it must be 0 or 1"),
        (np.array([[np.nan], [1.0]]), r"T is \[nan\] in row 0"),
        (np.eye(3)[[0, 1, 2, 2, 1]].T, "transposed. examples are rows here, give P.T and T.T"),
        (np.array([["a"], ["b"]]), r"it must be one-hot rows .*, or a vector of labels: T.ravel\(\)$"),
        (np.array([["a", "b", "b"]]), r"it must be one-hot rows .*, or a vector of labels: T.ravel\(\)$"),
        (np.ones((2, 2, 2)), "it must be one-hot rows"),
    ],
)
def test_what_are_no_classes(T, told):
    with pytest.raises(tw.DataError, match=told):
        read_classes(T)
