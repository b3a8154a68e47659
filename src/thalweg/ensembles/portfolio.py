"""The settings that are tried: those given, and variations that one or another table asks for."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TypeVar

_Settings = TypeVar("_Settings")


@dataclass(frozen=True)
class Variation:
    """A change to the settings that were given, and its name."""

    name: str
    changes: dict[str, float] = field(default_factory=dict)


PORTFOLIO = (
    Variation("as given"),
    Variation("weight decay 0.01", {"weight_decay": 0.01}),
    Variation("numbers in 8 pieces", {"pieces": 8}),
    Variation("8 pieces, weight decay 0.01", {"pieces": 8, "weight_decay": 0.01}),
)
"""Those that were found worth their time: benchmarks/results/quality.md."""


def portfolio_of(settings: _Settings, default: _Settings) -> dict[str, _Settings]:
    """The settings given and their variations, by name; a variation of what was not left at its default is left out.

    >>> @dataclasses.dataclass
    ... class Some:
    ...     weight_decay: float | None = None
    ...     pieces: int = 0
    >>> list(portfolio_of(Some(weight_decay=0.1), Some()))
    ['as given', 'numbers in 8 pieces']
    """
    found: dict[str, _Settings] = {}
    for variation in PORTFOLIO:
        if all(getattr(settings, name) == getattr(default, name) for name in variation.changes):
            found[variation.name] = dataclasses.replace(settings, **variation.changes)  # pyright: ignore[reportArgumentType]
    return found
