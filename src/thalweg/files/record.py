"""The record of a model's training, read part by part.

A model file may come from anywhere, so that a part may be missing, or of another kind. Each reader takes the record and
the names on the way to a part, and gives the part as what it must be, or raises FileError in one line that names it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..core.kinds import is_count, is_number
from ..core.plain_data import Json, JsonObject
from ..errors import FileError, shown


def object_at(record: JsonObject, *place: str) -> JsonObject:
    """The object at a place; an empty one where there is none.

    >>> object_at({"table": {"name": "wine.csv"}}, "table"), object_at({"table": None}, "table", "columns")
    ({'name': 'wine.csv'}, {})
    """
    for depth, name in enumerate(place, start=1):
        found = record.get(name)
        if found is None:
            return {}
        if not isinstance(found, dict):
            raise _wrong(place[:depth], found, "an object")
        record = found
    return record


def value_at(record: JsonObject, *place: str) -> Json:
    """Whatever stands at a place.

    >>> value_at({"recipe": {"scaling": None}}, "recipe", "scaling")
    >>> value_at({"recipe": {}}, "recipe", "scaling")
    Traceback (most recent call last):
    thalweg.errors.FileError: the record of the model's training is damaged ('recipe.scaling' is missing): take a copy \
that is whole, or train again
    """
    for depth, name in enumerate(place, start=1):
        inside = object_at(record, *place[: depth - 1])
        if name not in inside:
            raise damaged_record(f"{'.'.join(place[:depth])!r} is missing")
    return object_at(record, *place[:-1])[place[-1]]


def text_at(record: JsonObject, *place: str) -> str:
    """The text at a place.

    >>> text_at({"settings": {"loss": 3}}, "settings", "loss")
    Traceback (most recent call last):
    thalweg.errors.FileError: the record of the model's training is damaged (settings.loss is 3; it must be a text): \
take a copy that is whole, or train again
    """
    found = value_at(record, *place)
    if not isinstance(found, str):
        raise _wrong(place, found, "a text")
    return found


def count_at(record: JsonObject, *place: str) -> int:
    """The whole number of at least 0 at a place.

    >>> count_at({"split": {"train": 28}}, "split", "train")
    28
    """
    found = value_at(record, *place)
    if not is_count(found, 0):
        raise _wrong(place, found, "a whole number of at least 0")
    return found


def number_at(record: JsonObject, *place: str) -> float:
    """The number at a place; NaN for null, as which a file has what is not finite.

    >>> number_at({"seconds": 0.25}, "seconds"), number_at({"seconds": None}, "seconds")
    (0.25, nan)
    """
    found = value_at(record, *place)
    if found is not None and not is_number(found):
        raise _wrong(place, found, "a number")
    return float("nan") if found is None else float(found)


def list_at(record: JsonObject, *place: str) -> list[Json]:
    """The list at a place.

    >>> list_at({"recipe": {"columns": ["x1", "y"]}}, "recipe", "columns")
    ['x1', 'y']
    """
    found = value_at(record, *place)
    if not isinstance(found, list):
        raise _wrong(place, found, "a list")
    return found


def texts_at(record: JsonObject, *place: str) -> list[str]:
    """The texts of the list at a place.

    >>> texts_at({"notes": ["one", 2]}, "notes")
    Traceback (most recent call last):
    thalweg.errors.FileError: the record of the model's training is damaged (notes holds 2; it must hold texts): \
take a copy that is whole, or train again
    """
    texts: list[str] = []
    for one in list_at(record, *place):
        if not isinstance(one, str):
            raise _holds(place, one, "texts")
        texts.append(one)
    return texts


def numbers_at(record: JsonObject, *place: str) -> list[float]:
    """The numbers of the list at a place; NaN for null, as in `number_at`.

    >>> numbers_at({"history": {"loss": [1, 0.5, None]}}, "history", "loss")
    [1.0, 0.5, nan]
    """
    numbers: list[float] = []
    for one in list_at(record, *place):
        if one is not None and not is_number(one):
            raise _holds(place, one, "numbers")
        numbers.append(float("nan") if one is None else float(one))
    return numbers


@dataclass(frozen=True)
class Ending:
    """How a training ended, and what it took."""

    explanation: str
    stopped_because: str
    updates: int
    seconds: float
    engine: str

    @property
    def work(self) -> str:
        """What it took, in words.

        >>> Ending("all epochs", "epochs", 20, 0.125, "numpy").work
        '20 updates, 0.12 s, numpy'
        """
        return f"{self.updates} updates, {self.seconds:.2f} s, {self.engine}"


def ending_in(record: JsonObject) -> Ending:
    """The ending that a record tells."""
    return Ending(
        text_at(record, "explanation"),
        text_at(record, "stopped_because"),
        count_at(record, "updates"),
        number_at(record, "seconds"),
        text_at(record, "engine"),
    )


@dataclass(frozen=True)
class Course:
    """The losses of a run by the epoch, NaN where one was not finite, and which of its parameters it kept."""

    loss: np.ndarray
    validation_loss: np.ndarray | None
    best_epoch: int
    updates: int
    stopped_because: str


def course_in(record: JsonObject) -> Course:
    """The course that a record tells; raises FileError, too, for losses that are not one an epoch."""
    loss, judged = np.array(numbers_at(record, "history", "loss")), None
    if value_at(record, "history", "validation_loss") is not None:
        judged = np.array(numbers_at(record, "history", "validation_loss"))
        if len(judged) != len(loss):
            raise damaged_record(f"{len(loss)} losses and {len(judged)} validation losses")
    return Course(
        loss, judged, count_at(record, "best_epoch"), count_at(record, "updates"), text_at(record, "stopped_because")
    )


@dataclass(frozen=True)
class KnownTable:
    """What a record knows of a table, by which that is known again."""

    name: str
    rows: int
    fingerprint: str


def known_table(record: JsonObject, what: str = "table") -> KnownTable:
    """The table that a record knows under a name.

    >>> known_table({"table": {"name": "wine.csv", "rows": 178, "fingerprint": "5f0e"}}).rows
    178
    """
    return KnownTable(
        text_at(record, what, "name"), count_at(record, what, "rows"), text_at(record, what, "fingerprint")
    )


def damaged_record(reason: object) -> FileError:
    """The error for a record of a training that cannot be read, for this reason."""
    told = f"{reason.args[0]!r} is missing" if isinstance(reason, KeyError) else str(reason)
    return FileError(
        f"the record of the model's training is damaged ({told}): take a copy that is whole, or train again"
    )


def _wrong(place: tuple[str, ...], found: Json, right: str) -> FileError:
    return damaged_record(f"{'.'.join(place)} is {shown(found)}; it must be {right}")


def _holds(place: tuple[str, ...], found: Json, right: str) -> FileError:
    return damaged_record(f"{'.'.join(place)} holds {shown(found)}; it must hold {right}")
