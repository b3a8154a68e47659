"""The answer of several networks: the weighted mean of their outputs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def mean_output(outputs: Sequence[np.ndarray], weights: Sequence[float]) -> np.ndarray:
    """The mean Σ w_m a_m / Σ w_m of outputs (rows, outputs) over the members, in float64.

    Of sigmoid and softmax outputs it is the mean of the probabilities.

    >>> mean_output([np.array([[0.2]]), np.array([[0.8]])], [1.0, 3.0])
    array([[0.65]])
    """
    total = np.zeros(np.shape(outputs[0]))
    for output, weight in zip(outputs, weights, strict=True):
        if weight:  # what has none may not be finite
            total += weight * np.asarray(output, dtype=np.float64)
    return total / sum(weights)
