"""Learning rates and momenta that change with the steps: functions of the step k, optax's where it has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..errors import ArgumentError


@dataclass(frozen=True)
class ReduceOnPlateau:
    """A learning rate that `train` multiplies by `factor` after `patience` epochs without a lower loss, down to `least`.

    The validation loss is watched if there is a validation set, else the training loss. Used outside of `train` it
    is `start` at every step.

    >>> ReduceOnPlateau(0.1)(7)
    0.1
    """

    start: float = 0.01
    factor: float = 0.5
    patience: int = 10
    least: float = 0.0

    def __post_init__(self) -> None:
        if not (self.start > 0 and 0 < self.factor < 1 and self.patience >= 1 and 0 <= self.least <= self.start):
            raise ArgumentError(
                f"{self}: start must be above 0, factor between 0 and 1, patience at least 1, least from 0 to start"
            )

    def __call__(self, step: Any) -> float:
        """The rate at the start."""
        return self.start
