"""Trainings take turns where there are more of them than cores, in the order in which they came."""

from __future__ import annotations

import os
import threading
from collections import deque


class Turns:
    """A lock that so many may hold at once; who waits longest comes next.

    >>> turns = Turns(1)
    >>> with turns:
    ...     turns.crowded
    False
    """

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._lock = threading.Lock()
        self._waiting: deque[threading.Event] = deque()

    @property
    def crowded(self) -> bool:
        """Whether somebody waits."""
        return bool(self._waiting)

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def __enter__(self) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
            turn = threading.Event()
            self._waiting.append(turn)
        turn.wait()

    def __exit__(self, *_: object) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._free += 1


TURNS = Turns(max(1, (os.cpu_count() or 2) - 1))
"""Of all trainings of the pages: one core is left to the pages themselves."""
