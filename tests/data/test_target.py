import json
from decimal import Decimal

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.preprocessing import LabelBinarizer, StandardScaler

from thalweg.data import TargetEncoding
from thalweg.errors import ArgumentError, DataError


def y(values: list, dtype: pl.DataType | type[pl.DataType] | None = None) -> pl.Series:
    return pl.Series("y", values, dtype=dtype)


def fit(values: list, task: str = "classification") -> TargetEncoding:
    return TargetEncoding.fit(y(values), task)


@given(st.lists(st.sampled_from(["fig", "plum", "Zoë", "apple"]), min_size=8, max_size=40))
def test_classes_agree_with_scikit_learn(values: list[str]):
    if len(set(values)) < 2:
        return
    target = fit(values)
    oracle = LabelBinarizer().fit(values)
    assert list(target.classes) == oracle.classes_.tolist()
    T = target.encode(y(values))
    np.testing.assert_array_equal(T, oracle.transform(values))
    assert T.dtype == np.float64
    assert T.shape[1] == target.outputs
    assert target.decode(T).tolist() == values
    assert target.labels(y(values)).tolist() == values
    np.testing.assert_array_equal(target.probabilities(T).sum(axis=1), 1)


@given(st.lists(st.floats(-1e6, 1e6).map(lambda value: round(value, 3)), min_size=2, max_size=40))
def test_values_agree_with_scikit_learn(values: list[float]):
    if np.std(values) < 1e-3:
        return
    target = fit(values, "regression")
    T = target.encode(y(values))
    np.testing.assert_allclose(T, StandardScaler().fit_transform(np.array(values)[:, None]), rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(target.decode(T), values, rtol=1e-9, atol=1e-6)
    assert target.labels(y(values)).dtype == np.float64


@pytest.mark.parametrize(
    ("values", "classes"),
    [
        ([2, 10, 1, 2, 10, 1], (1, 2, 10)),
        ([True, False], (False, True)),
        ([2.0, 1.0], (1.0, 2.0)),
        (["10", "9", "10"], ("10", "9")),
        ([Decimal("1.5"), Decimal("0.5")], (0.5, 1.5)),
    ],
)
def test_classes_keep_their_type(values: list, classes: tuple):
    target = fit(values)
    assert target.classes == classes
    again = TargetEncoding.from_dict(json.loads(json.dumps(target.to_dict())))
    assert again == target
    assert list(map(type, again.classes)) == list(map(type, classes))


def test_an_enum_keeps_its_order():
    target = TargetEncoding.fit(y(["low", "high", "mid"] * 2, pl.Enum(["low", "mid", "high"])), "classification")
    assert target.classes == ("low", "mid", "high")
    assert target.encode(y(["high", "low"])).tolist() == [[0, 0, 1], [1, 0, 0]]


def test_one_sigmoid_output():
    target = fit(["no", "yes"])
    np.testing.assert_allclose(target.probabilities(np.array([[0.2], [0.7]])), [[0.8, 0.2], [0.3, 0.7]])
    assert target.decode(np.array([[0.2], [0.5], [0.7]])).tolist() == ["no", "no", "yes"]


def test_softmax_outputs():
    target = fit([3, 1, 2] * 2)
    outputs = np.array([[0.2, 0.3, 0.5], [0.6, 0.3, 0.1]])
    np.testing.assert_array_equal(target.probabilities(outputs), outputs)
    assert target.decode(outputs).tolist() == [3, 1]


@pytest.mark.parametrize("shape", [(2,), (2, 2), (2, 4)])
def test_outputs_of_another_width_are_refused(shape: tuple[int, ...]):
    with pytest.raises(DataError, match=r"\(rows, 3\), not \(2,"):
        fit([3, 1, 2] * 2).decode(np.zeros(shape))


def test_missing_targets_are_nan():
    np.testing.assert_array_equal(fit(["a", "b"]).encode(y(["b", None])), [[1], [np.nan]])
    np.testing.assert_array_equal(fit([1, 2, 3] * 2).encode(y([1, None])), [[1, 0, 0], [np.nan] * 3])
    assert np.isnan(fit([1.0, 3.0], "regression").encode(y([2.0, None]))).tolist() == [[False], [True]]
    assert np.isnan(fit([1.0, 3.0], "regression").encode(y([None, None]))).all()


def test_round_trip_of_a_regression():
    target = fit([0.1, 1 / 3, 7.0], "regression")
    assert TargetEncoding.from_dict(json.loads(json.dumps(target.to_dict()))) == target


@pytest.mark.parametrize(
    ("values", "task", "words"),
    [
        (["a", "a", None], "classification", "one class only, 'a'.*two classes"),
        ([1.5, 2.5, 3.5, 3.5], "classification", "3 classes in 4 rows.*--task regression"),
        (["a", "b", "c", "c"], "classification", "3 classes in 4 rows.*choose a column"),
        ([2.0, None, 2.0], "regression", "is 2 in every row.*varies"),
        ([None, "a", "b"], "regression", "is 'a' in row 2, which is no number.*--task classification"),
        ([True, False], "regression", "is True in row 1.*--task classification"),
        ([1.0, float("inf")], "regression", "infinite in row 2"),
        ([1.0, float("inf")], "classification", "infinite in row 2"),
        ([1e200, -1e200], "regression", "too large"),
    ],
)
def test_unusable_targets(values: list, task: str, words: str):
    with pytest.raises(DataError, match=f"'y'.*{words}"):
        fit(values, task)


def test_two_classes_are_enough_rows_for_anyone():
    assert fit([0, 1]).classes == (0, 1)


def test_an_unknown_task():
    with pytest.raises(ArgumentError, match="unknown task"):
        fit([0, 1], "clustering")


@pytest.mark.parametrize(
    ("trained", "new", "words"),
    [
        (["fig", "plum"], ["fig", None, "plumb"], "'plumb' in row 3.*'fig', 'plum'"),
        ([0, 1], [True], "True in row 1"),
        ([0, 1], [0.5], "0.5 in row 1"),
        ([0, 1], ["0"], "'0' in row 1"),
    ],
)
def test_an_unseen_class_is_refused(trained: list, new: list, words: str):
    with pytest.raises(DataError, match=f"target 'y' is {words}"):
        fit(trained).encode(y(new))


def test_the_same_number_of_another_type_is_the_same_class():
    assert fit([0, 1]).encode(y([1.0, 0.0])).tolist() == [[1], [0]]


def test_a_value_that_is_no_number_or_overflows():
    target = fit([1e-9, 2e-9], "regression")
    with pytest.raises(DataError, match="'y' is 'a' in row 1"):
        target.encode(y(["a"]))
    with pytest.raises(DataError, match="row 2"):
        target.encode(y([1.0, 1e305]))


def test_regression_has_no_probabilities():
    with pytest.raises(DataError, match="only classes"):
        fit([1.0, 2.0], "regression").probabilities(np.zeros((1, 1)))


@pytest.mark.parametrize(
    "change",
    [
        {"task": "clustering"},
        {"classes": ["a"]},
        {"classes": ["a", "a"]},
        {"scale": {"mean": 0.0, "deviation": 1.0}},
        {"name": 1},
    ],
)
def test_malformed_records_are_refused(change: dict):
    with pytest.raises(DataError):
        TargetEncoding.from_dict({**fit(["a", "b"]).to_dict(), **change})
