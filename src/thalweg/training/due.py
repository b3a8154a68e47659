"""When the next checkpoint is due, and what happens when it cannot be written."""

from __future__ import annotations

import logging
from collections.abc import Callable

from .checkpoints import Checkpoints

_log = logging.getLogger("thalweg.checkpoints")


class Due:
    """Counts from the last checkpoint, by the time or by the epochs.

    >>> due = Due(Checkpoints("folder", every="10epochs"))
    >>> due.epochs_ahead(7), due.now(7.0, 9), due.now(8.0, 10)
    (3, False, True)
    """

    def __init__(self, settings: Checkpoints, seconds: float = 0.0, epochs: int = 0) -> None:
        self._seconds, self._epochs = settings.seconds, settings.epochs
        self._told = False
        self.saved(seconds, epochs)

    def saved(self, seconds: float, epochs: int) -> None:
        """A checkpoint was written, or tried to, after so many seconds and epochs."""
        self._last_seconds, self._last_epochs = seconds, epochs

    def now(self, seconds: float, epochs: int) -> bool:
        """Whether one is due after so many seconds and epochs."""
        if self._seconds is not None:
            return seconds - self._last_seconds >= self._seconds
        return self._epochs is not None and epochs // self._epochs > self._last_epochs // self._epochs

    def epochs_ahead(self, epochs: int) -> int | None:
        """How many more epochs may come before one is due; None where the time says it."""
        return None if self._epochs is None else self._epochs - epochs % self._epochs

    def written(self, write: Callable[[], None]) -> bool:
        """Whether it could be written; of what could not the first is told, and the training goes on."""
        try:
            write()
        except OSError as error:
            if not self._told:
                self._told = True
                _log.warning(f"{' '.join(str(error).split())}; the training goes on without")
            return False
        return True
