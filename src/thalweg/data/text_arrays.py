"""CSV, TSV and NDJSON files as arrays of inputs and targets: read once in order, then any part of them again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from thalweg.errors import FileError

from .array_columns import Arrays, arrays_of, chosen_columns
from .reading import format_of
from .stream import TEXTS, table_blocks
from .stream_files import TableFiles

_LEAST, _MOST = 1 << 14, 8 << 20
"""Bytes of a block of a packed text, where a number takes two at least."""


def text_arrays(
    paths: Sequence[Path], target: str | Sequence[str], inputs: Sequence[str] | None, weight: str | None, numbers: int
) -> TextArrays | PackedArrays:
    """The blocks of texts, each of about so many numbers: at random, or in their order if one is a gzip file.

    Raises FileError and DataError for files that cannot be used, ArgumentError for columns that there are not.
    """
    if any(format_of(path).endswith(".gz") for path in paths):
        return PackedArrays(paths, target, inputs, weight, numbers)
    return TextArrays(paths, target, inputs, weight, numbers)


class TextArrays:
    """Blocks of rows of texts, any of which can be had by its number once all have passed."""

    def __init__(
        self,
        paths: Sequence[Path],
        target: str | Sequence[str],
        inputs: Sequence[str] | None,
        weight: str | None,
        numbers: int,
    ) -> None:
        self._files = TableFiles(paths)
        name, first = next(self._files.beginnings(1))
        self._columns = chosen_columns(first.schema, name, target, inputs, weight)
        self._files.about()
        self._files.in_pieces_of(max(1, numbers // self._columns.width))

    def __iter__(self) -> Iterator[Arrays]:
        for piece, table in self._files.walk():
            yield arrays_of(table.frame, self._columns, self._files.name(piece), piece.before)

    def at(self, number: int) -> Arrays:
        """A block; raises DataError, with file, column and row, for what is no number or missing."""
        piece = self._files.pieces[number]
        return arrays_of(self._files.at(piece).frame, self._columns, self._files.name(piece), piece.before)

    def place(self, number: int) -> str:
        """What messages call a block."""
        if number >= len(self._files.pieces):
            return f"block {number + 1}: "
        piece = self._files.pieces[number]
        return f"{self._files.name(piece)}, rows {piece.before + 1:,} to {piece.before + piece.rows:,}: "


class PackedArrays:
    """Blocks of rows of texts of which some are packed, and unpacked anew on each way through all of them."""

    def __init__(
        self,
        paths: Sequence[Path],
        target: str | Sequence[str],
        inputs: Sequence[str] | None,
        weight: str | None,
        numbers: int,
    ) -> None:
        other = next((path for path in paths if format_of(path) not in TEXTS), None)
        if other is not None:
            raise FileError(f"{other}: it does not go with packed texts: give files of one kind")
        self._paths, self._block = tuple(paths), max(_LEAST, min(_MOST, 2 * numbers))
        first = next(iter(table_blocks(paths[0])))
        self._columns = chosen_columns(first.table.frame.schema, str(paths[0]), target, inputs, weight)
        self._places: list[str] = []

    def __iter__(self) -> Iterator[Arrays]:
        self._places = []
        for path in self._paths:
            for block in table_blocks(path, block=self._block):
                rows = block.table.frame.height
                self._places.append(f"{path}, rows {block.before + 1:,} to {block.before + rows:,}: ")
                yield arrays_of(block.table.frame, self._columns, str(path), block.before)

    def place(self, number: int) -> str:
        """What messages call a block."""
        return self._places[number] if number < len(self._places) else f"block {number + 1}: "
