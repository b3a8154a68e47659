"""Metrics of predictions, as scikit-learn defines them, without the import of it, which takes most of a second.

Classes are numbers, 0, 1, ..., and arrays of shape (examples,) unless it is said otherwise. `weight` (examples,) is
what each example counts; None: all alike.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class EachClass(NamedTuple):
    """Of each class, shape (classes,)."""

    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray


def each_class(actual: np.ndarray, predicted: np.ndarray, classes: int, weight: np.ndarray | None = None) -> EachClass:
    """Precision, recall and their harmonic mean, 0 where there is nothing to divide by.

    >>> each_class(np.array([0, 0, 1]), np.array([0, 1, 1]), 2).precision.tolist()
    [1.0, 0.5]
    """
    there, answered = (np.bincount(which, weight, minlength=classes) for which in (actual, predicted))
    hit = actual == predicted
    right = np.bincount(actual[hit], None if weight is None else weight[hit], minlength=classes)
    return EachClass(_divided(right, answered), _divided(right, there), _divided(2 * right, there + answered))


def _divided(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """part / whole, 0 where whole is."""
    return np.divide(part, whole, out=np.zeros(len(whole)), where=whole > 0)


def confusion_matrix(actual: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """How many examples of each class (rows) were taken for each class (columns), shape (classes, classes).

    >>> confusion_matrix(np.array([0, 0, 1]), np.array([0, 1, 1]), 2).tolist()
    [[1, 1], [0, 1]]
    """
    return np.bincount(actual * classes + predicted, minlength=classes**2).reshape(classes, classes)


def log_loss(actual: np.ndarray, probabilities: np.ndarray, weight: np.ndarray | None = None) -> float:
    """The mean of -ln(probability of the actual class), which is taken for no less than the rounding of a number.

    `probabilities` (examples, classes), rows that add up to 1.

    >>> log_loss(np.array([1]), np.array([[0.5, 0.5]]))
    0.6931471805599453
    """
    rounding = np.finfo(probabilities.dtype).eps
    given = np.clip(probabilities[np.arange(len(actual)), actual], rounding, 1 - rounding)
    return float(-np.average(np.log(given), weights=weight))


def r2_score(actual: np.ndarray, predicted: np.ndarray, weight: np.ndarray | None = None) -> float | None:
    """1 - Σ (actual - predicted)² / Σ (actual - mean actual)²; None where the actual values are all the same.

    >>> r2_score(np.array([1.0, 3.0]), np.array([1.0, 2.0]))
    0.5
    """
    if np.ptp(actual) == 0:
        return None
    squares = (actual - predicted) ** 2, (actual - np.average(actual, weights=weight)) ** 2
    unexplained, spread = (np.sum(each if weight is None else weight * each) for each in squares)
    if spread == 0:  # its squares are too small for a number
        return float(unexplained == 0)
    return float(1 - unexplained / spread)
