"""What a run records at the end of each epoch; the only thing that grows with the epochs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


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
    def of(cls, records: Sequence[tuple[Any, Any, Any]], before: History | None = None) -> History:
        """The history of records (loss, validation loss, gradient norm), arrays of a segment each, one after another.

        They come after the history of the epochs `before`, if there were any.

        >>> History.of([(np.array([3.0]), None, None), (np.array([2.0, 1.0]), None, None)]).loss
        array([3., 2., 1.])
        """
        if before is not None and len(before.loss):
            records = [(before.loss, before.validation_loss, before.gradient_norm), *records]
        losses, *watched = zip(*records, strict=True) if records else ((), (), ())
        others = [np.concatenate(parts) if parts and parts[0] is not None else None for parts in watched]
        return cls(np.concatenate(losses) if losses else np.zeros(0), *others)

    def to_dict(self) -> dict[str, list[float] | None]:
        """Plain data for a file."""
        return {name: None if values is None else values.tolist() for name, values in vars(self).items()}
