"""A table that a person brings: limited in size and rows, read by what reads the tables of the commands."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path, PurePosixPath, PureWindowsPath

from ..data.limits import DAMAGE
from ..data.reading import open_table
from ..errors import DataError, FileError, ThalwegError
from .building import OwnTable

LARGEST_FILE = 20 << 20
MOST_ROWS = 200_000
MOST_COLUMNS = 2_000
LARGEST_UNPACKED = 256 << 20
_PLAIN = re.compile(r"[^\w.\- ]+")


def table_from(name: str, content: bytes) -> OwnTable:
    """The table in the bytes of a file; its name says the format, and is all that is taken of its path.

    Raises DataError and FileError, as the commands do, for what is no table, and for one that is too large here.

    >>> table_from("C:\\\\data\\\\fruit.csv", b"size,ripe\\n1,no\\n2,yes\\n").name
    'fruit.csv'
    """
    name = plain_name(name)
    if len(content) > LARGEST_FILE:
        raise FileError(
            f"{name}: {len(content) / 2**20:.0f} MiB, and the page takes at most {LARGEST_FILE >> 20}: train it with "
            "the command thalweg train"
        )
    with tempfile.TemporaryDirectory(prefix="thalweg-studio-") as folder:
        path = Path(folder, f"table{_ending(name)}")
        path.write_bytes(content)
        return read_table_file(path, name)


def read_table_file(path: Path, name: str | None = None) -> OwnTable:
    """The table in a file; messages call it by its name alone."""
    name = path.name if name is None else name
    try:
        table = open_table(path, largest=LARGEST_UNPACKED)
    except ThalwegError as error:
        raise type(error)(str(error).replace(str(path), name)) from None
    except (*DAMAGE, RecursionError, MemoryError):
        raise FileError(f"{name}: damaged, or not a {_ending(name)} file: write or download it again") from None
    frame = table.frame
    if frame.height > MOST_ROWS or frame.width > MOST_COLUMNS:
        raise DataError(
            f"{name}: {frame.height:,} rows and {frame.width:,} columns, and the page takes at most {MOST_ROWS:,} and "
            f"{MOST_COLUMNS:,}: train it with the command thalweg train"
        )
    return OwnTable(name, frame, tuple(str(note).replace(str(path), name) for note in table.notes))


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
