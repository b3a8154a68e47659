"""A quick look at delimited text in blocks: how many separators and records it has, and whether a close look is due."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_BLOCK = 1 << 18
_NEWLINE, _RETURN, _QUOTE, _HASH, _SPACE = b'\n\r"# '


@dataclass(frozen=True)
class Survey:
    """The separators and line ends outside of quotes, and whether something asks for a look line by line.

    `odd` is True for a quote that neither begins nor ends a field, for blank lines, lines that begin with # or a space,
    and for a carriage return that ends no line. Where it is False every parser cuts the text into the same fields.
    """

    separators: int
    line_ends: int
    odd: bool


def survey(content: bytes, start: int, separator: str) -> Survey:
    """The look at the text from a byte on; its blank lines at the end do not count as odd.

    >>> survey(b'a,b\\n1,"x,\\ny"\\n', 0, ",")
    Survey(separators=2, line_ends=2, odd=False)
    >>> survey(b'a,b\\n1,5" pipe\\n', 0, ",").odd
    True
    """
    end = len(content)
    while end > start and content[end - 1] in (_NEWLINE, _RETURN):
        end -= 1
    data = np.frombuffer(content, np.uint8)
    mark = ord(separator)
    quoted = b'"' in content
    returns = b"\r" in content
    separators = line_ends = inside = 0
    before = _NEWLINE
    for first in range(start, end, _BLOCK):
        last = min(first + _BLOCK, end)
        block = data[first:last]
        after = data[first + 1 : last + 1] if last < len(data) else np.append(block[1:], np.uint8(_NEWLINE))
        ends = np.flatnonzero(block == _NEWLINE)
        if not quoted:
            separators += int(np.count_nonzero(block == mark))
        else:
            open_at = (inside + np.cumsum(block == _QUOTE, dtype=np.uint8)) & 1
            outside = np.flatnonzero((block == mark) & (open_at == 0))
            separators += len(outside)
            ends = ends[open_at[ends] == 0]
            if _odd_quotes(block, after, before, open_at, mark):
                return Survey(0, 0, True)
            inside = int(open_at[-1])
        follows = after[ends]
        if ((follows == _NEWLINE) | (follows == _RETURN) | (follows == _HASH) | (follows == _SPACE)).any():
            return Survey(0, 0, True)
        if returns and (after[block == _RETURN] != _NEWLINE).any():
            return Survey(0, 0, True)
        line_ends += len(ends)
        before = int(block[-1])
    return Survey(separators, line_ends + 1, bool(inside))


def _odd_quotes(block: np.ndarray, after: np.ndarray, before: int, open_at: np.ndarray, mark: int) -> bool:
    """Whether a quote of the block opens after something else than a field's begin, or closes before its end."""
    at = np.flatnonzero(block == _QUOTE)
    opening, closing = at[open_at[at] == 1], at[open_at[at] == 0]
    behind = np.where(opening > 0, block[opening - 1], before)
    ahead = after[closing]
    begins = (behind == mark) | (behind == _NEWLINE) | (behind == _QUOTE)
    ends = (ahead == mark) | (ahead == _NEWLINE) | (ahead == _RETURN) | (ahead == _QUOTE)
    return not (begins.all() and ends.all())
