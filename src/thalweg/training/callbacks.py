"""What is called at the end of each epoch, what it is told, and what it returns to stop the run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final


@dataclass(frozen=True)
class EpochEnd:
    """What a callback is told at the end of an epoch; `parameters()` gives a copy of the current ones."""

    epoch: int
    epochs: int
    updates: int
    loss: float
    validation_loss: float | None
    best_epoch: int
    seconds: float
    parameters: Callable[[], Any]


class Stop(Enum):
    """The one value that stops a run."""

    STOP = "stop"

    def __repr__(self) -> str:
        return "tw.STOP"


STOP: Final = Stop.STOP
"""What a callback returns to stop the run."""

Callback = Callable[[EpochEnd], Any]
"""Called at the end of an epoch; the run stops if it returns `STOP`, and goes on whatever else it returns."""
