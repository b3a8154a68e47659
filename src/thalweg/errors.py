"""The one family of errors: each message names the place, what was found and what would be right."""

from __future__ import annotations

import difflib
import reprlib
from collections.abc import Iterable


class ThalwegError(Exception):
    """Any mistake in what Thalweg was given, told in one line."""


class ArgumentError(ThalwegError, ValueError):
    """An argument of a function, a setting or an option is not usable."""


class DataError(ThalwegError, ValueError):
    """A table, a column or an array is not usable."""


class FileError(ThalwegError, OSError):
    """A file cannot be read, understood or written."""


class LostProcessError(ThalwegError, RuntimeError):
    """Another process of a training over several was lost."""


_LONGEST_NAME = 200
"""Longer names are near to none."""
_MOST_SHOWN = 300
"""Letters of a value in a message, however many parts it has."""
_MOST_REASON = 200
"""Letters of what another library says."""
_SHORTENED = reprlib.Repr()
_SHORTENED.maxlevel = 3
_SHORTENED.maxstring = _SHORTENED.maxother = 80
_SHORTENED.maxlong = 40
_SHORTENED.maxlist = _SHORTENED.maxtuple = _SHORTENED.maxdict = _SHORTENED.maxset = 8


def shown(value: object) -> str:
    """A value as a message names it: on one line, its middle left out if it is long, whatever it is.

    >>> shown([0.5]), shown("two\\nlines"), shown(10**400)[:12]
    ('[0.5]', "'two\\\\nlines'", '100000000000')
    """
    try:
        text = " ".join(_SHORTENED.repr(value).split())
    except ValueError:  # a number of more digits than Python writes
        return "a number of thousands of digits"
    half = _MOST_SHOWN // 2
    return text if len(text) <= _MOST_SHOWN else f"{text[:half]} ... {text[-half:]}"


def reason_of(error: BaseException) -> str:
    """What another library says of a fault: on one line, its beginning if it is long; its kind if it says nothing.

    >>> reason_of(ValueError("two\\nlines")), reason_of(ValueError("\\x1b")), reason_of(KeyError())
    ('two lines', '\\\\x1b', 'KeyError')
    """
    return visible(" ".join(str(error).split()))[:_MOST_REASON] or type(error).__name__


_CONTROL = {
    code: f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"  # what steers a terminal, or turns text around
    for code in (*range(9), *range(11, 32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
}


def visible(text: str) -> str:
    """A text with its control characters, but for ends of lines and tabs, written out.

    >>> print(visible("a\\x1b[31m"))
    a\\x1b[31m
    """
    return text if text.isprintable() else text.translate(_CONTROL)


def nearest(name: object, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The known name that is nearest to one, whatever its case; None if none is near.

    >>> nearest("PRICE", ["price", "size"]), nearest("tahn", ["sigmoid", "tanh"])
    ('price', 'tanh')
    """
    folded: dict[str, str] = {}
    for one in known:
        folded.setdefault(one.strip().casefold(), one)
    near = difflib.get_close_matches(str(name).strip().casefold(), folded, n=1, cutoff=cutoff)
    return folded[near[0]] if near else None


def transposed(place: str, shape: tuple[int, ...], columns: int) -> str:
    """What a message adds where an array would fit if it were turned; else nothing.

    >>> transposed("P", (2, 200), 2), transposed("P", (3, 200), 2)
    (': transposed? examples are rows here, give P.T', '')
    """
    fits = len(shape) == 2 and shape[0] == columns != shape[1]
    return f": transposed? examples are rows here, give {place}.T" if fits else ""


def unknown(kind: str, name: object, known: Iterable[str], also: Iterable[str] = ()) -> str:
    """The message for a name that is in no table: near names first, then all that are `known`; some are `also` near.

    >>> unknown("activation", "tahn", ["sigmoid", "tanh"])
    "unknown activation 'tahn': did you mean 'tanh'? Known: sigmoid, tanh"
    """
    names = list(known)
    near = nearest(name, [*names, *also]) if isinstance(name, str) and len(name) <= _LONGEST_NAME else None
    hint = f"did you mean {near!r}? " if near else ""
    return f"unknown {kind} {shown(name)}: {hint}Known: {', '.join(names) or 'none'}"
