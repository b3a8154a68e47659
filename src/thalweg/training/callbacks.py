"""What is called at the end of each epoch, and what it is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class EpochEnd:
    """What a callback is told at the end of an epoch; `parameters()` gives the current ones."""

    epoch: int
    epochs: int
    updates: int
    loss: float
    validation_loss: float | None
    best_epoch: int
    seconds: float
    parameters: Callable[[], Any]


Callback = Callable[[EpochEnd], Any]
"""Called at the end of an epoch."""
