"""Dates that are one whole number: 20240304, 202403 for a month, and perhaps 45355, as a spreadsheet counts days."""

from __future__ import annotations

import re
from datetime import date, timedelta

import numpy as np
import polars as pl

from thalweg.errors import DataError

from .dates_written import DateWriting
from .notes import Importance, Note
from .values import counted, naming, tidy

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
    values = series.cast(pl.Float64).to_numpy()
    values = values[~np.isnan(values)]
    if not len(values) or not 190001 <= np.median(values) <= 20991231 or (values != np.round(values)).any():
        return kept
    present = tidy(series).drop_nulls()
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


_CALLED_DATE = re.compile(
    r"(?i:(?<!up)(?<!candi)(?<!man)dates?$|(?:^|[\W_])(?:dates?|datum|day|dt|tag|fecha|jour|giorno|dia)(?:$|[\W_]))"
)
_SERIAL = (20_000, 60_000)
"""Days since 1899-12-30 from 1954 to 2064."""


def serial_note(series: pl.Series) -> tuple[str, ...]:
    """A note on whole numbers that may be days as a spreadsheet counts them, in a column that is called a date.

    >>> serial_note(pl.Series("order_date", [45355, 45356]))[0].partition(";")[0]
    "column 'order_date' holds 45355 in row 1, which may be 2024-03-04 as a spreadsheet counts days"
    """
    if not series.dtype.is_numeric() or not _CALLED_DATE.search(series.name):
        return ()
    present = tidy(series).drop_nulls()
    if not len(present) or not present.is_between(*_SERIAL).all() or present.n_unique() < 2:
        return ()
    row = int(series.is_not_null().arg_max() or 0)
    day = date(1899, 12, 30) + timedelta(days=int(series[row]))
    told = (
        f"column {series.name!r} holds {series[row]:.15g} in row {row + 1}, which may be {day} as a spreadsheet counts "
        "days; taken as a number: if that is a date, format the column as dates before it is saved"
    )
    return (Note(told, Importance.MAY_BE_WRONG),)
