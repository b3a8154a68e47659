"""A network with its weights as the plain data of a picture: few units of each layer, and what each answers."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ..core.activations import ACTIVATIONS
from ..core.checked import forward
from ..core.network import Network, Parameters
from .formula_data import Json

MOST_UNITS = 8
_SIDE = 20
"""Places along each side of the map of a unit."""
_MOST_MAPPED = 20_000
"""Parameters of a network whose units have maps."""


class Ground(NamedTuple):
    """The plane of two inputs over which the answer of each unit is drawn: a grid of points for each input."""

    inputs: Mapping[str, np.ndarray]
    names: tuple[str, str]
    ends: tuple[tuple[float, float], tuple[float, float]]


def ground_of(net: Network, inputs: Mapping[str, np.ndarray], names: Sequence[str] = ()) -> Ground | None:
    """The plane that examples lie in; None for a network that has not two inputs, or is large."""
    if sum(net.inputs.values()) != 2 or net.parameter_count > _MOST_MAPPED:
        return None
    columns = np.hstack([np.asarray(inputs[name], dtype=np.float64) for name in net.inputs])
    low, high = columns.min(axis=0), columns.max(axis=0)
    margin = 0.1 * np.where(high > low, high - low, 1.0)
    x, y = (np.linspace(a, b, _SIDE) for a, b in zip(low - margin, high + margin, strict=True))
    points = np.stack(np.meshgrid(x, y[::-1]), axis=-1).reshape(-1, 2)  # the first row on top
    told = tuple(names) if len(names) == 2 else tuple(_labels(net))
    parts, at = {}, 0
    for name, size in net.inputs.items():
        parts[name], at = points[:, at : at + size], at + size
    return Ground(parts, (told[0], told[1]), ((float(x[0]), float(x[-1])), (float(y[0]), float(y[-1]))))


def weights_data(
    net: Network, params: Parameters, *, ground: Ground | None = None, names: Sequence[str] = (), title: str = "Network"
) -> dict[str, Json]:
    """The network as it is drawn: its columns with biases and maps, and the weights between units that are drawn."""
    drawn = {name: min(size, MOST_UNITS) for name, size in net.sizes.items()}
    labels = iter(names if len(names) == sum(net.inputs.values()) else _labels(net))
    maps = {} if ground is None else _maps(net, params, ground)
    columns: list[Json] = [
        {"name": name, "size": size, "drawn": drawn[name], "input": True, "labels": [next(labels) for _ in range(size)]}
        for name, size in net.inputs.items()
    ]
    for column in columns:
        column["labels"] = column["labels"][: column["drawn"]]
    for layer in net.layers:
        bias = params[layer.name].bias
        columns.append(
            {
                "name": layer.name, "size": layer.size, "drawn": drawn[layer.name], "input": False,
                "activation": ACTIVATIONS.name_of(layer.activation),
                "bias": None if bias is None else _numbers(bias[: drawn[layer.name]]),
                **maps.get(layer.name, {}),
            }
        )  # fmt: skip
    weights = [
        {"to": layer.name, "from": source, "values": [_numbers(row) for row in w[: drawn[layer.name], : drawn[source]]]}
        for layer in net.layers
        for source, w in params[layer.name].weights.items()
    ]
    sizes = [abs(value) for of in weights for row in of["values"] for value in row if value is not None]
    return {
        "title": title,
        "columns": columns,
        "weights": weights,
        "largest": max(sizes, default=0.0),
        "side": _SIDE,
        "plane": None if ground is None else {"names": list(ground.names), "ends": [list(of) for of in ground.ends]},
    }


def _labels(net: Network) -> list[str]:
    return [name if size == 1 else f"{name}[{k}]" for name, size in net.inputs.items() for k in range(size)]


def _maps(net: Network, params: Parameters, ground: Ground) -> dict[str, dict[str, Json]]:
    """Of each layer what its drawn units answer over the plane, as bytes between the least and the greatest answer."""
    kind = next(iter(params[net.output.name].weights.values())).dtype
    with np.errstate(all="ignore"):
        outputs = forward(net, params, {name: part.astype(kind) for name, part in ground.inputs.items()}).outputs
    found: dict[str, dict[str, Json]] = {}
    for layer in net.layers:
        answers = np.asarray(outputs[layer.name], dtype=np.float64)[:, :MOST_UNITS]
        if not np.isfinite(answers).all():
            continue
        low, high = float(answers.min()), float(answers.max())
        scaled = np.rint(255 * (answers - low) / ((high - low) or 1.0)).astype(np.uint8)
        maps = [b64encode(np.ascontiguousarray(of).tobytes()).decode() for of in scaled.T]
        found[layer.name] = {"maps": maps, "range": [_tidy(low), _tidy(high)]}
    return found


def _numbers(values: np.ndarray) -> list[float | None]:
    return [_tidy(float(value)) if np.isfinite(value) else None for value in values]


def _tidy(value: float) -> float:
    return float(f"{value:.5g}")
