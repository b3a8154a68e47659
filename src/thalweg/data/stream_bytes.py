"""The bytes of a text, read in pieces that end where lines do; of a gzip file, unpacked on the way."""

from __future__ import annotations

import codecs
import gzip
import os
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from thalweg.errors import FileError

_MARK = b"\xef\xbb\xbf"
_PIECE = 1 << 20
_LONGEST = 16
"""Pieces that a record may be long: what does not end by then, such as broken quotes, is given as it stands."""


class Bytes:
    """A stream of bytes that can be looked ahead in; a context that closes it."""

    def __init__(self, file: IO[bytes], check: Callable[[], None] | None = None, raw: IO[bytes] | None = None) -> None:
        self._file, self._check, self._ahead = file, check, b""
        self._files = (file,) if raw is None else (file, raw)

    def peek(self, count: int) -> bytes:
        """The first of the bytes to come, fewer at the end."""
        while len(self._ahead) < count and (piece := self._file.read(_PIECE)):
            self._ahead += piece
        return self._ahead[:count]

    def read(self, count: int) -> bytes:
        """So many of the bytes to come, fewer at the end."""
        parts, left = [self._ahead[:count]], count - len(self._ahead)
        self._ahead = self._ahead[count:]
        while left > 0 and (piece := self._file.read(min(left, _PIECE))):
            parts.append(piece)
            left -= len(piece)
        if left > 0 and self._check is not None:  # the end
            self._check()
        return b"".join(parts)

    def __enter__(self) -> Bytes:
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._files:
            file.close()


def open_bytes(path: Path, suffix: str) -> Bytes:
    """The bytes of an ordinary file, unpacked if it is a gzip file.

    At its end FileError is raised if the file has been written to or cut meanwhile.
    """
    try:
        raw = path.open("rb")
    except OSError as error:
        raise FileError(f"{path}: cannot be read ({error.strerror}): check its permissions") from error
    before = os.fstat(raw.fileno())

    def check() -> None:
        after = os.fstat(raw.fileno())
        if (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
            raise FileError(f"{path}: it changed while it was read: read it again when it is whole")

    packed = raw.read(2) == b"\x1f\x8b"
    raw.seek(0)
    file: Any = gzip.GzipFile(fileobj=raw) if packed else raw
    return Bytes(file, check, raw)


def is_utf8(path: Path, suffix: str) -> bool:
    """Whether a file is UTF-8 text in lines that end in a line feed, looked at piece by piece."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with open_bytes(path, suffix) as file:
        feeds = False
        try:
            while piece := file.read(_PIECE):
                if b"\x00" in piece:
                    return False
                feeds = feeds or b"\n" in piece
                if decoder.getstate()[0] or not piece.isascii():
                    decoder.decode(piece)
            decoder.decode(b"", True)
        except (UnicodeDecodeError, OSError, EOFError, zlib.error):
            return False
    return feeds


def pieces(source: Bytes, size: int, cut: Callable[[bytes, bool], int]) -> Iterator[bytes]:
    """The bytes in pieces of about a size; `cut` says where the last whole record of some bytes ends, 0 for nowhere.

    It is told whether the bytes are the last. A mark of UTF-8 at the beginning is left out.

    >>> import io
    >>> file = Bytes(io.BytesIO(b"ab\\ncd\\nef"))
    >>> list(pieces(file, 4, lambda content, last: len(content) if last else content.rfind(b"\\n") + 1))
    [b'ab\\n', b'cd\\n', b'ef']
    """
    left = b""
    while source.peek(len(_MARK)) == _MARK:
        source.read(len(_MARK))
    while True:
        piece = source.read(size)
        content = left + piece
        last = len(piece) < size
        if not content:
            return
        end = cut(content, last or len(content) > _LONGEST * size)
        if end:
            yield content[:end]
        left = content[end:]
        if last:
            if left:
                yield left
            return
