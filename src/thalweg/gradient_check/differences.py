"""Derivatives by central differences, with a step for each entry that balances truncation against rounding."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

Values = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""F with one entry of x moved: of the entries' indices and the places that they are moved to, one value for each."""

_STEPS = 2.0 ** np.arange(-1, -35, -2)
"""From half the scale of an entry down to 6e-11 of it, each a quarter of the one before."""
_FIRST = 2
"""Where the search begins: at 1/32 of the scale."""
_PRECISION = float(np.finfo(np.float64).eps)
_SAFETY = 1.0 / 16.0
"""The share of the last change of the extrapolation that is taken for its error; of a smooth F it is 1/255."""
_ROUNDING = 10.0
"""The error of a slope by F's noise, in units of noise / h: a bound, as it need not be random."""
_GAP = 1e-6
"""The share of a slope by which the slopes of the two sides of a kink must differ."""
_MARGIN = 4.0
"""What both estimates are multiplied by at last, so that one in thousands is not wrong by chance."""
_SPACINGS = (1.3e-10, 1.7e-8, 1.1e-6, 1.3e-4, 1.7e-2)
"""No powers of 2, by which values might be rounded without an error."""
_FINE = 1e-7
"""A function that stays the same between points no farther apart is flat, or of low precision."""
_POINTS = 8


class Slopes(NamedTuple):
    """The slopes of F by differences, one an entry."""

    derivative: np.ndarray
    uncertainty: np.ndarray
    """How far the derivative may be off: truncation and rounding together; infinite where there is no value of F."""
    step: np.ndarray
    before: np.ndarray
    """The slope on the lower side of a kink, with `after` on the upper one; NaN where F has no kink at x."""
    after: np.ndarray
    wide: np.ndarray
    """The larger of the one-sided slopes of the first, wide step: the size of slopes near x."""


class _Best(NamedTuple):
    derivative: np.ndarray
    truncation: np.ndarray
    rounding: np.ndarray
    step: np.ndarray

    @property
    def uncertainty(self) -> np.ndarray:
        return self.truncation + self.rounding


def slopes(
    values: Values,
    x: np.ndarray,
    indices: np.ndarray,
    scale: np.ndarray,
    F: float,
    noise: float,
    tolerance: float,
    thorough: bool = False,
    terms: float = 0.0,
) -> Slopes:
    """∂F/∂x_i for each index i, by D(h) = (F(x_i + h) - F(x_i - h)) / 2h and Richardson's extrapolation from h and h/4.

    The error of D(h) is noise/h by rounding, while that by truncation falls with h: it is estimated by what the last
    extrapolation changed. Steps go down (up) while truncation (rounding) is the larger; the best is kept (Ridders
    1982).

    Args:
        values: F where the entries of some indices stand at some points.
        x: The point.
        indices: Of the entries that are moved.
        scale: Of each entry; its first step is 1/32 of this.
        F: F at x.
        noise: The size of F's error.
        tolerance: The relative one, which is good enough.
        thorough: Whether all steps are tried, which is what it takes to see a kink: the slopes on the two sides stay
            apart as h falls.
        terms: The size of the terms that F may be a difference of, if it is larger than what these entries show.

    >>> F = lambda indices, points: np.exp(points)
    >>> found = slopes(F, np.zeros(1), np.array([0]), np.ones(1), 1.0, 1e-16, 1e-7)
    >>> bool(abs(found.derivative[0] - 1.0) < found.uncertainty[0] < 1e-7)
    True
    """
    at = x[indices]
    h = _STEPS[:, None] * 2.0 ** np.round(np.log2(scale))
    upper, lower, above, below = (np.full((len(_STEPS), len(indices)), np.nan) for _ in range(4))

    def evaluate(level: int, who: np.ndarray) -> None:
        upper[level, who], lower[level, who] = at[who] + h[level, who], at[who] - h[level, who]
        points = np.concatenate([upper[level, who], lower[level, who]])
        found = values(np.concatenate([indices[who], indices[who]]), points)
        above[level, who], below[level, who] = np.split(np.where(np.isfinite(found), found, np.nan), 2)

    def best() -> _Best:
        return _best((above - below) / (upper - lower), h, _ROUNDING * noise_there() / h)

    def noise_there() -> np.ndarray:
        relative = max(_PRECISION, noise / abs(F)) if F else _PRECISION
        size = np.fmax(np.abs(above), np.abs(below))
        # F may be a sum of squares e² near 0, where e is a difference of larger numbers: off by e times their errors
        change = max(terms, float((_wide(F, above[_FIRST], below[_FIRST], h[_FIRST]) * scale).max(initial=0.0)))
        # and is one where it is less than the rounding of what it is beside x
        far = float(size.max(initial=0.0, where=np.isfinite(size)))
        change = max(change, far) if abs(F) < _PRECISION * far else change
        return np.fmax(noise, np.fmax(relative * size, 8.0 * _PRECISION * np.sqrt(size * change)))

    everyone = np.arange(len(indices))
    for level in range(len(_STEPS)) if thorough else range(_FIRST, _FIRST + 3):
        evaluate(level, everyone)
    found = best()
    for levels, finer in ((range(_FIRST + 3, len(_STEPS)), True), (range(_FIRST - 1, -1, -1), False)):
        for level in levels if not thorough else ():
            size = np.abs(np.nan_to_num(found.derivative))
            enough = 0.3 * tolerance * np.maximum(size, 1e-2 * size.max(initial=0.0))
            who = np.flatnonzero((found.uncertainty > enough) & ((found.truncation >= found.rounding) == finer))
            if len(who) == 0:
                break
            evaluate(level, who)
            found = best()
    before, after = _sides((F - below) / (at - lower), (above - F) / (upper - at), noise_there() / h)
    wide = _wide(F, above[_FIRST], below[_FIRST], h[_FIRST])
    return Slopes(found.derivative, _MARGIN * found.uncertainty, found.step, before, after, wide)


def _wide(F: float, above: np.ndarray, below: np.ndarray, h: np.ndarray) -> np.ndarray:
    """The larger of the one-sided slopes of a step; 0 where there is none."""
    return np.nan_to_num(np.fmax(np.abs(above - F), np.abs(F - below)) / h, posinf=0.0)


def _best(D: np.ndarray, h: np.ndarray, rounding: np.ndarray) -> _Best:
    """Of the extrapolated derivatives of all steps, the one of the least uncertainty."""
    once = np.full_like(D, np.nan)
    twice = np.full_like(D, np.nan)
    once[1:] = (16.0 * D[1:] - D[:-1]) / 15.0
    twice[2:] = (256.0 * once[2:] - once[1:-1]) / 255.0
    # D's error falls by 16 from step to step where F is smooth, by 4 where its second derivative jumps: then none of
    # the extrapolations is better than a third of their difference
    change = np.abs(np.diff(D, axis=0))
    slow = change[1:] > change[:-1] / 8.0
    truncation = np.full_like(D, np.nan)
    truncation[2:] = np.where(slow, 1.0, _SAFETY) * np.abs(np.diff(once[1:], axis=0))
    truncation += _contradicted(once, twice, rounding)
    known = np.isfinite(twice)
    truncation = np.where(known, truncation, np.inf)
    place = np.argmin(truncation + rounding, axis=0)
    column = np.arange(D.shape[1])
    found = known.any(axis=0)
    return _Best(
        np.where(found, twice[place, column], np.nan),
        truncation[place, column],
        np.where(found, rounding[place, column], np.inf),
        np.where(found, h[place, column], np.inf),
    )


def _contradicted(once: np.ndarray, twice: np.ndarray, room: np.ndarray) -> np.ndarray:
    """How far extrapolations lie outside of what those of finer steps leave room for, their rounding considered.

    Beyond a kink the slopes of wide steps may agree with each other by chance; the finer ones tell that they are wrong.
    """
    low = np.maximum.accumulate(np.where(np.isnan(once), -np.inf, once - room)[::-1], axis=0)[::-1]
    high = np.minimum.accumulate(np.where(np.isnan(once), np.inf, once + room)[::-1], axis=0)[::-1]
    found = np.zeros_like(once)
    outside = np.maximum(low[1:] - twice[:-1], twice[:-1] - high[1:])
    found[:-1] = 2.0 * np.maximum(np.nan_to_num(outside), 0.0)
    return found


def _sides(before: np.ndarray, after: np.ndarray, noise: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The one-sided slopes of the entries whose gap does not close with the step (a smooth F's closes with h)."""
    gap = np.abs(after - before)
    seen = np.nan_to_num(gap) > np.fmax(20.0 * noise, _GAP * np.fmax(np.abs(before), np.abs(after)))
    column = np.arange(gap.shape[1])
    finest = len(_STEPS) - 1 - np.argmax(seen[::-1], axis=0)
    wider = np.maximum(finest - 2, 0)
    stays = gap[finest, column] > 0.12 * gap[wider, column]
    room = 2.0 * np.fmax(gap[finest, column], gap[wider, column])
    settled = [np.abs(side[finest, column] - side[wider, column]) <= room for side in (before, after)]
    kink = seen.any(axis=0) & (finest >= _FIRST + 4) & stays & settled[0] & settled[1]
    return np.where(kink, before[finest, column], np.nan), np.where(kink, after[finest, column], np.nan)


def noise_of(along: Callable[[float], float], F: float, precision: float = _PRECISION) -> float:
    """The size of F's rounding error, from its values at close points of a line through x (Moré & Wild 2011, ECNoise).

    Differences of high order take away all that is smooth: those of order k have the noise's size times √((2k)!)/k!.
    Wider spacings are tried where F stays the same; if these show it to vary, it must be of low precision, or else it
    is flat, and no more can be told. Never less than `precision` times |F|.

    >>> import math
    >>> noise = noise_of(lambda t: float(np.float32(math.exp(t))), 1.0)
    >>> bool(1e-8 < noise < 1e-6)
    True
    """
    least = precision * abs(F)
    for spacing in _SPACINGS:
        line = np.array([along(spacing * point) for point in range(_POINTS)])
        if not np.isfinite(line).all():
            return least
        if spacing > _FINE and not np.array_equal(line, line.astype(np.float32)):
            return least
        if len(np.unique(line)) <= _POINTS // 2:
            continue
        sizes = []
        gamma = 1.0
        for order in range(1, _POINTS - 1):
            line = np.diff(line)
            gamma *= 0.5 * order / (2.0 * order - 1.0)
            if order >= 4:
                sizes.append(float(np.sqrt(gamma * np.mean(line**2))))
        return max(least, *sizes)
    return least
