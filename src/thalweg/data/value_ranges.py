"""The values of a column as they come, in ranges between which there are gaps: what is far off is seen in one pass."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from .far_values import FarValues, far_ranges

_MOST = 64
"""Ranges at the most; then the smallest gaps are closed, until half as many are left.

A gap that closes was then smaller than 31 others. One beside the values that most are (so many times wider than these,
as far values have it) closes so only where there are as many different values farther off still.
"""


class ValueRanges:
    """Ranges (lows, highs, counts) of the values seen so far, one for each different value while these are few.

    >>> ranges = ValueRanges()
    >>> for start in range(0, 1000, 100):
    ...     ranges.add(np.arange(start, start + 100.0))
    >>> ranges.add(np.array([1e6, 1e6]))
    >>> ranges.far()
    FarValues(others=Limits(low=0.0, high=999.0), number=2, values=(1000000.0,), ruinous=True)
    """

    def __init__(self) -> None:
        self._lows, self._highs, self._counts = np.zeros(0), np.zeros(0), np.zeros(0, np.int64)

    def add(self, values: np.ndarray) -> None:
        """Finite values, or NaN for missing ones."""
        values = values[~np.isnan(values)]
        if len(self._lows):
            place = np.searchsorted(self._lows, values, side="right") - 1
            inside = (place >= 0) & (values <= self._highs[place])
            self._counts += np.bincount(place[inside], minlength=len(self._lows))
            values = values[~inside]
        if len(values):
            kinds, counts = np.unique(values, return_counts=True)
            self._merge(kinds, kinds, counts)

    def __add__(self, other: ValueRanges) -> ValueRanges:
        found = ValueRanges()
        for one in (self, other):
            found._merge(one._lows, one._highs, one._counts)
        return found

    def told(self) -> list[list[Any]]:
        """The ranges as plain data, for `of_all`."""
        return [self._lows.tolist(), self._highs.tolist(), self._counts.tolist()]

    @classmethod
    def of_all(cls, told: Iterable[list[list[Any]]]) -> ValueRanges:
        """The ranges of which these were `told`, together."""
        found = cls()
        for lows, highs, counts in told:
            found._merge(np.array(lows, np.float64), np.array(highs, np.float64), np.array(counts, np.int64))
        return found

    def far(self) -> FarValues | None:
        """The values that lie far from most, as `far_values` tells them of all at once."""
        return far_ranges(self._lows, self._highs, self._counts)

    def _merge(self, lows: np.ndarray, highs: np.ndarray, counts: np.ndarray) -> None:
        if not len(lows):
            return
        lows, highs, counts = (
            np.concatenate(pair) for pair in ((self._lows, lows), (self._highs, highs), (self._counts, counts))
        )
        order = np.argsort(lows, kind="stable")
        lows, highs, counts = lows[order], np.maximum.accumulate(highs[order]), counts[order]
        with np.errstate(over="ignore"):
            gaps = lows[1:] - highs[:-1]
        opens = gaps > 0
        if opens.sum() >= _MOST:
            largest = np.argsort(-gaps, kind="stable")[: _MOST // 2 - 1]
            opens = np.zeros(len(gaps), bool)
            opens[largest] = True
        starts = np.flatnonzero(np.concatenate([[True], opens]))
        ends = np.append(starts[1:], len(lows)) - 1
        self._lows, self._highs = lows[starts], highs[ends]
        self._counts = np.add.reduceat(counts, starts)
