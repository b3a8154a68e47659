"""How a run is cut into segments."""

from __future__ import annotations

from .engine import Segment


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
