"""Files of one table, of any of the streamed formats: read once in order, then any part of them again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from thalweg.errors import DataError, FileError
from thalweg.opening import ordinary_file

from .column_files import check_column_files
from .delimited_stream import DelimitedReader
from .json_stream import json_block
from .limits import DAMAGE
from .reading import format_of
from .stream import COLUMN_FILES, STREAMED, Watched, count_rows, read_rows, scan
from .stream_bytes import open_bytes, pieces
from .table import Table

BEGINNING = 20_000
"""Rows at the beginning of a file that are looked at, at the most."""
_LEAST_TEXT = 1 << 14
"""Bytes by which a text shows how it is written."""


class Piece(NamedTuple):
    """Rows of a file: the number of the file, the rows before them, how many they are.

    Of a text also the bytes before them and of them, and the line on which they begin.
    """

    file: int
    before: int
    rows: int
    start: int = 0
    size: int = 0
    line: int = 0


class TableFiles:
    """The files of one table; `walk` reads them in order, after which `at` gives any of the `pieces` again.

    Those of which one is `packed` are unpacked on each walk, and `at` gives none.
    """

    def __init__(self, paths: Sequence[Path], *, header: bool = True, block: int = 8 << 20) -> None:
        for path in paths:
            ordinary_file(path, "check the path")
            suffix = format_of(path)
            if suffix not in STREAMED:
                known = ", ".join(STREAMED)
                raise FileError(f"{path}: a {suffix or 'file without a suffix'} is not streamed, but {known}")
            if not path.stat().st_size:
                raise FileError(f"{path}: the file is empty: leave it out")
        self.paths, self._block, self._header = tuple(paths), block, header
        self._watched = tuple(Watched(path, str(path)) for path in paths)
        self._readers: dict[int, DelimitedReader] = {}
        self._schema: tuple[str, list[str]] | None = None
        self.pieces: tuple[Piece, ...] = ()
        self._most_rows: int | None = None
        self._bytes_a_row = 0.0
        check_column_files([path for path in paths if format_of(path) in COLUMN_FILES])

    @property
    def packed(self) -> bool:
        """Whether one of them is a gzip file, whose rows can be had in order alone."""
        return any(format_of(path).endswith(".gz") for path in self.paths)

    def about(self) -> float:
        """How many rows there are: as column files say, of texts by the length of their first."""
        found = 0.0
        for number, path in enumerate(self.paths):
            if format_of(path) in COLUMN_FILES:
                found += count_rows(path, format_of(path))
                continue
            if not self._bytes_a_row:
                first = next(iter(self._of_file(number)))[0]
                self._bytes_a_row = max(1.0, first.size / first.rows)
            found += path.stat().st_size / self._bytes_a_row
        return found

    def in_pieces_of(self, rows: int) -> None:
        """From now on pieces have about so many rows at most; texts are cut by what `about` has seen of them."""
        self._most_rows = max(1, rows)

    def name(self, piece: Piece) -> str:
        """The file of a piece."""
        return self._watched[piece.file].name

    def beginnings(self, most: int = 8) -> Iterator[tuple[str, pl.DataFrame]]:
        """The first rows of at most so many files, spread over them, and what each is called."""
        chosen = sorted({round(k * (len(self.paths) - 1) / max(1, most - 1)) for k in range(most)})
        for number in chosen:
            yield self._watched[number].name, next(iter(self._of_file(number)))[1].frame.head(BEGINNING)

    def walk(self) -> Iterator[tuple[Piece, Table]]:
        """All pieces, file by file, with their rows; raises DataError for a file of other columns."""
        found: list[Piece] = []
        for number in range(len(self.paths)):
            for piece, table in self._of_file(number):
                self._check_columns(piece, table)
                found.append(piece)
                yield piece, table
        self.pieces = tuple(found)

    def at(self, piece: Piece) -> Table:
        """The rows of a piece again; raises FileError for a file that is no longer what it was."""
        watched, path = self._watched[piece.file], self.paths[piece.file]
        suffix = format_of(path)
        if suffix in COLUMN_FILES:
            frame = read_rows(watched, suffix, piece.before, piece.rows)
            return Table(frame, frame, suffix)
        watched.check()
        try:
            with path.open("rb") as file:
                file.seek(piece.start)
                content = file.read(piece.size)
        except OSError as error:
            raise FileError(f"{path}: cannot be read ({error.strerror}): check it") from error
        table = self._parsed(piece.file, content, piece.line, self._readers.get(piece.file))
        watched.check()
        if table.frame.height != piece.rows:
            raise FileError(f"{path}: {table.frame.height} rows where there were {piece.rows}: it changed")
        return table

    def _of_file(self, number: int) -> Iterator[tuple[Piece, Table]]:
        path, watched = self.paths[number], self._watched[number]
        suffix, before = format_of(path), 0
        if suffix in COLUMN_FILES:
            try:
                width, rows = max(1, len(scan(path, suffix).collect_schema())), count_rows(path, suffix)
            except (pl.exceptions.PolarsError, *DAMAGE) as error:
                reason = str(error).strip().partition("\n")[0]
                raise FileError(f"{path}: damaged, or not a {suffix} file ({reason})") from error
            step = max(1, min(self._block // (8 * width), self._most_rows or rows or 1))
            for before in range(0, rows, step):
                piece = Piece(number, before, min(step, rows - before))
                frame = read_rows(watched, suffix, before, piece.rows)
                yield piece, Table(frame, frame, suffix)
            before = rows
        else:
            with open_bytes(path, suffix) as source:
                start = 3 if source.peek(3) == b"\xef\xbb\xbf" else 0
                line, reader = 1, self._reader(number)
                for content in self._contents(reader, source):
                    table = self._parsed(number, content, line, reader)
                    piece = Piece(number, before, table.frame.height, start, len(content), line)
                    start, line, before = start + len(content), line + content.count(b"\n"), before + piece.rows
                    self._readers |= {} if reader is None else {number: reader}
                    if piece.rows:
                        yield piece, table
        if not before:
            raise DataError(f"{path}: the file has no rows: leave it out")

    def _reader(self, number: int) -> DelimitedReader | None:
        """What reads a delimited text anew, whichever other walks are under way; None for another text."""
        suffix = format_of(self.paths[number]).removesuffix(".gz")
        if suffix not in (".csv", ".tsv"):
            return None
        return DelimitedReader(str(self.paths[number]), suffix, self._header)

    def _contents(self, reader: DelimitedReader | None, source: Any) -> Iterator[bytes]:
        block = self._block
        if self._most_rows is not None and self._bytes_a_row:
            block = max(_LEAST_TEXT, min(block, int(self._most_rows * self._bytes_a_row)))
        if reader is not None:
            return reader.contents(source, block)
        return pieces(source, block, lambda content, last: len(content) if last else content.rfind(b"\n") + 1)

    def _parsed(self, number: int, content: bytes, line: int, reader: DelimitedReader | None) -> Table:
        path = self.paths[number]
        suffix = format_of(path)
        try:
            if reader is not None:
                return reader.table(content, line)
            return json_block(content, str(path), suffix, line - 1)
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, *DAMAGE) as error:
            if isinstance(error, FileError | DataError):
                raise
            reason = str(error).strip().partition("\n")[0]
            raise FileError(f"{path}: damaged, or not a {suffix} file ({reason}), from line {line} on") from error

    def _check_columns(self, piece: Piece, table: Table) -> None:
        columns = table.frame.columns
        if self._schema is None:
            self._schema = self.name(piece), columns
        first, known = self._schema
        if set(columns) != set(known) and not format_of(self.paths[piece.file]).endswith("l"):
            lacks, more = [c for c in known if c not in columns], [c for c in columns if c not in known]
            told = f"lacks {lacks[0]!r}, which {first} has" if lacks else f"has {more[0]!r}, which {first} has not"
            raise DataError(f"{self.name(piece)} {told}: give files of the same columns")
