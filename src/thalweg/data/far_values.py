"""A few values far outside all others, such as 999999 for unknown."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import polars as pl

from .scale import Limits
from .values import counted

FAR = 10
"""So many times the range of the others lies between these and a value that is far."""

FEWEST = 20
"""Of fewer values none is called far."""

_CODE = r"-9+|9{2,}"
_CUTS = 4


OUTSIDE = "far outside the training rows"
"""Words of the note on values that a model was not trained on."""


class FarValues(NamedTuple):
    """The limits of the others, the number of far values, and which, the most common first; `ruinous` by `FAR`."""

    others: Limits
    number: int
    values: tuple[float, ...]
    ruinous: bool


def far_values(values: np.ndarray) -> FarValues | None:
    """The values (n,), missing as NaN, that lie far from most: at most a tenth, or half if they are nines.

    Far is farther than `FAR` times the range of the others. Nines that stand for unknown (-999, 99, 9999) are found,
    though not ruinous, from one range on if there are two of them.

    >>> far_values(np.array([*range(30), 9999, 9999.0])).others
    Limits(low=0.0, high=29.0)
    >>> far_values(np.arange(30.0) ** 2) is None
    True
    """
    values = values[~np.isnan(values)]
    if len(values) < FEWEST or not _has_hole(values):
        return None
    kinds, counts = np.unique(values, return_counts=True)
    return _far_among(kinds, kinds, counts)


def far_ranges(lows: np.ndarray, highs: np.ndarray, counts: np.ndarray) -> FarValues | None:
    """The same of values that are known as ranges, in ascending order, each of so many; of a range that is far its ends
    are told.

    >>> far_ranges(np.array([0.0, 9999.0]), np.array([29.0, 9999.0]), np.array([30, 2])).values
    (9999.0,)
    """
    if counts.sum() < FEWEST or not _has_hole_between(lows, highs):
        return None
    return _far_among(lows, highs, counts)


def _far_among(lows: np.ndarray, highs: np.ndarray, counts: np.ndarray) -> FarValues | None:
    found, whole = None, counts.sum()
    with np.errstate(over="ignore"):
        gaps = lows[1:] - highs[:-1]
        order = np.argsort(-gaps, kind="stable")[:_CUTS]
        for cuts in range(1, len(order) + 1):
            edges = [0, *sorted(order[:cuts] + 1), len(lows)]
            start, end = max(pairwise(edges), key=lambda part: counts[part[0] : part[1]].sum())
            others = Limits(float(lows[start]), float(highs[end - 1]))
            far = np.r_[0:start, end : len(lows)]
            between = min([*gaps[start - 1 : start], *gaps[end - 1 : end]])
            share = counts[far].sum() / whole
            span = others.high - others.low
            codes = all(re.fullmatch(_CODE, f"{lows[i]:.15g}") and lows[i] == highs[i] and counts[i] > 1 for i in far)
            codes = codes and (others.low >= 0 or abs(lows[far]).min() >= 99)
            if span == 0 or share > (0.5 if codes else 0.1):
                continue
            if between > FAR * span or (codes and between >= span):
                ruinous = bool(max(others.low - lows[0], highs[-1] - others.high) > FAR * span)
                common = far[np.argsort(-counts[far], kind="stable")]
                values = dict.fromkeys(end for i in common.tolist() for end in (float(lows[i]), float(highs[i])))
                found = FarValues(others, int(counts[far].sum()), tuple(values), ruinous)
    return found


def _has_hole(values: np.ndarray) -> bool:
    """Whether an eighth of the range is empty in one piece: a quick look before the values are sorted."""
    low, high = float(values.min()), float(values.max())
    if (step := _step(low, high)) is None:
        return False
    filled = np.flatnonzero(np.bincount(((values - low) * step).astype(np.int64), minlength=64))
    return bool(np.diff(filled).max(initial=1) > 8)


def _has_hole_between(lows: np.ndarray, highs: np.ndarray) -> bool:
    """The same between ranges."""
    if (step := _step(float(lows[0]), float(highs[-1]))) is None:
        return False
    first, last = (((ends - lows[0]) * step).astype(np.int64) for ends in (lows, highs))
    return bool((first[1:] - last[:-1]).max(initial=1) > 8)


def _step(low: float, high: float) -> float | None:
    """What makes 64 of a range, if it has a width."""
    if not (np.isfinite(high - low) and high > low):
        return None
    with np.errstate(over="ignore"):
        step = 63 / (high - low)
    return step if np.isfinite(step) else None  # they may differ by less than a number can say


def far_note(name: str, found: FarValues, remedy: str = "", dates: pl.Series | None = None) -> str:
    """The note on values that are far; `dates` is the column if they are its physical values.

    >>> far_note("column 'age'", FarValues(Limits(20, 60), 8, (999999.0,), True))
    "column 'age': 8 values are 999999, the others lie between 20 and 60: if that means unknown, leave them empty"
    """

    def shown(value: float, digits: int) -> str:
        return f"{value:.{digits}g}" if dates is None else str(pl.Series([int(value)]).cast(dates.dtype)[0])

    names = ", ".join(shown(value, 15) for value in found.values[:3]) + (", ..." if found.values[3:] else "")
    are = "is" if found.number == 1 else "are"
    low, high = (shown(value, 6) for value in (found.others.low, found.others.high))
    return (
        f"{name}: {counted(found.number, 'value')} {are} {names}, the others lie between {low} and {high}: "
        f"if that means unknown, leave {'it' if found.number == 1 else 'them'} empty{remedy}"
    )
