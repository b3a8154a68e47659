"""Tables of any size, block by block: files whose rows are had in order without the whole of them in memory."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from thalweg.errors import DataError, FileError, ThalwegError
from thalweg.system import STANDARD_INPUT, ordinary_file

from .column_files import check_column_files
from .delimited_stream import delimited_blocks
from .json_stream import json_blocks
from .limits import DAMAGE
from .notes import Importance, Note, importance_of
from .reading import format_of, standard_input
from .stream_bytes import Bytes, open_bytes
from .table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

COLUMN_FILES = (".parquet", ".arrow", ".feather", ".ipc")
TEXTS = (".csv", ".tsv", ".csv.gz", ".tsv.gz", ".ndjson", ".jsonl")
STREAMED = (*TEXTS, *COLUMN_FILES)
"""The suffixes of files that can be read block by block."""
LARGE = 64 << 20
"""A file of more bytes is read so."""
BLOCK = 8 << 20
"""The bytes of a block of text, and the values of a block of columns times eight."""


class TableBlock(NamedTuple):
    """Some rows of a table, one after another, and how many rows stand before them."""

    table: Table
    before: int


def is_large(path: Path) -> bool:
    """Whether a file is of a format that can be streamed, and so large that it is."""
    try:
        return format_of(path) in STREAMED and path.stat().st_size > LARGE
    except OSError:
        return False


def table_blocks(path: str | Path, *, header: bool = True, block: int | None = None) -> Iterator[TableBlock]:
    """The rows of a table in blocks of about so many bytes, in order; never more of them in memory than a block or two.

    A text is UTF-8. Each block is read as `open_table` reads a whole table, but for what asks for a view of the whole:
    a row of totals at the end is not looked for, and the types of columns are those of the block. Raises
    what `open_table` raises, with the row or the line in the whole file, and FileError for a file that changes
    meanwhile.
    """
    block = block or BLOCK
    if str(path) == STANDARD_INPUT:
        return _texts(Bytes(standard_input()), "the standard input", ".csv", header, block)
    found = ordinary_file(path, "check the path")
    suffix = format_of(found)
    if suffix not in STREAMED:
        raise FileError(
            f"{path}: a {suffix or 'file without a suffix'} is not streamed: give one of {', '.join(STREAMED)}"
        )
    if found.stat().st_size == 0:
        raise FileError(f"{path}: the file is empty: it needs the names of the columns and at least one row")
    if suffix in COLUMN_FILES:
        return _columns(found, str(path), suffix, block)
    return _texts(open_bytes(found, suffix), str(path), suffix.removesuffix(".gz"), header, block)


def _texts(source: Bytes, name: str, suffix: str, header: bool, block: int) -> Iterator[TableBlock]:
    with source:
        if name == "the standard input":
            first = source.peek(64)
            if not first:
                raise FileError(f"{name} is empty: it needs the names of the columns and at least one row")
            if first.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
                suffix = ".ndjson"
        reader = json_blocks if suffix in (".ndjson", ".jsonl") else delimited_blocks
        before = 0
        for table in _told(reader(source, name, suffix, header, block), name, suffix):
            yield TableBlock(table, before)
            before += table.frame.height
        if not before:
            raise DataError(f"{name}: the table has a header but no rows: add at least one row")


def _columns(path: Path, name: str, suffix: str, block: int) -> Iterator[TableBlock]:
    """Blocks of rows of a Parquet or an Arrow file, tried in a child process first as `read_columns` tries them."""
    watched = Watched(path, name)
    check_column_files([path])
    try:
        scanned = scan(path, suffix)
        width, rows = len(scanned.collect_schema()), count_rows(path, suffix)
    except (pl.exceptions.PolarsError, *DAMAGE) as error:
        raise _damaged(name, suffix, error) from error
    if not width:
        raise DataError(f"{name}: the table has no columns: it needs a target and at least one input")
    if not rows:
        raise DataError(f"{name}: the table has a header but no rows: add at least one row")
    step = max(1, block // (8 * width))
    for before in range(0, rows, step):
        frame = read_rows(watched, suffix, before, min(step, rows - before))
        yield TableBlock(Table(frame, frame, suffix), before)


def scan(path: Path, suffix: str) -> pl.LazyFrame:
    """A Parquet or an Arrow file, of which nothing is read yet."""
    if suffix == ".parquet":
        return pl.scan_parquet(path, glob=False, hive_partitioning=False)
    return pl.scan_ipc(path, glob=False, hive_partitioning=False)


def count_rows(path: Path, suffix: str) -> int:
    """The rows of a Parquet or an Arrow file, by what it says of itself."""
    return int(scan(path, suffix).select(pl.len()).collect().item())


class Watched:
    """A file that must stay as it was while it is read in parts."""

    def __init__(self, path: Path, name: str) -> None:
        self.path, self.name = path, name
        self._found = self._now()

    @property
    def size(self) -> int:
        """Its bytes."""
        return self._found[1]

    def check(self) -> None:
        """Raise FileError if the file is gone or has been written to since."""
        if self._now() != self._found:
            raise FileError(f"{self.name}: it changed while it was read: read it again when it is whole")

    def _now(self) -> tuple[int, ...]:
        try:
            found = self.path.stat()
        except OSError as error:
            raise FileError(
                f"{self.name}: it vanished while it was read ({error.strerror}): put it back, and begin again"
            ) from error
        return found.st_ino, found.st_size, found.st_mtime_ns


def read_rows(
    watched: Watched, suffix: str, before: int, rows: int, columns: Sequence[str] | None = None
) -> pl.DataFrame:
    """So many rows of a Parquet or an Arrow file, behind the first, of all columns or of some.

    Raises FileError where they are not there.
    """
    watched.check()
    try:
        taken = scan(watched.path, suffix).slice(before, rows)
        frame = (taken if columns is None else taken.select(columns)).collect()
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, *DAMAGE) as error:
        watched.check()
        raise _damaged(watched.name, suffix, error) from error
    watched.check()
    if frame.height != rows:
        raise FileError(f"{watched.name}: of rows {before + 1} to {before + rows} only {frame.height} can be read")
    return frame


def _damaged(name: str, suffix: str, error: BaseException) -> FileError:
    reason = str(error).strip().partition("\n")[0] or type(error).__name__
    return FileError(f"{name}: damaged, or not a {suffix} file ({reason}): write or download it again")


def _told(tables: Iterator[Table], name: str, suffix: str) -> Iterator[Table]:
    """The tables; what is raised on the way names the file."""
    try:
        yield from tables
    except FileError:
        raise
    except DataError as error:
        raise error if str(error).startswith(name) else DataError(f"{name}: {error}") from error
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, *DAMAGE) as error:
        raise _damaged(name, suffix, error) from error


_ROW = re.compile(r"(?<!['\"\w])(row|rows) (\d+)(?!\w)")


@contextmanager
def rows_after(before: int, name: str = "") -> Iterator[None]:
    """Errors in here that name a row of a block name that of the table, of which so many rows stand before the block.

    >>> from thalweg.errors import DataError
    >>> with rows_after(1000):
    ...     raise DataError("column 'size' is infinite in row 3: correct it")
    Traceback (most recent call last):
    thalweg.errors.DataError: column 'size' is infinite in row 1003: correct it
    """
    try:
        yield
    except ThalwegError as error:
        told = shifted(str(error), before)
        told = f"{name}: {told}" if name and not told.startswith(name) else told
        if told == str(error):
            raise
        raise type(error)(told) from error


def shifted(told: str, before: int) -> str:
    """A message with the numbers of its rows counted from the beginning of the table.

    >>> shifted("4 rows lack it (row 2: 'x')", 10)
    "4 rows lack it (row 12: 'x')"
    """
    return _ROW.sub(lambda found: f"{found[1]} {int(found[2]) + before}", told)


def renumbered(told: str, rows: Sequence[int]) -> str:
    """A message with the numbers of rows in a table for those of some of its rows, all counted from 1.

    >>> renumbered("row 2 has values too far", [10, 20])
    'row 20 has values too far'
    """
    return _ROW.sub(lambda found: f"{found[1]} {rows[int(found[2]) - 1]}", told)


class GatheredNotes:
    """The notes on the blocks of a table: of those that differ in numbers alone, the first, and how many more."""

    def __init__(self) -> None:
        self._first: dict[str, str] = {}
        self._times: Counter[str] = Counter()

    def add(self, notes: Iterable[str], before: int) -> None:
        """The notes on a block before which so many rows stand."""
        for key, note in {re.sub(r"\d[\d.,]*|\([^)]*\)", "#", note): note for note in notes}.items():
            self._times[key] += 1
            self._first.setdefault(key, Note(shifted(note, before), importance_of(note)))

    def told(self) -> list[Any]:
        """All that was added, as plain data."""
        return [[key, note, int(importance_of(note)), self._times[key]] for key, note in self._first.items()]

    def merge(self, told: Iterable[Any]) -> None:
        """Take in what was added to another one, of the blocks that come next."""
        for key, note, importance, times in told:
            self._times[key] += times
            self._first.setdefault(key, Note(note, Importance(importance)))

    def __iter__(self) -> Iterator[str]:
        for key, note in self._first.items():
            more = self._times[key] - 1
            blocks = "block" if more == 1 else "blocks"
            yield Note(f"{note}; likewise in {more} {blocks} of rows more", importance_of(note)) if more else note
