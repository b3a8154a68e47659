"""A notation for layers whose units have one bias together: its symbol is without the number of a unit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Any

from ...core.network import Network
from ...core.weight_names import WeightName, weight_at
from ...formulas.expression import Expression, Symbol
from .notation import Notation


def with_shared_biases(kind: type[Notation], net: Network, shared: Sequence[str]) -> Notation:
    """The notation, in which the bias of each of these layers is one symbol.

    >>> import thalweg as tw
    >>> from . import notation_named
    >>> with_shared_biases(notation_named("nnd"), tw.mlp(1, 2, 1), ["layer1"]).weight(WeightName("layer1", 1))
    Symbol(base='b', below=(), above=('1',), mark='')
    """
    if not shared:
        return kind(net)

    own = kind(net)
    common = {layer: _common(*(own.weight(WeightName(layer, i)) for i in (0, _last(net, layer)))) for layer in shared}
    others = {own.weight(one) for one in _others(net, shared)}
    # numbers that run on through the layers have nothing in common: then the first unit's stands for all
    alike = len(set(common.values())) < len(common) or not others.isdisjoint(common.values())
    symbols = {layer: own.weight(WeightName(layer, 0)) for layer in shared} if alike else common

    class OfShared(kind):
        def weight(self, weight: WeightName) -> Symbol:
            """The weight, or the one bias of its layer."""
            if weight.source is not None or weight.layer not in symbols:
                return super().weight(weight)
            return symbols[weight.layer]

        def lifted(self, expression: Expression, weight: WeightName) -> Expression:
            """As usual; what a rule has of the one bias stays a number, and is told from what it has of the weights."""
            if weight.source is not None or weight.layer not in symbols:
                return super().lifted(expression, weight)
            known = (self.weight(weight), self.delta(weight), self.gradient(weight), self.example_gradient(weight))
            if not isinstance(expression, Symbol) or _bare(expression) in map(_bare, known):
                return expression
            b = symbols[weight.layer].base
            if self.tells_bias(weight.layer, symbols[weight.layer]):
                return expression
            return Symbol(expression.base, (*expression.below, b), expression.above, expression.mark)

    made: Any = OfShared  # as complete as the kind that it is made of
    return made(net)


def _last(net: Network, layer: str) -> int:
    return min(1, net.sizes[layer] - 1)


def _others(net: Network, shared: Sequence[str]) -> Iterator[WeightName]:
    """All weights, and the biases of layers whose units have their own."""
    for one in (weight_at(net, index) for index in range(net.parameter_count)):
        if one.source is not None or one.layer not in shared:
            yield one


def _bare(expression: Expression) -> tuple[str, tuple[str, ...], str] | None:
    """A symbol without what stands above, such as old; None for what is none."""
    return (expression.base, expression.below, expression.mark) if isinstance(expression, Symbol) else None


def _common(first: Symbol, second: Symbol) -> Symbol:
    """What the symbols of two units' biases have in common."""
    return Symbol(first.base, _alike(first.below, second.below), _alike(first.above, second.above), first.mark)


def _alike(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    parts = (_beginning(*both) for both in zip(first, second, strict=True))
    return tuple(part for part in parts if part)


def _beginning(first: str, second: str) -> str:
    """With what both texts begin, as H of H1 and H2."""
    same = takewhile(lambda both: both[0] == both[1], zip(first, second, strict=False))
    return "".join(letter for letter, _ in same).rstrip("., ")
