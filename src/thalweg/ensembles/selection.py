"""Which of the settings are kept: those whose members are worth most out of their folds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .candidates import Tried


def choose(candidates: Sequence[Tried]) -> tuple[float, ...]:
    """The weight of each setting: 1 for that of the lowest loss out of the folds, the first among equals.

    >>> none = np.zeros((1, 1))
    >>> choose([Tried("one", (), (), none, 0.4), Tried("other", (), (), none, 0.3)])
    (0.0, 1.0)
    """
    best = int(np.argmin([candidate.loss for candidate in candidates]))
    return tuple(float(number == best) for number in range(len(candidates)))
