"""Notations as they are asked for: by name, by a table of symbols, or a class; and the tables that come with us."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias, cast

from ...core.plain_data import GivenObject
from ...errors import ArgumentError, unknown
from .notation import NOTATIONS, Notation

AnyNotation: TypeAlias = str | Path | GivenObject | type[Notation]
"""A notation's name, a file of symbols (.toml) or the same as a mapping, or the notation itself."""


def notation_named(notation: AnyNotation) -> type[Notation]:
    """A notation by name, or from a table of symbols; raises ArgumentError for an unknown one.

    >>> notation_named("ncsu").title
    'Samatova, Deep Learning, part 2: Backpropagation'
    """
    if isinstance(notation, type) and issubclass(notation, Notation):
        return notation
    if isinstance(notation, Path | Mapping) or (isinstance(notation, str) and is_table(notation)):
        from .table import notation_from

        return notation_from(notation)
    if not isinstance(notation, str) or notation not in NOTATIONS:
        raise ArgumentError(unknown("notation", notation, NOTATIONS))
    return NOTATIONS[notation]


def known_notation(notation: object, folder: Path | None = None) -> str | type[Notation]:
    """A notation that a file says: a name stays one; a table of symbols is read, its file lies in the folder.

    Raises ArgumentError or FileError as `notation_named` does.
    """
    if isinstance(notation, str) and not is_table(notation):
        notation_named(notation)
        return notation
    if folder is not None and isinstance(notation, str):
        return notation_named(folder / notation)
    return notation_named(cast("AnyNotation", notation))  # which checks it


def is_table(name: str) -> bool:
    """Whether a text names a file of symbols, not a notation.

    >>> is_table("mine.toml"), is_table("nnd")
    (True, False)
    """
    return name.lower().endswith(".toml")


def name_of_notation(notation: AnyNotation) -> str:
    """What a notation is called: its name in the registry, or that of its file.

    >>> name_of_notation("nnd")
    'nnd'
    """
    if isinstance(notation, str) and not is_table(notation):
        return notation
    found = notation_named(notation)
    return found.name or next((name for name in NOTATIONS if NOTATIONS[name] is found), found.__name__)


def said_notation(notation: AnyNotation | None, usual: AnyNotation) -> AnyNotation:
    """A notation, or the usual one where none is said.

    >>> said_notation(None, "nnd"), said_notation("ng", "nnd")
    ('nnd', 'ng')
    """
    return usual if notation is None or (isinstance(notation, str) and not notation) else notation


def packaged_notation(name: str) -> type[Notation]:
    """A notation of a text that is a table of symbols of this package, read when it is first asked for."""
    from .table import packaged

    return packaged(name)
