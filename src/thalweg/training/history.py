"""What a run records at the end of each epoch, the only thing that grows with the epochs; and which epoch it keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

_RESTORING = ("diverged", "patience")
"""The ends of a run that go back to its best parameters without a validation set too."""


@dataclass(frozen=True)
class History:
    """One number an epoch, epoch k at index k - 1, as float64 arrays.

    `loss` is the mean over the epoch's updates of F as each update saw it, before it (the sum, for a loss with
    reduction="sum"); with all examples in each update that is F before the update. `validation_loss` is taken after
    the epoch, without penalties; None without a validation set. `gradient_norm` is the norm of the epoch's mean
    gradient; None unless `min_gradient` was set.

    >>> History(np.array([0.5, 0.25]), None, None).loss[-1]
    np.float64(0.25)
    """

    loss: np.ndarray
    validation_loss: np.ndarray | None
    gradient_norm: np.ndarray | None

    @classmethod
    def of(cls, records: Sequence[tuple[Any, Any, Any]]) -> History:
        """The history of records (loss, validation loss, gradient norm), arrays of a segment each, one after another.

        >>> History.of([(np.array([3.0]), None, None), (np.array([2.0, 1.0]), None, None)]).loss
        array([3., 2., 1.])
        """
        losses, *watched = zip(*records, strict=True) if records else ((), (), ())
        others = [np.concatenate(parts) if parts and parts[0] is not None else None for parts in watched]
        return cls(np.concatenate(losses) if losses else np.zeros(0), *others)

    def to_dict(self) -> dict[str, list[float] | None]:
        """Plain data for a file."""
        return {name: None if values is None else values.tolist() for name, values in vars(self).items()}


def kept_epoch(validated: bool, stopped_because: str, best_epoch: int) -> int | None:
    """The epoch whose parameters a run keeps (0: the initial ones), None if they are those of its last update.

    Those after the epoch of the lowest validation loss if there was a validation set; those of the lowest training
    loss, which are those before that epoch's updates, if the run diverged or ran out of patience.

    >>> kept_epoch(True, "epochs", 7), kept_epoch(False, "patience", 7), kept_epoch(False, "epochs", 7)
    (7, 7, None)
    """
    return best_epoch if validated or stopped_because in _RESTORING else None


def kept_update(validated: bool, stopped_because: str, best_epoch: int, *, steps: int, updates: int) -> int:
    """The update after which the parameters were those that a run of so many `updates`, `steps` an epoch, keeps.

    >>> kept_update(True, "epochs", 7, steps=10, updates=95), kept_update(False, "diverged", 7, steps=10, updates=95)
    (70, 60)
    """
    epoch = kept_epoch(validated, stopped_because, best_epoch)
    if epoch is None:
        return updates
    return steps * (epoch if validated else max(0, epoch - 1))
