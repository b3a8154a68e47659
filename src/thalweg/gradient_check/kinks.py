"""Whether a gradient that differs at x does so because x lies on kinks of F: beside x it must agree, and jump.

At a kink (a ReLU's net input of 0) F has no derivative, and a backward phase takes the slope of one side, or 0. Of one
kink that lies between the slopes of F on both sides. Where several kinks meet, as for many examples that lie on kinks
together, or layer upon layer, the sides of F are mixtures, and what is taken may lie outside of all of them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .findings import counted, listed
from .lines import EntryLines, Landscape, Lines, RandomLine, between, errors

_TINY = 1e-9
"""So far beside x, in scales, a smooth gradient is as at x."""
_JUMP = 0.1
"""The share of what it is off at x by which a gradient jumps there."""
_SAME = 1e-3
"""The share of their size within which two slopes are one."""
_POINTS = 32
"""At so many points beside x the values are looked at that the gradient may take."""
_LOOKS = 4
"""At so many points beside x all entries between the slopes of kinks are looked at together."""
_FEW = 40
"""Of more lines so many are tried first."""


def on_kinks(land: Landscape, x: np.ndarray, given: np.ndarray, lines: Lines, off: np.ndarray, seed: int) -> np.ndarray:
    """Of lines along which the gradient given at x is `off` from F's slopes: those where kinks at x explain it.

    There the gradient jumps at x, agrees with F's slopes at points beside x, and what it is at x can be made of what it
    is beside. A gradient that is the same numbers everywhere is judged by F's slopes beside x alone.
    """
    rng = np.random.default_rng(seed)
    at_x = lines.along(given)
    step = max(_TINY, 1e3 * land.precision)
    nearby = np.array([lines.along(land.gradient(land.beside(x, step, rng))) for _ in range(_POINTS)])
    far = land.gradient(land.beside(x, land.near, rng))
    fixed = np.array_equal(far, given)
    jumps = (np.abs(nearby - at_x).max(axis=0) > _JUMP * off) & np.isfinite(nearby).all(axis=0)
    found = np.zeros(len(at_x), bool)
    who = np.flatnonzero(jumps) if not fixed else np.arange(len(at_x))
    first = rng.permutation(who)[:_FEW]
    if fixed:
        found[first] = _of_kinks(land, x, at_x[first], lines.some(first), rng)
        return found
    for some in (first, np.setdiff1d(who, first)):
        left = some
        for _ in range(2):
            if len(left):
                left = left[_agrees(land, land.beside(x, land.near, rng), lines.some(left))[0]]
        found[left] = _made_of(at_x[left], nearby[:, left], _SAME)
        if not found.any():
            break
    return found


def contradicted(land: Landscape, x: np.ndarray, given: np.ndarray, indices: np.ndarray, seed: int) -> np.ndarray:
    """Which entries of a gradient between the slopes at kinks are no slopes of F beside x, (indices,).

    All are looked at together first, along a line through a point beside x. Of each, half of the points may lie where
    F is flat and any multiple of its gradient right. A gradient that is the same numbers everywhere is not judged.
    """
    rng = np.random.default_rng(seed)
    none = np.zeros(len(indices), bool)
    if np.array_equal(land.gradient(land.beside(x, land.near, rng)), given):
        return none
    direction = np.zeros_like(x)
    direction[indices] = rng.choice([-1.0, 1.0], len(indices)) * land.scale[indices]
    for _ in range(_LOOKS):
        if not _agrees(land, land.beside(x, land.near, rng), RandomLine(direction))[0].all():
            break
    else:
        return none
    lines, against = EntryLines(indices), none.astype(int)
    for _ in range(2 * _LOOKS):
        against += ~_agrees(land, land.beside(x, land.near, rng), lines)[0]
    return against > 1


def tell_kinks(names: Sequence[str], beside: int) -> tuple[str, ...]:
    """Notes on entries at kinks: of their names, and of how many the gradient is no slope of F at x.

    >>> tell_kinks(["b1[0]"], 1)[0][:50]
    '1 entry lies at a kink, where F has no derivative '
    """
    told = "the gradient is between the slopes of the two sides"
    if beside:
        told = f"for {beside} the gradient agrees beside x, though with no slope of F at x, as where several kinks meet"
    text = (
        f"{counted(len(names), 'entry lies', 'entries lie')} at a kink, where F has no derivative (a ReLU at 0, an "
        f"absolute value of 0): {told}, as it may be ({listed(names, most=4)})"
    )
    return (text,)


def _agrees(land: Landscape, at: np.ndarray, lines: Lines) -> tuple[np.ndarray, np.ndarray]:
    """Whether the gradient at a point is that of F there, line by line; and F's slopes."""
    F, gradient = land.F(at), land.gradient(at)
    analytic, size = lines.along(gradient), lines.size(gradient)
    grain = 16.0 * land.precision * lines.size(np.full_like(gradient, np.abs(gradient).max(initial=0.0)))
    found = lines.slopes(land, at, F, thorough=True)
    error = errors(analytic, found, size, grain, land.tolerance)
    return (error <= land.tolerance) | between(analytic, found), found.derivative


def _of_kinks(land: Landscape, x: np.ndarray, at_x: np.ndarray, lines: Lines, rng: np.random.Generator) -> np.ndarray:
    """Whether what is taken at x may come of the slopes of F beside x, of which kinks at x make different ones.

    These are the same at an eighth of the distance to the same side; what makes those of a smooth F differ falls by 8.
    More sides are looked at where the first ones do not show it: of many kinks few may give what is taken.
    """

    def slopes_at(distance: float, sides: Sequence[int]) -> np.ndarray:
        points = [land.beside(x, distance, np.random.default_rng(side)) for side in sides]
        return np.array([_agrees(land, point, lines)[1] for point in points])

    found = np.zeros(len(at_x), bool)
    for points in (_POINTS // 2, 2 * _POINTS):
        sides = rng.integers(2**32, size=points).tolist()
        close, wide = slopes_at(land.near / 8.0, sides), slopes_at(land.near, sides)
        jumps = close.std(axis=0) > 0.4 * wide.std(axis=0)
        found |= jumps & _made_of(at_x, close, 0.02)
        if found.all() or not jumps.any():
            break
    return found


def _made_of(at_x: np.ndarray, nearby: np.ndarray, room: float) -> np.ndarray:
    """Whether what is taken at x may come of the values beside x, (points, lines).

    Two values are the two sides of a kink, or of two that cannot open both: what is taken lies between these, 0 and
    their sum. Of more kinks the values are sums over those that are open; all open and all closed are no farther from
    the middle than some standard deviations. One value alone is that of kinks that make up for each other, of which no
    bound is known.
    """
    if not at_x.size:
        return np.zeros(0, bool)
    low, high = nearby.min(axis=0), nearby.max(axis=0)
    gaps = np.diff(np.sort(nearby, axis=0), axis=0)
    size = np.maximum(np.abs(low), np.abs(high))
    kinds = 1 + (gaps > np.maximum(0.02 * (high - low), room * size)).sum(axis=0)
    slack = 0.05 * (high - low) + room * size
    sides = np.array([low, high, low + high, np.zeros_like(low)])
    of_two = (at_x >= sides.min(axis=0) - slack) & (at_x <= sides.max(axis=0) + slack)
    of_more = np.abs(at_x - nearby.mean(axis=0)) <= 10.0 * nearby.std(axis=0)
    return np.where(kinds == 1, room <= _SAME, np.where(kinds == 2, of_two, of_more | of_two))
