"""The entries of a gradient that were not drawn, looked at together along random directions, and wrong ones found."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

import numpy as np

from .kinks import on_kinks
from .lines import Landscape, RandomLine, between, errors

DIRECTIONS = 2
_MOST = 150
"""So many slopes are taken to find wrong entries."""
_DRAWN = 50
"""Of a set with wrong entries, where no more slopes are taken, so many are drawn."""


class Unseen(NamedTuple):
    """What random directions say of entries."""

    number: int
    """How many entries were looked at so."""
    wrong: np.ndarray
    """Those that are wrong, or some of sets among which wrong ones are."""
    error: float
    """The largest error or uncertainty along the directions, as a share of the sum of the sizes |g_i d_i|."""
    slope: tuple[float, float]
    """Along the first direction that differs: the gradient's, and F's."""


NOTHING_UNSEEN = Unseen(0, np.zeros(0, np.intp), 0.0, (np.nan, np.nan))


def look_at(land: Landscape, x: np.ndarray, given: np.ndarray, rest: np.ndarray, seed: int) -> Unseen:
    """dᵀg beside the slope of F along d, for random d of the entries `rest`; halves of those that differ, and so on.

    An entry is seen to be wrong if it is by more than the tolerance times Σ |g_i d_i|.
    """
    rng = np.random.default_rng([seed, 1])
    F = land.F(x)
    taken = 0
    worst = 0.0
    slope = (np.nan, np.nan)

    def differs(who: np.ndarray) -> bool:
        nonlocal taken, worst, slope
        taken += 1
        direction = np.zeros(len(x))
        direction[who] = (land.scale * rng.uniform(0.5, 1.5, len(x)) * rng.choice([-1.0, 1.0], len(x)))[who]
        line = RandomLine(direction)
        found = line.slopes(land, x, F, thorough=True)
        analytic, size = line.along(given), line.size(given)
        grain = 16.0 * land.precision * line.size(np.full_like(given, np.abs(given[who]).max(initial=0.0)))
        error = errors(analytic, found, size, grain, land.tolerance)
        wrong = (error > land.tolerance) & ~between(analytic, found)
        if wrong[0] and not on_kinks(land, x, given, line, np.abs(analytic - found.derivative), seed)[0]:
            slope = (float(analytic[0]), float(found.derivative[0])) if np.isnan(slope[0]) else slope
            return True
        off = max(abs(float(analytic[0] - found.derivative[0])), float(found.uncertainty[0]))
        worst = max(worst, off / float(size[0]) if size[0] > 0 and not wrong[0] else 0.0)
        return False

    if not sum(differs(rest) for _ in range(DIRECTIONS)):
        return Unseen(len(rest), np.zeros(0, np.intp), worst, slope)
    left, found = deque([rest]), []
    while left and taken < _MOST:
        who = left.popleft()
        if len(who) == 1:
            found.append(who)
            continue
        halves = [half for half in np.array_split(who, 2) if differs(half)]
        left.extend(halves)
        if not halves:
            found.append(rng.permutation(who)[:_DRAWN])
    found += [rng.permutation(who)[:_DRAWN] for who in left]
    return Unseen(len(rest), np.unique(np.concatenate(found)).astype(np.intp), worst, slope)
