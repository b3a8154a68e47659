"""Mistakes with f': left out, taken twice, at the wrong place, of another activation, or by a slip in its formula."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from ...core.activations import ACTIVATIONS, Activation, Elementwise, Linear, Sigmoid, Softmax, Tanh
from ...core.arrays import Array
from ...core.network import Layer, Network
from .mistake import Change, Mistake, Place

_SLIPS: dict[type[Activation], tuple[tuple[str, Callable[[Array], Array]], ...]] = {
    Sigmoid: (
        ("1 - a", lambda a: 1.0 - a),
        ("a (1 + a)", lambda a: a * (1.0 + a)),
        ("a² (1 - a)", lambda a: a * a * (1.0 - a)),
        ("a (1 - a²)", lambda a: a * (1.0 - a * a)),
        ("(1 - a)²", lambda a: (1.0 - a) ** 2),
        ("a - 1", lambda a: a - 1.0),
    ),
    Tanh: (
        ("1 - a", lambda a: 1.0 - a),
        ("1 + a²", lambda a: 1.0 + a * a),
        ("(1 - a)²", lambda a: (1.0 - a) ** 2),
        ("a²", lambda a: a * a),
        ("a² - 1", lambda a: a * a - 1.0),
        ("½ (1 - a²)", lambda a: 0.5 * (1.0 - a * a)),
        ("2 a (1 - a)", lambda a: 2.0 * a * (1.0 - a)),
    ),
}
"""What is written for f' by a slip, in the output a."""
_ANY_SLIPS: tuple[tuple[str, Callable[[Array], Array]], ...] = (("1 - a", lambda a: 1.0 - a),)


def slope_mistakes(net: Network, layer: Layer) -> Iterator[Mistake]:
    """Those of a layer.

    >>> import thalweg as tw
    >>> net = tw.mlp(2, 3, 1)
    >>> [one.what for one in slope_mistakes(net, net.layers[0])][:3]
    ["without f'", "with f' twice", "with a, the output itself, for f'"]
    """
    f = layer.activation

    def one(kind: str, what: str, change: Change) -> Mistake:
        return Mistake(kind, "slope", layer.name, what, change)

    def fused(place: Place) -> bool:
        return place.layer is net.output

    if type(f) is Softmax:
        yield one(
            "softmax_diagonal",
            "with only the diagonal a (1 - a) of softmax's Jacobian",
            lambda place, right: place.a * (1.0 - place.a) * place.v,
        )
        yield one(
            "slope_twice",
            "with a (1 - a) of softmax times an error term that has its derivative already",
            lambda place, right: place.a * (1.0 - place.a) * right,
        )
    if not isinstance(f, Linear):
        yield one("no_slope", "without f'", lambda place, right: place.v)
        yield one("slope_twice", "with f' twice", lambda place, right: f.backpropagate(place.n, place.a, right))
        yield one("value_for_slope", "with a, the output itself, for f'", lambda place, right: place.a * place.v)
    if isinstance(f, Elementwise) and not isinstance(f, Linear):
        yield one(
            "slope_at_output",
            "with f' taken at a, the output, in the place of n, the net input",
            lambda place, right: f.backpropagate(place.a, f(place.a), place.v),
        )
        if f.reads == "output":
            yield one(
                "slope_at_net_input",
                "with n in the place of a in the formula of f'",
                lambda place, right: f.derivative(place.n) * place.v,
            )
        yield one(
            "mean_slope",
            "with f' averaged over the examples",
            lambda place, right: np.mean(f.backpropagate(place.n, place.a, np.ones_like(place.a)), axis=0) * place.v,
        )
        for text, formula in _SLIPS.get(type(f), _ANY_SLIPS):
            yield one(
                "slope_formula",
                f"with {text} for f'",
                lambda place, right, formula=formula: formula(place.a) * place.v,
            )
    if isinstance(f, Elementwise):
        yield from _others(f, one)
    for other in net.layers:
        if other is not layer and other.size == layer.size:
            yield one(
                "slope_of_layer",
                f"with f' at {other.name}'s net inputs",
                lambda place, right, other=other.name: f.backpropagate(place.at.n(other), place.at.a(other), place.v),
            )


def _others(f: Elementwise, one: Callable[[str, str, Change], Mistake]) -> Iterator[Mistake]:
    """f' of another activation: its formula in a with the a that there is, or itself at n."""
    for name, kind in ACTIVATIONS.items():
        if kind is type(f) or kind is Linear or not issubclass(kind, Elementwise):
            continue
        g = ACTIVATIONS.get(name)
        assert isinstance(g, Elementwise)
        if g.reads == "output":
            yield one(
                "other_slope",
                f"with the derivative of {name}, by its formula in a,",
                lambda place, right, g=g: g.derivative(place.a) * place.v,
            )
        yield one(
            "other_slope",
            f"with the derivative of {name}",
            lambda place, right, g=g: g.backpropagate(place.n, g(place.n), place.v),
        )
