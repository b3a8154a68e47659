"""Files of one table, of any of the streamed formats: read once in order, then any part of them again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from thalweg.errors import DataError, FileError
from thalweg.system import ordinary_file

from .as_delimited import are_mixed, as_delimited
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


class Passed(NamedTuple):
    """What a passage goes through at once: a piece of a column file, or a text whole, in which one shows the next."""

    file: int
    piece: Piece | None
    bytes: float
    """About how much there is to it."""


class TableFiles:
    """The files of one table; `walk` reads them in order, after which `at` gives any of the `pieces` again.

    Those of which one is `packed` are unpacked on each walk, and `at` gives none. Of several who `walk` through a part
    each, all are to `hold` what all have found.
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
        self._mixed = are_mixed(map(format_of, paths))
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
        self._most_rows, self._readers = max(1, rows), {}  # those were begun with other parts

    @property
    def sizes(self) -> list[tuple[str, int]]:
        """The name and the bytes of each file, wherever it lies."""
        return [(path.name, one.size) for path, one in zip(self.paths, self._watched, strict=True)]

    def name(self, piece: Piece) -> str:
        """The file of a piece."""
        return self._watched[piece.file].name

    def beginnings(self, most: int = 8) -> Iterator[tuple[str, pl.DataFrame]]:
        """The first rows of at most so many files, spread over them, and what each is called."""
        chosen = sorted({round(k * (len(self.paths) - 1) / max(1, most - 1)) for k in range(most)})
        for number in chosen:
            piece, table = next(iter(self._of_file(number)))
            self._check_columns(piece, table)
            yield self._watched[number].name, table.frame.head(BEGINNING)

    def passed(self) -> list[Passed]:
        """What `walk` goes through, in turn."""
        found: list[Passed] = []
        for number, path in enumerate(self.paths):
            size = self._watched[number].size
            if format_of(path) in COLUMN_FILES:
                pieces_of = self._column_pieces(number)
                rows = sum(piece.rows for piece in pieces_of)
                found += [Passed(number, piece, size * piece.rows / rows) for piece in pieces_of]
            else:
                found.append(Passed(number, None, size))
        return found

    def walk(self, passed: Sequence[Passed] | None = None) -> Iterator[tuple[Piece, Table]]:
        """All pieces, or some, file by file, with their rows; raises DataError for a file of other columns."""
        found: list[Piece] = []
        for one in self.passed() if passed is None else passed:
            of_columns = ((piece, self._of_columns(piece)) for piece in [one.piece] if piece is not None)
            for piece, table in self._of_text(one.file) if one.piece is None else of_columns:
                self._check_columns(piece, table)
                found.append(piece)
                yield piece, table
        self.hold(found)

    def hold(self, pieces_of_all: Sequence[Piece]) -> None:
        """Take these for all pieces."""
        self.pieces = tuple(pieces_of_all)

    def at(self, piece: Piece) -> Table:
        """The rows of a piece again; raises FileError for a file that is no longer what it was."""
        watched, path = self._watched[piece.file], self.paths[piece.file]
        if format_of(path) in COLUMN_FILES:
            return self._of_columns(piece)
        watched.check()
        try:
            with path.open("rb") as file:
                file.seek(piece.start)
                content = file.read(piece.size)
        except OSError as error:
            raise FileError(f"{path}: cannot be read ({error.strerror}): check it") from error
        if piece.file not in self._readers and format_of(path) in (".csv", ".tsv"):
            self._readers[piece.file] = self._begun(piece.file)
        table = self._parsed(piece.file, content, piece.line, self._readers.get(piece.file))
        watched.check()
        if table.frame.height != piece.rows:
            raise FileError(f"{path}: {table.frame.height} rows where there were {piece.rows}: it changed")
        return table

    def _of_file(self, number: int) -> Iterator[tuple[Piece, Table]]:
        if format_of(self.paths[number]) in COLUMN_FILES:
            return ((piece, self._of_columns(piece)) for piece in self._column_pieces(number))
        return self._of_text(number)

    def _column_pieces(self, number: int) -> list[Piece]:
        path = self.paths[number]
        suffix = format_of(path)
        try:
            width, rows = max(1, len(scan(path, suffix).collect_schema())), count_rows(path, suffix)
        except (pl.exceptions.PolarsError, *DAMAGE) as error:
            self._watched[number].check()
            reason = str(error).strip().partition("\n")[0]
            raise FileError(f"{path}: damaged, or not a {suffix} file ({reason})") from error
        if not rows:
            raise DataError(f"{path}: the file has no rows: leave it out")
        step = max(1, min(self._block // (8 * width), self._most_rows or rows))
        return [Piece(number, before, min(step, rows - before)) for before in range(0, rows, step)]

    def _of_columns(self, piece: Piece) -> Table:
        suffix = format_of(self.paths[piece.file])
        frame = read_rows(self._watched[piece.file], suffix, piece.before, piece.rows)
        return self._read(Table(frame, frame, suffix))

    def _of_text(self, number: int) -> Iterator[tuple[Piece, Table]]:
        path, before, line = self.paths[number], 0, 1
        reader = self._reader(number)
        with open_bytes(path, format_of(path)) as source:
            start = 3 if source.peek(3) == b"\xef\xbb\xbf" else 0
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

    def _begun(self, number: int) -> DelimitedReader:
        """The reader of a text that somebody else went through: it has seen the first part."""
        path, reader = self.paths[number], self._reader(number)
        assert reader is not None
        with open_bytes(path, format_of(path)) as source:
            reader.table(next(iter(self._contents(reader, source))), 1)
        return reader

    def _parsed(self, number: int, content: bytes, line: int, reader: DelimitedReader | None) -> Table:
        path = self.paths[number]
        suffix = format_of(path)
        try:
            if reader is not None:
                return reader.table(content, line)
            return self._read(json_block(content, str(path), suffix, line - 1))
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, *DAMAGE) as error:
            if isinstance(error, FileError | DataError):
                raise
            reason = str(error).strip().partition("\n")[0]
            raise FileError(f"{path}: damaged, or not a {suffix} file ({reason}), from line {line} on") from error

    def _read(self, table: Table) -> Table:
        return as_delimited(table) if self._mixed else table

    def _check_columns(self, piece: Piece, table: Table) -> None:
        columns = table.frame.columns
        if self._schema is None:
            self._schema = self.name(piece), columns
        first, known = self._schema
        if set(columns) != set(known) and not format_of(self.paths[piece.file]).endswith("l"):
            lacks, more = [c for c in known if c not in columns], [c for c in columns if c not in known]
            told = f"lacks {lacks[0]!r}, which {first} has" if lacks else f"has {more[0]!r}, which {first} has not"
            raise DataError(f"{self.name(piece)} {told}: give files of the same columns")
