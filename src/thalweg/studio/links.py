"""A training in an address, and back: what differs from the defaults, a name and a value each."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote, urlencode

from ..core.kinds import check_kind
from ..errors import ArgumentError, ThalwegError, shown, unknown
from .spec import HiddenLayer, Spec

_LONGEST = 8_000
_SETTINGS = {"rule.": "rule", "loss.": "loss_settings"}
"""What the names of settings begin with, by the field that holds them."""


def query_of(spec: Spec) -> str:
    """What stands behind the ? of an address; never nothing, which is what a page begins with.

    >>> query_of(Spec())
    'data=xor'
    >>> query_of(Spec(data="circle", layers=((3, "relu"), (2,)), rule={"learning_rate": 0.05}))
    'data=circle&layers=3+relu+0.0%2C2+tanh+0.0&rule.learning_rate=0.05'
    """
    pairs: list[tuple[str, str]] = []
    for name, value in spec.changed().items():
        if name == "layers":
            pairs.append((name, ",".join(map(_layer_text, value)) or "none"))
        elif name in _SETTINGS.values():
            start = next(start for start, field in _SETTINGS.items() if field == name)
            pairs += [(f"{start}{setting}", json.dumps(number)) for setting, number in value.items()]
        elif isinstance(value, str):
            pairs.append((name, value))
        else:
            pairs.append((name, json.dumps(value)))
    return urlencode(pairs or [("data", spec.data)])


def spec_from(query: Mapping[str, str]) -> Spec:
    """The training that an address holds; raises ArgumentError, which says what of it is broken.

    >>> spec_from({"data": "circle", "layers": "3 relu 0.0,2 elu 0.0 alpha=0.5", "seed": "1"}).layers[1]
    HiddenLayer(size=2, activation='elu', dropout=0.0, settings=(('alpha', 0.5),))
    >>> spec_from({"epochs": "many"})
    Traceback (most recent call last):
    thalweg.errors.ArgumentError: the address is broken: epochs is 'many'; it must be int
    """
    try:
        return _spec(query)
    except ThalwegError as error:
        raise ArgumentError(f"the address is broken: {error}") from None
    except (RecursionError, TypeError, ValueError, OverflowError):
        raise ArgumentError("the address is broken: a value in it is none that a training has") from None


def _spec(query: Mapping[str, str]) -> Spec:
    if sum(len(name) + len(value) for name, value in query.items()) > _LONGEST:
        raise ArgumentError(f"it has more than {_LONGEST:,} letters")
    kinds = {one.name: one for one in dataclasses.fields(Spec)}
    given: dict[str, Any] = {}
    settings: dict[str, dict[str, Any]] = {field: {} for field in _SETTINGS.values()}
    for name, text in query.items():
        start = next((start for start in _SETTINGS if name.startswith(start)), None)
        if start is not None:
            settings[_SETTINGS[start]][name.removeprefix(start)] = _value(text)
        elif name == "layers":
            given[name] = _layers(text)
        elif name not in kinds or name in settings:
            raise ArgumentError(unknown("name", name, [one for one in kinds if one not in settings]))
        else:
            given[name] = _checked(name, text, str(kinds[name].type))
    given |= settings
    return Spec(**given)


def _checked(name: str, text: str, kind: str) -> Any:
    if kind in ("str", "str | None"):
        return text
    value = _value(text)
    if kind.startswith("tuple"):
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise ArgumentError(f"{name} is {shown(text)}; it must be a list of names")
        return tuple(value)
    if kind == "float" and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    plain = {"int": int, "float": float, "bool": bool}
    if kind in plain and (type(value) is not plain[kind]):
        raise ArgumentError(f"{name} is {shown(text)}; it must be {kind}")
    check_kind(name, value, kind)
    return value


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        return text


def _layer_text(layer: HiddenLayer) -> str:
    """Size, activation, dropout, and settings as names and values, parted by what none of them has."""
    settings = [f"{name}={quote(json.dumps(value), safe='')}" for name, value in layer.settings]
    return " ".join([str(layer.size), layer.activation, str(layer.dropout), *settings])


def _layers(text: str) -> tuple[HiddenLayer, ...]:
    if text == "none":
        return ()
    found: list[HiddenLayer] = []
    for number, one in enumerate(text.split(","), start=1):
        try:
            size, *rest = one.split()
            dropout = float(rest[1]) if len(rest) > 1 else 0.0
            settings = tuple(_setting(word) for word in rest[2:])
            found.append(HiddenLayer(int(size), rest[0] if rest else "tanh", dropout, settings))
        except ValueError:
            raise ArgumentError(f"hidden layer {number} is {shown(one)}; it must be such as '4 tanh 0.0'") from None
    return tuple(found)


def _setting(word: str) -> tuple[str, Any]:
    name, equals, value = word.partition("=")
    if not equals:
        raise ValueError(word)
    return name, _value(unquote(value))
