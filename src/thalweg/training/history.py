"""What a run records at the end of each epoch; the only thing that grows with the epochs."""

from __future__ import annotations

from dataclasses import dataclass

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

    def to_dict(self) -> dict[str, list[float] | None]:
        """Plain data for a file."""
        return {name: None if values is None else values.tolist() for name, values in vars(self).items()}
