"""An order of examples of one's own: a function of the epoch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..core.arrays import Array
from ..core.kinds import check_fields
from ..errors import ArgumentError, shown


@dataclass(frozen=True)
class GivenOrder:
    """An `order` for `train`: `rows(epoch)` gives the order of the examples in an epoch, counted from 0.

    Each call gives the numbers of all examples, each once, and for one epoch always the same: batches are drawn ahead,
    and again when a step is opened.

    >>> import numpy as np, thalweg as tw
    >>> backwards = tw.GivenOrder(lambda epoch: np.arange(20)[::-1])
    >>> P = np.linspace(-1, 1, 20)[:, None]
    >>> run = tw.train(tw.mlp(1, 5, 1), P, P**2, order=backwards, batch_size=5, epochs=3)
    >>> run.step(1).rows
    array([19, 18, 17, 16, 15], dtype=int32)
    """

    rows: Callable[[int], Array]

    def __post_init__(self) -> None:
        check_fields(self)

    def of_epoch(self, epoch: int, examples: int) -> np.ndarray:
        """The row numbers (examples,) of an epoch; raises ArgumentError unless each example is there once."""
        rows = np.asarray(self.rows(epoch))
        if rows.shape != (examples,) or rows.dtype.kind not in "iu":
            told = f"an array of shape {rows.shape} and type {rows.dtype}" if rows.ndim else shown(rows)
            raise ArgumentError(f"order gives {told} for epoch {epoch}; it must give {examples} row numbers")
        found = np.zeros(examples, dtype=bool)
        inside = (rows >= 0) & (rows < examples)
        found[rows[inside]] = True
        if not found.all():
            missing = int(np.argmin(found))
            raise ArgumentError(f"order leaves out row {missing} in epoch {epoch}; it must give each of them once")
        return rows
