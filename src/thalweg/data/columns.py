"""The kinds of input columns: which one a column is of, and what makes a column unusable or useless."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TypeAlias

import numpy as np
import polars as pl

from thalweg.errors import DataError, unknown

from ..core.plain_data import JsonObject
from .boolean import BooleanColumn
from .categorical import CategoricalColumn, too_many
from .dates_written import DateWriting
from .datetimes import DatetimeColumn
from .far_values import FarValues, far_note, far_values
from .hashed import BUCKETS, HashedColumn
from .notes import Importance, Note
from .numbers_written import NumberWriting
from .numeric import NumericColumn
from .plain import PlainColumn
from .records import from_record, to_record
from .scale import Limits
from .values import counted, ignoring, is_missing, naming, numbers, refuse_nested, shown, tidy
from .written import Writing

Column: TypeAlias = NumericColumn | BooleanColumn | CategoricalColumn | HashedColumn | DatetimeColumn
"""The encoding of one input column: `name`, `kind`, `feature_names`, `detail`, `encode(series)`."""

COLUMN_KINDS: dict[str, type[Column]] = {
    kind.kind: kind
    for kind in (NumericColumn, BooleanColumn, CategoricalColumn, HashedColumn, DatetimeColumn, PlainColumn)
}
"""The one list of the kinds, by name."""


_LAST_YEAR = 2200
"""Whole numbers from 1000 on that count up to this one at most may be years."""

_CALLED_ID = re.compile(r"(?:^|[\W_])(?i:id|uid|guid|key)$|[a-z](?:Id|ID)$", re.ASCII)
_CALLED_CODE = re.compile(
    r"(?i)(?:^|[\W_])(?:zip|zip[ _-]?codes?|plz|post(?:al)?[ _-]?codes?|postleitzahl|phone|telefon|isbn|ean)$"
)


def kind_of(series: pl.Series) -> type[Column]:
    """The kind that a column's type belongs to; raises DataError for nested types.

    >>> kind_of(pl.Series("ripe", [True, None])).kind
    'boolean'
    """
    refuse_nested(series)
    if series.dtype.is_numeric() or series.dtype == pl.Duration:
        return NumericColumn
    if series.dtype == pl.Boolean:
        return BooleanColumn
    return DatetimeColumn if series.dtype.is_temporal() else CategoricalColumn


def check_column(series: pl.Series) -> None:
    """Raise DataError for a column that cannot be an input: nested, or infinite somewhere."""
    if not is_missing(series) and kind_of(series) is NumericColumn:
        numbers(series)


def fit_column(series: pl.Series, many_texts: str = "leave-out") -> tuple[Column | None, tuple[str, ...]]:
    """The encoding of the training rows' column, None for one that says nothing, and notes on what was done.

    A column says nothing if all of its values are missing or if all are the same; texts too many to be categories are
    left out, too, or hashed, as `many_texts` says. Raises DataError as `check_column` does, and for numbers too large
    to standardise.

    >>> fit_column(pl.Series("planet", ["Earth", "Earth"]))
    (None, ("column 'planet' is left out: it is 'Earth' in every training row",))
    """
    name = series.name
    if is_missing(series):
        return None, (Note(f"column {name!r} is left out: it is missing in every training row", Importance.LEFT_OUT),)
    kind = kind_of(series)
    values = tidy(series)
    if values.n_unique() == 1:
        return None, (
            Note(f"column {name!r} is left out: it is {shown(values[0])} in every training row", Importance.LEFT_OUT),
        )
    many = too_many(values) if kind is CategoricalColumn else None
    if many and many_texts == "leave-out":
        note = f"column {name!r} is left out: {many}, too many to be categories; --many-texts hash keeps it"
        return None, (Note(note, Importance.LEFT_OUT),)
    said: tuple[str, ...] = ()
    if many:
        kind = HashedColumn
        said = (
            Note(
                f"column {name!r} has {many}: taken as its frequency and a hash of {BUCKETS} features", Importance.ASIDE
            ),
        )
    column = kind.fit(values)
    missing = values.null_count()
    if not missing:
        return column, said
    count = f"{missing} of {counted(len(values), 'training row')}"
    told = f"column {name!r}: missing in {count}; taken as {column.imputed}, and marked by a feature"
    return column, (*said, Note(told, Importance.ASIDE))


def with_writing(column: Column, writing: Writing | None) -> Column:
    """The encoding of a column that knows how it was written.

    >>> column = NumericColumn.fit(pl.Series("size", [1.5, 2.0]))
    >>> with_writing(column, NumberWriting(",")).encode(pl.Series("size", ["1,75"]))[0].tolist()
    [[0.0]]
    """
    if isinstance(column, NumericColumn) and isinstance(writing, NumberWriting):
        return replace(column, writing=writing)
    if isinstance(column, DatetimeColumn) and isinstance(writing, DateWriting):
        return replace(column, writing=writing)
    return column


def far_off_note(series: pl.Series, column: Column | None) -> tuple[str, ...]:
    """A note on the few numbers or dates that lie far from all others, and on what the column's encoding does.

    `column` is None for a target.

    >>> far_off_note(pl.Series("age", [*range(20, 60), 999]), NumericColumn.fit(pl.Series("age", [20, 59])))
    ("column 'age': 1 value is 999, the others lie between 20 and 59: if that means unknown, leave it empty",)
    """
    if (
        is_missing(series)
        or series.dtype in (pl.Boolean, pl.Time)
        or kind_of(series) not in (NumericColumn, DatetimeColumn)
    ):
        return ()
    dated = series.dtype.is_temporal() and series.dtype != pl.Duration
    values = numbers(series.to_physical() if dated else series)
    limits = column.limits if isinstance(column, NumericColumn | DatetimeColumn) else None
    beyond = 0 if limits is None or dated else int(limits.beyond(values).sum())
    return far_told(
        series.name, far_values(values), limits, beyond, is_target=column is None, dates=series if dated else None
    )


def far_told(
    name: str, found: FarValues | None, limits: Limits | None, beyond: int, *, is_target: bool, dates: pl.Series | None
) -> tuple[str, ...]:
    """The note of `far_off_note` on what was found among all values of a column, and how many are beyond its limits.

    `dates` is a column of the type of its dates, if it is one of dates.
    """
    if found is None and limits is not None and dates is None:  # so many that they are far in the training rows alone
        place = f"outside {limits.low:.4g} to {limits.high:.4g}, where most lie"
        told = f"column {name!r}: {counted(beyond, 'value')} {place}"
        return (Note(f"{told}; taken as the nearest of these, and marked by a feature", Importance.MAY_BE_WRONG),)
    if found is None:
        return ()
    role, remedy = ("target", ": rows without a target are left out") if is_target else ("column", "")
    note = far_note(f"{role} {name!r}", found, remedy, dates)
    told = f"{note}; taken as the nearest of these, and marked by a feature" if limits is not None else note
    return (Note(told, Importance.MAY_BE_WRONG),)


def identifier_note(series: pl.Series) -> tuple[str, ...]:
    """A note on whole numbers that count the rows of their table (years do not), or are called an id and all differ.

    >>> identifier_note(pl.Series("id", [1, 2, 3]))
    ("column 'id' counts the rows and looks like an identifier: leave it out with --ignore id if it is one",)
    >>> identifier_note(pl.Series("customerId", [40713, 5022, 71]))
    ("column 'customerId' differs in every row and looks like an identifier: leave it out with --ignore customerId if \
it is one",)
    >>> identifier_note(pl.Series("year", [1998, 1999, 2000]))
    ()
    >>> identifier_note(pl.Series("zip", [94110, 10001, 94110]))
    ("column 'zip' is taken as a quantity: say --text zip if its numbers are names",)
    """
    if not series.dtype.is_integer() or len(series) < 3 or series.null_count():
        return ()
    first = int(series[0])
    begins = first in (0, 1) or (first >= 1000 and not first <= int(series[-1]) <= _LAST_YEAR)
    wide = series.cast(pl.Int128)
    if begins and np.array_equal((wide - wide.head(1)).cast(pl.Float64).to_numpy(), np.arange(len(series))):
        what = "counts the rows"
    elif _CALLED_ID.search(series.name) and series.n_unique() == len(series):
        what = "differs in every row"
    elif _CALLED_CODE.search(series.name):
        return (
            Note(f"column {series.name!r} is taken as a quantity: say {naming(series.name)} if its numbers are names"),
        )
    else:
        return ()
    option = ignoring(series.name)
    told = f"column {series.name!r} {what} and looks like an identifier: leave it out with {option} if it is one"
    return (Note(told, Importance.MAY_BE_WRONG),)


def column_to_dict(column: Column) -> JsonObject:
    """A column's encoding as plain JSON data, its kind among them."""
    return {"kind": column.kind, **to_record(column)}


def column_from_dict(record: object) -> Column:
    """The inverse of `column_to_dict`; raises DataError for anything else."""
    named = record.get("kind") if isinstance(record, Mapping) else record
    kind = COLUMN_KINDS.get(str(named))
    if kind is None or not isinstance(record, Mapping):
        raise DataError(unknown("kind of column", named, COLUMN_KINDS))
    return from_record(kind, {field: value for field, value in record.items() if field != "kind"})
