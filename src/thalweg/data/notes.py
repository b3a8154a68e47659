"""What is told of a table and a training in notes, and which of them matter most."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Importance(IntEnum):
    """How much a note matters, the most first."""

    MAY_BE_WRONG = 0
    """What may make the result wrong: it asks for a look."""
    GUESS = 1
    """What was taken to be so."""
    LEFT_OUT = 2
    """Columns, rows and lines that are not used."""
    ASIDE = 3
    """What was done as it always is."""


class Note(str):
    """A note, and how much it matters; a plain text is a guess.

    >>> Note("3 rows left out", Importance.LEFT_OUT).importance.name
    'LEFT_OUT'
    """

    __slots__ = ("importance",)
    importance: Importance

    def __new__(cls, text: str, importance: Importance = Importance.GUESS) -> Note:
        """The text with its importance."""
        note = super().__new__(cls, text)
        note.importance = importance
        return note


def importance_of(note: str) -> Importance:
    """How much a note matters."""
    return note.importance if isinstance(note, Note) else Importance.GUESS


def of_table(name: str, note: str) -> Note:
    """A note that says which table it is of.

    >>> of_table("test", Note("2 rows left out", Importance.LEFT_OUT))
    'test table: 2 rows left out'
    """
    return Note(f"{name} table: {note}", importance_of(note))


def most_important_first(notes: Iterable[str]) -> tuple[str, ...]:
    """The notes in the order of their importance, those of one in the order in which they came; each once.

    >>> most_important_first(["a guess", Note("a doubt", Importance.MAY_BE_WRONG), "a guess"])
    ('a doubt', 'a guess')
    """
    return tuple(sorted(dict.fromkeys(notes), key=importance_of))
