"""Layers that training leaves as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..core.arrays import namespace, tree_map
from ..core.network import Network, Parameters
from ..errors import ArgumentError, shown, unknown


def check_frozen(net: Network, frozen: Any) -> tuple[str, ...]:
    """The names of the frozen layers, each once; raises ArgumentError for other names, and if nothing is left to train.

    >>> import thalweg as tw
    >>> check_frozen(tw.mlp(1, 2, 1), ["layer1"])
    ('layer1',)
    """
    if isinstance(frozen, str) or not isinstance(frozen, Sequence):
        raise ArgumentError(f"frozen is {shown(frozen)}; it must be a list of names of layers")
    names = [layer.name for layer in net.layers]
    for name in frozen:
        if name not in names:
            raise ArgumentError(unknown("frozen layer", name, names))
    if set(frozen) == set(names):
        raise ArgumentError("frozen names every layer: leave one to train")
    return tuple(name for name in names if name in frozen)


def without(frozen: tuple[str, ...], change: Parameters) -> Parameters:
    """A gradient or an update of parameters, with zeros for the frozen layers.

    >>> import numpy as np, thalweg as tw
    >>> net = tw.mlp(1, 1, 1)
    >>> net.ravel(without(("layer1",), net.unravel(np.ones(4))))
    array([0., 0., 1., 1.])
    """
    return {
        name: tree_map(lambda part: namespace(part).zeros_like(part), parts) if name in frozen else parts
        for name, parts in change.items()
    }
