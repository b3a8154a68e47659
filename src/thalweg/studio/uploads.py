"""A table that a person brings: limited in size and rows, read by what reads the tables of the commands."""

from __future__ import annotations

import dataclasses
import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING

from ..data.excel import sheets_with_cells
from ..data.limits import DAMAGE, allowed
from ..data.reading import SHEETS, WITHOUT_NAMES, open_table
from ..data.source import Source
from ..errors import DataError, FileError, ThalwegError
from ..system import STANDARD_INPUT, ordinary_file

if TYPE_CHECKING:
    import polars as pl

LARGEST_FILE = 20 << 20
MOST_ROWS = 200_000
MOST_COLUMNS = 2_000
LARGEST_UNPACKED = 256 << 20
_PLAIN = re.compile(r"[^\w.\- ]+")


@dataclass(frozen=True)
class OwnTable:
    """A table that a person brought: its file's name without folders, what it holds, and what was noted of it.

    `raw` are the bytes of the file, by which it is read in another way; `header` and `sheet` are how it was read.
    """

    name: str
    frame: pl.DataFrame
    notes: tuple[str, ...] = ()
    raw: bytes = field(default=b"", repr=False)
    header: bool = True
    sheet: str | None = None
    sheets: tuple[str, ...] = ()
    """Those of a workbook that are not empty."""

    def named(self, name: str) -> OwnTable:
        """The same table by another name."""
        return dataclasses.replace(self, name=name)

    def read_as(self, *, header: bool, sheet: str | None) -> OwnTable:
        """The table of the same file, read in a way; raises DataError and FileError as the commands do.

        >>> table_from("t.csv", b"1,2\\n3,4\\n").read_as(header=False, sheet=None).frame.columns
        ['column 1', 'column 2']
        """
        if (header, sheet or self.sheet) == (self.header, self.sheet):
            return self
        if not self.raw:
            raise FileError(f"{self.name}: it cannot be read in another way here: upload it again")
        return table_from(self.name, self.raw, header=header, sheet=sheet or self.sheet)

    @property
    def may_lack_names(self) -> bool:
        """Whether the format is one whose files need not name their columns."""
        return _ending(self.name).lower() in WITHOUT_NAMES


def table_from(name: str, content: bytes, *, header: bool = True, sheet: str | None = None) -> OwnTable:
    """The table in the bytes of a file; its name says the format, and is all that is taken of its path.

    `header` says whether the first line names the columns, `sheet` which one of a workbook's is meant (None: the only
    one). Raises DataError and FileError, as the commands do, for what is no table, and for one that is too large here.

    >>> table_from("C:\\\\data\\\\fruit.csv", b"size,ripe\\n1,no\\n2,yes\\n").name
    'fruit.csv'
    """
    name = plain_name(name)
    _check_size(name, len(content))
    with tempfile.TemporaryDirectory(prefix="thalweg-studio-") as folder:
        path = Path(folder, f"table{_ending(name)}")
        path.write_bytes(content)
        return _read(path, name, content, header, sheet)


def read_table_file(path: Path, name: str | None = None, *, header: bool = True, sheet: str | None = None) -> OwnTable:
    """The table in a file; messages call it by its name alone."""
    name = path.name if name is None else name
    if str(path) == STANDARD_INPUT:
        return _read(path, name, b"", header, sheet)
    found = ordinary_file(path, "check the path")
    small = found.stat().st_size <= LARGEST_FILE
    return _read(path, name, found.read_bytes() if small else b"", header, sheet)


def sheets_of(name: str, content: bytes) -> tuple[str, ...]:
    """The sheets of a workbook that are not empty, none of another file; raises FileError as `table_from` does."""
    name = plain_name(name)
    _check_size(name, len(content))
    suffix = _ending(name).lower()
    if suffix not in SHEETS:
        return ()
    try:
        return tuple(sheets_with_cells(Source(content, name, suffix, allowed(len(content), LARGEST_UNPACKED))))
    except (*DAMAGE, RecursionError, MemoryError):
        raise _damaged(name) from None


def _check_size(name: str, size: int) -> None:
    if size > LARGEST_FILE:
        raise FileError(
            f"{name}: {size / 2**20:.0f} MiB, and the page takes at most {LARGEST_FILE >> 20}: train it with "
            "the command thalweg train"
        )


def _read(path: Path, name: str, raw: bytes, header: bool, sheet: str | None) -> OwnTable:
    try:
        table = open_table(path, largest=LARGEST_UNPACKED, header=header, sheet=sheet)
        sheets = sheets_of(path.name, raw) if raw else ()
    except ThalwegError as error:
        raise type(error)(str(error).replace(str(path), name)) from None
    except (*DAMAGE, RecursionError, MemoryError):
        raise _damaged(name) from None
    frame = table.frame
    if frame.height > MOST_ROWS or frame.width > MOST_COLUMNS:
        raise DataError(
            f"{name}: {frame.height:,} rows and {frame.width:,} columns, and the page takes at most {MOST_ROWS:,} and "
            f"{MOST_COLUMNS:,}: train it with the command thalweg train"
        )
    notes = tuple(str(note).replace(str(path), name) for note in table.notes)
    return OwnTable(name, frame, notes, raw, header, sheet, sheets)


def _damaged(name: str) -> FileError:
    return FileError(f"{name}: damaged, or not a {_ending(name)} file: write or download it again")


def plain_name(name: str) -> str:
    """The name of a file without folders, and without what no name needs.

    >>> plain_name("../../etc/pass<wd>.csv"), plain_name("")
    ('pass_wd_.csv', 'table')
    """
    last = PureWindowsPath(PurePosixPath(name).name).name
    return _PLAIN.sub("_", last)[-80:].strip(". ") or "table"


def _ending(name: str) -> str:
    suffixes = Path(name).suffixes
    return "".join(suffixes[-2:] if suffixes[-1:] == [".gz"] else suffixes[-1:])
