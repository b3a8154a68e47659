"""The kinds of input columns: which one a column is of, and what makes a column unusable or useless."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import polars as pl

from thalweg.errors import DataError, unknown

from .boolean import BooleanColumn
from .categorical import CategoricalColumn, refuse_many
from .datetimes import DatetimeColumn
from .numeric import NumericColumn
from .records import from_record, to_record
from .values import counted, ignoring, is_missing, numbers, refuse_nested, shown, tidy

Column: TypeAlias = NumericColumn | BooleanColumn | CategoricalColumn | DatetimeColumn
"""The encoding of one input column: `name`, `kind`, `feature_names`, `detail`, `encode(series)`."""

COLUMN_KINDS: dict[str, type[Column]] = {
    kind.kind: kind for kind in (NumericColumn, BooleanColumn, CategoricalColumn, DatetimeColumn)
}
"""The one list of the kinds, by name."""


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
    """Raise DataError for a column that cannot be an input: nested, infinite somewhere, or text that is no category."""
    if is_missing(series):
        return
    kind = kind_of(series)
    if kind is NumericColumn:
        numbers(series)
    elif kind is CategoricalColumn:
        refuse_many(series)


def fit_column(series: pl.Series) -> tuple[Column | None, tuple[str, ...]]:
    """The encoding of the training rows' column, None for one that says nothing, and notes on what was done.

    A column says nothing if all of its values are missing or if all are the same. Raises DataError as `check_column`
    does, and for numbers too large to standardise.

    >>> fit_column(pl.Series("planet", ["Earth", "Earth"]))
    (None, ("column 'planet' is left out: it is 'Earth' in every training row",))
    """
    name = series.name
    if is_missing(series):
        return None, (f"column {name!r} is left out: it is missing in every training row",)
    kind = kind_of(series)
    values = tidy(series)
    if values.n_unique() == 1:
        return None, (f"column {name!r} is left out: it is {shown(values[0])} in every training row",)
    column = kind.fit(values)
    missing = values.null_count()
    if not missing:
        return column, ()
    count = f"{missing} of {counted(len(values), 'training row')}"
    return column, (f"column {name!r}: missing in {count}; taken as {column.imputed}, and marked by a feature",)


def identifier_note(series: pl.Series) -> tuple[str, ...]:
    """A note on an integer column that counts the rows of its table, 0, 1, 2, ... or 1, 2, 3, ...

    >>> identifier_note(pl.Series("id", [1, 2, 3]))
    ("column 'id' counts the rows and looks like an identifier: leave it out with --ignore id if it is one",)
    """
    if not series.dtype.is_integer() or len(series) < 3 or series.null_count() or series[0] not in (0, 1):
        return ()
    if not np.array_equal(series.to_numpy(), np.arange(len(series)) + series[0]):
        return ()
    option = ignoring(series.name)
    return (
        f"column {series.name!r} counts the rows and looks like an identifier: leave it out with {option} if it is one",
    )


def column_to_dict(column: Column) -> dict[str, Any]:
    """A column's encoding as plain JSON data, its kind among them."""
    return {"kind": column.kind, **to_record(column)}


def column_from_dict(record: Any) -> Column:
    """The inverse of `column_to_dict`; raises DataError for anything else."""
    kind = COLUMN_KINDS.get(str(record.get("kind"))) if isinstance(record, Mapping) else None
    if kind is None:
        raise DataError(
            unknown("kind of column", record.get("kind") if isinstance(record, Mapping) else record, COLUMN_KINDS)
        )
    return from_record(kind, {field: value for field, value in record.items() if field != "kind"})
