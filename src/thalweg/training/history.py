"""What a run records at the end of each epoch, the only thing that grows with the epochs; and which epoch it keeps."""

from __future__ import annotations

import csv
import io
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ..core.arrays import float_array, tree_map
from ..core.plain_data import GivenObject
from ..errors import ArgumentError, DataError, unknown
from ..system import write_atomically
from .epoch import EpochRecord

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

_RESTORING = ("diverged", "patience")
"""The ends of a run that go back to its best parameters without a validation set too."""
_FIELDS = ("loss", "validation_loss", "test_loss", "gradient_norm")
_COUNTS = ("validation_checks",)
"""What frames hold as whole numbers."""


@dataclass(frozen=True)
class History:
    """One number an epoch, epoch k at index k - 1, as float64 arrays.

    `loss` is the mean over the epoch's updates of F as each update saw it, before it (the sum, for a loss with
    reduction="sum"); with all examples in each update that is F before the update. `validation_loss` is taken after
    the epoch, without penalties; None without a validation set; so is `test_loss`. `gradient_norm` is the norm of the
    epoch's mean gradient; None unless it is recorded or `min_gradient` was set. `recorded` holds what else `record` of
    the training asked for, by name (docs/record.md); `history["mu"]` is any of all these, and `names()` tells which
    there are.

    >>> history = History(np.array([0.5, 0.25]), None, None, recorded={"mu": np.array([0.001, 0.0001])})
    >>> history.loss[-1], history["mu"][-1], history.names()
    (np.float64(0.25), np.float64(0.0001), ('loss', 'mu'))
    """

    loss: np.ndarray
    validation_loss: np.ndarray | None
    gradient_norm: np.ndarray | None
    test_loss: np.ndarray | None = None
    recorded: Mapping[str, np.ndarray] = field(default_factory=dict)

    @classmethod
    def of(cls, records: Sequence[EpochRecord], names: Sequence[str] = (), before: History | None = None) -> History:
        """The history of records, arrays of a segment each, one after another; `names` are those of what is recorded.

        They come after the history of the epochs `before`, if there were any.

        >>> History.of([EpochRecord(np.array([3.0]), None, None), EpochRecord(np.array([2.0, 1.0]), None, None)]).loss
        array([3., 2., 1.])
        """
        if before is not None and len(before.loss):
            told = before.loss, before.validation_loss, before.gradient_norm, before.test_loss
            records = [EpochRecord(*told, tuple(before.recorded.values())), *records]
        if not records:
            return cls(np.zeros(0), None, None)
        joined: EpochRecord = tree_map(lambda *parts: np.concatenate(parts), *records)
        recorded = dict(zip(names, joined.recorded, strict=True))
        return cls(joined.loss, joined.validation_loss, joined.gradient_norm, joined.test_loss, recorded)

    @classmethod
    def from_dict(cls, told: GivenObject) -> History:
        """The history of plain data, as `to_dict` gives it; raises DataError for what is none.

        >>> History.from_dict({"loss": [0.5, 0.25], "validation_loss": None, "mu": [1e-3, 1e-4]}).names()
        ('loss', 'mu')
        """
        given = {name: float_array(f"history: {name}", values) for name, values in told.items() if values is not None}
        shapes = {values.shape for values in given.values()}
        if "loss" not in given or len(shapes) != 1 or len(*shapes) != 1:
            raise DataError("this is no history: it must hold lists of numbers by name, loss among them, all as long")
        loss, validation_loss, test_loss, gradient_norm = (given.pop(name, None) for name in _FIELDS)
        assert loss is not None
        return cls(loss, validation_loss, gradient_norm, test_loss, given)

    def names(self) -> tuple[str, ...]:
        """The names of what there is, in the order of the columns of a frame; the number of the epoch is not one."""
        return tuple(self._named())

    def __getitem__(self, name: str) -> np.ndarray:
        """What was recorded under a name; raises ArgumentError for what was not."""
        named = self._named()
        if name not in named:
            from .choices import known_names

            if name not in known_names():
                raise ArgumentError(unknown("record", str(name), known_names()))
            raise ArgumentError(
                f"this run did not record {name!r}, only {', '.join(named)}: train with record=({name!r},) and a rule "
                "that has it"
            )
        return named[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def columns(self) -> dict[str, np.ndarray]:
        """`epoch`, counted from 1, and all that there is, by name; NaN where nothing was judged.

        >>> list(History(np.array([0.5, 0.25]), None, None).columns())
        ['epoch', 'loss']
        """
        counts = {name: values.astype(np.int64) for name, values in self.recorded.items() if name in _COUNTS}
        return {"epoch": np.arange(1, len(self.loss) + 1), **self._named(), **counts}

    def to_polars(self) -> pl.DataFrame:
        """The columns as a frame of Polars, a row an epoch.

        >>> History(np.array([0.5, 0.25]), None, None).to_polars().rows()
        [(1, 0.5), (2, 0.25)]
        """
        import polars as pl

        return pl.DataFrame(self.columns())

    def to_pandas(self) -> pd.DataFrame:
        """The columns as a frame of pandas, a row an epoch."""
        import pandas as pd

        return pd.DataFrame(self.columns())

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write the columns as a CSV file, whole or not at all: numbers in full, empty where nothing was judged.

        Raises FileError for a file that cannot be written.

        >>> import tempfile
        >>> from pathlib import Path
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     History(np.array([0.5, 0.25]), np.array([np.nan, 0.3]), None).to_csv(folder + "/history.csv")
        ...     print(Path(folder, "history.csv").read_text(), end="")
        epoch,loss,validation_loss
        1,0.5,
        2,0.25,0.3
        """
        columns = self.columns()
        text = io.StringIO()
        lines = csv.writer(text, lineterminator="\n")
        lines.writerow(columns)
        for row in zip(*(values.tolist() for values in columns.values()), strict=True):
            lines.writerow(["" if math.isnan(value) else value for value in row])
        write_atomically(path, text.getvalue().encode(), purpose="history")

    def to_dict(self) -> dict[str, list[float] | None]:
        """Plain data for a file: what there is, by name; None for losses and gradients that were not taken."""
        always = {"loss": self.loss, "validation_loss": self.validation_loss, "gradient_norm": self.gradient_norm}
        told = {**always, **self._named()}
        return {name: None if values is None else values.tolist() for name, values in told.items()}

    def _named(self) -> dict[str, np.ndarray]:
        told = {name: getattr(self, name) for name in _FIELDS}
        return {**{name: values for name, values in told.items() if values is not None}, **self.recorded}


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
