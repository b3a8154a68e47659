"""One unit of a step in one example: the terms that come in, and those that come back."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """One term of a net input: a weight times what an input or a layer sends."""

    source: str
    index: int
    weight: float
    sent: float

    @property
    def product(self) -> float:
        """weight · sent."""
        return self.weight * self.sent


@dataclass(frozen=True)
class BackTerm:
    """One term of a sum that goes back: a weight times the sensitivity of the unit that it feeds."""

    layer: str
    index: int
    weight: float
    sensitivity: float

    @property
    def product(self) -> float:
        """weight · sensitivity."""
        return self.weight * self.sensitivity


@dataclass(frozen=True)
class Neuron:
    """A unit of a layer in one example: what comes in, what goes out, and what comes back.

    `slope` is f'(n), None for an activation of the whole layer, such as softmax, whose derivative is a matrix; `mask`
    what dropout multiplies its output with.
    """

    layer: str
    index: int
    example: int
    terms: tuple[Term, ...]
    bias: float | None
    net_input: float
    output: float
    slope: float | None
    mask: float | None
    back: tuple[BackTerm, ...]
    sensitivity: float
