"""Tables as people hold them: a frame of Polars or pandas, an Arrow table, columns by name, one row, a path."""

from __future__ import annotations

import datetime
import logging
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from importlib import import_module
from importlib.util import find_spec
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard, cast

import numpy as np
import polars as pl

from ..core.kinds import takes_kinds
from ..errors import ArgumentError, DataError, shown
from ..system import check_polars_threads
from .given_table import ArrowStream, GivenTable
from .reading import open_table

if TYPE_CHECKING:
    import pandas as pd
    from narwhals.stable.v2.typing import IntoDataFrame

_log = logging.getLogger("thalweg")

_MISSING = ("NAType", "NaTType")
"""The types of what is missing in pandas, but for None and NaN."""


_VALUES = (str, bool, int, float, Decimal, np.generic, datetime.date, datetime.time, datetime.timedelta)
"""What a column may hold, beside what is missing."""


@dataclass(frozen=True)
class Frame:
    """A table as Polars holds it, the index that its rows have in pandas (or None), and what is to be told of it."""

    table: pl.DataFrame
    index: pd.Index | None = None
    notes: tuple[str, ...] = ()


@takes_kinds
def read_table(
    source: GivenTable, *, largest: int | None = None, header: bool = True, sheet: str | None = None
) -> pl.DataFrame:
    """A table as a frame of Polars: from a file, its format told by the suffix, or from what is a table already.

    A file may be text (.csv, .tsv, also gzipped), Parquet, Arrow, JSON, NPZ, MAT, or a workbook (.xlsx, with the extra
    `excel`); `-` is the standard input. What is a table already: a frame of Polars (also lazy) or pandas, an Arrow
    table or what speaks its protocol, a dict of columns, a dict of one row. What was guessed or left out is logged as a
    warning by the logger `thalweg`.

    Args:
        source: The path of a file, or the table.
        largest: A file that unpacks to more bytes is refused; None: 512 MiB, or 20 times the file.
        header: Whether the first line has the names of the columns; else these are "column 1", "column 2" and so on.
        sheet: The sheet of a workbook, if it has several.

    Raises FileError for a file that is missing, empty, damaged, of an unknown format, a device or a pipe, and for one
    that unpacks to more than `largest` bytes; DataError for a table without rows, with unnamed or duplicate columns,
    dates of no calendar, or with arrays that do not fit together; ArgumentError for what is no table.

    >>> read_table({"x": [1, 2], "y": ["a", "b"]}).columns
    ['x', 'y']
    """
    if isinstance(source, str | Path):
        table = open_table(source, largest=largest, header=header, sheet=sheet)
        frame, notes = table.frame, table.notes
    else:
        told = {"largest": largest is None, "header": header, "sheet": sheet is None}
        if given := [name for name, left_out in told.items() if not left_out]:
            raise ArgumentError(f"{given[0]} is of the reading of a file, and source is a table already: leave it out")
        read = as_frame(source, "source")
        frame, notes = read.table, read.notes
    for note in notes:
        _log.warning(note)
    return frame


def as_frame(given: GivenTable, place: str = "frame") -> Frame:
    """What was given as a table; `place` is the name of the argument in messages.

    Polars (also lazy), pandas (column by column, so that pyarrow is not needed; with it texts are faster; its index is
    kept), whatever speaks the Arrow protocol (Arrow tables, DuckDB's results), a dict of columns, a dict of one row, a
    path. Raises ArgumentError for what is no table, DataError for a column whose values are of several kinds, or two of
    one name.

    >>> as_frame({"x": [1, 2], "y": ["a", "b"]}).table.shape
    (2, 2)
    >>> as_frame({"x": 1.5, "y": "a"}).table.rows()
    [(1.5, 'a')]
    """
    check_polars_threads()
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
    if _is_pandas_series(given):
        raise ArgumentError(
            f"{place} is a Series of pandas; it must be a table: give {place}.to_frame(), or for one row "
            f"{place}.to_dict()"
        )
    if hasattr(given, "__arrow_c_stream__"):
        return Frame(_of_arrow(given, place))
    import narwhals.stable.v2 as nw

    try:
        return Frame(nw.from_native(cast("IntoDataFrame", given), eager_only=True).to_polars())
    except TypeError:
        raise ArgumentError(
            f"{place} is {shown(given)}; it must be a table: a frame of Polars or pandas, an Arrow table, a dict of "
            "columns, or a path"
        ) from None


def _is_pandas(given: object) -> TypeGuard[pd.DataFrame]:
    from narwhals.stable.v2 import dependencies

    return dependencies.is_pandas_dataframe(given)


def _is_pandas_series(given: object) -> bool:
    from narwhals.stable.v2 import dependencies

    return dependencies.is_pandas_series(given)


def _of_columns(columns: Mapping[str, object], place: str) -> pl.DataFrame:
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


def _of_pandas(frame: pd.DataFrame, place: str) -> pl.DataFrame:
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
        text, times = _most_common(categories)
        if times > 1:
            raise DataError(f"{place}: column {name!r} has {times} categories that read {text!r}: make them one")
        values = [None if code < 0 else categories[code] for code in column.cat.codes.to_numpy()]
        return pl.Series(name, values, dtype=pl.Enum(categories))
    if str(kind).startswith("period"):
        column = column.dt.to_timestamp()
        kind = column.dtype
    zone = getattr(kind, "tz", None)
    if zone is not None:
        moments = column.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy()
        made = pl.Series(name, moments.astype("datetime64[us]")).dt.replace_time_zone("UTC")
        try:
            return made.dt.convert_time_zone(str(zone))
        except pl.exceptions.ComputeError:  # a fixed distance from UTC, which Polars has no name for
            return made
    if isinstance(kind, np.dtype) and kind.kind in "Mm":
        return pl.Series(name, column.to_numpy().astype(f"{'datetime64' if kind.kind == 'M' else 'timedelta64'}[us]"))
    if isinstance(kind, np.dtype) and kind.kind in "biuf":
        return _series(name, column.to_numpy(), place)
    if str(kind).startswith(("str", "large_string")) and find_spec("pyarrow"):  # without it value by value
        pyarrow: Any = import_module("pyarrow")
        return pl.Series(name, pl.from_arrow(pyarrow.array(column, pyarrow.large_string(), from_pandas=True)))
    return _series(name, column.to_numpy(dtype=object, na_value=None).tolist(), place)


def _series(name: str, values: Any, place: str) -> pl.Series:
    """A column of values as they come: a Series of Polars, a Series or an array of pandas, an array, a sequence."""
    if type(values).__module__.split(".")[0] == "pandas":
        import pandas

        return _of_pandas_column(name, pandas.Series(values), place)
    if isinstance(values, np.ndarray) and values.dtype.kind == "f":
        values = values.astype({2: np.float32, 16: np.float64}.get(values.itemsize, values.dtype), copy=False)
    kinds: list[str] = []
    if isinstance(values, list | tuple) or (isinstance(values, np.ndarray) and values.dtype == object):
        values = [_plain(value) for value in values]
        kinds = sorted({type(value).__name__ for value in values if value is not None})
        odd = next((value for value in values if value is not None and not isinstance(value, _VALUES)), None)
        if odd is not None:
            raise DataError(f"{place}: column {name!r} holds {type(odd).__name__} objects: make them texts, or numbers")
        if kinds == ["float", "int"]:
            values = [None if value is None else float(value) for value in values]
    several = "bool" in kinds and len(kinds) > 1  # which Polars would take for numbers, if the first is one
    try:
        made = None if several else pl.Series(name, values, nan_to_null=isinstance(values, np.ndarray))
    except (TypeError, ValueError, OverflowError, pl.exceptions.PolarsError):
        made = None
    if made is None or made.dtype == pl.Object:
        told = f"values of several kinds ({', '.join(kinds[:5])})" if len(kinds) > 1 else "values that are no column"
        raise DataError(f"{place}: column {name!r} holds {told}: make them texts, or numbers")
    return made


def _is_single(values: object) -> bool:
    """Whether a value stands for itself, and not for a column."""
    return isinstance(values, str | bytes) or not hasattr(values, "__len__") or getattr(values, "shape", None) == ()


def _plain(value: object) -> object:
    """A value as Python has it; None for the missing ones of Python, NumPy and pandas."""
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    if isinstance(value, np.bool_ | np.integer | np.floating):
        value = float(value) if isinstance(value, np.floating) else value.item()
    missing = type(value).__name__ in _MISSING or (isinstance(value, float) and math.isnan(value))
    return None if missing else value


def _of_arrow(given: ArrowStream, place: str) -> pl.DataFrame:
    try:
        made = pl.DataFrame(given)
    except pl.exceptions.DuplicateError:
        raise DataError(f"{place} has two columns of one name: rename one") from None
    return made


def _frame(columns: list[pl.Series], place: str) -> pl.DataFrame:
    name, times = _most_common([column.name for column in columns])
    if times > 1:
        raise DataError(f"{place} has {times} columns {name!r}: rename all but one")
    return pl.DataFrame(columns)


def _most_common(texts: list[str]) -> tuple[str, int]:
    """The text that is there most often, and how often."""
    return max(Counter(texts).items(), key=itemgetter(1), default=("", 0))
