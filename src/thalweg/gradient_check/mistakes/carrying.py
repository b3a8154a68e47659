"""Mistakes on the way back: with other weights than W, or another error than s of the layer that is fed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from ...core.arrays import Array
from ...core.network import Layer, Network
from .backward import carried
from .mistake import Change, Mistake, Place


def carrying_mistakes(net: Network, layer: Layer) -> Iterator[Mistake]:
    """Those on the way back to a layer."""
    fed = [next(one for one in net.layers if one.name == name) for name in net.fed_by[layer.name]]
    if not fed:
        return

    def one(kind: str, what: str, change: Change, free: bool = False) -> Mistake:
        return Mistake(kind, "carried", layer.name, what, change, free=free)

    def over(make: Callable[[Place, str, Array, Array], Array]) -> Change:
        """Σ over the layers fed of what is made of a place, a layer's name, its s and its W."""

        def change(place: Place, right: Array) -> Array:
            parts = [
                make(place, after.name, place.state.s[after.name], place.at.params[after.name].weights[layer.name])
                for after in fed
            ]
            return sum(parts[1:], start=parts[0])

        return change

    square = all(after.size == layer.size for after in fed)
    if square:
        yield one("not_transposed", "with W for Wᵀ", over(lambda place, name, s, W: s @ W.T))
        yield one("no_weights", "without the weights W", over(lambda place, name, s, W: s))
    yield one(
        "new_weights",
        "with the new weights for the old ones",
        over(lambda place, name, s, W: -s @ place.state.gradient[name, layer.name]),
        free=True,
    )
    yield one(
        "gradient_for_weights",
        "with the gradient of W for W",
        over(lambda place, name, s, W: s @ place.state.gradient[name, layer.name]),
    )
    yield one(
        "error_before_slope",
        "with the error of the layer after it as it is before that layer's f'",
        over(lambda place, name, s, W: place.state.v[name] @ W),
    )
    yield one("sizes_of_weights", "with |W| for W", over(lambda place, name, s, W: s @ np.abs(W)))
    yield one(
        "no_weights",
        "with the error terms' plain sum over the units, without the weights W,",
        over(lambda place, name, s, W: np.broadcast_to(s.sum(axis=1, keepdims=True), place.a.shape)),
    )
    yield one(
        "mean_carried",
        "with the error terms averaged over the examples",
        over(lambda place, name, s, W: np.broadcast_to(s.mean(axis=0) @ W, place.a.shape)),
    )
    yield one(
        "summed_carried",
        "with the error terms summed over the examples",
        over(lambda place, name, s, W: np.broadcast_to(s.sum(axis=0) @ W, place.a.shape)),
    )
    if all(after.bias for after in fed):
        yield one("bias_carried", "with the bias's column of [b W] left in, the last one off,", over(_with_bias_column))
        yield one(
            "bias_carried",
            "with the bias added to what is carried back",
            over(lambda place, name, s, W: s @ W + (s @ place.at.params[name].bias)[:, None]),
        )
    if len(fed) > 1:
        for left in fed:
            yield one("path_left_out", f"without the way through {left.name}", _without(layer.name, left.name))
    yield from _of_other_layers(net, layer, fed, one)


def _with_bias_column(place: Place, name: str, s: Array, W: Array) -> Array:
    bias = place.at.params[name].bias
    assert bias is not None
    return (s @ np.column_stack([bias, W]))[:, : W.shape[1]]


def _without(layer: str, left: str) -> Change:
    def change(place: Place, right: Array) -> Array:
        return carried(place) - place.state.s[left] @ place.at.params[left].weights[layer]

    return change


def _of_other_layers(net: Network, layer: Layer, fed: list[Layer], one: Callable[..., Mistake]) -> Iterator[Mistake]:
    """Where shapes fit: the weights, or the error terms, of a layer off by one."""
    if len(fed) > 1:
        return
    after = fed[0]
    for other in net.layers:
        if other is not after and other is not layer and other.size == after.size and _is_after(net, other, layer):
            yield one(
                "other_sensitivity",
                f"with the error terms of {other.name} for those of {after.name}",
                lambda place, right, other=other.name: (
                    place.state.s[other] @ place.at.params[after.name].weights[layer.name]
                ),
            )
        for source in other.sources or ():
            if other is not after and (other.size, net.sizes[source]) == (after.size, layer.size):
                yield one(
                    "other_weights",
                    f"with the weights of {other.name} for those of {after.name}",
                    lambda place, right, other=other.name, source=source: (
                        place.state.s[after.name] @ place.at.params[other].weights[source]
                    ),
                )


def _is_after(net: Network, other: Layer, layer: Layer) -> bool:
    names = [one.name for one in net.layers]
    return names.index(other.name) > names.index(layer.name)
