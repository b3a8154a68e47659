"""The settings that are tried: those given, and variations that one or another table asks for."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any, TypeVar

_Settings = TypeVar("_Settings")


@dataclass(frozen=True)
class Variation:
    """A change to the settings that were given, and its name."""

    name: str
    changes: dict[str, Any] = field(default_factory=dict)


PORTFOLIO = (
    Variation("as given"),
    Variation("two layers of 128, relu", {"hidden": (128, 128), "activation": "relu"}),
    Variation("weight decay 0.01", {"weight_decay": 0.01}),
)


def portfolio_of(settings: _Settings, default: _Settings) -> dict[str, _Settings]:
    """The settings given and their variations, by name; a variation of what was not left at its default is left out.

    >>> @dataclasses.dataclass
    ... class Some:
    ...     hidden: tuple = (64, 32)
    ...     activation: str = "tanh"
    ...     weight_decay: float | None = None
    >>> list(portfolio_of(Some(hidden=(5,)), Some()))
    ['as given', 'weight decay 0.01']
    """
    found: dict[str, Any] = {}
    for variation in PORTFOLIO:
        if all(getattr(settings, name) == getattr(default, name) for name in variation.changes):
            found[variation.name] = dataclasses.replace(settings, **variation.changes)  # pyright: ignore[reportArgumentType]
    return found
