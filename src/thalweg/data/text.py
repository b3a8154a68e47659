"""The text in the bytes of a file: its encoding told by a mark or by what the bytes can be, and given back in it."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from thalweg.errors import FileError

MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
"""The byte order marks and what they say; a longer one before its beginning."""

_BLOCK = 1 << 20
_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")


@dataclass(frozen=True)
class Text:
    """A file's text as UTF-8 bytes without a mark, and the encoding and mark that it had."""

    content: bytes
    encoding: str = "utf-8"
    mark: bytes = b""
    notes: tuple[str, ...] = ()

    def encoded(self, content: bytes) -> tuple[bytes, tuple[str, ...]]:
        """Another text in the encoding of this one; as UTF-8, with a note, where that lacks a letter.

        >>> decoded(b"caf\\xe9", "menu.csv").encoded("thé".encode())
        (b'th\\xe9', ())
        """
        if self.encoding == "utf-8":
            return self.mark + content, ()
        try:
            return self.mark + content.decode().encode(self.encoding), ()
        except UnicodeEncodeError as error:
            letter = error.object[error.start]
            return content, (f"{self.encoding} has no {letter!r}, so the table is written as UTF-8",)


def decoded(raw: bytes, name: str) -> Text:
    """The text in the bytes of a file called `name`.

    A byte order mark says UTF-8, UTF-16 or UTF-32. Without one, NUL in every second byte says UTF-16; bytes that are
    no UTF-8 anywhere are cp1252 (Western Europe, Windows). A note tells each of these.

    Raises FileError, with the line, for bytes that are none of these, or that are UTF-8 in some places only.

    >>> decoded("\\ufeffa,b".encode("utf-16-le"), "t.csv").content
    b'a,b'
    """
    for mark, encoding in MARKS:
        if raw.startswith(mark):
            if encoding == "utf-8":
                times = 1
                while raw.startswith(mark, times * len(mark)):  # written again by a tool that kept it as a letter
                    times += 1
                content = raw[times * len(mark) :]
                return Text(_checked_utf8(content, name), mark=raw[: len(raw) - len(content)])
            return _other(raw[len(mark) :], encoding, mark, name, "as its byte order mark says")
    encoding = _utf16(raw[:4096])
    if encoding:
        return _other(raw, encoding, b"", name, "as every second byte is 0")
    start = _first_invalid(raw)
    if start is None:
        return Text(raw)
    if _SEQUENCE.search(raw) or _CONTROL.search(raw):
        raise _no_utf8(raw, start, name)
    line = raw.count(b"\n", 0, start) + 1
    return _other(raw, "cp1252", b"", name, f"as line {line} is not UTF-8 text (byte 0x{raw[start]:02x})")


def _other(raw: bytes, encoding: str, mark: bytes, name: str, reason: str) -> Text:
    try:
        content = raw.decode(encoding).encode()
    except UnicodeDecodeError as error:
        if encoding == "cp1252":
            raise _no_utf8(raw, error.start, name) from error
        line = raw[: error.start].decode(encoding, "replace").count("\n") + 1
        raise FileError(f"{name}: line {line} is not {encoding} text, {reason}: save the file as UTF-8") from error
    remedy = "; save the file as UTF-8 if letters look wrong" if encoding == "cp1252" else ""
    return Text(content, encoding, mark, (f"{name} is read as {encoding}, {reason}{remedy}",))


def _utf16(head: bytes) -> str | None:
    """UTF-16 without a mark: nearly every second byte of Western text is 0."""
    half = len(head) // 2
    if half >= 2:
        for first, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
            zeros = [head[place::2].count(0) for place in (first, 1 - first)]
            if zeros[0] > 0.5 * half and zeros[1] == 0:
                return encoding
    return None


def _checked_utf8(raw: bytes, name: str) -> bytes:
    start = _first_invalid(raw)
    if start is not None:
        raise _no_utf8(raw, start, name)
    return raw


def _first_invalid(raw: bytes) -> int | None:
    """Where the bytes cease to be UTF-8; None if they are."""
    if raw.isascii():
        return None
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(raw), _BLOCK):
        pending = len(decoder.getstate()[0])
        try:
            decoder.decode(raw[start : start + _BLOCK], start + _BLOCK >= len(raw))
        except UnicodeDecodeError as error:
            return start - pending + error.start
    return None


def _no_utf8(raw: bytes, start: int, name: str) -> FileError:
    line = raw.count(b"\n", 0, start) + 1
    return FileError(f"{name}: line {line} is not UTF-8 text (byte 0x{raw[start]:02x}): save the file again as UTF-8")
