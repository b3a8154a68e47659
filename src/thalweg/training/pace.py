"""How many updates to run without looking up."""

from __future__ import annotations

_SECONDS_A_SEGMENT = 0.2
_FIRST_UPDATES = 32


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
        self._began = False
        self.updates = _FIRST_UPDATES

    def measured(self, updates: int, seconds: float) -> None:
        """So many updates took so long."""
        if self._began:
            rate = updates / max(seconds, 1e-6)
            self.updates = int(max(1, min(self._most, 8 * self.updates, rate * _SECONDS_A_SEGMENT)))
        self._began = True
