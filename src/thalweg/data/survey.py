"""A quick look at delimited text in blocks: how many records it has, and whether a look line by line is due."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

_BLOCK = 1 << 18
_NEWLINE, _RETURN, _QUOTE, _HASH, _SPACE = b'\n\r"# '


@dataclass(frozen=True)
class Survey:
    """The records of a text, its header among them, and whether something asks for a look line by line.

    `odd` is True for a quote that neither begins nor ends a field, for blank lines, lines that begin with # or a space,
    and for a carriage return that ends no line. Where it is False every parser cuts the text into the same records.
    """

    records: int
    odd: bool


def survey(content: bytes, start: int, separator: str) -> Survey:
    """The look at the text from a byte on; its blank lines at the end do not count as odd.

    >>> survey(b'a,b\\n1,"x,\\ny"\\n', 0, ",")
    Survey(records=2, odd=False)
    >>> survey(b'a,b\\n1,5" pipe\\n', 0, ",").odd
    True
    """
    mark = ord(separator)
    returns = b"\r" in content
    records, inside, before = 1, 0, _NEWLINE
    for block, after, quotes in _blocks(content, start):
        ends = np.flatnonzero(block == _NEWLINE)
        follows = after[ends]
        strange = ends[(follows == _NEWLINE) | (follows == _RETURN) | (follows == _HASH) | (follows == _SPACE)]
        if returns:
            strange = np.append(strange, np.flatnonzero((block == _RETURN) & (after != _NEWLINE)))
        if quotes is not None:
            if _odd_quotes(block, after, before, quotes, inside, mark):
                return Survey(0, True)
            ends, strange = (at[(np.searchsorted(quotes, at) + inside) % 2 == 0] for at in (ends, strange))
            inside = (inside + len(quotes)) % 2
        if len(strange):
            return Survey(0, True)
        records += len(ends)
        before = int(block[-1])
    return Survey(records, bool(inside) or b"\r" in content[_end(content, start) :].replace(b"\r\n", b""))


def quoted_lines(content: bytes, start: int, separator: str) -> int | None:
    """How many lines follow the first, those within quotes too; None if a quote neither begins nor ends a field.

    >>> quoted_lines(b'a,b\\n1,"x,\\ny"\\n', 0, ","), quoted_lines(b'a,b\\n1,5" pipe\\n', 0, ",")
    (2, None)
    """
    mark = ord(separator)
    lines, inside, before = 0, 0, _NEWLINE
    for block, after, quotes in _blocks(content, start):
        if quotes is not None:
            if _odd_quotes(block, after, before, quotes, inside, mark):
                return None
            inside = (inside + len(quotes)) % 2
        lines += int(np.count_nonzero(block == _NEWLINE))
        before = int(block[-1])
    return None if inside else lines


def letters_in(content: bytes, letters: bytes) -> set[int]:
    """Which letters occur in a text: looked for in one passage, block by block.

    >>> sorted(map(chr, letters_in(b"a,b\\n1,NA\\n", b'"N?')))
    ['N']
    """
    found: set[int] = set()
    for start in range(0, len(content), _BLOCK):
        for letter in letters:
            if letter not in found and content.find(letter, start, start + _BLOCK) >= 0:
                found.add(letter)
    return found


def separators(content: bytes, start: int, separator: str) -> int:
    """How many separators stand outside of quotes in a text that is not odd.

    >>> separators(b'a,b\\n1,"x,\\ny"\\n', 0, ",")
    2
    """
    mark = ord(separator)
    count = inside = 0
    for block, _, quotes in _blocks(content, start):
        if quotes is None:
            count += int(np.count_nonzero(block == mark))
        else:
            at = np.flatnonzero(block == mark)
            count += int(((np.searchsorted(quotes, at) + inside) % 2 == 0).sum())
            inside = (inside + len(quotes)) % 2
    return count


def _blocks(content: bytes, start: int) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray | None]]:
    """The text up to its last line in blocks, each with the bytes that follow its bytes, and where its quotes are."""
    end = _end(content, start)
    data = np.frombuffer(content, np.uint8)
    quoted = b'"' in content
    for first in range(start, end, _BLOCK):
        last = min(first + _BLOCK, end)
        block = data[first:last]
        after = data[first + 1 : last + 1] if last < len(data) else np.append(block[1:], np.uint8(_NEWLINE))
        yield block, after, np.flatnonzero(block == _QUOTE) if quoted else None


def _end(content: bytes, start: int) -> int:
    """Where the last line ends that is not blank."""
    end = len(content)
    while end > start and content[end - 1] in (_NEWLINE, _RETURN):
        end -= 1
    return end


def _odd_quotes(block: np.ndarray, after: np.ndarray, before: int, quotes: np.ndarray, inside: int, mark: int) -> bool:
    """Whether a quote of the block opens after something else than a field's begin, or closes before its end."""
    opening, closing = quotes[inside::2], quotes[1 - inside :: 2]
    behind = block[opening - 1]
    if len(opening) and opening[0] == 0:
        behind[0] = before
    ahead = after[closing]
    begins = (behind == mark) | (behind == _NEWLINE) | (behind == _QUOTE)
    ends = (ahead == mark) | (ahead == _NEWLINE) | (ahead == _RETURN) | (ahead == _QUOTE)
    return not (begins.all() and ends.all())
