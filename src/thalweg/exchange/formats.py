"""A format by the end of its files' names: what is written, and what is read."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import nearest

SCALINGS = ("folded", "kept")
"""Where a scaling that comes with a network goes: into its weights, or beside them."""


class Format(NamedTuple):
    """A format by the end of its files' names."""

    suffix: str
    words: str
    module: str
    """Of this room, with a function of the same name that reads or writes it."""

    def function(self) -> Any:
        """The function, whose module is imported when a file asks for it."""
        return getattr(import_module(f".{self.module}", __package__), self.module)


def format_by_name(path: str | os.PathLike[str], formats: Sequence[Format]) -> Format | None:
    """The format that a file's name ends in, with something before it; None for any other name.

    >>> known = [Format(".weights.h5", "weights", "x"), Format(".m", "a function", "y")]
    >>> [one and one.suffix for one in (format_by_name(name, known) for name in ("a.weights.h5", "a.M", "a.h5", ".m"))]
    ['.weights.h5', '.m', None, None]
    """
    name = Path(path).name.lower()
    return next((one for one in formats if name.endswith(one.suffix) and len(name) > len(one.suffix)), None)


def suffix_meant(path: str | os.PathLike[str], formats: Sequence[Format]) -> str | None:
    """The suffix that is nearest to a name's, None if none is near."""
    suffix = Path(path).suffix.lower()
    return nearest(suffix, [one.suffix for one in formats]) if suffix else None
