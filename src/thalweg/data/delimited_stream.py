"""Delimited text block by block: each is read behind the header of the first, as a whole text is read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from thalweg.errors import FileError

from .delimited import delimited_block, records, with_names
from .dialect import Dialect, dialect_of
from .header import check_header, check_no_header
from .stream_bytes import Bytes, pieces
from .survey import quoted_lines
from .table import Table
from .text import MARKS, Text


def delimited_blocks(source: Bytes, name: str, suffix: str, header: bool, size: int) -> Iterator[Table]:
    """The tables of about `size` bytes that a delimited text consists of.

    The first has the lines before the header, too, in its layout; to those of the others the header does not belong.
    """
    reader, lines = DelimitedReader(name, suffix, header), 1
    for content in reader.contents(source, size):
        table = reader.table(content, lines)
        lines += content.count(b"\n")
        if table.frame.height:
            yield table


class DelimitedReader:
    """Reads the parts of a delimited text, the first one first; after that any of them again."""

    def __init__(self, name: str, suffix: str, header: bool) -> None:
        self._name, self._suffix, self._header = name, suffix, header
        self._dialect: Dialect | None = None
        self._names = b""

    def contents(self, source: Bytes, size: int) -> Iterator[bytes]:
        """The text in parts that end where records do."""
        _refuse_marks(source.peek(4), self._name)

        def cut(content: bytes, last: bool) -> int:
            return len(content) if last else _end_of_records(content, self._dialect, self._name)

        return pieces(source, size, cut)

    def table(self, content: bytes, line: int) -> Table:
        """The rows of a part that begins on a line of the file; on line 1 with the header."""
        _check(content, self._name, line)
        if line == 1:
            return self._first(content)
        assert self._dialect is not None
        own = replace(self._dialect, start=0, line=line - 1)
        frame, layout, notes = delimited_block(Text(self._names + content), own, self._name, self._header)
        layout = replace(layout, header=False)  # it stands before the first part alone
        return Table(frame, frame, self._suffix, notes, layout)

    def _first(self, content: bytes) -> Table:
        text, separator = Text(content), "\t" if self._suffix == ".tsv" else ","
        own = dialect_of(content, self._name, separator, header=self._header)
        notes = own.notes
        if self._header:
            notes += check_header(own, self._name)
        else:
            check_no_header(own, self._name)
            text, own = with_names(text, own)
        self._names, self._dialect = _names(text, own), replace(own, start=0)
        frame, layout, said = delimited_block(text, own, self._name, self._header)
        return Table(frame, frame, self._suffix, (*notes, *said), layout)


def _names(text: Text, dialect: Dialect) -> bytes:
    return _ended(next(records(text.content, dialect.start, dialect.line, dialect.separator, ""))[2].encode())


def _ended(line: bytes) -> bytes:
    return line if line.endswith(b"\n") else line + b"\n"


def _end_of_records(content: bytes, dialect: Dialect | None, name: str) -> int:
    """Where the last whole record of some bytes, which begin with one, ends."""
    end = content.rfind(b"\n") + 1
    if b'"' not in content[:end]:
        return end
    separator = "," if dialect is None else dialect.separator
    if quoted_lines(content[:end], 0, separator) is not None:
        return end
    place = whole = 0
    try:
        for _, _, text in records(content[:end], 0, 1, separator, name):
            whole, place = place, place + len(text.encode())
    except FileError:  # a quote that more bytes may close
        return place
    except UnicodeDecodeError as error:
        raise FileError(f"{name}: not UTF-8 text: save the file again as UTF-8") from error
    return place if content[:end][place - 1 : place] == b"\n" and place == end else whole


def _refuse_marks(head: bytes, name: str) -> None:
    for mark, encoding in MARKS[1:]:
        if head.startswith(mark):
            raise FileError(f"{name}: {encoding} text is not streamed: save it as UTF-8")


def _check(content: bytes, name: str, lines: int) -> None:
    """Raise FileError, with the line, for what is not UTF-8."""
    if content.isascii():
        return
    try:
        content.decode()
    except UnicodeDecodeError as error:
        line = lines + content.count(b"\n", 0, error.start)
        raise FileError(
            f"{name}: line {line} is not UTF-8 text (byte 0x{content[error.start]:02x}): save the file again as UTF-8"
        ) from error
