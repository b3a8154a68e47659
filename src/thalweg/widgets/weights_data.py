"""A network's weights at a moment as plain data of a picture, and what each unit says of two inputs, or of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..core.activations import ACTIVATIONS
from .formula_data import Json
from .regions_data import packed

if TYPE_CHECKING:
    from ..core.activations import Activation
    from ..core.network import Network, Parameters
    from ..plots.section import Section

MOST_UNITS = 8
MAP_CELLS = 20
_DIGITS = 4


def diagram_data(
    net: Network, title: str, names: tuple[str, ...], section: Section | None, most: int
) -> dict[str, Json]:
    """What stands still: the columns of units, who feeds whom, over which inputs the maps are."""
    activations = {layer.name: _name_of(layer.activation) for layer in net.layers}
    several = len(net.inputs) > 1
    layers = {layer.name: layer for layer in net.layers}
    columns = [
        {
            "name": name,
            "size": size,
            "drawn": min(size, most),
            "input": name in net.inputs,
            "activation": activations.get(name, ""),
            "sources": [] if name in net.inputs else list(layers[name].sources or ()),
            "bias": name not in net.inputs and layers[name].bias,
        }
        for name, size in net.sizes.items()
    ]
    return {
        "kind": "weights",
        "title": title,
        "columns": columns,
        "names": [] if several else list(names),
        "maps": None if section is None else {
            "names": list(section.names), "shape": [1, *section.shape][-2:],
            "held": [list(one) for one in section.held], "ranges": section.ends.tolist(),
        },
        "parameters": net.parameter_count,
    }  # fmt: skip


def weights_frame(
    net: Network, params: Parameters, epoch: int, update: int | None, section: Section | None, most: int
) -> dict[str, Json]:
    """The weights between units that are drawn, and the maps of these, at a moment."""
    frame: dict[str, Json] = {"epoch": int(epoch), "update": update, "weights": {}, "biases": {}}
    for layer in net.layers:
        weights, bias = params[layer.name]
        frame["weights"][layer.name] = {
            source: [[_tidy(x) for x in row[:most]] for row in np.asarray(W, dtype=np.float64)[:most].tolist()]
            for source, W in weights.items()
        }
        if bias is not None:
            frame["biases"][layer.name] = [_tidy(x) for x in np.asarray(bias, dtype=np.float64)[:most].tolist()]
    if section is not None:
        frame["maps"] = {
            name: [_map(a[..., k]) for k in range(min(a.shape[-1], most))] for name, a in section.maps(params).items()
        }
    return frame


def _map(values: np.ndarray) -> list[Json] | None:
    """The least and greatest value, and all of them in bytes about 0; None of what is not finite."""
    if not np.isfinite(values).all():
        return None
    low, high = float(values.min()), float(values.max())
    most = max(abs(low), abs(high)) or 1.0
    return [_tidy(low), _tidy(high), packed(np.rint(127.5 + 127.5 * values / most))]


def _tidy(value: float) -> float | None:
    return float(f"{value:.{_DIGITS}g}") if np.isfinite(value) else None


def _name_of(activation: Activation) -> str:
    return ACTIVATIONS.name_of(activation) if ACTIVATIONS.has(activation) else type(activation).__name__
