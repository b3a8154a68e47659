"""Categorical columns (text, Categorical, Enum): one feature a category, 1 for the row's own and 0 for the others."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import polars as pl

from .values import counted, refuse_nested, shown, tidy

FEW = 50
"""So many categories are always accepted, unless every value is distinct."""

MANY = 1000
"""More categories than this are never accepted."""


@dataclass(frozen=True)
class CategoricalColumn:
    """How a categorical column is encoded: one-hot over the categories of training, missing being one if it occurred.

    >>> column = CategoricalColumn.fit(pl.Series("colour", ["red", "blue", "red"]))
    >>> column.feature_names
    ('colour=blue', 'colour=red')
    >>> column.encode(pl.Series("colour", ["red", "teal"]))
    (array([[0., 1.], [0., 0.]]), ("column 'colour': 1 row has a category not seen in training ('teal')",))
    """

    kind: ClassVar[str] = "categorical"
    name: str
    categories: tuple[str, ...]
    missing: bool

    @classmethod
    def fit(cls, series: pl.Series) -> CategoricalColumn:
        """The encoding of the training rows' column, however many categories it has."""
        values = tidy(series)
        return cls(series.name, tuple(values.drop_nulls().unique().sort().to_list()), values.null_count() > 0)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The names of the features, in the order of their columns."""
        names = tuple(f"{self.name}={category}" for category in self.categories)
        return (*names, f"{self.name} is missing") if self.missing else names

    @property
    def detail(self) -> str:
        """What was learnt from the training rows, for people."""
        return ", ".join(self.categories[:8]) + (", ..." if len(self.categories) > 8 else "")

    @property
    def imputed(self) -> str:
        """What stands in for a missing value, for people."""
        return "a category of its own"

    def encode(self, series: pl.Series) -> tuple[np.ndarray, tuple[str, ...]]:
        """The features (rows, categories) of a column, and notes.

        A category that is new, or missing where training had none missing, is all zeros and noted. Columns of another
        type are read as text, with a note, since the text of a small table may look like numbers.
        """
        refuse_nested(series)
        notes: list[str] = []
        values = tidy(series)
        if values.dtype not in (pl.String, pl.Null):
            notes.append(f"column {self.name!r}: was text in training, is {series.dtype} here and was read as text")
        number: dict[str | None, int] = {category: i for i, category in enumerate(self.categories)}
        if self.missing:
            number[None] = len(self.categories)
        texts = values.cast(pl.String).to_list()
        codes = np.array([number.get(text, -1) for text in texts], dtype=np.int64)
        new = Counter(text for text in texts if text not in number)
        absent = new.pop(None, 0)
        if new:
            names = ", ".join(shown(name) for name, _ in new.most_common(3)) + (", ..." if len(new) > 3 else "")
            rows = counted(new.total(), "row has", "rows have")
            notes.append(f"column {self.name!r}: {rows} a category not seen in training ({names})")
        if absent:
            told = "value is missing, as in no training row, and belongs to no category"
            many = "values are missing, as in no training row, and belong to no category"
            notes.append(f"column {self.name!r}: {counted(absent, told, many)}")
        return (codes[:, None] == np.arange(len(number))).astype(np.float64), tuple(notes)


def too_many(series: pl.Series) -> str | None:
    """What makes the texts of a column no categories, None if they are.

    That is if every one is distinct; if there are more than `FEW` and more than one for ten rows; or if there are more
    than `MANY`.

    >>> too_many(pl.Series(["a", "b", "c"]))
    'a different text in every row'
    """
    values = tidy(series)
    present = values.drop_nulls()
    categories = present.n_unique()
    if len(present) > 1 and categories == len(present):
        return "a different text in every row"
    if (categories > FEW and 10 * categories > len(values)) or categories > MANY:
        return f"{categories} different texts in {len(values)} rows"
    return None
