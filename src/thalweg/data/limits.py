"""How large what a file claims to hold may become in memory, looked at before memory is taken."""

from __future__ import annotations

import gzip
import io
import re
import struct
import tokenize
import zipfile
import zlib

from thalweg.errors import ArgumentError, FileError, shown

DAMAGE = (
    ValueError, OSError, EOFError, KeyError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError,
    SyntaxError, tokenize.TokenError, struct.error, SystemError, OverflowError,
)  # fmt: skip
"""What Python's and NumPy's readers raise for a damaged file."""
LARGEST = 1 << 29
"""What a file unpacks to may be so many bytes, or `TIMES` the file itself if that is more (512 MiB)."""

TIMES = 20


_SIZE = re.compile(r"(\d+(?:\.\d+)?(?:e\d{1,2})?) ?(?:([kmgt]?)(i?)b?)", re.IGNORECASE)


def parse_size(text: str, name: str = "--max-size") -> int:
    """Bytes from "8GiB", "500 MB" or "1000000"; raises ArgumentError for anything else.

    >>> parse_size("8GiB") == 8 * 2**30, parse_size("1.5 MB"), parse_size("64k")
    (True, 1500000, 64000)
    """
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise ArgumentError(f"{name} is {shown(text)}; it must be a size such as 8GiB, 500MB or 1000000 (bytes)")
    number, unit, binary = found.groups()
    size = int(float(number) * (1024 if binary else 1000) ** " kmgt".index(unit.lower() or " "))
    if not size:
        raise ArgumentError(f"{name} is {shown(text)}; it must be more than nothing")
    return size


def allowed(size: int, largest: int | None) -> int:
    """The bytes that a file of a size may unpack to: `largest` if it is given.

    >>> allowed(1000, None), allowed(2**30, None) // 2**30, allowed(1000, 5)
    (536870912, 20, 5)
    """
    return max(LARGEST, TIMES * size) if largest is None else largest


def check_claim(claimed: int, most: int, name: str, what: str) -> None:
    """Raise FileError if what a file claims to hold is larger than it may be."""
    if claimed > most:
        raise too_large(name, f"{what} {_size(claimed)}", most)


A_COLUMN = 2 << 10
"""Bytes that a column takes, however few its rows."""


FEW_COLUMNS = 1000
"""So many are no claim: what they hold is counted as it is read."""


def check_columns(count: int, most: int, name: str) -> None:
    """Raise FileError for more columns than a table of `most` bytes may have."""
    if count > FEW_COLUMNS:
        check_claim(count * A_COLUMN, most, name, f"its {count:,} columns would take")


def too_large(name: str, claim: str, most: int) -> FileError:
    """The error for a file that claims more than it may."""
    return FileError(
        f"{name}: {claim}, more than the {_size(most)} that it may: unpack it first, or allow more, such as --max-size "
        "8GiB (in Python read_table(path, largest=bytes))"
    )


def gunzipped(raw: bytes, name: str, most: int) -> bytes:
    """The bytes in a gzip file; the bytes themselves if they are none; raises FileError for too many, or damage."""
    if not raw.startswith(b"\x1f\x8b"):
        return raw
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(raw)) as file:
            content = file.read(most + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise FileError(f"{name}: damaged gzip file ({error}): compress or download it again") from error
    if len(content) > most:
        raise too_large(name, "it unpacks to more bytes", most)
    return content


def _size(count: int) -> str:
    """A number of bytes in a unit that people read.

    >>> _size(2**29), _size(2000)
    ('512 MiB', '2,000 bytes')
    """
    for unit, power in (("TiB", 40), ("GiB", 30), ("MiB", 20)):
        if count >= 1 << power:
            return f"{count / (1 << power):,.3g} {unit}"
    return f"{count:,} bytes"
