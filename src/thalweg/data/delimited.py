"""Delimited text (CSV, TSV): checked line by line, then parsed by Polars.

Polars alone would pad short lines, rename duplicate columns and keep spaces around numbers; here each of these is
either refused with its line number or documented.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from thalweg.errors import DataError, FileError

from .values import is_missing

if TYPE_CHECKING:
    from collections.abc import Iterator

MISSING = ("", "NA", "N/A", "NaN", "nan", "null", "?")
"""The markers that stand for a missing value in delimited text."""

_GUESS = 10_000


def read_delimited(raw: bytes, name: str, separator: str) -> pl.DataFrame:
    """The table in the bytes of a delimited text file called `name`, gzipped or not.

    The first line names the columns. The markers in `MISSING` are missing values; spaces around a field and blank
    lines at the end do not count; dates and times are recognised (with slashes: day first); a column's type is
    inferred from all of its values. A header with semicolons and no comma means semicolons separate the fields.

    Raises FileError for text that is not UTF-8, lines of unequal length and broken quotes, each with the line;
    DataError for unnamed or duplicate columns.

    >>> read_delimited(b"size, colour\\n1, red\\n?, blue\\n", "shapes.csv", ",").to_dict(as_series=False)
    {'size': [1, None], 'colour': ['red', 'blue']}
    """
    text = _text(raw, name)
    header = text.partition("\n")[0]
    if separator == "," and "," not in header and ";" in header:
        separator = ";"
    if _may_be_padded(text, separator):
        text = _trimmed(text, name, separator)
    columns, rows = _checked(text, name, separator)
    try:
        frame = _parsed(text.encode(), separator)
    except pl.exceptions.PolarsError as error:
        reason = str(error).strip().partition("\n")[0]
        raise FileError(f"{name}: not readable as delimited text ({reason}): save it again as CSV") from error
    if (frame.height, frame.width) != (rows, len(columns)):
        raise FileError(
            f"{name}: of {rows} rows and {len(columns)} columns only {frame.height} and {frame.width} can be read: "
            "save the file again with ordinary line ends and quotes"
        )
    frame.columns = list(columns)  # Polars leaves doubled quotes in a header as they are
    return frame


def _text(raw: bytes, name: str) -> str:
    """The text, without a byte order mark and without blank lines at its end."""
    if raw.startswith(b"\x1f\x8b"):
        try:
            raw = gzip.decompress(raw)
        except (OSError, EOFError, zlib.error) as error:
            raise FileError(f"{name}: damaged gzip file ({error}): compress or download it again") from error
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raw = error.object
        line = raw.count(b"\n", 0, error.start) + 1
        raise FileError(
            f"{name}: line {line} is not UTF-8 text (byte 0x{raw[error.start]:02x}): save the file again as UTF-8"
        ) from error
    if not text.strip():
        raise FileError(f"{name}: the file is empty: it needs the names of the columns and at least one row")
    return text.rstrip("\r\n") + "\n"


def _records(text: str, name: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """The fields of each record, with the number of the line on which it begins."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True, strict=True)
    line = 1
    try:
        for fields in reader:
            yield line, fields
            line = reader.line_num + 1
    except csv.Error as error:
        raise FileError(f"{name}: line {line} is not valid ({error}): mend the quotes of its fields") from error


def _may_be_padded(text: str, separator: str) -> bool:
    """Whether a space stands next to a separator, a quote or the end of a line."""
    return any(place in "\n" + text for edge in (separator, '"', "\n", "\r") for place in (f" {edge}", f"{edge} "))


def _trimmed(text: str, name: str, separator: str) -> str:
    """The same table without spaces around its fields."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator="\n")
    writer.writerows([field.strip(" ") for field in fields] for _, fields in _records(text, name, separator))
    return out.getvalue()


def _checked(text: str, name: str, separator: str) -> tuple[list[str], int]:
    """The names of the columns and the number of rows, once every line has been found to have as many fields."""
    records = _records(text, name, separator)
    columns = next(records)[1]
    _check_names(columns, name)
    rows = 0
    for line, fields in records:
        if len(fields) != len(columns) and (fields or len(columns) > 1):
            raise FileError(_ragged(name, line, len(fields), len(columns)))
        rows += 1
    return columns, rows


def _parsed(raw: bytes, separator: str) -> pl.DataFrame:
    """The table, its types guessed from the first rows; from all of them, slower, where the guess does not hold."""
    read = partial(pl.read_csv, raw, separator=separator, null_values=list(MISSING), try_parse_dates=True)
    try:
        frame = read(infer_schema_length=_GUESS)
    except pl.exceptions.PolarsError:
        return read(infer_schema_length=None)
    texts = [column for column in frame.iter_columns() if column.dtype == pl.String]
    blind = any(is_missing(column.head(_GUESS)) and not is_missing(column) for column in texts)
    return read(infer_schema_length=None) if blind else frame


def _ragged(name: str, line: int, found: int, expected: int) -> str:
    if found == 0:
        return f"{name}: line {line} is blank: remove it"
    fields = "1 field" if found == 1 else f"{found} fields"
    return (
        f"{name}: line {line} has {fields} where the header has {expected}: "
        "correct the line, or quote a field that holds the separator"
    )


def _check_names(columns: list[str], name: str) -> None:
    if not columns:
        raise DataError(f"{name}: line 1 is blank: put the names of the columns there")
    for number, column in enumerate(columns, start=1):
        if not column:
            raise DataError(f"{name}: column {number} has no name: give it one in line 1")
    duplicates = sorted(column for column, count in Counter(columns).items() if count > 1)
    if duplicates:
        raise DataError(
            f"{name}: more than one column is called {', '.join(map(repr, duplicates))}: rename all but one"
        )
