"""Which of the settings are kept, and what each counts: those whose answers together are worth most out of the folds.

Source: Caruana, Niculescu-Mizil, Crew and Ksikes, "Ensemble selection from libraries of models" (2004).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

_ROUNDS = 15
"""So many times a setting is added: weights are fifteenths at the finest."""


def choose(
    outputs: Sequence[np.ndarray], losses: Sequence[float], loss_of: Callable[[np.ndarray], float]
) -> tuple[float, ...]:
    """The weight of each setting in the mean, 0 for those that are not kept; they sum to 1.

    In each round the setting is added, again if need be, whose outputs (rows, outputs) bring the mean of all that were
    added to the lowest loss, which `loss_of` gives; the mean of the lowest loss of all rounds is kept. Settings of the
    infinite loss are left out; if all have it, the first is kept.

    >>> outputs = [np.array([[0.0], [2.0]]), np.array([[2.0], [4.0]]), np.array([[9.0], [9.0]])]
    >>> choose(outputs, [1.0, 1.0, 34.0], lambda mean: float(np.mean((mean - [[1.0], [3.0]]) ** 2)))
    (0.5, 0.5, 0.0)
    """
    known = [number for number, loss in enumerate(losses) if np.isfinite(loss)] or [0]
    counts, total = np.zeros(len(outputs)), np.zeros(outputs[0].shape)
    best, kept = np.inf, counts.copy()
    kept[known[0]] = 1.0
    for added in range(1, _ROUNDS + 1):
        found = [loss_of((total + outputs[number]) / added) for number in known]
        place = int(np.argmin(found))
        counts[known[place]] += 1.0
        total = total + outputs[known[place]]
        if found[place] < best:
            best, kept = found[place], counts / added
    return tuple(map(float, kept))
