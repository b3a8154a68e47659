"""What the room of activations shows, and how its address says it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from ..core.activations import ACTIVATIONS, Activation, Formula
from ..core.kinds import check_count
from ..errors import ArgumentError, ThalwegError, shown, unknown
from ..widgets.activation_data import MOST, activation_said
from ..worked.notations import NOTATIONS

_LONGEST = 4_000
_WITH_SETTINGS = re.compile(r"(\w+)((?: \w+=[^ ;=]+)+)")
_BETWEEN = ";"
"""No formula has it."""
_NUMBERS = {"at": "at", "low": "from", "high": "to", "saturated_below": "saturated"}
"""The fields that are numbers, and their names in an address."""


@dataclass(frozen=True, kw_only=True)
class ActivationsState:
    """Functions as they are said, the point, the bounds, the threshold, the text's letters, and which is looked at.

    Raises ArgumentError for what cannot be shown.

    >>> ActivationsState(functions=("tanh", "elu alpha=0.5", "x**2")).made()[1]
    ELU(alpha=0.5)
    """

    functions: tuple[str, ...] = ("sigmoid",)
    at: float = 1.0
    low: float = -6.0
    high: float = 6.0
    saturated_below: float = 0.05
    notation: str = "nnd"
    chosen: int = 0

    def __post_init__(self) -> None:
        if not 1 <= len(self.functions) <= MOST:
            raise ArgumentError(f"functions has {len(self.functions)}; choose 1 to {MOST}")
        if self.notation not in NOTATIONS:
            raise ArgumentError(unknown("notation", self.notation, NOTATIONS))
        check_count("chosen", self.chosen, 0, MOST - 1)
        self.made()

    def made(self) -> tuple[Activation, ...]:
        """The activations."""
        return tuple(map(function_of, self.functions))

    @property
    def looked_at(self) -> Activation:
        """The one whose tangent and derivation are shown."""
        made = self.made()
        return made[min(self.chosen, len(made) - 1)]


def function_of(said: str) -> Activation:
    """The activation that a name, a name with settings, or a formula says; raises ArgumentError for what is none.

    >>> function_of("leaky_relu slope=0.2"), function_of("logsig")
    (LeakyReLU(slope=0.2), Sigmoid())
    """
    found = _WITH_SETTINGS.fullmatch(said.strip())
    if found is None:
        return activation_said(said)
    settings: dict[str, Any] = {}
    for pair in found[2].split():
        name, _, text = pair.partition("=")
        try:
            settings[name] = float(text)
        except ValueError:
            raise ArgumentError(f"{found[1]}: {name} is {shown(text)}; it must be a number") from None
    return ACTIVATIONS.build({"name": found[1], **settings})


def said_of(function: Activation) -> str:
    """How an activation is said: its name, its settings where they are not the usual ones, or its formula.

    >>> said_of(function_of("elu alpha=0.5")), said_of(function_of("elu")), said_of(Formula("x**2"))
    ('elu alpha=0.5', 'elu', 'x**2')
    """
    if isinstance(function, Formula):
        return function.formula.strip()
    described = ACTIVATIONS.describe(function)
    name = described.pop("name")
    usual = ACTIVATIONS.describe(ACTIVATIONS.get(name))
    own = (f" {key}={value!r}" for key, value in described.items() if value != usual[key])
    return name + "".join(own)


def query_of(state: ActivationsState) -> str:
    """What stands behind the ? of an address.

    >>> query_of(ActivationsState(functions=("tanh", "x**2"), at=0.5))
    'f=tanh%3Bx%2A%2A2&at=0.5'
    """
    usual = ActivationsState()
    pairs = [("f", _BETWEEN.join(state.functions))] if state.functions != usual.functions else []
    for name, short in _NUMBERS.items():
        if getattr(state, name) != getattr(usual, name):
            pairs.append((short, f"{getattr(state, name):.12g}"))
    if state.notation != usual.notation:
        pairs.append(("notation", state.notation))
    if state.chosen:
        pairs.append(("chosen", str(state.chosen)))
    return urlencode(pairs)


def state_from(query: Mapping[str, str]) -> ActivationsState:
    """What an address says; raises ArgumentError, which tells what of it is broken.

    >>> state_from({"f": "tanh;x**2", "at": "0.5"}).functions
    ('tanh', 'x**2')
    >>> state_from({"f": "tahn"})
    Traceback (most recent call last):
    thalweg.errors.ArgumentError: the address is broken: unknown activation 'tahn': did you mean 'tanh'? Known: \
linear, sigmoid, tanh, relu, leaky_relu, elliott, softmax, elu, selu, silu, gelu, softplus, satlin, satlins, \
radbas, tribas, formula; or a formula, such as x*tanh(x)
    """
    try:
        return _state(query)
    except ThalwegError as error:
        raise ArgumentError(f"the address is broken: {error}") from None


def _state(query: Mapping[str, str]) -> ActivationsState:
    if sum(len(name) + len(value) for name, value in query.items()) > _LONGEST:
        raise ArgumentError(f"it has more than {_LONGEST:,} letters")
    fields = {short: name for name, short in _NUMBERS.items()}
    known = ["f", *fields, "notation", "chosen"]
    given: dict[str, Any] = {}
    for name, text in query.items():
        if name not in known:
            raise ArgumentError(unknown("name", name, known))
        if name == "f":
            given["functions"] = tuple(part.strip() for part in text.split(_BETWEEN))
        elif name == "notation":
            given[name] = text
        else:
            try:
                given[fields.get(name, name)] = int(text) if name == "chosen" else float(text)
            except ValueError:
                raise ArgumentError(f"{name} is {shown(text)}; it must be a number") from None
    return dataclasses.replace(ActivationsState(), **given)
