"""The trail of a training: states along it, evenly, from which its updates are opened later."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

import numpy as np

from ..optimizers.full_batch import FullBatchRule
from .checkpoint_folder import CheckpointFolder
from .checkpoints import Checkpoints
from .due import Due
from .recipe import Recipe

_SECONDS_OF_TRAIL = 1.0
"""Between two states of the trail, while there is room for them."""
_SHARE_OF_TRAIL = 300
"""A state is written after so many times the time that one takes."""
_BYTES_OF_TRAIL = 256 << 20
_BYTES_A_SECOND = 50e6
"""That a state is taken to be written at, before one was."""
_COPIES = 5
"""Of the parameters in a state: themselves, the best, those at the start of the epoch, two of the rule's."""


class Trail:
    """The states of a run, or of a group of runs that has a share of the room of all; it goes on after `seconds`."""

    def __init__(
        self,
        folder: CheckpointFolder,
        settings: Checkpoints,
        due: Due,
        size: int,
        seconds: float = 0.0,
        share: float = 1.0,
    ) -> None:
        self._folder, self._due = folder, due
        self._most, self._room = settings.trail, int(share * _BYTES_OF_TRAIL)
        self._kept = list(folder.states())
        self._seconds = seconds
        self._costs = deque([size / _BYTES_A_SECOND], maxlen=3)  # the least counts: the disk may be busy for once
        self._spacing = max(_SECONDS_OF_TRAIL, seconds / len(self._kept) if self._kept else 0.0)

    def now(self, seconds: float) -> bool:
        """Whether it is time for a state: they are evenly apart, and further where one costs much."""
        apart = max(self._spacing, _SHARE_OF_TRAIL * min(self._costs))
        return self._most > 0 and seconds - self._seconds >= apart

    def save(self, seconds: float, updates: int, content: Callable[[], bytes]) -> None:
        """Write a state; when there are too many of them, every second one goes."""
        began = time.perf_counter()
        written = content()
        most = min(self._most, self._room // len(written))
        if most < 2:
            self._spacing = float("inf")
            return
        self._seconds = seconds
        if not self._due.written(lambda: self._folder.write_state(updates, written)):
            return
        if self._kept[-1:] != [updates]:
            self._kept.append(updates)
        self._costs.append(time.perf_counter() - began)
        while len(self._kept) > most:
            for forgotten in self._kept[::2]:
                self._folder.forget_state(forgotten)
            self._kept = self._kept[1::2]
            self._spacing *= 2


def size_of_state(recipe: Recipe) -> int:
    """About how many bytes a state of a run has."""
    parameters = recipe.program.net.parameter_count
    size = _COPIES * parameters * np.dtype(recipe.dtype).itemsize
    return size * parameters if isinstance(recipe.rule, FullBatchRule) and recipe.rule.matrices else size
