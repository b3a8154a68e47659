"""A table from a file or the standard input: the suffix, or what it begins with, says the format."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING

import polars as pl

from thalweg.errors import ArgumentError, DataError, FileError
from thalweg.system import (
    STANDARD_INPUT,
    check_polars_threads,
    kind_by_name,
    ordinary_file,
    read_ordinary_file,
)

from .array_files import read_mat, read_npz
from .calendar import check_calendar
from .column_files import read_columns
from .delimited import delimited
from .excel import read_excel
from .json_rows import read_json
from .limits import DAMAGE, allowed, gunzipped
from .source import Source
from .table import Table
from .text import decoded

if TYPE_CHECKING:
    from collections.abc import Callable


def open_table(path: str | Path, *, largest: int | None = None, header: bool = True, sheet: str | None = None) -> Table:
    """The table in a file with all that was seen of it, the format told by the suffix (the keys of `FORMATS`).

    `-` is the standard input. CSV and TSV (also gzipped: `.csv.gz`, `.tsv.gz`) are read as `read_delimited` says. JSON
    holds one object a line, or one array of objects; its ISO dates become dates. NPZ and MAT hold arrays with the same
    first dimension: a 1-D array becomes the column of its name, a 2-D array `X` with k columns becomes X_0 .. X_{k-1}.
    A Parquet or Arrow file is read in a child process first, since Polars ends the process that reads some damaged
    ones. The arguments and what is raised are those of `read_table`.
    """
    check_polars_threads()
    if str(path) == STANDARD_INPUT:
        name, raw = "the standard input", _standard_input()
        suffix = _suffix_of(raw)
    else:
        name = str(path)
        found = ordinary_file(path, "check the path, or give the table through the standard input: -")
        suffix = format_of(found)
        if suffix not in FORMATS:
            raise FileError(f"{name}: {_unknown(found)}")
        raw = read_ordinary_file(found, "check the path")
    if not raw:
        raise FileError(f"{name}: the file is empty: it needs the names of the columns and at least one row")
    _check_magic(raw, suffix, name)
    if not header and suffix not in WITHOUT_NAMES:
        raise ArgumentError(f"{name}: a {suffix} file names its columns: leave --no-header (header=False) out")
    if sheet is not None and suffix not in SHEETS:
        raise ArgumentError(f"{name}: a {suffix} file has no sheets: leave --sheet out")
    try:
        table = FORMATS[suffix](Source(raw, name, suffix, allowed(len(raw), largest), header, sheet))
        check_calendar(table.frame.iter_columns())
    except (ArgumentError, FileError):
        raise
    except DataError as error:
        raise error if str(error).startswith(name) else DataError(f"{name}: {error}") from error
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, *DAMAGE) as error:
        reason = str(error).strip().partition("\n")[0][:300] or type(error).__name__
        raise FileError(f"{name}: damaged, or not a {suffix} file ({reason}): write or download it again") from error
    if table.frame.width == 0:
        raise DataError(f"{name}: the table has no columns: it needs a target and at least one input")
    if table.frame.height == 0:
        raise DataError(f"{name}: the table has a header but no rows: add at least one row")
    if "" in table.frame.columns:
        raise DataError(f"{name}: column {table.frame.columns.index('') + 1} has no name: give it one")
    return table


def format_of(path: Path) -> str:
    """The suffix that says a file's format, in small letters, `.gz` with the one before it.

    >>> format_of(Path("wine.CSV.gz"))
    '.csv.gz'
    """
    suffixes = [suffix.lower() for suffix in path.suffixes]
    return "".join(suffixes[-2:]) if suffixes[-1:] == [".gz"] else "".join(suffixes[-1:])


def _unknown(path: Path) -> str:
    """What to do about a file of an unknown format."""
    suffix = path.suffix.lower()
    kind = kind_by_name(path)
    if kind is not None and kind != "a table":
        options = "; --config FILE takes options" if suffix == ".toml" else ""
        return f"it is {kind} by its name, and a table is asked for here: name one, such as wine.csv{options}"
    if suffix in (".xls", ".xlsb", ".ods"):
        return f"a {suffix} workbook is not read: save it as .xlsx, or its sheet as CSV (File, Save As, CSV UTF-8)"
    if suffix in (".txt", ".dat", ".data", ".text"):
        return f"suffix {path.suffix!r} says no known format: rename it to .csv if its fields are separated"
    found = f"suffix {path.suffix!r}" if path.suffix else "no suffix"
    return f"{found} says no known format: use one of {', '.join(FORMATS)}"


_MAGIC = (
    (b"PAR1", ".parquet"),
    (b"ARROW1", ".arrow"),
    (b"PK\x03\x04", ".npz"),
    (b"MATLAB ", ".mat"),
    (b"\x1f\x8b", ".csv.gz"),
)
"""What files of a format begin with."""


def _suffix_of(raw: bytes) -> str:
    """The format that bytes without a name are in: what they begin with says it."""
    known = next((suffix for magic, suffix in _MAGIC if raw.startswith(magic)), None)
    if known:
        return known
    beginning = raw[:64].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return ".ndjson" if beginning[:1] in (b"{", b"[") else ".csv"


def _check_magic(raw: bytes, suffix: str, name: str) -> None:
    """Raise FileError for a text that begins as a binary file does."""
    if suffix not in (".csv", ".tsv", ".json", ".ndjson", ".jsonl"):
        return
    found = next((known for magic, known in _MAGIC[:3] if raw.startswith(magic)), None)
    if found == ".npz":
        raise FileError(f"{name}: a zip file or workbook, not a {suffix} file: save its table as CSV")
    if found:
        raise FileError(f"{name}: a {found} file, not a {suffix} file: rename it")


def _standard_input() -> bytes:
    return standard_input().read()


def standard_input() -> IO[bytes]:
    """The standard input to read bytes from; raises FileError where nothing leads into it."""
    stream = sys.stdin
    if stream is None or stream.closed:
        raise FileError("the standard input is closed: lead a table into it, or name a file")
    if stream.isatty():
        raise FileError("the standard input is a terminal: lead a table into it, or name a file")
    return stream.buffer if hasattr(stream, "buffer") else io.BytesIO(stream.read().encode())


def _delimited(source: Source) -> Table:
    text = decoded(gunzipped(source.raw, source.name, source.most), source.name)
    separator = "\t" if source.suffix.startswith(".tsv") else ","
    frame, layout, notes = delimited(text, source.name, separator, header=source.header, most=source.most)
    return Table(frame, frame, source.suffix, notes, layout)


def read_json_table(source: Source) -> Table:
    """The table in a text of JSON."""
    name, suffix = source.name, source.suffix
    try:
        text = decoded(source.raw, name)
    except FileError as error:
        reason = str(error).removeprefix(f"{name}: ").partition(":")[0]
        raise FileError(f"{name}: damaged, or not a {suffix} file ({reason}): write or download it again") from error
    given, layout = read_json(text, name, suffix, source.most)
    frame = given.with_columns(_moments(column) for column in given.iter_columns() if column.dtype == pl.String)
    return Table(frame, given, suffix, text.notes, layout)


def _moments(column: pl.Series) -> pl.Series:
    """A text column as dates or date-times, if every value of it is one in ISO 8601."""
    if column.null_count() == len(column) or not column.drop_nulls().str.contains(r"^\d{4}-\d{2}-\d{2}").all():
        return column
    for parse in (lambda: column.str.to_date("%Y-%m-%d"), column.str.to_datetime):
        try:
            return parse()
        except pl.exceptions.PolarsError:
            continue
    return column


def _columns(source: Source) -> Table:
    frame = read_columns(source.raw, source.name, source.suffix, source.most)
    return Table(frame, frame, source.suffix)


def _npz(source: Source) -> Table:
    frame = read_npz(source.raw, source.name, source.most)
    return Table(frame, frame, source.suffix)


def _mat(source: Source) -> Table:
    frame = read_mat(source.raw, source.name, source.most)
    return Table(frame, frame, source.suffix)


def _excel(source: Source) -> Table:
    frame, notes = read_excel(source)
    return Table(frame, frame, source.suffix, notes)


FORMATS: dict[str, Callable[[Source], Table]] = {
    ".csv": _delimited,
    ".tsv": _delimited,
    ".csv.gz": _delimited,
    ".tsv.gz": _delimited,
    ".parquet": _columns,
    ".arrow": _columns,
    ".feather": _columns,
    ".ipc": _columns,
    ".ndjson": read_json_table,
    ".jsonl": read_json_table,
    ".json": read_json_table,
    ".npz": _npz,
    ".mat": _mat,
    ".xlsx": _excel,
    ".xlsm": _excel,
}
"""The reader of each known suffix."""

SHEETS = (".xlsx", ".xlsm")
"""The suffixes of workbooks."""

WITHOUT_NAMES = (".csv", ".tsv", ".csv.gz", ".tsv.gz", *SHEETS)
"""The suffixes of files whose columns need not have names."""
