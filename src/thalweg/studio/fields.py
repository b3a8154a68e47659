"""What a form asks for a part: read from its registry and the fields of its class, never listed again."""

from __future__ import annotations

import dataclasses
import inspect
import math
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

from ..core.activations import ACTIVATIONS
from ..core.initializers import INITIALIZERS
from ..core.losses import LOSSES
from ..optimizers import RULES, SCHEDULES
from ..optimizers.full_batch import FullBatchRule
from ..registry import Registry

NUMBER, WHOLE, SWITCH, CHOICE, TEXT = "number", "whole", "switch", "choice", "text"


class Field(NamedTuple):
    """A setting of a part: its name, kind, default, bounds, and choices if it has them."""

    name: str
    kind: str
    default: Any
    at_least: float = -math.inf
    below: float = math.inf
    choices: tuple[str, ...] = ()


def rule_fields(name: str) -> list[Field]:
    """The settings of an update rule that a form can ask for.

    >>> [(field.name, field.default) for field in rule_fields("gd")]
    [('learning_rate', 0.01)]
    """
    found: list[Field] = []
    for one in dataclasses.fields(RULES[name]):
        default = getattr(RULES.get(name), one.name)
        if "at_least" in one.metadata and isinstance(default, int | float):
            found.append(Field(one.name, NUMBER, default, one.metadata["at_least"], one.metadata["below"]))
        elif isinstance(default, bool):
            found.append(Field(one.name, SWITCH, default))
        elif "choices" in one.metadata:
            found.append(Field(one.name, CHOICE, default, choices=one.metadata["choices"]))
        elif isinstance(default, int):
            found.append(Field(one.name, WHOLE, default, 1))
    return found


def part_fields(registry: Registry[Any], name: str) -> list[Field]:
    """The settings of a part of another kind, such as an activation or a loss.

    >>> [(field.name, field.default) for field in part_fields(ACTIVATIONS, "leaky_relu")]
    [('slope', 0.01)]
    """
    part = registry[name]
    hints = get_type_hints(part)
    found: list[Field] = []
    for one in dataclasses.fields(part):
        default, hint = getattr(registry.get(name), one.name), hints[one.name]
        if get_origin(hint) is Literal:
            found.append(Field(one.name, CHOICE, default, choices=get_args(hint)))
        else:
            kind = {bool: SWITCH, int: WHOLE, float: NUMBER, str: TEXT}.get(type(default))
            found += [] if kind is None else [Field(one.name, kind, default)]
    return found


def choices_of(registry: Registry[Any]) -> dict[str, str]:
    """The names of a registry's parts, each with what its class says of it in a line.

    >>> choices_of(RULES)["gd"]
    'gd: Plain gradient descent'
    """
    return {name: _described(name, part) for name, part in registry.items()}


def rules() -> dict[str, str]:
    """The update rules."""
    return choices_of(RULES)


def activations() -> dict[str, str]:
    """The activations of hidden layers, a formula of one's own among them."""
    names = {name: name for name in ACTIVATIONS.without("softmax", "formula")}
    return {**names, "formula": "own formula"}


def initializers() -> dict[str, str]:
    """The initializers."""
    return {name: name for name in INITIALIZERS}


def losses() -> dict[str, str]:
    """The losses, a formula of one's own among them."""
    return {**{name: name for name in LOSSES}, "formula": "own formula of e = t - a"}


def schedules() -> dict[str, str]:
    """The schedules of the learning rate."""
    return {name: name.replace("-", " ") for name in SCHEDULES}


def wants_all(rule: str) -> bool:
    """Whether an update of a rule takes all examples."""
    return issubclass(RULES[rule], FullBatchRule)


def differing(fields: list[Field], values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that are not the defaults."""
    return {one.name: values[one.name] for one in fields if one.name in values and values[one.name] != one.default}


def _described(name: str, part: type) -> str:
    words = (inspect.getdoc(part) or "").partition("\n")[0].partition(":")[0].partition(".")[0].strip()
    return f"{name}: {words}" if words and len(words) < 60 else name
