"""A mistake as data: where in the backward pass it sits, what it makes of what is right there, and how it is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from ...core.arrays import Array
from ...core.network import Layer
from .problem import BIAS, Point

Hook = Literal["output", "carried", "slope", "terms", "product", "sum", "penalty", "array"]
"""Where a mistake sits: s of the output layer; what is carried back to a layer, Σ Wᵀ s; that times f'; the examples'
terms in s; the product of weights, sᵀ a; the sum of a bias, Σ s; a penalty's derivative; an array when it is whole."""


class State(NamedTuple):
    """How far a backward pass has come: all of the layers that are done."""

    v: dict[str, Array]
    """∂F/∂a of each layer: before its f'."""
    s: dict[str, Array]
    """The sensitivities ∂F/∂n."""
    gradient: dict[tuple[str, str], Array]
    """The arrays of the gradient, by layer and source."""


class Place(NamedTuple):
    """Where a mistake is made: the layer, the array if it is about one, and how far the pass has come."""

    at: Point
    layer: Layer
    source: str
    """The source of the weights, BIAS, or empty."""
    state: State

    @property
    def n(self) -> Array:
        """The layer's net inputs."""
        return self.at.n(self.layer.name)

    @property
    def a(self) -> Array:
        """The layer's outputs."""
        return self.at.a(self.layer.name)

    @property
    def v(self) -> Array:
        """∂F/∂a of the layer."""
        return self.state.v[self.layer.name]

    @property
    def s(self) -> Array:
        """The layer's sensitivities."""
        return self.state.s[self.layer.name]

    @property
    def parameters(self) -> Array:
        """The array's parameters."""
        weights, bias = self.at.params[self.layer.name]
        if self.source == BIAS:
            assert bias is not None
            return bias
        return weights[self.source]


Change = Callable[[Place, Array], Array]
"""What comes out in the place of what is right."""


@dataclass(frozen=True)
class Mistake:
    """One mistake at one place.

    What is right there becomes `change(place, right)`; of a mistake with a number of its own, it becomes
    number · change(place, right), with what is right added to it if that `stays`.
    """

    kind: str
    hook: Hook
    layer: str
    what: str
    """Such as "without f'"."""
    change: Change = field(compare=False, repr=False)
    source: str = ""
    """Of a mistake in one array: the source of its weights, or BIAS."""
    free: bool = False
    """Whether it has a number that is found from the gradient judged."""
    stays: bool = True
    number: float | None = None
    known: bool = field(default=False, compare=False)
    """Whether that number comes of the problem: its examples, its penalty; it is not free then."""

    @property
    def key(self) -> tuple[str, str, bool]:
        """The same for one mistake made at several places, as in a loop over the layers."""
        return self.kind, self.what, bool(self.source)

    def of(self, place: Place, right: Array) -> Array:
        """What comes out."""
        if not self.free:
            return self.change(place, right)
        number = 1.0 if self.number is None else self.number
        return number * self.change(place, right) + (right if self.stays else 0.0)


def applied(mistakes: Sequence[Mistake], hook: Hook, place: Place, right: Array) -> Array:
    """What mistakes make of what is right at a place."""
    for mistake in mistakes:
        if mistake.hook == hook and mistake.layer == place.layer.name and mistake.source == place.source:
            right = mistake.of(place, right)
    return right
