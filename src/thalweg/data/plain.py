"""Columns of a network that was not trained here: numbers by the scale that came with it, and none may be missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import polars as pl

from thalweg.errors import DataError

from .numeric import NumericColumn
from .scale import Scale
from .values import finite


@dataclass(frozen=True)
class PlainColumn(NumericColumn):
    """How a column becomes an input of a network that was read: z = (x - mean) / deviation, and no more is known of it.

    What stood for a missing value in its training, and how far its training rows reached, is not.

    >>> column = PlainColumn.of("size")
    >>> column.encode(pl.Series("size", [2.75, 1e6]))[0].tolist()
    [[2.75], [1000000.0]]
    """

    kind: ClassVar[str] = "plain"

    @classmethod
    def of(cls, name: str, scale: Scale | None = None) -> PlainColumn:
        """The column of a name, as it is or by a scale."""
        scale = scale or Scale(0.0, 1.0)
        return cls(name, scale, scale.mean, indicator=False)

    @property
    def detail(self) -> str:
        """By what it is scaled, for people."""
        if self.scale == Scale(0.0, 1.0):
            return "as it is"
        return f"less {self.scale.mean:.4g}, by {self.scale.deviation:.4g}"

    def encode(self, series: pl.Series) -> tuple[np.ndarray, tuple[str, ...]]:
        """The features (rows, 1) of a column, and notes on what was read as something else.

        Raises DataError, with the row, for a missing value, and for what is no number.
        """
        values, notes = self.read(series)
        missing = np.isnan(values)
        if missing.any():
            raise DataError(
                f"column {self.name!r} is missing in row {int(missing.argmax()) + 1}, and the network, which was not "
                "trained here, says nothing of missing values: fill it in, or leave the row out"
            )
        with np.errstate(over="ignore"):
            return finite(self.scale.apply(values)[:, None], self.name), notes
