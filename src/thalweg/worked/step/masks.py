"""Masks of dropout, as they are given: for each layer that drops units, a number for each of them in each example."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...core.arrays import number_array
from ...core.network import Network
from ...errors import ArgumentError, shown, unknown


def check_masks(
    net: Network, masks: Any, examples: int, dtype: Any, place: str = "masks"
) -> dict[str, np.ndarray] | None:
    """The masks (examples, size) of all layers with dropout; None: no unit is dropped.

    Raises ArgumentError for others, which names their place.

    >>> import thalweg as tw
    >>> check_masks(tw.mlp(1, 2, 1, dropout=0.5), {"layer1": [[0, 2]]}, 1, "float64")
    {'layer1': array([[0., 2.]])}
    """
    if masks is None:
        return None
    if not isinstance(masks, Mapping):
        raise ArgumentError(f"{place} is {shown(masks)}; it must have an array for each layer with dropout")
    dropping = {layer.name: layer for layer in net.layers if layer.dropout}
    for name in masks:
        if name not in net.sizes or name in net.inputs:
            raise ArgumentError(f"{place}: {unknown('layer', name, [layer.name for layer in net.layers])}")
        if name not in dropping:
            raise ArgumentError(f"{place}: layer {name!r} has no dropout: say how much, such as dropout = 0.5")
    found = {}
    for name, layer in dropping.items():
        if name not in masks:
            raise ArgumentError(f"{place} has none for layer {name!r}, which has dropout {layer.dropout:g}")
        mask = np.asarray(number_array(f"{place} {name!r}", masks[name]), dtype=dtype)
        if mask.shape != (examples, layer.size):
            raise ArgumentError(
                f"{place} {name!r} has shape {mask.shape}; it must be {(examples, layer.size)}: a row for each example"
            )
        if not (np.isfinite(mask).all() and (mask >= 0).all()):
            raise ArgumentError(f"{place} {name!r} must hold finite numbers of at least 0")
        found[name] = mask
    return found
