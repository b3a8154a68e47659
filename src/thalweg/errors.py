"""The one family of errors: each message names the place, what was found and what would be right."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class ThalwegError(Exception):
    """Any mistake in what Thalweg was given, told in one line."""


class ArgumentError(ThalwegError, ValueError):
    """An argument of a function, a setting or an option is not usable."""


class DataError(ThalwegError, ValueError):
    """A table, a column or an array is not usable."""


class FileError(ThalwegError, OSError):
    """A file cannot be read, understood or written."""


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


def unknown(kind: str, name: object, known: Iterable[str]) -> str:
    """The message for a name that is in no table: near names first, then all of them.

    >>> unknown("activation", "tahn", ["sigmoid", "tanh"])
    "unknown activation 'tahn': did you mean 'tanh'? Known: sigmoid, tanh"
    """
    names = list(known)
    near = nearest(name, names)
    hint = f"did you mean {near!r}? " if near else ""
    return f"unknown {kind} {name!r}: {hint}Known: {', '.join(names) or 'none'}"
