"""What is called at the end of each epoch, what it is told, and what it returns to stop the run."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from ..core.network import Parameters


class EpochEnd(NamedTuple):
    """What a callback is told at the end of an epoch; `parameters()` gives a copy of the current ones."""

    epoch: int
    epochs: int
    updates: int
    loss: float
    validation_loss: float | None
    best_epoch: int
    seconds: float
    parameters: Callable[[], Parameters]


class Stop(Enum):
    """The one value that stops a run."""

    STOP = "stop"

    def __repr__(self) -> str:
        return "tw.STOP"


STOP: Final = Stop.STOP
"""What a callback returns to stop the run."""


class Listener(ABC):
    """A callback that is told of the beginning and the end of the run too.

    >>> import numpy as np, thalweg as tw
    >>> class Count(tw.callbacks.Listener):
    ...     def begin(self):
    ...         self.epochs = 0
    ...     def __call__(self, end):
    ...         self.epochs += 1
    ...     def end(self):
    ...         print(self.epochs, "epochs")
    >>> P = np.linspace(-1, 1, 20)[:, None]
    >>> run = tw.train(tw.mlp(1, 5, 1), P, P**2, epochs=3, callbacks=[Count()])
    3 epochs
    """

    def begin(self) -> None:  # noqa: B027 - may be left as it is
        """Called before the run; an error that it raises ends it before it began."""

    def saved(self) -> object:
        """What a checkpoint is to hold of this callback: plain data, as JSON has it; None: nothing."""
        return None

    def resumed(self, epoch: int, saved: object) -> None:
        """Called in the place of `begin` before a run that goes on from the checkpoint after so many epochs.

        `saved` is what `saved` of a callback of its class gave then. Epochs after that one, which it may have been told
        of, are told of again.
        """
        self.begin()

    @abstractmethod
    def __call__(self, end: EpochEnd) -> object:
        """Called at the end of an epoch."""

    def end(self) -> None:  # noqa: B027 - likewise
        """Called after the last epoch, and when an error has ended the run."""


Callback = Callable[[EpochEnd], object]
"""Called at the end of an epoch; the run stops if it returns `STOP`, and goes on whatever else it returns."""
