"""A curve of a run that may have millions of epochs, in so many points as a picture shows, no spike of it lost."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

MOST_STRETCHES = 600
"""About the pixels across a picture."""


class _Stretches(NamedTuple):
    """Of each stretch of epochs its least and greatest value and their epochs, how many values are finite and how many
    are numbers at all, and the first epoch of one that is not finite (0: none)."""

    low: np.ndarray
    low_at: np.ndarray
    high: np.ndarray
    high_at: np.ndarray
    finite: np.ndarray
    bad_at: np.ndarray


class Thinned:
    """The least and the greatest value of each stretch of epochs; stretches are twice as long when there are too many.

    Values are those of epochs that follow one another, from 1. What is not finite is a gap. NaN between the epochs in
    which a validation set was judged (every k-th) is none. It may be added to while another thread reads.

    >>> curve = Thinned(most=2)
    >>> curve.add([5.0, 1.0, 9.0])
    >>> curve.add([2.0])
    >>> curve.points()
    ([1, 2, 3, 4], [5.0, 1.0, 9.0, 2.0])
    >>> curve.add([3.0, 3.5, 3.0, 3.0])
    >>> curve.stride, curve.points()
    (4, ([1, 2, 3, 5, 6, 8], [5.0, 1.0, 9.0, 3.0, 3.5, 3.0]))
    """

    def __init__(self, most: int = MOST_STRETCHES) -> None:
        self.stride = 1
        """How many epochs a stretch has."""
        self.count = 0
        """How many values were added."""
        self.first = self.last = float("nan")
        """The values that were added first and last."""
        self._most = most
        self._every = 0
        self._lock = threading.Lock()
        self._stretches = _empty(0)

    def add(self, values: ArrayLike) -> None:
        """Add the values of epochs that follow."""
        given = np.asarray(values, dtype=np.float64).ravel()
        if not given.size:
            return
        with self._lock:
            while self.count + given.size > self._most * self.stride:
                self._stretches = _paired(self._stretches)
                self.stride *= 2
            if not self.count:
                self.first = float(given[0])
            self.last = float(given[-1])
            if self._every != 1:
                told = np.flatnonzero(~np.isnan(given)) + self.count + 1
                self._every = int(np.gcd.reduce(told[:2], initial=self._every))
                if self._every != 1:
                    self._every = int(np.gcd.reduce(told, initial=self._every))
            into = min(-self.count % self.stride, given.size)
            whole = (given.size - into) // self.stride * self.stride
            for part in (given[:into], given[into : into + whole], given[into + whole :]):
                if part.size:
                    self._enter(part)

    @property
    def stretches(self) -> int:
        """How many stretches there are; the last may still be filled."""
        return len(self._stretches.low)

    @property
    def left_out(self) -> int:
        """How many values are not finite, of the epochs in which they were judged."""
        with self._lock:
            return self.count // max(self._every, 1) - int(self._stretches.finite.sum())

    @property
    def least(self) -> tuple[int, float] | None:
        """The first epoch of the least value, and this value; None where none is finite."""
        with self._lock:
            low = self._stretches.low
            if not low.size or not np.isfinite(low.min()):
                return None
            return int(self._stretches.low_at[low.argmin()]), float(low.min())

    def points(self, since: int = 0) -> tuple[list[int], list[float | None]]:
        """The epochs and their values from a stretch on; None where the curve has a gap."""
        with self._lock:
            epochs: list[int] = []
            found: list[float | None] = []
            every = max(self._every, 1)
            for at, (low, low_at, high, high_at, finite, bad_at) in enumerate(
                zip(*(one[since:].tolist() for one in self._stretches), strict=True), since
            ):
                here: dict[int, float | None] = {low_at: low, high_at: high} if finite else {}
                if at == 0 and np.isfinite(self.first):
                    here[1] = self.first
                last = min((at + 1) * self.stride, self.count)
                if last == self.count and np.isfinite(self.last):
                    here[last] = self.last
                if last // every - at * self.stride // every > finite:
                    here[bad_at if every == 1 else last] = None
                for epoch in sorted(here):
                    epochs.append(epoch)
                    found.append(here[epoch])
            return epochs, found

    def _enter(self, part: np.ndarray) -> None:
        """Take in values that end a stretch, fill some, or begin one."""
        rows = part.reshape(-1, self.stride) if part.size % self.stride == 0 else part[None]
        new = _summary(rows, self.count)
        here = self._stretches
        if self.count % self.stride:
            new = _merged(*(_Stretches(*(one[-1:] for one in here)), new))
            here = _Stretches(*(one[:-1] for one in here))
        self._stretches = _Stretches(*(np.concatenate(pair) for pair in zip(here, new, strict=True)))
        self.count += part.size


def thinned(values: ArrayLike, most: int = MOST_STRETCHES) -> Thinned:
    """A whole curve, thinned.

    >>> thinned([3.0, float("inf"), 2.0]).points()
    ([1, 2, 3], [3.0, None, 2.0])
    """
    curve = Thinned(most)
    curve.add(values)
    return curve


def _empty(count: int) -> _Stretches:
    whole = np.zeros(count, dtype=np.int64)
    return _Stretches(np.full(count, np.inf), whole, np.full(count, -np.inf), whole, whole, whole)


def _summary(rows: np.ndarray, before: int) -> _Stretches:
    """Of rows (stretches, epochs) that come after so many epochs."""
    first = before + 1 + np.arange(len(rows)) * rows.shape[1]
    finite = np.isfinite(rows)
    if finite.all():
        low, high = rows, rows
        count, bad = np.full(len(rows), rows.shape[1]), np.zeros(len(rows), dtype=np.int64)
    else:
        low, high = np.where(finite, rows, np.inf), np.where(finite, rows, -np.inf)
        count, bad = finite.sum(axis=1), np.where(finite.all(axis=1), 0, first + finite.argmin(axis=1))
    at_low, at_high, every = low.argmin(axis=1), high.argmax(axis=1), np.arange(len(rows))
    return _Stretches(low[every, at_low], first + at_low, high[every, at_high], first + at_high, count, bad)


def _merged(a: _Stretches, b: _Stretches) -> _Stretches:
    """Each stretch of `a` with that of `b` that comes after it."""
    lower, higher = b.low < a.low, b.high > a.high
    return _Stretches(
        np.where(lower, b.low, a.low), np.where(lower, b.low_at, a.low_at),
        np.where(higher, b.high, a.high), np.where(higher, b.high_at, a.high_at),
        a.finite + b.finite, np.where(a.bad_at > 0, a.bad_at, b.bad_at),
    )  # fmt: skip


def _paired(of: _Stretches) -> _Stretches:
    """Two stretches as one."""
    if len(of.low) % 2:
        of = _Stretches(*(np.concatenate(pair) for pair in zip(of, _empty(1), strict=True)))
    return _merged(_Stretches(*(one[::2] for one in of)), _Stretches(*(one[1::2] for one in of)))
