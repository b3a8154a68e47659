"""A gradient that was taken by differences itself: with which step, one-sided or central."""

from __future__ import annotations

import numpy as np

from .differences import Values
from .findings import Finding

_FIRST_STEP = 1e-3
_FEWEST, _MOST = 3, 200
"""The step is one number, and must explain more; of many entries so many are compared."""
_LEFT = 0.05
"""The share of what is wrong that the step may leave unexplained."""


def by_differences(
    values: Values,
    x: np.ndarray,
    indices: np.ndarray,
    given: np.ndarray,
    right: np.ndarray,
    uncertainty: np.ndarray,
    F: float,
    noise: float,
) -> Finding | None:
    """The finding that (F(x + h e_i) - F(x)) / h, or (F(x + h e_i) - F(x - h e_i)) / 2h, are the given numbers.

    Their errors grow as h, and as h², so that h is found by comparing them with those of another h; all entries must
    bear it out. None unless the given numbers are nearly right.

    >>> x, F = np.array([0.5, 1.0, 1.5, 2.0]), lambda which, points: np.exp(points) + 7.0 * which
    >>> forward = (np.exp(x + 1e-4) - np.exp(x)) / 1e-4
    >>> by_differences(lambda which, points: F(which, points) - F(which, x[which]), x, np.arange(4), forward, np.exp(x),
    ...     np.full(4, 1e-10), 0.0, 1e-16).text[:54]
    'nearly right: as by forward differences with a step of'
    """
    off = given - right
    if not len(off) or np.linalg.norm(off) > 0.1 * np.linalg.norm(right):
        return None
    some = np.unique(np.linspace(0, len(off) - 1, min(len(off), _MOST)).round().astype(int))
    indices, off, right, uncertainty = indices[some], off[some], right[some], uncertainty[some]
    if (np.abs(off) > 10.0 * uncertainty).sum() < _FEWEST:
        return None
    for power in (1, 2):

        def error(h: float, power: int = power) -> np.ndarray:
            above = values(indices, x[indices] + h)
            if power == 1:
                return (above - F) / h - right
            return (above - values(indices, x[indices] - h)) / (2.0 * h) - right

        h = _FIRST_STEP
        for _ in range(6):
            found = error(h)
            ratio = float(off @ found) / float(found @ found) if np.isfinite(found).all() and found.any() else 0.0
            if ratio == 0.0 or (power == 2 and ratio < 0.0):
                break
            left = np.abs(off - found)
            room = _LEFT * float(np.abs(off).max()) + uncertainty + 10.0 * noise / abs(h)
            if np.linalg.norm(left) <= _LEFT * np.linalg.norm(off) and (left <= room).all():
                return _told(h, power, float((np.abs(off) / np.abs(right).max()).max()))
            h = float(np.clip(h * (ratio if power == 1 else ratio**0.5), -1.0, 1.0))
            if abs(h) < 1e-10:
                break
    return None


def _told(h: float, power: int, share: float) -> Finding:
    which = "central" if power == 2 else "forward" if h > 0 else "backward"
    text = (
        f"nearly right: as by {which} differences with a step of {abs(h):.2g}, off by up to {share:.0e} of the largest "
        "entry"
    )
    return Finding("imprecise", (), text, abs(h))
