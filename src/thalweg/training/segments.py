"""How a run is cut into segments: updates that an engine runs without coming back, and what they leave."""

from __future__ import annotations

from typing import NamedTuple

from .epoch import EpochRecord

_SECONDS_A_SEGMENT = 0.2
_FIRST_UPDATES = 32


class Segment(NamedTuple):
    """Updates to run without coming back: whole epochs, or a part of one.

    `epochs` epochs from `first` (counted from 0), in each the updates `start` to `stop`; `ends` says whether `stop`
    is the end of the epoch.
    """

    first: int
    epochs: int
    start: int
    stop: int
    ends: bool

    @property
    def updates(self) -> int:
        """The number of updates in the segment."""
        return self.epochs * (self.stop - self.start)


class SegmentResult(NamedTuple):
    """What a segment left: the stopping code, the updates done in all, and the records of the epochs that ended."""

    code: int
    updates: int
    epochs: int
    records: EpochRecord
    """Arrays of as many numbers as epochs ended."""


def plan(first: int, start: int, steps: int, last: int, budget: int) -> Segment:
    """The next segment of about `budget` updates: from update `start` of epoch `first`, at most to epoch `last`.

    Each epoch has `steps` updates.

    >>> plan(first=3, start=0, steps=10, last=100, budget=25)
    Segment(first=3, epochs=2, start=0, stop=10, ends=True)
    >>> plan(first=3, start=4, steps=10, last=100, budget=3)
    Segment(first=3, epochs=1, start=4, stop=7, ends=False)
    """
    if start == 0 and budget >= steps:
        return Segment(first, min(budget // steps, last - first), 0, steps, True)
    stop = min(steps, start + max(1, budget))
    return Segment(first, 1, start, stop, stop == steps)


class Pace:
    """The updates of the next segment, so many as take about a fifth of a second by the time of the one before.

    >>> pace = Pace(most=10_000)
    >>> pace.measured(32, 5.0)  # the first segment may have waited for the compiler
    >>> pace.measured(32, 0.1)
    >>> pace.updates
    64
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self.seconds = _SECONDS_A_SEGMENT
        """How long a segment is to take."""
        self._began = False
        self.updates = _FIRST_UPDATES

    def measured(self, updates: int, seconds: float) -> None:
        """So many updates took so long."""
        if self._began:
            rate = updates / max(seconds, 1e-6)
            self.updates = int(max(1, min(self._most, 8 * self.updates, rate * self.seconds)))
        self._began = True
