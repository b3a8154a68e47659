"""Patterns by quantity, and the cases in which a text writes otherwise: the output layer, a shortcut, one output ..."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from .pattern import Pattern

CASES = ("shortcut", "several_inputs", "one_output", "one_layer", "output_layer")
"""Of several that hold the first wins."""


class Place(NamedTuple):
    """Which cases hold where a symbol stands."""

    output_layer: bool = False
    several_inputs: bool = False
    one_output: bool = False
    one_layer: bool = False
    shortcut: bool = False


@dataclass(frozen=True)
class Patterns:
    """The patterns of a table by their quantities, and those of its cases."""

    usual: Mapping[str, Pattern]
    cases: Mapping[str, Mapping[str, Pattern]] = field(default_factory=dict)

    def of(self, quantity: str, place: Place) -> Pattern | None:
        """The pattern of a quantity where it stands; None if there is none."""
        for case in CASES:
            if getattr(place, case) and quantity in self.cases.get(case, {}):
                return self.cases[case][quantity]
        return self.usual.get(quantity)
