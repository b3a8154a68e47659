"""Columns of delimited text that stay text though Polars would read them: their values may mean something else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable

_CHUNK = 1 << 16
_YEAR_FIRST = r"^\d{4}\D"
_ZEROS_AND_POWER = r"^\s*0\d+[eE]\d"
_THOUSANDS = r"^[+-]?[1-9]\d{0,2}(?:\.\d{3})*$"


def keep_texts(
    frame: pl.DataFrame, content: bytes, separator: str, read: Callable[[list[int], int | None], pl.DataFrame]
) -> pl.DataFrame:
    """The table with these columns as they stand: digits with zeros in front, which may be codes; dates whose year is
    not first, of which Polars takes the day to be; and, where commas do not separate, numbers such as 1.234, which may
    be thousands. `read` gives columns of the text, by their numbers, as text: the first rows, or all for None.
    """
    zeros = any(map(_may_be_codes, frame.iter_columns())) and _zeros_in_front(content, separator)
    kept: list[int] = []
    for number, series in enumerate(frame.iter_columns()):
        if isinstance(series.dtype, pl.Date | pl.Datetime):
            row = int(series.is_not_null().arg_max() or 0)
            first = read([number], row + 1).to_series()[row:].drop_nulls()
            wanted = bool(len(first)) and not first.str.contains(_YEAR_FIRST).all()
        elif series.dtype.is_integer() and zeros:
            wanted = read([number], None).to_series().str.contains(r"^[\s]*0\d").any()
        elif (
            series.dtype.is_float() and zeros and read([number], None).to_series().str.contains(_ZEROS_AND_POWER).any()
        ):
            wanted = True
        elif series.dtype.is_float() and separator != "," and _in_thousandths(series):
            wanted = read([number], None).to_series().drop_nulls().str.strip_chars().str.contains(_THOUSANDS).all()
        else:
            continue
        kept += [number] if wanted else []
    if not kept:
        return frame
    texts = read(kept, None).get_columns()
    for number, series in zip(kept, texts, strict=True):
        frame = frame.replace_column(number, series.alias(frame.columns[number]))
    return frame


def _may_be_codes(series: pl.Series) -> bool:
    """Whether numbers may have been digits with zeros in front, with a power or not: they are whole."""
    if not series.dtype.is_float():
        return series.dtype.is_integer()
    values = series.head(_CHUNK).drop_nulls().to_numpy()
    return bool((values == np.round(values)).all())


def _in_thousandths(series: pl.Series) -> bool:
    values = series.drop_nulls().to_numpy()
    if not (np.abs(values) < 1e6).all():
        return False
    thousandths = values * 1000
    whole = np.abs(thousandths - np.round(thousandths)) <= 1e-9 * np.abs(thousandths)
    return bool(whole.all() and (values != np.round(values)).any())


def _zeros_in_front(content: bytes, separator: str) -> bool:
    """Whether a field begins with a zero and another digit.

    >>> _zeros_in_front(b"a,b\\n1,02\\n", ","), _zeros_in_front(b"a,b\\n0,0.2\\n", ",")
    (True, False)
    """
    data = np.frombuffer(content, np.uint8)
    for start in range(0, len(data), _CHUNK):
        part = data[start : start + _CHUNK + 2]
        if len(part) < 3:
            return False
        edge = (part[:-2] <= ord('"')) | (part[:-2] == ord(separator))  # a space, the end of a line, a quote
        if (edge & (part[1:-1] == ord("0")) & (part[2:] - ord("0") < 10)).any():
            return True
    return False
