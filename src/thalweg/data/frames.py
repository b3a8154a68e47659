"""Tables as people hold them: a frame of Polars or pandas, an Arrow table, columns by name, one row, a path."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from ..errors import ArgumentError, DataError, shown
from .reading import open_table

_VALUES = (str, bool, int, float, Decimal, np.generic, datetime.date, datetime.time, datetime.timedelta)
"""What a column may hold, beside None."""


class Frame(NamedTuple):
    """A table as Polars holds it, the index that its rows have in pandas (or None), and what is to be told of it."""

    table: pl.DataFrame
    index: Any = None
    notes: tuple[str, ...] = ()


def as_frame(given: Any, place: str = "frame") -> Frame:
    """What was given as a table; `place` is the name of the argument in messages.

    Polars (also lazy), pandas (column by column, so that pyarrow is not needed; its index is kept), whatever speaks the
    Arrow protocol (Arrow tables, DuckDB's results), a dict of columns, a dict of one row, a path. Raises ArgumentError
    for what is no table, DataError for a column whose values are of several kinds, or two of one name.

    >>> as_frame({"x": [1, 2], "y": ["a", "b"]}).table.shape
    (2, 2)
    >>> as_frame({"x": 1.5, "y": "a"}).table.rows()
    [(1.5, 'a')]
    """
    if isinstance(given, pl.DataFrame):
        return Frame(given)
    if isinstance(given, pl.LazyFrame):
        return Frame(given.collect())
    if isinstance(given, str | Path):
        opened = open_table(given)
        return Frame(opened.frame, None, opened.notes)
    if isinstance(given, Mapping):
        return Frame(_of_columns(given, place))
    if _is_pandas(given):
        return Frame(_of_pandas(given, place), given.index)
    if hasattr(given, "__arrow_c_stream__"):
        return Frame(_of_arrow(given, place))
    import narwhals.stable.v2 as nw

    try:
        return Frame(nw.from_native(given, eager_only=True).to_polars())
    except TypeError:
        raise ArgumentError(
            f"{place} is {shown(given)}; it must be a table: a frame of Polars or pandas, an Arrow table, a dict of "
            "columns, or a path"
        ) from None


def _is_pandas(given: Any) -> bool:
    from narwhals.stable.v2 import dependencies

    return dependencies.is_pandas_dataframe(given)


def _of_columns(columns: Mapping[Any, Any], place: str) -> pl.DataFrame:
    """A dict of columns; one of single values is one row."""
    if not columns:
        raise DataError(f"{place} has no columns")
    single = all(_is_single(values) for values in columns.values())
    made = [_series(str(name), [values] if single else values, place) for name, values in columns.items()]
    lengths = {len(column) for column in made}
    if len(lengths) > 1:
        told = ", ".join(f"{column.name!r} has {len(column)}" for column in made[:6])
        raise DataError(f"{place} has columns of different lengths: {told}")
    return _frame(made, place)


def _of_pandas(frame: Any, place: str) -> pl.DataFrame:
    """A frame of pandas, column by column."""
    if getattr(frame.columns, "nlevels", 1) > 1:
        raise DataError(f"{place} has names of {frame.columns.nlevels} levels: join them into one")
    names = map(str, frame.columns)
    return _frame([_of_pandas_column(name, frame.iloc[:, at], place) for at, name in enumerate(names)], place)


def _of_pandas_column(name: str, column: Any, place: str) -> pl.Series:
    """A column of pandas as what it is: numbers, truth values, texts, categories, moments."""
    kind = column.dtype
    if getattr(kind, "categories", None) is not None:
        categories = [str(category) for category in kind.categories]
        values = [None if code < 0 else categories[code] for code in column.cat.codes.to_numpy()]
        return pl.Series(name, values, dtype=pl.Enum(categories))
    if str(kind).startswith("period"):
        column = column.dt.to_timestamp()
        kind = column.dtype
    zone = getattr(kind, "tz", None)
    if zone is not None:
        moments = column.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy()
        made = pl.Series(name, moments.astype("datetime64[us]")).dt.replace_time_zone("UTC")
        return made.dt.convert_time_zone(str(zone))
    if isinstance(kind, np.dtype) and kind.kind in "Mm":
        return pl.Series(name, column.to_numpy().astype(f"{'datetime64' if kind.kind == 'M' else 'timedelta64'}[us]"))
    if isinstance(kind, np.dtype) and kind.kind in "biuf":
        values = column.to_numpy()
        return pl.Series(name, values.astype(np.float32) if values.dtype == np.float16 else values, nan_to_null=True)
    values = column.to_numpy(dtype=object, na_value=None).tolist()
    return _series(name, [None if _is_missing(value) else value for value in values], place)


def _is_single(values: Any) -> bool:
    """Whether a value stands for itself, and not for a column."""
    return isinstance(values, str | bytes) or not hasattr(values, "__len__") or getattr(values, "shape", None) == ()


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and np.isnan(value))


def _series(name: str, values: Any, place: str) -> pl.Series:
    """A column from values in a list, an array or a series; raises DataError for values that are no column's."""
    if isinstance(values, pl.Series):
        return values.alias(name)
    if isinstance(values, np.ndarray) and values.dtype.kind != "O":
        if values.ndim != 1 or values.dtype.kind not in "biufMmUS":
            raise DataError(f"{place}: column {name!r} is an array of shape {values.shape} and type {values.dtype}")
        return pl.Series(name, values.tolist() if values.dtype.kind in "US" else values, nan_to_null=True)
    values = list(values) if isinstance(values, Iterable) else [values]
    kinds = {type(value) for value in values if value is not None}
    told = ", ".join(sorted(kind.__name__ for kind in kinds)[:5])
    if not all(issubclass(kind, _VALUES) for kind in kinds):
        raise DataError(f"{place}: column {name!r} holds values of type {told}: make them texts, or numbers")
    try:
        return pl.Series(name, values, nan_to_null=True)
    except (TypeError, ValueError, OverflowError, pl.exceptions.PolarsError):
        raise DataError(
            f"{place}: column {name!r} holds values of several kinds ({told}): make them texts, or numbers"
        ) from None


def _of_arrow(given: Any, place: str) -> pl.DataFrame:
    try:
        made = pl.DataFrame(given)
    except pl.exceptions.DuplicateError:
        raise DataError(f"{place} has two columns of one name: rename one") from None
    return made


def _frame(columns: list[pl.Series], place: str) -> pl.DataFrame:
    names = [column.name for column in columns]
    for name in names:
        if names.count(name) > 1:
            raise DataError(f"{place} has {names.count(name)} columns {name!r}: rename all but one")
    return pl.DataFrame(columns)
