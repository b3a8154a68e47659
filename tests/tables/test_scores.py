"""Scores against counting and summing by hand."""

import json
import math

import numpy as np
import pytest
from sklearn import metrics
from sklearn.dummy import DummyClassifier, DummyRegressor

from thalweg.errors import ArgumentError, DataError
from thalweg.tables.scores import (
    ConstantValue,
    RegressionScores,
    classification_scores,
    regression_scores,
    scores_from_dict,
)

ACTUAL = ["cat", "cat", "cat", "dog", "dog", "eel"]
PREDICTED = ["cat", "cat", "dog", "dog", "dog", "cat"]
CLASSES = ["eel", "dog", "cat", "fly"]  # not sorted, and one that is in no row
PROBABILITIES = [
    [0.1, 0.1, 0.8, 0.0],
    [0.2, 0.2, 0.5, 0.1],
    [0.1, 0.6, 0.2, 0.1],
    [0.0, 0.9, 0.1, 0.0],
    [0.1, 0.5, 0.2, 0.2],
    [0.3, 0.1, 0.5, 0.1],
]


@pytest.fixture
def scores():
    return classification_scores(ACTUAL, PREDICTED, PROBABILITIES, CLASSES)


class TestClassification:
    def test_counts(self, scores):
        assert scores.examples == 6
        assert scores.classes == ("eel", "dog", "cat", "fly")
        assert scores.support == (1, 2, 3, 0)
        assert scores.confusion == ((0, 0, 1, 0), (0, 2, 0, 0), (0, 1, 2, 0), (0, 0, 0, 0))

    def test_shares(self, scores):
        assert scores.accuracy == pytest.approx(4 / 6)
        assert scores.precision == pytest.approx((0, 2 / 3, 2 / 3, None))
        assert scores.recall == pytest.approx((0, 1, 2 / 3, None))
        assert scores.f1 == pytest.approx((0, 4 / 5, 2 / 3, None))
        assert scores.balanced_accuracy == pytest.approx(5 / 9)

    def test_log_loss_reads_the_columns_in_the_order_of_the_classes(self, scores):
        given = [0.8, 0.5, 0.2, 0.9, 0.5, 0.3]
        assert scores.log_loss == pytest.approx(-sum(map(math.log, given)) / 6)

    @pytest.mark.parametrize("classes", [[False, True], [7, 3], [2.5, -1.0], ["b", "a"], np.array([4, 2]), ["1", 1]])
    def test_labels_of_any_kind(self, classes):
        first, second = classes
        actual = np.array([first, second, second], dtype=object)
        predicted = np.array([first, second, first], dtype=object)
        scores = classification_scores(actual, predicted, [[0.7, 0.3], [0.2, 0.8], [0.6, 0.4]], classes)
        assert scores.confusion == ((1, 0), (1, 1))
        assert scores.log_loss == pytest.approx(-(math.log(0.7) + math.log(0.8) + math.log(0.4)) / 3)
        assert scores_from_dict(json.loads(json.dumps(scores.to_dict()))) == scores

    def test_typed_arrays(self):
        probabilities = np.full((3, 3), 1 / 3, dtype=np.float32)  # whose rows do not quite add up to 1
        scores = classification_scores(np.array([1, 2, 3]), np.array([1, 2, 2]), probabilities, np.array([1, 2, 3]))
        assert scores.log_loss == pytest.approx(math.log(3), rel=1e-12)
        assert scores.support == (1, 1, 1)

    def test_random_labels_are_counted_as_by_hand(self):
        random = np.random.default_rng(3)
        classes = [f"class {index}" for index in range(7)]
        actual, predicted = random.integers(0, 7, (2, 500))
        probabilities = random.dirichlet(np.ones(7), 500)
        scores = classification_scores(
            [classes[index] for index in actual], [classes[index] for index in predicted], probabilities, classes
        )
        for row in range(7):
            for column in range(7):
                assert scores.confusion[row][column] == np.sum((actual == row) & (predicted == column))
        assert scores.log_loss == pytest.approx(-np.log(probabilities[np.arange(500), actual]).mean())

    def test_a_certain_mistake_is_a_large_but_finite_loss(self):
        assert 30 < classification_scores(["a"], ["b"], [[0.0, 1.0]], ["a", "b"]).log_loss < math.inf

    def test_lines(self, scores):
        assert scores.lines() == [
            ("accuracy", "66.7 % (4 of 6)"),
            ("balanced accuracy", "55.6 %"),
            ("log loss", "0.7547"),
        ]
        assert [other for _, _, other in scores.compared()] == ["50.0 %", "33.3 %", "1.011"]
        assert scores.constant_told == "always saying cat"

    @pytest.mark.parametrize(
        ("arguments", "error", "words"),
        [
            (([], [], np.empty((0, 2)), ["a", "b"]), DataError, r"actual must be one label.*\(0,\)"),
            ((["a"], ["a", "b"], [[1, 0]], ["a", "b"]), DataError, "1 and 2 examples"),
            ((["a", "c"], ["a", "b"], np.eye(2), ["a", "b"]), DataError, r"actual, row 2: 'c' is not one of"),
            ((["a"], [["a"]], [[1, 0]], ["a", "b"]), DataError, r"predicted must be one label.*\(1, 1\)"),
            ((["a"], ["a"], [[1, 0, 0]], ["a", "b"]), DataError, r"\(1, 2\), not \(1, 3\)"),
            ((["a"], ["a"], [[0.7, 0.7]], ["a", "b"]), DataError, "row 1: they must be 0 or more and add up to 1"),
            ((["a"], ["a"], [[1.5, -0.5]], ["a", "b"]), DataError, "row 1: they must be 0 or more"),
            ((["a"], ["a"], [[math.nan, 1]], ["a", "b"]), DataError, "row 1"),
            ((["a"], ["a"], [[1]], ["a"]), ArgumentError, "two or more different labels"),
            ((["a"], ["a"], [[1, 0]], ["a", "a"]), ArgumentError, "two or more different labels"),
            ((["a"], ["a"], [[1, 0]], ["a", None]), ArgumentError, "not NoneType"),
        ],
    )
    def test_mistakes(self, arguments, error, words):
        with pytest.raises(error, match=words):
            classification_scores(*arguments)


class TestRegression:
    def test_by_hand(self):
        scores = regression_scores([3, -0.5, 2, 7], [2.5, 0.0, 2, 8])
        assert scores.examples == 4
        assert scores.rmse == pytest.approx(math.sqrt(1.5 / 4))
        assert scores.mae == pytest.approx(0.5)
        assert scores.r2 == pytest.approx(1 - 1.5 / 29.1875)

    def test_a_column_is_a_vector(self):
        column = np.array([[1.0], [2.0]], dtype=np.float32)
        assert regression_scores(column, [1.0, 4.0]) == regression_scores([1.0, 2.0], [1.0, 4.0])

    @pytest.mark.parametrize("actual", [[2.0], [5.0, 5.0, 5.0]])
    def test_r2_is_not_defined_for_equal_actual_values(self, actual):
        scores = regression_scores(actual, [4.0] * len(actual))
        assert scores.r2 is None
        assert dict(scores.lines())["R²"] == "not defined (the actual values are all the same)"

    @pytest.mark.parametrize("factor", [1e200, 1e-200, 5e-324 * 2**10])
    def test_values_whose_squares_leave_the_range_of_a_float(self, factor):
        scores = regression_scores(np.array([1.0, 2.0, 4.0]) * factor, np.array([1.0, 3.0, 4.0]) * factor)
        assert scores.rmse / factor == pytest.approx(math.sqrt(1 / 3), rel=1e-3)
        assert scores.mae / factor == pytest.approx(1 / 3, rel=1e-3)
        assert scores.r2 == pytest.approx(1 - 1 / (14 / 3), rel=1e-3)

    def test_perfect_and_zero(self):
        zero = ConstantValue(0.0, 0.0, 0.0, None)
        assert regression_scores([0.0, 0.0], [0.0, 0.0]) == RegressionScores(2, 0.0, 0.0, None, zero)
        assert regression_scores([0.0, 1.0], [0.0, 1.0]) == RegressionScores(
            2, 0.0, 0.0, 1.0, ConstantValue(0.5, 0.5, 0.5, 0.0)
        )

    def test_lines(self):
        lines = regression_scores([1.0, 2.0, 3.0], [1.0, 2.0, 5.0]).lines()
        assert lines == [("RMSE", "1.155"), ("MAE", "0.6667"), ("R²", "-1")]

    @pytest.mark.parametrize(
        ("actual", "predicted", "words"),
        [
            ([], [], r"actual must be one number.*\(0,\)"),
            ([1.0], [1.0, 2.0], "1 and 2 examples"),
            ([1.0, math.nan], [1.0, 2.0], "actual, row 2: nan"),
            ([1.0], [math.inf], "predicted, row 1: inf"),
            (np.ones((2, 2)), [1.0, 2.0], r"\(2, 2\)"),
        ],
    )
    def test_mistakes(self, actual, predicted, words):
        with pytest.raises(DataError, match=words):
            regression_scores(actual, predicted)


class TestPlain:
    def test_json_and_back(self, scores):
        assert scores_from_dict(json.loads(json.dumps(scores.to_dict(), allow_nan=False))) == scores
        for regression in (RegressionScores(3, 1.0, 0.5, 0.25), RegressionScores(1, 1.0, 0.5, None)):
            assert scores_from_dict(json.loads(json.dumps(regression.to_dict()))) == regression

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"task": "sorting"}, "unknown task 'sorting'"),
            ({"accuracy": "high"}, "damaged"),
            ({"recall": 3}, "damaged"),
            ({"recall": [0.5]}, "not one value for each class"),
            ({"confusion": [[1, 2], [3, 4], [5, 6], [7, 8]]}, "not one value for each class"),
            ({"classes": [None, None, None, None]}, "damaged|class must be"),
            ({"examples": math.inf}, "damaged"),
        ],
    )
    def test_damage_is_a_data_error(self, scores, change, words):
        with pytest.raises(DataError, match=words):
            scores_from_dict(scores.to_dict() | change)

    @pytest.mark.parametrize("key", ["task", "examples", "log_loss", "confusion"])
    def test_a_missing_value_is_named(self, scores, key):
        plain = scores.to_dict()
        del plain[key]
        with pytest.raises(DataError, match=f"'{key}' is missing"):
            scores_from_dict(plain)


class TestBesideTheConstantAnswer:
    """Field 08-no-better-than-a-constant; the oracles are scikit-learn's dummies, learnt from other rows."""

    @pytest.mark.parametrize("seed", range(3))
    def test_of_classes(self, seed):
        random = np.random.default_rng(seed)
        classes = ["no", "yes", "maybe"]
        train, actual, predicted = (random.choice(classes, 200, p=[0.7, 0.2, 0.1]) for _ in range(3))
        shares = [np.mean(train == name) for name in classes]
        probabilities = random.dirichlet(np.ones(3), 200)
        scores = classification_scores(actual, predicted, probabilities, classes, shares)
        assert scores.balanced_accuracy == pytest.approx(metrics.balanced_accuracy_score(actual, predicted))
        rows = np.zeros((200, 1))
        common, prior = (DummyClassifier(strategy=name).fit(rows, train) for name in ("most_frequent", "prior"))
        assert scores.constant.answer == common.predict(rows)[0]
        assert scores.constant.accuracy == pytest.approx(common.score(rows, actual))
        assert scores.constant.balanced_accuracy == pytest.approx(
            metrics.balanced_accuracy_score(actual, common.predict(rows))
        )
        loss = metrics.log_loss(actual, prior.predict_proba(rows), labels=prior.classes_)
        assert scores.constant.log_loss == pytest.approx(loss)
        assert scores_from_dict(json.loads(json.dumps(scores.to_dict()))) == scores

    def test_of_a_class_without_rows(self):
        scores = classification_scores(["a", "a"], ["a", "b"], [[0.9, 0.1], [0.2, 0.8]], ["a", "b"], [0.2, 0.8])
        assert (scores.precision, scores.recall, scores.f1) == ((1, None), (0.5, None), (pytest.approx(2 / 3), None))
        assert scores.balanced_accuracy == 0.5
        assert (scores.constant.answer, scores.constant.accuracy, scores.constant.balanced_accuracy) == ("b", 0, 0)

    def test_of_measured_values(self):
        random = np.random.default_rng(0)
        train, actual, predicted = random.normal(100.0, 5.0, (3, 50))
        scores = regression_scores(actual, predicted, train.mean())
        rows = np.zeros((50, 1))
        mean = DummyRegressor().fit(rows, train)
        said = mean.predict(rows)
        assert scores.constant.answer == pytest.approx(said[0])
        assert scores.constant.rmse == pytest.approx(metrics.root_mean_squared_error(actual, said))
        assert scores.constant.mae == pytest.approx(metrics.mean_absolute_error(actual, said))
        assert scores.constant.r2 == pytest.approx(mean.score(rows, actual))
        assert scores_from_dict(json.loads(json.dumps(scores.to_dict()))) == scores
        assert scores.constant_told == f"always saying the mean, {said[0]:.4g}"

    def test_scores_of_earlier_files_have_none(self, scores):
        known = scores.to_dict()
        del known["constant"], known["balanced_accuracy"]
        old = scores_from_dict(known)
        assert (old.constant, old.balanced_accuracy, old.constant_told) == (None, None, "")
        assert [name for name, _ in old.lines()] == ["accuracy", "log loss"]
        plain = regression_scores([1.0, 2.0], [1.0, 3.0]).to_dict()
        del plain["constant"]
        assert [other for _, _, other in scores_from_dict(plain).compared()] == ["", "", ""]


def test_of_many_classes_the_frequent_mistakes_stand_for_the_pairs():
    """Field case h29-predict-memory: 25 million pairs of 5,000 classes went into the record."""
    rng = np.random.default_rng(0)
    names = [f"c{k}" for k in range(300)]
    truth, guess = rng.integers(0, 300, 4000), rng.integers(0, 30, 4000)
    chances = np.full((4000, 300), 1 / 300)
    scores = classification_scores([names[k] for k in truth], [names[k] for k in guess], chances, names)
    assert scores.confusion == ()
    counts = metrics.confusion_matrix(truth, guess, labels=range(300))
    np.fill_diagonal(counts, 0)
    assert [count for *_, count in scores.mistakes] == sorted(counts.ravel().tolist(), reverse=True)[:20]
    assert all(counts[names.index(a), names.index(b)] == count for a, b, count in scores.mistakes)
    assert scores.most_mistaken(2) == list(scores.mistakes[:2])
    worst = scores.worst_classes(40)
    f1 = metrics.f1_score(truth, guess, labels=range(300), average=None, zero_division=0)
    assert f1[worst].max() <= np.delete(f1, worst).min()
    assert scores_from_dict(json.loads(json.dumps(scores.to_dict()))) == scores
    few = classification_scores(["a", "b", "b"], ["a", "a", "a"], [[0.5, 0.5]] * 3, ["a", "b"])
    assert (few.mistakes, few.most_mistaken(), few.answers) == ((), [("b", "a", 2)], ["a"])


def test_the_constant_of_weighed_rows_is_the_class_of_most_weight():
    """Beside scikit-learn's dummy: three of five rows are a, and weigh less than the two that are b."""
    truth, weight = np.array(["a", "a", "a", "b", "b"]), np.array([1.0, 0.5, 0.5, 2.0, 3.0])
    found = classification_scores(truth, truth, np.full((5, 2), 0.5), ["a", "b"], sample_weight=weight).constant
    dummy = DummyClassifier(strategy="prior").fit(weight[:, None], truth, weight)
    assert found.answer == dummy.predict(weight[:1, None])[0] == "b"
    assert found.accuracy == pytest.approx(dummy.score(weight[:, None], truth, weight))
    chances = dummy.predict_proba(weight[:, None])
    assert found.log_loss == pytest.approx(metrics.log_loss(truth, chances, sample_weight=weight))


def test_errors_of_weighed_rows_are_scikit_learns():
    actual, predicted, weight = np.random.default_rng(0).uniform(1.0, 9.0, (3, 30))
    found = regression_scores(actual, predicted, sample_weight=weight)
    dummy = DummyRegressor().fit(actual[:, None], actual, weight)
    assert found.constant.answer == pytest.approx(dummy.constant_.item())
    for scores, said in ((found, predicted), (found.constant, dummy.predict(actual[:, None]))):
        assert scores.rmse == pytest.approx(metrics.root_mean_squared_error(actual, said, sample_weight=weight))
        assert scores.mae == pytest.approx(metrics.mean_absolute_error(actual, said, sample_weight=weight))
        assert scores.r2 == pytest.approx(metrics.r2_score(actual, said, sample_weight=weight))


def test_of_classes_that_are_as_bad_the_frequent_come_first():
    """a and b are never found, a is in three rows."""
    said = classification_scores(list("aaabcccc"), ["c"] * 8, np.full((8, 3), 1 / 3), ["b", "a", "c"])
    assert said.worst_classes(2) == [1, 0]
