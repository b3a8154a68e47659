"""Boolean columns: 0 or 1, a missing value taking the most common one and a mark that it was missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import polars as pl

from .values import counted, is_missing, retyped


@dataclass(frozen=True)
class BooleanColumn:
    """How a boolean column is encoded: 0 or 1, then 1 where the value was missing if training had such.

    >>> column = BooleanColumn.fit(pl.Series("ripe", [True, False, True, None]))
    >>> column.encode(pl.Series("ripe", [False, None]))[0]
    array([[0., 0.],
           [1., 1.]])
    """

    kind: ClassVar[str] = "boolean"
    name: str
    most_common: bool
    indicator: bool

    @classmethod
    def fit(cls, series: pl.Series) -> BooleanColumn:
        """The encoding of the training rows' column; of equally common values, true counts as the most common."""
        present = series.drop_nulls()
        return cls(series.name, 2 * int(present.sum()) >= len(present), series.null_count() > 0)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The names of the features, in the order of their columns."""
        return (self.name, f"{self.name} is missing") if self.indicator else (self.name,)

    @property
    def detail(self) -> str:
        """What was learnt from the training rows, for people."""
        missing = f"; missing: {str(self.most_common).lower()} and a mark" if self.indicator else ""
        return f"false 0, true 1{missing}"

    @property
    def imputed(self) -> str:
        """What stands in for a missing value, for people."""
        return f"the most common training value, {str(self.most_common).lower()}"

    def encode(self, series: pl.Series) -> tuple[np.ndarray, tuple[str, ...]]:
        """The features (rows, features) of a column, and notes on what was imputed.

        Raises DataError for a column of another type, with row and value.
        """
        notes: tuple[str, ...] = ()
        if is_missing(series):
            series = pl.Series(self.name, [None] * len(series), dtype=pl.Boolean)
        if series.dtype != pl.Boolean:
            raise retyped(self.name, self.kind, series)
        missing = series.is_null().to_numpy()
        if missing.any() and not self.indicator:
            count = counted(int(missing.sum()), "value is", "values are")
            notes = (f"column {self.name!r}: {count} missing, as in no training row, and taken as {self.imputed}",)
        features = [series.fill_null(self.most_common).to_numpy(), missing]
        return np.column_stack(features[: len(self.feature_names)]).astype(np.float64), notes
