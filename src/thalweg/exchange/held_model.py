"""The model that an export was written from, as the export holds it: its description, by which it is read back whole.

It is the header of a model file, without the record of the training; the parameters are the export's own arrays.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import numpy as np

from ..core.description import build_network
from ..core.losses import LOSSES
from ..core.network import Layer, Network
from ..errors import ArgumentError
from ..files import Model
from ..files.model_file import DAMAGED, build_model, damage_told, describe_model, tensor_names
from ..system import is_nested
from .found import Found

_KEPT = ("table",)
"""Of a model's record."""
_DEEPEST = 32


def description_of(model: Model, members: Sequence[tuple[Model, float]]) -> dict[str, Any] | None:
    """The header of a model file, of these members if the model has some; None for a part that is not registered."""
    record = {name: model.record[name] for name in _KEPT if name in model.record}
    kept = dataclasses.replace(model, record=record)
    if model.members:
        plain = tuple(dataclasses.replace(member, record=record) for member, _ in members)
        weights = tuple(weight for _, weight in members)
        first = plain[0]
        kept = dataclasses.replace(kept, members=plain, weights=weights, network=first.network, params=first.params)
    try:
        return describe_model(kept)[0]
    except ArgumentError:  # an activation or a loss of one's own, which could not be found again
        return None


def networks_in(description: Any) -> dict[str, Network]:
    """The networks of a description by how the names of their tensors begin; raises ArgumentError for a damaged one.

    >>> import thalweg as tw
    >>> net = tw.mlp(2, 1)
    >>> networks_in(description_of(tw.Model(net, net.init(0), tw.losses.MSE()), ())) == {"": net}
    True
    """
    if not isinstance(description, dict) or is_nested(description, _DEEPEST):
        raise ArgumentError("what it says of its model is damaged: export it again")
    try:
        if "members" not in description:
            return {"": build_network(description["network"])}
        members = enumerate(description["members"], start=1)
        return {f"members/{number}/": build_network(one["network"]) for number, one in members}
    except DAMAGED as error:
        raise _damaged(error) from error


def names_in(description: Any) -> list[str]:
    """The names of all parameters of a description, of each layer its weights by source, then its bias."""
    return [place + name for place, net in networks_in(description).items() for name in tensor_names(net)]


def found_again(description: Any, arrays: Mapping[str, np.ndarray], words: str) -> Found:
    """The model of a description, its parameters by the names of tensors, in any shape of their number.

    Raises ArgumentError for a description that is damaged, and for arrays that are not those of its networks.
    """
    tensors = {}
    for place, net in networks_in(description).items():
        for name, (layer, source) in tensor_names(net).items():
            shape = (net.sizes[layer],) if source is None else (net.sizes[layer], net.sizes[source])
            found = arrays.get(place + name)
            if found is None or found.size != prod(shape):
                has = "no array" if found is None else f"{found.size} numbers"
                raise ArgumentError(f"it has {has} for {place}{name}, which needs {shape}: export the model again")
            tensors[place + name] = np.ascontiguousarray(found).reshape(shape)
    try:
        model = build_model(description, tensors)
    except DAMAGED as error:
        raise _damaged(error) from error
    return Found(model.network, model.params, f"{words} that Thalweg wrote", loss=model.loss, model=model)


def found_older(network: Any, arrays: Sequence[np.ndarray], words: str) -> Found:
    """The network of an export that says no more than that: of an older Thalweg; arrays are in the order of names."""
    loss = LOSSES.describe(LOSSES.get("mse"))
    description = {"format": 1, "network": network, "loss": loss, "encoding": None, "record": {}}
    found = found_again(description, dict(zip(names_in(description), arrays, strict=False)), words)
    return dataclasses.replace(found, loss=None, model=None)


def split(
    weights: np.ndarray, bias: np.ndarray | None, net: Network, layer: Layer, place: str
) -> dict[str, np.ndarray]:
    """The tensors of a layer whose weights (size, sizes of its sources) stand side by side, by their names.

    Raises ArgumentError for weights of another shape.
    """
    widths = [net.sizes[source] for source in layer.sources or ()]
    if weights.shape != (layer.size, sum(widths)):
        raise ArgumentError(
            f"the weights of layer {layer.name!r} have shape {weights.shape}; the network needs "
            f"{(layer.size, sum(widths))}: export the model again"
        )
    parts = np.split(weights, np.cumsum(widths)[:-1], axis=1)
    begun = f"{place}parameters/{layer.name}/"
    tensors = {f"{begun}weights/{source}": part for source, part in zip(layer.sources or (), parts, strict=True)}
    return tensors if bias is None else {**tensors, f"{begun}bias": bias}


def _damaged(error: BaseException) -> ArgumentError:
    return ArgumentError(f"what it says of its model is damaged ({damage_told(error)}): export it again")
