"""Frozen dataclasses as plain JSON data and back, every value's type checked on the way in; no code is ever run."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints, overload

from ..core.kinds import is_finite_number
from ..core.plain_data import Json, JsonObject
from ..errors import DataError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Record = TypeVar("Record")


@overload
def to_record(thing: DataclassInstance) -> JsonObject: ...
@overload
def to_record(thing: object) -> Json: ...
def to_record(thing: object) -> Json:
    """A frozen dataclass as plain dicts, lists, strings, numbers and None, ready for `json.dumps`.

    >>> from thalweg.data.scale import Scale
    >>> to_record(Scale(mean=2.0, deviation=0.5))
    {'mean': 2.0, 'deviation': 0.5}
    """
    if dataclasses.is_dataclass(thing):
        return {field.name: to_record(getattr(thing, field.name)) for field in dataclasses.fields(thing)}
    if isinstance(thing, tuple):
        return [to_record(part) for part in thing]
    return str(thing) if isinstance(thing, str) else cast("Json", thing)


def from_record(kind: type[Record], record: object) -> Record:
    """The inverse of `to_record`; raises DataError where a field is lacking, unknown or of another type.

    A field that has a default may be lacking: records of earlier versions have fewer.

    >>> from thalweg.data.scale import Scale
    >>> from_record(Scale, {"mean": 2.0, "deviation": 0.5})
    Scale(mean=2.0, deviation=0.5)
    """
    name = kind.__name__
    if not isinstance(record, Mapping):
        raise DataError(f"the record of a {name} is {_shown(record)} and should be a table of its fields")
    hints = get_type_hints(kind)
    names = [field.name for field in dataclasses.fields(kind)]  # pyright: ignore[reportArgumentType]
    optional = {
        field.name
        for field in dataclasses.fields(kind)  # pyright: ignore[reportArgumentType]
        if field.default is not dataclasses.MISSING
    }
    for field in names:
        if field not in record and field not in optional:
            raise DataError(f"the record of a {name} lacks {field!r}: it is damaged or of another version")
    for field in record:
        if field not in names:
            raise DataError(f"the record of a {name} has an unknown field {field!r}: it is of another version")
    return kind(**{field: _value(hints[field], record[field], f"{name}.{field}") for field in names if field in record})


def _value(hint: Any, value: object, place: str) -> Any:
    """The value checked against its type: a scalar, a dataclass, `tuple[X, ...]` or a union of these."""
    if get_origin(hint) is tuple and isinstance(value, list | tuple):
        return tuple(_value(get_args(hint)[0], part, place) for part in value)
    if get_origin(hint) in (Union, types.UnionType):
        options = get_args(hint)
        exact = [option for option in options if type(value) is option]
        others = [option for option in options if dataclasses.is_dataclass(option)]
        if exact or (others and value is not None):
            return _value((exact or others)[0], value, place)
    elif dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return from_record(hint, value)
    elif hint is float and is_finite_number(value):
        return float(value)
    elif hint is not float and isinstance(hint, type) and type(value) is hint:
        return value
    raise DataError(f"{place} is {_shown(value)}, which it cannot be: the record is damaged or of another version")


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."
