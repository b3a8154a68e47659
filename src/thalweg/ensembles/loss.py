"""What outputs are worth beside targets: the log loss of probabilities, the mean square of errors."""

from __future__ import annotations

import numpy as np

from ..core.activations import Activation, Sigmoid, Softmax

_LEAST = float(np.finfo(np.float64).eps)
"""Probabilities are kept so far from 0 and 1, as scikit-learn's log loss keeps them."""


def output_loss(activation: Activation, outputs: np.ndarray, T: np.ndarray, weight: np.ndarray | None = None) -> float:
    """The loss of outputs (rows, outputs) of this output function beside targets, a mean over the rows.

    Softmax: -Σ t log a. Sigmoid: -Σ t log a + (1 - t) log(1 - a). Else the mean over rows and outputs of (t - a)²,
    of those whose target is there: NaN is missing.

    >>> round(output_loss(Sigmoid(), np.array([[0.9], [0.2]]), np.array([[1.0], [0.0]])), 4)
    0.1643
    """
    if not isinstance(activation, Sigmoid | Softmax):
        squares = (T - outputs) ** 2
        there = ~np.isnan(T)
        if there.all():
            return float(np.average(np.mean(squares, axis=1), weights=weight))
        own = there if weight is None else there * weight[:, None]
        return float(np.sum(own[there] * squares[there]) / np.sum(own))
    a = np.clip(np.asarray(outputs, dtype=np.float64), _LEAST, 1.0 - _LEAST)
    if isinstance(activation, Softmax):
        each = -np.sum(T * np.log(a), axis=1)
    else:
        each = -np.sum(T * np.log(a) + (1.0 - T) * np.log1p(-a), axis=1)
    return float(np.average(each, weights=weight))
