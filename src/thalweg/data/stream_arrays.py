"""Parquet and Arrow files as arrays of inputs and targets, some rows of one file at a time."""

from __future__ import annotations

import glob
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl

from thalweg.errors import DataError, FileError
from thalweg.system import ordinary_file

from .array_columns import Arrays, ChosenColumns, ColumnArrays, arrays_of, chosen_columns, column_arrays
from .column_files import check_column_files
from .limits import DAMAGE
from .reading import FORMATS, format_of
from .row_groups import row_groups
from .stream import COLUMN_FILES, STREAMED, Watched, count_rows, read_rows, scan
from .text_arrays import text_arrays

_SHARE = 48
"""A block is this part of the memory: an eighth of a buffer, in numbers of eight bytes."""
_LARGEST = 64 << 20
"""A block has no more bytes, however much the memory is, so that there are many for many processes to read."""
_GROUP = 4
"""A row group of Parquet, which is read whole whatever part of it is asked for, may be so many times as large."""


@dataclass(frozen=True, eq=False)
class ArrayFiles:
    """Blocks of rows of files: any of them can be had by its number, each as (P, T, sample weights or None)."""

    files: tuple[Watched, ...]
    pieces: tuple[tuple[int, int, int], ...]
    """The file, the rows before, and the rows of each block."""
    columns: ChosenColumns

    @classmethod
    def found(
        cls,
        paths: Sequence[Path],
        target: str | Sequence[str],
        inputs: Sequence[str] | None,
        weight: str | None,
        numbers: int,
    ) -> ArrayFiles:
        """The blocks of files, each of about so many numbers.

        Raises FileError and DataError for files that cannot be used, ArgumentError for columns that there are not.
        """
        files: list[Watched] = []
        counts: list[int] = []
        first: tuple[str, pl.Schema] | None = None
        columns: ChosenColumns | None = None
        check_column_files(paths)
        for path in paths:
            suffix = format_of(path)
            files.append(Watched(path, str(path)))
            try:
                schema, rows = scan(path, suffix).collect_schema(), count_rows(path, suffix)
            except (pl.exceptions.PolarsError, *DAMAGE) as error:
                reason = str(error).strip().partition("\n")[0]
                raise FileError(f"{path}: damaged, or not a {suffix} file ({reason})") from error
            if not rows:
                raise DataError(f"{path}: the file has no rows: leave it out")
            counts.append(rows)
            if first is None:
                first = str(path), schema
                columns = chosen_columns(schema, str(path), target, inputs, weight)
            elif columns is not None:
                _check_alike(first, str(path), schema, columns.names)
        assert columns is not None
        pieces: list[tuple[int, int, int]] = []
        for number, rows in enumerate(counts):
            before = 0
            for size in _cut(files[number].path, rows, numbers, columns.width):
                pieces.append((number, before, size))
                before += size
        return cls(tuple(files), tuple(pieces), columns)

    def __iter__(self) -> Iterator[Any]:
        return map(self.at, range(len(self)))

    def __len__(self) -> int:
        return len(self.pieces)

    @property
    def sizes(self) -> list[int]:
        """The rows of each block."""
        return [rows for _, _, rows in self.pieces]

    @property
    def digest(self) -> str:
        """What tells these blocks from those of other files, wherever they lie."""
        files = [(file.path.name, file.path.stat().st_size) for file in self.files]
        return digest_of(files, self.pieces, self.columns)

    def at(self, number: int) -> Arrays:
        """A block; raises DataError, with file, column and row, for what is no number or missing."""
        of, before, rows = self.pieces[number]
        file = self.files[of]
        frame = read_rows(file, format_of(file.path), before, rows, self.columns.names)
        return arrays_of(frame, self.columns, file.name, before)

    def columns_at(self, number: int) -> ColumnArrays | None:
        """The columns of a block, of which nothing but that they are there is looked at; None: as `at` alone has it."""
        of, before, rows = self.pieces[number]
        file = self.files[of]
        return column_arrays(read_rows(file, format_of(file.path), before, rows, self.columns.names), self.columns)

    def check(self) -> None:
        """Raise FileError if a file has changed or vanished."""
        for file in self.files:
            file.check()

    def place(self, number: int) -> str:
        """What messages call a block."""
        of, before, rows = self.pieces[number]
        return f"{self.files[of].name}, rows {before + 1:,} to {before + rows:,}: "


def digest_of(*told: Any) -> str:
    """A digest of what files are called and hold.

    >>> digest_of([("a.csv", 10)]) == digest_of([("a.csv", 10)]) != digest_of([("a.csv", 11)])
    True
    """
    return hashlib.blake2b(repr(told).encode(), digest_size=16).hexdigest()


def file_blocks(
    source: Any, target: str | Sequence[str], inputs: Sequence[str] | None, weight: str | None, memory: int
) -> Any:
    """The blocks of a file, a folder, a pattern, or a list of these, in the order of their names, as (P, T, weights).

    Raises FileError and DataError for files that cannot be used, ArgumentError for columns that there are not.
    """
    paths, numbers = found_files(source), min(memory // _SHARE, _LARGEST) // 8
    for path in paths:
        ordinary_file(path, "check the path")
        if format_of(path) not in STREAMED:
            raise FileError(f"{path}: blocks come from {', '.join(STREAMED)} files: write it as one of them first")
    if all(format_of(path) in COLUMN_FILES for path in paths):
        return ArrayFiles.found(paths, target, inputs, weight, numbers)
    return text_arrays(paths, target, inputs, weight, numbers)


def found_files(source: Any) -> list[Path]:
    """The files of a path, a folder, a pattern, or a list of such, those of each in the order of their names.

    Raises FileError where there are none.
    """
    if isinstance(source, Sequence) and not isinstance(source, str):
        return [path for one in source for path in found_files(one)]
    path = Path(source).expanduser()
    if path.is_dir():
        found = sorted(
            one for one in path.rglob("*") if one.is_file() and not one.name.startswith((".", "_")) and one.suffix
        )
        if not found:
            raise FileError(f"{source}: this is a folder, and no file is in it: name another, or a pattern")
        other = next((one for one in found if format_of(one) not in FORMATS), None)
        if other is not None:
            raise FileError(
                f"{other}: the folder holds it, and it is no table: name the tables by a pattern in quotes, such as "
                f"'{source}/*.csv'"
            )
        return found
    if not path.exists() and any(letter in str(source) for letter in "*?["):
        found = sorted(Path(one) for one in glob.glob(str(path), recursive=True) if Path(one).is_file())  # noqa: PTH207 - from the root, too
        if not found:
            raise FileError(f"{source}: no file is called so: check the pattern")
        return found
    return [path]


def _check_alike(first: tuple[str, pl.Schema], name: str, schema: pl.Schema, columns: Sequence[str]) -> None:
    for column in columns:
        if column not in schema:
            raise DataError(f"{name}: column {column!r} is missing, which {first[0]} has: give files of one schema")
        before, now = first[1][column], schema[column]
        if before != now and not (before.is_numeric() and now.is_numeric()):
            raise DataError(f"{name}: column {column!r} is {now}, and {before} in {first[0]}: give files of one schema")


def _cut(path: Path, rows: int, numbers: int, width: int) -> list[int]:
    """The rows of the blocks of a file: a row group, several small ones, a part of one that is large."""
    step, most = max(1, numbers // width), max(1, _GROUP * numbers // width)
    if rows <= step or format_of(path) != ".parquet":
        return [min(step, rows - before) for before in range(0, rows, step)]
    sizes: list[int] = []
    for group in row_groups(path, rows):
        if sizes and sizes[-1] + group <= step:
            sizes[-1] += group
        elif group <= most:
            sizes.append(group)
        else:
            parts = -(-group // most)
            ends = [k * group // parts for k in range(parts + 1)]
            sizes += [end - start for start, end in pairwise(ends)]
    return [size for size in sizes if size]
