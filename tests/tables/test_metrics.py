"""Metrics of predictions: those of scikit-learn."""

import numpy as np
import pytest
from sklearn import metrics

from thalweg.tables.metrics import confusion_matrix, each_class, log_loss, r2_score


@pytest.mark.parametrize("weighed", [False, True])
@pytest.mark.parametrize(("classes", "kinds", "examples"), [(2, 2, 1), (3, 2, 40), (7, 7, 500), (300, 90, 2000)])
def test_of_classes(classes, kinds, examples, weighed):
    rng = np.random.default_rng(classes)
    actual = rng.integers(0, kinds, examples)
    predicted = np.where(rng.random(examples) < 0.5, actual, rng.integers(0, classes, examples))
    weight = rng.uniform(0.1, 3.0, examples) if weighed else None
    per_class = metrics.precision_recall_fscore_support
    expected = per_class(actual, predicted, labels=range(classes), zero_division=0, sample_weight=weight)[:3]
    for ours, theirs in zip(each_class(actual, predicted, classes, weight), expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-14 if weighed else 0)
    counts = metrics.confusion_matrix(actual, predicted, labels=range(classes))
    np.testing.assert_array_equal(confusion_matrix(actual, predicted, classes), counts)
    chances = rng.dirichlet(np.full(classes, 0.05), examples)
    assert (chances < 1e-16).any() or examples == 1
    expected = metrics.log_loss(actual, chances, labels=range(classes), sample_weight=weight)
    assert log_loss(actual, chances, weight) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("certain", [0.0, 1.0])
def test_certain_probabilities_have_a_finite_log_loss(certain):
    chances = np.array([[certain, 1 - certain], [0.5, 0.5]])
    actual = np.array([0, 1])
    assert log_loss(actual, chances) == pytest.approx(metrics.log_loss(actual, chances, labels=[0, 1]), rel=1e-14)


@pytest.mark.parametrize(
    ("actual", "predicted"),
    [([1.0, 2.0, 4.0], [1.5, 2.0, 3.0]), ([0.0, 1.0], [0.0, 1.0]), ([0.0, 1e-170], [1.0, 0.0]), ([0, 1e-170], [0, 0])],
)
def test_r2(actual, predicted):
    assert r2_score(np.array(actual), np.array(predicted)) == metrics.r2_score(actual, predicted)


def test_r2_of_weighed_examples():
    actual, predicted, weight = np.array([1.0, 2.0, 4.0]), np.array([1.5, 2.0, 3.0]), np.array([1.0, 0.0, 3.0])
    expected = metrics.r2_score(actual, predicted, sample_weight=weight)
    assert r2_score(actual, predicted, weight) == pytest.approx(expected, rel=1e-14)


def test_r2_of_equal_values_is_not_defined():
    assert r2_score(np.array([2.0, 2.0]), np.array([2.0, 3.0])) is None
