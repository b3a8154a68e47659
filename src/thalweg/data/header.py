"""The first line of a delimited text: whether it names the columns, and what to do about names that lack or repeat."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

import polars as pl

from thalweg.errors import DataError

from .dialect import Dialect, is_number
from .notes import Importance, Note
from .values import counted, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

MISSING = ("", "NA", "N/A", "n/a", "<NA>", "#N/A", "NaN", "nan", "null", "NULL", "?")
"""The markers that stand for a missing value in delimited text."""

_YEARS = (1800, 2200)
_BY_HAND = 100_000
"""Rows of a table that a person may have summed up in places."""
_DATE = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2}$)")


def check_header(dialect: Dialect, name: str) -> tuple[str, ...]:
    """A note on names that are numbers; raises DataError for a first line that looks like data, and for equal names.

    It looks like data if every column of numbers has a number above it that lies where the column's values do, or, in
    a table of texts alone, if each name is a value of its own column. Numbers in equal steps, and years outside their
    column's values, are names: a note says so.
    """
    names, place = dialect.columns, f"{name}: line {dialect.line}"
    columns = [[value for value in values if value not in MISSING] for values in zip(*_even(dialect), strict=True)]
    measured = [bool(values) and all(map(is_number, values)) for values in columns]
    over = [j for j, numeric in enumerate(measured) if numeric and is_number(names[j])]
    all_over = over and all(is_number(names[j]) or names[j] in MISSING[1:] for j, m in enumerate(measured) if m)
    remedy = "put the names of the columns there, or say --no-header (header=False)"
    if all_over and not _steps([names[j] for j in over], [columns[j] for j in over]):
        within = [_within(_value(names[j]), [_value(value) for value in columns[j]]) for j in over]
        if sum(within) >= len(within) / 2:
            raise DataError(f"{place} looks like data, not names ({shown(names[over[0]])} above numbers): {remedy}")
    dates = [
        name for name, values in zip(names, columns, strict=True) if values and all(map(_DATE.match, (name, *values)))
    ]
    if dates:
        raise DataError(f"{place} looks like data, not names ({shown(dates[0])} above dates): {remedy}")
    texts = len(names) > 1 and any(columns) and not any(measured)
    if texts and all(one in values for one, values in zip(names, columns, strict=True) if values):
        raise DataError(f"{place} looks like data, not names (each is a value of its own column): {remedy}")
    duplicates = sorted(column for column, count in Counter(names).items() if count > 1 and column)
    if duplicates:
        data = ", or say --no-header (header=False) if it is data" if any(map(is_number, duplicates)) else ""
        raise DataError(
            f"{place}: more than one column is called {', '.join(map(repr, duplicates))}: rename all but one{data}"
        )
    if not all_over:
        return ()
    numbers = ", ".join(names[j] for j in over[:3]) + (", ..." if len(over) > 3 else "")
    told = f"line {dialect.line} has numbers for names ({numbers}): say --no-header (header=False) if it is data"
    return (Note(told, Importance.MAY_BE_WRONG),)


def check_no_header(dialect: Dialect, name: str) -> None:
    """Raise DataError if the first line of a text that is said to have no header looks like one.

    It does if columns of numbers begin with texts, and none of them with a number.
    """
    columns = [[value for value in values if value not in MISSING] for values in zip(*_even(dialect), strict=True)]
    over = [
        field
        for field, values in zip(dialect.columns, columns, strict=True)
        if field not in MISSING and len(values) > 1 and all(map(is_number, values))
    ]
    if over and not any(map(is_number, over)):
        raise DataError(
            f"{name}: line {dialect.line} looks like names, not data ({shown(over[0])} above numbers): leave "
            "--no-header (header=False) out, or that line if the others have none"
        )


def numbered(width: int) -> tuple[str, ...]:
    """The names of columns that have none.

    >>> numbered(2)
    ('column 1', 'column 2')
    """
    return tuple(f"column {number}" for number in range(1, width + 1))


def named(frame: pl.DataFrame, names: Sequence[str], name: str, line: int) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """The table under its names; a first column without one that tells rows apart is an index, and left out.

    So are columns that have neither name nor values. Raises DataError for any other column without a name.

    >>> named(pl.DataFrame({"1": [0, 1], "2": [5, 7]}), ["", "size"], "t.csv", 1)[0].columns
    ['size']
    """
    frame.columns = [column or f"\0{number}" for number, column in enumerate(names, start=1)]
    notes: list[str] = []
    for number, column in enumerate(names, start=1):
        if column:
            continue
        series = frame[f"\0{number}"]
        if series.null_count() == len(series):
            notes.append(Note(f"column {number} has neither a name nor values: left out", Importance.LEFT_OUT))
        elif number == 1 and (series.dtype.is_integer() or series.dtype == pl.String) and _tells_apart(series):
            notes.append(
                Note("column 1 has no name and tells the rows apart: taken as an index, left out", Importance.LEFT_OUT)
            )
        else:
            raise DataError(f"{name}: column {number} has no name: give it one in line {line}")
    kept = [column for column in frame.columns if not column.startswith("\0")]
    return frame.select(kept) if notes else frame, tuple(notes)


def totals_row(frame: pl.DataFrame) -> str | None:
    """Why the last row is one of totals: its text says so and its numbers are the sums, or means, of the rows above.

    >>> totals_row(pl.DataFrame({"shop": ["a", "b", "Total"], "sold": [2, 3, 5]}))
    "'Total' in column 'shop', and sums of the rows above"
    """
    if frame.height < 3:
        return None
    labels = [series for series in frame.iter_columns() if series.dtype == pl.String and _is_label(series)]
    if not labels:
        return None
    for word, of in (("sums", pl.Series.sum), ("means", pl.Series.mean)):
        found = [_is_of(series, of) for series in frame.iter_columns() if series.dtype.is_numeric()]
        known = [one for one in found if one is not None]
        if known and all(known):
            return f"{shown(labels[0][-1])} in column {labels[0].name!r}, and {word} of the rows above"
    return None


def totals_doubt(frame: pl.DataFrame) -> tuple[str, ...]:
    """A note on a few rows whose text says totals, though their numbers are not the sums or means of all above.

    >>> totals_doubt(pl.DataFrame({"shop": ["a", "b", "Total"], "sold": [2, 3, 9]}))
    ("'Total' in column 'shop', row 3, may be a row of totals: delete it if it is one",)
    """
    for series in frame.iter_columns() if frame.height <= _BY_HAND else ():
        if series.dtype != pl.String:
            continue
        rows = series.str.contains(_LABELS).fill_null(False).arg_true()
        if 0 < len(rows) <= max(1, len(series) // 10) and len(rows) < series.count():
            places = ", ".join(str(row + 1) for row in rows[:3]) + (", ..." if len(rows) > 3 else "")
            several = len(rows) > 1
            told = f"{shown(series[int(rows[0])])} in column {series.name!r}, {'rows' if several else 'row'} {places}, "
            told += (
                "may be rows of totals: delete them if they are"
                if several
                else ("may be a row of totals: delete it if it is one")
            )
            return (Note(told, Importance.MAY_BE_WRONG),)
    return ()


_WORDS = "totals?|sums?|totaal|totale|summe|gesamt\\w*|insgesamt|somme|suma|means?|averages?|mittel\\w*"
_LABELS = rf"(?i)^\W*(grand |sub)?({_WORDS})\W*$"


def _is_label(series: pl.Series) -> bool:
    last = series.tail(1)
    return bool(last.is_not_null().all() and last.str.contains(_LABELS).all()) and (series == last[0]).sum() == 1


def _is_of(series: pl.Series, of: object) -> bool | None:
    """Whether the last number is the sum (or mean) of those above; None if there is none, or none above it."""
    above, last = series[:-1].drop_nulls().cast(pl.Float64), series[-1]
    if last is None or not len(above):
        return None
    expected, size = of(above), float(above.abs().sum())  # pyright: ignore[reportCallIssue]
    decimals = 0 if float(last).is_integer() else len(repr(float(last)).partition(".")[2])
    rounded = 0.51 * 10.0**-decimals if of is pl.Series.mean else 0.0
    return abs(float(last) - expected) <= max(1e-4 * max(size / len(above), abs(expected)), rounded)


def _even(dialect: Dialect) -> list[tuple[str, ...]]:
    """The records of the sample that are as wide as the header and do not repeat it; one of blanks if there is none."""
    width = len(dialect.columns)
    even = [record for record in dialect.sample if len(record) == width and record != dialect.columns]
    return even or [("",) * width]


def _steps(names: Sequence[str], columns: Sequence[Sequence[str]]) -> bool:
    """Whether numbers are names: in equal steps (0, 1, 2; 400, 402, 404), or years, no values of their columns."""
    numbers = [_value(name) for name in names]
    steps = [after - before for before, after in pairwise(numbers)]
    level = bool(steps) and steps[0] != 0 and all(abs(step - steps[0]) <= 1e-6 * abs(steps[0]) for step in steps)
    counting = list(names) in (["0", "1"], ["1", "2"]) and any(not v.isdigit() for values in columns for v in values)
    if counting or (level and len(numbers) > 2):
        return True
    years = all(name.isdigit() and _YEARS[0] <= int(name) <= _YEARS[1] for name in names)
    return years and not any(_inside(n, list(map(_value, v))) for n, v in zip(numbers, columns, strict=True))


def _value(field: str) -> float:
    return float(field.replace(",", "."))


def _inside(number: float, values: Sequence[float]) -> bool:
    return min(values) <= number <= max(values)


def _within(number: float, values: Sequence[float]) -> bool:
    """Whether a number lies where the values do, or no farther away than they spread."""
    span = max(values) - min(values)
    return min(values) - span <= number <= max(values) + span


def _tells_apart(series: pl.Series) -> bool:
    return series.null_count() == 0 and series.n_unique() == len(series)


def left_out(lines: Sequence[int], what: str, name: str) -> tuple[str, ...]:
    """A note on lines that are no rows."""
    if not lines:
        return ()
    places = ", ".join(map(str, lines[:3])) + (", ..." if len(lines) > 3 else "")
    return (Note(f"{counted(len(lines), 'line')} of {name} left out ({places}): {what}", Importance.LEFT_OUT),)
