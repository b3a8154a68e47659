"""How the columns of a table are written, decided from all of their values, each with a view of the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from thalweg.errors import ArgumentError, DataError, unknown

from .choices import DATE_ORDERS, DECIMALS
from .column_written import ReadableText, Writing, decide, order_of, readable
from .compact_dates import compact_dates, serial_note
from .values import is_missing

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable


@dataclass(frozen=True)
class Conventions:
    """What is said of a table's writing, None for what its columns are to tell.

    `dates` is the order of dates such as 03/04/2024 (one of `DATE_ORDERS`), `decimal` the decimal mark (a key of
    `DECIMALS`), `text` are the columns of names that look like numbers. Raises ArgumentError for anything else.
    """

    dates: str | None = None
    decimal: str | None = None
    text: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for kind, value, known in (
            ("order of dates", self.dates, DATE_ORDERS),
            ("decimal mark", self.decimal, DECIMALS),
        ):
            if value is not None and value not in known:
                raise ArgumentError(unknown(kind, value, known))
        if isinstance(self.text, str):
            raise ArgumentError(f"text is {self.text!r} and should be the names of columns: ({self.text!r},)")


class Written(NamedTuple):
    """A table whose numbers and dates are such, how those columns were written that were text, and notes on them."""

    frame: pl.DataFrame
    writings: dict[str, Writing]
    notes: tuple[str, ...]


def as_written(
    frame: pl.DataFrame,
    names: Iterable[str],
    conventions: Conventions | None = None,
    targets: Collection[str] = (),
    task: str | None = None,
) -> Written:
    """The table with columns of text read as what they are: numbers written otherwise, dates, or texts as before.

    A column is read as numbers if all of its texts are numbers in one writing, whose decimal mark no value leaves
    open, or another column of the table tells; as dates likewise. Markers for unknown values among them are missing.
    Digits with zeros in front are names. Classes of the `targets` stay as they are.

    Raises DataError, with row, value and remedy, for a few other texts among numbers or dates, and for what can be read
    in two ways.

    >>> frame = pl.DataFrame({"size": ["1,5", "2", "-"], "colour": ["red", "blue", "-"]})
    >>> written = as_written(frame, ["size", "colour"])
    >>> written.frame["size"].to_list(), written.frame["colour"].to_list()
    ([1.5, 2.0, None], ['red', 'blue', '-'])
    """
    said = conventions or Conventions()
    for name in said.text:
        if name not in frame.columns:
            raise DataError(f"text column {name!r} is not a column: the columns are {', '.join(frame.columns[:20])}")
    named = [name for name in (*names, *targets) if name not in said.text]
    frame = frame.with_columns(pl.col(name).cast(pl.String) for name in said.text)
    mark = None if said.decimal is None else DECIMALS[said.decimal]
    found = [
        readable(frame[name], mark, said.dates, _role(name, targets))
        for name in named
        if frame[name].dtype == pl.String and not is_missing(frame[name])
    ]
    marks = {mark} if mark else _marks((frame[name] for name in named), found)
    orders = {order for one in found if len(one.dates) == 1 and (order := order_of(one.dates[0]))}
    writings: dict[str, Writing | None] = {}
    notes: list[str] = []
    for one in found:
        column, writings[one.series.name], told = decide(
            one, marks, orders, mark, said.dates, task if one.role == "target" else None
        )
        frame = frame.with_columns(column)
        notes += told
    for name in named:
        column, writing, told = compact_dates(frame[name], _role(name, targets), task)
        if writing is not None:
            frame, writings[name] = frame.with_columns(column), writing
            notes += told
        elif name not in targets:
            notes += serial_note(column)
    return Written(frame, {name: writing for name, writing in writings.items() if writing}, tuple(notes))


def _role(name: str, targets: Collection[str]) -> str:
    return "target" if name in targets else "column"


def _has_fractions(series: pl.Series) -> bool:
    values = series.to_numpy()
    values = values[~np.isnan(values)]  # of some of which NumPy warns when it rounds them
    return bool((values != np.round(values)).any())


def _marks(columns: Iterable[pl.Series], found: Iterable[ReadableText]) -> set[str]:
    """The decimal marks of the columns that leave no doubt."""
    marks: set[str] = set()
    for series in columns:
        if "." not in marks and series.dtype.is_float() and _has_fractions(series):
            marks.add(".")
    for one in found:
        if len(one.numbers) == 1 and not one.wrong(one.numbers[0]).any():
            writing = one.numbers[0]
            if writing.grouping in (".", ",") or one.texts.str.contains(writing.decimal, literal=True).any():
                marks.add(writing.decimal)
    return marks
