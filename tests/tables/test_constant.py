"""Models that are no better than a constant answer, told in a note; and what a record keeps of that answer."""

import dataclasses
import logging

import numpy as np
import polars as pl
import pytest
from sklearn.dummy import DummyClassifier

import thalweg as tw
from thalweg.files.model import Prediction
from thalweg.tables.no_better import no_better
from thalweg.tables.record import constant_in, constant_of
from thalweg.tables.scores import classification_scores, regression_scores
from thalweg.tables.streamed_scores import ClassTally

RNG = np.random.default_rng(4)
P = RNG.normal(size=(600, 2))
FRAUD = np.where(RNG.uniform(size=600) < 0.15 / (1 + np.exp(-4 * P[:, 0])), "yes", "no")
FRAME = pl.DataFrame({"a": P[:, 0], "b": P[:, 1], "fraud": FRAUD, "sum": P.sum(axis=1), "noise": RNG.normal(size=600)})
FAST = tw.Settings(hidden=(4,), epochs=30)


def trained(target, settings=FAST, frame=FRAME):
    return tw.train_table(frame.select("a", "b", target), target, settings)


def test_a_model_that_always_says_the_same_is_told_first():
    """Field 08-no-better-than-a-constant."""
    done = trained("fraud")
    test = done.prepared.test.labels
    train = done.prepared.train.labels
    share = DummyClassifier(strategy="most_frequent").fit(train, train).score(test, test)
    told = f"predicts no for every row: no better than always saying no ({100 * share:.1f} %)"
    assert done.findings[0].startswith(told)
    assert done.prepared.notes[0] == done.findings[0] == done.model.record["notes"][0]
    assert sum("no better" in note for note in done.prepared.notes) == 1


def test_without_a_test_part_the_run_tells_it_by_the_names_of_the_classes():
    settings = dataclasses.replace(FAST, split="80/20/0", epochs=400, patience=20)
    done = trained("fraud", settings)
    assert done.scores is None
    assert done.findings[0].startswith("predicts no for every example: no better than always saying no (9")


def test_predictions_of_noise_are_no_better_than_the_mean():
    done = trained("noise", tw.Settings(hidden=(4,), epochs=300, patience=None, learning_rate=0.05))
    assert "no better than always saying the mean" in done.findings[0]
    assert sum("no better" in note for note in done.prepared.notes) == 1
    worse = regression_scores(np.arange(20.0), np.arange(20.0)[::-1])
    assert no_better(worse)[0].startswith("the predictions are no better than always saying the mean, 9.5 (RMSE 11.53,")
    assert trained("sum").findings == ()


def test_probabilities_may_tell_more():
    actual, predicted = ["a"] * 6 + ["b"] * 4, ["a"] * 5 + ["b"] * 3 + ["a"] * 2
    p = np.array([0.9, 0.9, 0.9, 0.9, 0.4, 0.4, 0.1, 0.1, 0.6, 0.6])
    scores = classification_scores(actual, predicted, np.c_[p, 1 - p], ["a", "b"])
    assert no_better(scores) == ()
    worse = classification_scores(actual, ["b"] * 5 + ["a"] * 5, np.c_[p, 1 - p], ["a", "b"])
    assert no_better(worse)[0].startswith(
        "right in 10.0 % of the rows: no better than always saying a (60.0 %), though"
    )


@pytest.mark.parametrize(("times", "told"), [(0.997, True), (0.98, False)])
def test_errors_that_are_hardly_smaller_are_no_better(times, told):
    """Those of the constant answer times a number."""
    actual = np.arange(20.0)
    scores = regression_scores(actual, actual.mean() + (1.0 - times) * (actual - actual.mean()))
    assert scores.rmse == pytest.approx(times * scores.constant.rmse)
    assert bool(no_better(scores)) == told


def test_a_few_rows_and_perfect_answers_are_told_nothing():
    assert no_better(regression_scores([1.0, 2.0, 3.0], [9.0, 9.0, 9.0])) == ()
    truth = ["a"] * 8 + ["b"]
    right = classification_scores(truth, truth, np.array([[1.0, 0.0]] * 8 + [[0.0, 1.0]]), ["a", "b"])
    assert no_better(right) == ()


@pytest.mark.parametrize("target", ["fraud", "sum"])
def test_a_record_keeps_what_the_training_rows_say(target):
    done = trained(target)
    labels = done.prepared.train.labels
    kept = constant_in(done.model.record, done.model.encoding)
    assert kept == constant_of(done.model.encoding, done.prepared.train)
    if target == "sum":
        assert kept == {"mean": pytest.approx(labels.mean())}
    else:
        assert kept == {
            "shares": [pytest.approx(np.mean(labels == name)) for name in done.model.encoding.target.classes]
        }


@pytest.mark.parametrize("damaged", [None, 3, {"mean": "x"}, {"mean": None}, {"shares": [1]}, {"shares": ["a", "b"]}])
def test_what_is_damaged_is_as_if_it_were_not_there(damaged):
    assert constant_in({"constant": damaged}, trained("fraud").model.encoding) == {}


def test_the_log_has_the_divergence_or_the_finding_once(caplog):
    with caplog.at_level(logging.WARNING, "thalweg"):
        trained("fraud")
    assert len(caplog.records) <= 1


def test_rows_that_count_nothing_leave_one_class_to_score():
    actual, chances = ["a", "a", "b", "b"] * 3, [[0.9, 0.1], [0.8, 0.2], [0.4, 0.6], [0.7, 0.3]] * 3
    weight = np.array([1.0, 2.0, 0.0, 0.0] * 3)
    scores = classification_scores(actual, ["a", "a", "b", "a"] * 3, chances, ["a", "b"], sample_weight=weight)
    assert (scores.accuracy, scores.balanced_accuracy, scores.recall, scores.support) == (1, 1, (1, None), (6, 6))
    assert (scores.constant.accuracy, scores.constant.balanced_accuracy) == (1, 1)
    (note,) = no_better(scores)
    assert note.startswith("all test rows that count are a, ")
    tally = ClassTally(("a", "b"), [1.0, 0.0])
    tally.add(
        np.array(actual), Prediction(np.array(["a", "a", "b", "a"] * 3), np.array(chances), ("a", "b"), ()), weight
    )
    streamed = tally.scores()
    assert (streamed.balanced_accuracy, streamed.precision, streamed.recall) == (1, scores.precision, scores.recall)


def test_a_test_part_of_one_class_is_told():
    truth = ["a"] * 10
    scores = classification_scores(truth, truth, np.tile([0.9, 0.1], (10, 1)), ["a", "b"])
    assert no_better(scores) == (
        "all test rows are a, so that the scores say nothing of other classes: test on more rows",
    )
