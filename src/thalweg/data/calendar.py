"""Dates and times that no calendar has, as damaged files hold them: refused before Polars panics over them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from thalweg.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable

_DAYS = (-719_162, 2_932_896)
"""0001-01-01 and 9999-12-31, counted from 1970-01-01."""

_SECONDS = 86_399_999_999_999
"""The longest duration that Python has, in seconds."""

_A_SECOND = {"ms": 10**3, "us": 10**6, "ns": 10**9}


def check_calendar(columns: Iterable[pl.Series]) -> None:
    """Raise DataError, with column and row, for a date or time outside the years 1 to 9999, or of no day.

    >>> check_calendar([pl.Series("sold", [0, 2**31 - 1], dtype=pl.Int32).cast(pl.Date)])  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    thalweg.errors.DataError: column 'sold', row 2: a date or time outside the years 1 to 9999: ...
    """
    for series in columns:
        if not series.dtype.is_temporal():
            continue
        low, high = _range(series.dtype)
        physical = series.to_physical()
        least, most = physical.min(), physical.max()
        if least is None or (low <= least and most <= high):  # pyright: ignore[reportOperatorIssue]
            continue
        row = int(((physical < low) | (physical > high)).arg_max() or 0)
        raise DataError(
            f"column {series.name!r}, row {row + 1}: a date or time outside the years 1 to 9999: correct it, or leave "
            "it empty"
        )


def _range(kind: pl.DataType) -> tuple[int, int]:
    if isinstance(kind, pl.Date):
        return _DAYS
    if isinstance(kind, pl.Time):
        return 0, 86_400 * 10**9 - 1
    assert isinstance(kind, pl.Datetime | pl.Duration)
    second = _A_SECOND[kind.time_unit]
    if isinstance(kind, pl.Duration):
        return -_SECONDS * second, _SECONDS * second
    return _DAYS[0] * 86_400 * second, (_DAYS[1] + 1) * 86_400 * second - 1
