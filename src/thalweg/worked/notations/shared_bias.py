"""A notation for layers whose units have one bias together: its symbol is without the number of a unit."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from typing import Any

from ...core.network import Network
from ...core.weight_names import WeightName
from ...formulas.expression import Symbol
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

    class OfShared(kind):
        def weight(self, weight: WeightName) -> Symbol:
            """The weight, or the one bias of its layer."""
            if weight.source is not None or weight.layer not in shared:
                return super().weight(weight)
            last = min(1, net.sizes[weight.layer] - 1)
            return _common(*(super(OfShared, self).weight(WeightName(weight.layer, unit)) for unit in (0, last)))

    made: Any = OfShared  # as complete as the kind that it is made of
    return made(net)


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
