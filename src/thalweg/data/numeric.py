"""Numeric columns: standardised, a missing value taking the training median and a mark that it was missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import polars as pl

from thalweg.errors import DataError

from .far_values import OUTSIDE, far_values
from .markers import is_marker
from .notes import Importance, Note
from .numbers_written import NumberWriting, readings, tidied
from .scale import Limits, Scale
from .values import counted, finite, is_missing, markers_told, numbers, retyped, shown

_PERCENT = ("%", "‰")
_FAR_OFF = 50
"""A value is told to be far outside the training rows from so many of their deviations on."""


@dataclass(frozen=True)
class NumericColumn:
    """How a numeric column is encoded: z = (x - mean) / deviation, then 1 where x was missing if training had such.

    >>> column = NumericColumn.fit(pl.Series("size", [1.0, 2.0, 6.0, None]))
    >>> column.feature_names
    ('size', 'size is missing')
    >>> column.encode(pl.Series("size", [2.75, None]))[0].round(3)
    array([[ 0.   ,  0.   ],
           [-0.391,  1.   ]])
    """

    kind: ClassVar[str] = "numeric"
    name: str
    scale: Scale
    median: float
    indicator: bool
    writing: NumberWriting | None = None
    """How the numbers were written where they were text; None: plainly."""
    limits: Limits | None = None
    """Where most training values lay, if a few were so far from these that they would have ruined the scale."""

    @classmethod
    def fit(cls, series: pl.Series) -> NumericColumn:
        """The encoding of the training rows' column, not all missing; the scale is that after imputation.

        Raises DataError for infinite values and for values too large to square.
        """
        values = numbers(series)
        missing = np.isnan(values)
        far = far_values(values)
        limits = far.others if far and far.ruinous else None
        usual = ~missing if limits is None else ~(missing | limits.beyond(values))
        with np.errstate(over="ignore"):
            median = float(np.median(values[usual]))
        imputed = np.where(missing, median, values)
        scale = Scale.of(imputed if limits is None else imputed[usual | missing], f"column {series.name!r}")
        return cls(series.name, scale, median, bool(missing.any()), limits=limits)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The names of the features, in the order of their columns."""
        names = (self.name, f"{self.name} is missing") if self.indicator else (self.name,)
        return names if self.limits is None else (*names, f"{self.name} is far off")

    @property
    def detail(self) -> str:
        """What was learnt from the training rows, for people."""
        missing = f"; missing: {self.median:.4g} and a mark" if self.indicator else ""
        far = "" if self.limits is None else f"; beyond {self.limits.low:.4g} to {self.limits.high:.4g}: a mark"
        return f"mean {self.scale.mean:.4g}, sd {self.scale.deviation:.4g}{missing}{far}"

    @property
    def imputed(self) -> str:
        """What stands in for a missing value, for people."""
        return f"the training median, {self.median:.6g}"

    def encode(self, series: pl.Series) -> tuple[np.ndarray, tuple[str, ...]]:
        """The features (rows, features) of a column, and notes on what was read as something else.

        Numbers written as text are read, with a note. Raises DataError for text that is no number and for any other
        type, with row and value.
        """
        values, notes = self.read(series)
        missing = np.isnan(values)
        if missing.any() and not self.indicator:
            count = counted(int(missing.sum()), "value is", "values are")
            notes += (f"column {self.name!r}: {count} missing, as in no training row, and taken as {self.imputed}",)
        usual = values if self.limits is None else self.limits.clip(values)
        with np.errstate(over="ignore"):
            features = [self.scale.apply(np.where(missing, self.median, usual))]
        notes += self._far(values, features[0])
        if self.indicator:
            features.append(missing.astype(np.float64))
        if self.limits is not None:
            features.append(self.limits.beyond(values).astype(np.float64))
        return finite(np.column_stack(features), self.name), notes

    def _far(self, values: np.ndarray, standardised: np.ndarray) -> tuple[str, ...]:
        """A note on values so many deviations from the mean that they were hardly meant."""
        far = np.abs(standardised) > _FAR_OFF
        if not far.any():
            return ()
        row, count = int(far.argmax()), counted(int(far.sum()), "value lies", "values lie")
        told = f"column {self.name!r}: {count} {OUTSIDE} (row {row + 1}: {values[row]:.15g})"
        return (Note(told, Importance.MAY_BE_WRONG),)

    def read(self, series: pl.Series) -> tuple[np.ndarray, tuple[str, ...]]:
        """The numbers of a column (rows,), missing as NaN, and notes on what was read as something else."""
        if is_missing(series):
            return np.full(len(series), np.nan), ()
        if series.dtype.is_numeric() or series.dtype == pl.Duration:
            return numbers(series), self._without_percent()
        if series.dtype != pl.String:
            raise retyped(self.name, self.kind, series)
        values, marked = read_numbers(series, self.writing, f"column {self.name!r} was numeric in training and")
        notes: tuple[str, ...] = ()
        if self.writing is None:
            notes = (f"column {self.name!r}: its numbers are written as text and were read as numbers",)
        if marked.any():
            notes = (f"column {self.name!r}: {markers_told(series, marked)}",)
        return numbers(values), notes

    def _without_percent(self) -> tuple[str, ...]:
        mark = "" if self.writing is None else self.writing.after
        if mark not in _PERCENT:
            return ()
        return (f"column {self.name!r}: was written with {mark} in training, is numbers here and was read as {mark}",)


def read_numbers(series: pl.Series, writing: NumberWriting | None, place: str) -> tuple[pl.Series, pl.Series]:
    """The numbers of a column of text in a writing, null where missing, and where a marker stands.

    Raises DataError for a text that is no number in that writing, with its row; `place` begins the message.
    """
    texts = tidied(series)
    marked = is_marker(texts) & (texts != "")
    values = (writing or NumberWriting()).read(texts)
    wrong = values.is_null() & texts.is_not_null() & ~is_marker(texts)
    if wrong.any():
        row = int(wrong.arg_max() or 0)
        others = readings(texts[row : row + 1])
        known = writing or NumberWriting()
        like = "" if writing is None else ", as in training"
        remedy = f"write a number there{like}"
        if writing is not None and writing.after in _PERCENT:
            remedy = f"write a number with {writing.after} there{like}"
        elif len(others) == 1:
            unit = others[0].before + others[0].after
            remedy = f"write {known.write(others[0].read(texts[row : row + 1])[0])} there{like}"
            if unit not in ("", known.before + known.after):  # whether 50% is 50 or 0.5 is not ours to say
                remedy = f"write it without {unit!r}, in the unit of training"
        raise DataError(f"{place} is {shown(series[row])} in row {row + 1}: {remedy}, or leave it empty if unknown")
    return values.alias(series.name), marked
