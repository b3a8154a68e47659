"""What every kind of column needs: missing values made one thing, row numbers found, values shown in messages."""

from __future__ import annotations

import shlex

import numpy as np
import polars as pl

from thalweg.errors import DataError

_NESTED = (pl.List, pl.Array, pl.Struct, pl.Object, pl.Binary)


def tidy(series: pl.Series) -> pl.Series:
    """The same values with NaN as missing, categories as text, and integers too large for NumPy as floats.

    >>> tidy(pl.Series("size", [1.0, float("nan")])).to_list()
    [1.0, None]
    """
    if series.dtype.is_float():
        return series.fill_nan(None) if np.isnan(series.to_numpy()).sum() > series.null_count() else series
    if series.dtype in (pl.Categorical, pl.Enum):
        return series.cast(pl.String)
    if series.dtype == pl.Int128:
        return series.cast(pl.Float64)
    return series


def is_missing(series: pl.Series) -> bool:
    """Whether no value at all is there, whatever the column's type."""
    if series.null_count() == len(series):
        return True
    return series.dtype.is_float() and bool(np.isnan(series.to_numpy()).all())


def shown(value: object) -> str:
    """A value as it stands in a message: quoted if text, cut at 40 characters, on one line.

    >>> shown("teal"), shown(2.5)
    ("'teal'", '2.5')
    """
    text = repr(value) if isinstance(value, str | bytes) else " ".join(str(value).split())
    return text if len(text) <= 40 else text[:37] + "..."


def counted(count: int, noun: str, plural: str = "") -> str:
    """A number with its noun.

    >>> counted(1, "row"), counted(3, "category", "categories")
    ('1 row', '3 categories')
    """
    return f"{count} {noun if count == 1 else plural or noun + 's'}"


def ignoring(name: str) -> str:
    """The option that leaves a column out.

    >>> ignoring("row id")
    "--ignore 'row id'"
    """
    return f"--ignore {shlex.quote(name)}"


def naming(name: str) -> str:
    """The option that makes a column one of names.

    >>> naming("zip")
    '--text zip'
    """
    return f"--text {shlex.quote(name)}"


def numbers(series: pl.Series) -> np.ndarray:
    """A column of numbers (integers, floats, decimals, durations in seconds) as float64 (rows,), missing as NaN.

    Raises DataError for an infinite value, with its row.

    >>> from datetime import timedelta
    >>> numbers(pl.Series("lap", [timedelta(minutes=1), None]))
    array([60., nan])
    """
    if series.dtype == pl.Duration:
        return series.dt.total_microseconds().cast(pl.Float64).to_numpy() / 1e6
    values = series.cast(pl.Float64).to_numpy()
    infinite = np.isinf(values)
    if infinite.any():
        row = int(infinite.argmax())
        raise DataError(
            f"column {series.name!r} is infinite in row {row + 1}: write a number there, or leave it empty if unknown"
        )
    return values


def markers_told(series: pl.Series, marked: pl.Series) -> str:
    """How many markers there are, which, and where the first is.

    >>> markers_told(pl.Series(["NULL", "1", "-"]), pl.Series([True, False, True]))
    "2 values ('NULL' in row 1, '-') are taken as missing"
    """
    row = int(marked.arg_max() or 0)
    kinds = series.filter(marked).unique(maintain_order=True).to_list()
    names = ", ".join((f"{shown(kinds[0])} in row {row + 1}", *map(shown, kinds[1:3]))) + (", ..." if kinds[3:] else "")
    return f"{counted(int(marked.sum()), 'value')} ({names}) {'is' if marked.sum() == 1 else 'are'} taken as missing"


def refuse_nested(series: pl.Series) -> None:
    """Raise DataError for a column whose values are lists, structs, objects or bytes."""
    if series.dtype in _NESTED:
        raise DataError(
            f"column {series.name!r} is of type {series.dtype}, which is no single number, category or time a row: "
            f"spread it over columns, or leave it out with {ignoring(series.name)}"
        )


def retyped(name: str, kind: str, series: pl.Series) -> DataError:
    """The error for a column whose type is not the one that it had in training."""
    present = series.is_not_null()
    row = int(present.arg_max() or 0)
    return DataError(
        f"column {name!r} was {kind} in training and is {series.dtype} here (row {row + 1}: {shown(series[row])}): "
        "give it as it was"
    )


def finite(matrix: np.ndarray, name: str) -> np.ndarray:
    """The encoded matrix itself; raises DataError, with the row, where a value was so large that it overflowed."""
    bad = ~np.isfinite(matrix).all(axis=1)
    if bad.any():
        raise DataError(
            f"column {name!r} is too far from the training values in row {int(bad.argmax()) + 1}: correct it"
        )
    return matrix
