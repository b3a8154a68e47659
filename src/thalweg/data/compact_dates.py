"""Dates that are one whole number: 20240304, and 202403 for a month."""

from __future__ import annotations

import polars as pl

from thalweg.errors import DataError

from .dates_written import DateWriting
from .values import counted, naming

_FEWEST = {"yearmonthday": 3, "yearmonth": 5}
"""So many different dates a column must have: fewer numbers may look like dates by chance."""


def compact_dates(
    series: pl.Series, role: str = "column", task: str | None = None
) -> tuple[pl.Series, DateWriting | None, tuple[str, ...]]:
    """A column of whole numbers as dates, if nine tenths of them are; its writing, and a note.

    Raises DataError for the others of these, and for a target whose task is not said.

    >>> compact_dates(pl.Series("day", [20240304, 20240229, 20231231]))[2]
    ("column 'day' is read as dates: 20240304 in row 1 is 2024-03-04",)
    """
    kept = series, None, ()
    if not (series.dtype.is_integer() or series.dtype.is_float()) or (role == "target" and task is not None):
        return kept
    present = series.fill_nan(None).drop_nulls() if series.dtype.is_float() else series.drop_nulls()
    middle = present.cast(pl.Float64).median()
    if not isinstance(middle, float) or not 190001 <= middle <= 20991231 or (present != present.round()).any():
        return kept
    texts = series.cast(pl.Int64, strict=False).cast(pl.String)
    for form, fewest in _FEWEST.items():
        writing = DateWriting(form)
        values = writing.read(texts)
        good, bad = values.is_not_null(), values.is_null() & texts.is_not_null()
        if values.filter(good).n_unique() < fewest or bad.sum() > 0.1 * len(present):
            continue
        name, row = f"{role} {series.name!r}", int(good.arg_max() or 0)
        if bad.any():
            wrong = int(bad.arg_max() or 0)
            raise DataError(
                f"{name} holds dates such as {texts[row]} but for {counted(int(bad.sum()), 'value')} "
                f"(row {wrong + 1}: {texts[wrong]}): correct it, leave it empty if unknown, or say "
                f"{naming(series.name)} if all are names"
            )
        if role == "target":
            raise DataError(
                f"{name} holds dates ({texts[row]} in row {row + 1}): predict a number instead, such as the days since "
                "a date; if they are numbers say --task regression"
            )
        note = f"{name} is read as dates: {texts[row]} in row {row + 1} is {values[row]}"
        return values.alias(series.name), writing, (note,)
    return kept
