"""Whether a student's numbers are those of another student's sheet."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .task import Task

_FEWEST = 2
_UNITS = 5.0
"""So many units of the last decimal may lie between two who work the same by hand."""


def sheet_of(number: int, answers: Mapping[str, float], tasks: Mapping[int, Task]) -> tuple[int, int] | None:
    """The number of the student whose key most of the answers fit, and how many do; None where that is nobody else.

    Answers near 0 count for nobody, as they are near many keys.
    """
    others = [other for other in tasks if other != number]
    if not others or number not in tasks:
        return None
    unit = 2.0 * tasks[number].asked.half
    told = {id_: value for id_, value in answers.items() if abs(value) > _UNITS * unit}
    if len(told) < _FEWEST:
        return None
    values = np.array(list(told.values()))
    keys = np.array([[tasks[other].key[id_] for id_ in told] for other in (number, *others)])
    own, *fit = (np.abs(keys - values) <= _UNITS * unit).sum(axis=1).tolist()
    most = max(fit)
    if 2 * most <= len(answers) or most <= own or most < _FEWEST:
        return None
    return others[fit.index(most)], most
