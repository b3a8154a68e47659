"""Parameters that a step leaves as they are: biases, layers or single weights, by name."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...core.network import Network
from ...core.weight_names import find_weight, index_of, weight_at
from ...errors import ArgumentError, unknown

BIASES = "bias"
"""The name of all biases."""


def held_of(net: Network, fixed: Sequence[str]) -> np.ndarray | None:
    """Which parameters of the vector of `Network.ravel` are held, (parameters,) of bool; None: none is named.

    A name is "bias" for all biases, a layer for all that is its own, "layer.bias" for its biases, or that of a single
    weight, layer[to,from], or bias, layer[to]. Raises ArgumentError for others, and where all would be held.

    >>> import thalweg as tw
    >>> held_of(tw.mlp(1, 2, 1), ["bias", "layer2[0,0]"])
    array([False, False,  True,  True,  True, False,  True])
    """
    if isinstance(fixed, str):
        raise ArgumentError(f"fixed is {fixed!r}; it must be a list of names, such as [{fixed!r}]")
    if not len(fixed):
        return None
    weights = [weight_at(net, index) for index in range(net.parameter_count)]
    layers = [layer.name for layer in net.layers]
    held = np.zeros(len(weights), dtype=bool)
    for name in fixed:
        if not isinstance(name, str):
            raise ArgumentError(f"fixed holds {name!r}; it must hold names of layers or weights")
        layer, dot, rest = name.rpartition(".")
        if name == BIASES:
            found = [weight.source is None for weight in weights]
        elif name in layers:
            found = [weight.layer == name for weight in weights]
        elif dot and rest == BIASES and layer in layers:
            found = [weight.layer == layer and weight.source is None for weight in weights]
        elif "[" in name:
            found = np.arange(len(weights)) == index_of(net, find_weight(net, name))
        else:
            known = [BIASES, *layers, *(f"{layer}.{BIASES}" for layer in layers)]
            raise ArgumentError(f"fixed: {unknown('layer or bias', name, known)}")
        if not np.any(found):
            raise ArgumentError(f"fixed: the network has no {name!r}")
        held |= found
    if held.all():
        raise ArgumentError("fixed holds all parameters: leave one to be trained")
    return held
