"""A network as plain data and back, so that a file can hold it without code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import ArgumentError, shown
from .activations import ACTIVATIONS, Activation
from .kinds import is_finite_number
from .network import Layer, Network
from .plain_data import JsonObject


def describe_network(net: Network) -> JsonObject:
    """Inputs and layers as plain data, the inverse of `build_network`.

    >>> import thalweg as tw
    >>> describe_network(tw.mlp(2, 1))["layers"][0]["activation"]
    {'name': 'linear'}
    """
    return {
        "inputs": [{"name": name, "size": size} for name, size in net.inputs.items()],
        "layers": [
            {
                "name": layer.name,
                "size": layer.size,
                "activation": ACTIVATIONS.describe(layer.activation),
                "sources": list(layer.sources or ()),
                "bias": layer.bias,
                "dropout": layer.dropout,
            }
            for layer in net.layers
        ],
    }


def build_network(description: Mapping[str, Any]) -> Network:
    """The network that plain data describes; raises ArgumentError for data that describe none.

    >>> import thalweg as tw
    >>> net = tw.cascade(2, 3, 1, hidden="elliott")
    >>> build_network(describe_network(net)) == net
    True
    """
    try:
        inputs = {entry["name"]: entry["size"] for entry in description["inputs"]}
        layers = [
            Layer(
                entry["name"],
                entry["size"],
                _activation(entry["activation"]),
                tuple(entry["sources"]),
                _flag(entry["bias"]),
                entry["dropout"],
            )
            for entry in description["layers"]
        ]
        return Network(inputs, layers)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, ArgumentError):
            raise
        raise ArgumentError(f"the description of the network is not one: {type(error).__name__} {error}") from error


def _activation(description: Mapping[str, Any]) -> Activation:
    """The activation that plain data describe; its settings are finite numbers, or a formula, which is only read."""
    for name, value in description.items():
        if name == "name" or (name == "formula" and isinstance(value, str)):
            continue
        if not is_finite_number(value):
            raise ArgumentError(f"setting {name!r} of an activation is {shown(value)}; it must be a finite number")
    return ACTIVATIONS.build(description)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ArgumentError(f"a layer's bias is {shown(value)}; it must be true or false")
    return value
