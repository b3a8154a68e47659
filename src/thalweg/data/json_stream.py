"""NDJSON block by block: each is read as a whole text of one object a line."""

from __future__ import annotations

import re
from collections.abc import Iterator

from thalweg.errors import FileError, ThalwegError

from .limits import allowed
from .reading import read_json_table
from .source import Source
from .stream_bytes import Bytes, pieces
from .table import Table

_LINE = re.compile(r"\bline (\d+)")


def json_blocks(source: Bytes, name: str, suffix: str, header: bool, size: int) -> Iterator[Table]:
    """The tables of about `size` bytes that a text of one object a line consists of.

    Raises FileError for one array of objects, whose end would have to be known.
    """
    if source.peek(64).lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"[":
        raise FileError(f"{name}: one array of objects is not streamed: give one object a line (.ndjson)")
    lines = 0

    def cut(content: bytes, last: bool) -> int:
        return len(content) if last else content.rfind(b"\n") + 1

    for content in pieces(source, size, cut):
        if content.strip():
            try:
                yield read_json_table(Source(content, name, suffix, allowed(len(content), None)))
            except ThalwegError as error:
                raise type(error)(_later(str(error), lines)) from error
        lines += content.count(b"\n")


def _later(told: str, lines: int) -> str:
    return _LINE.sub(lambda found: f"line {int(found[1]) + lines}", told)
