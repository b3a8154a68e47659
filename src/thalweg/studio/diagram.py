"""The network as a drawing whose connections are as wide as their weights, blue where positive and orange where not."""

from __future__ import annotations

from html import escape

import numpy as np

from ..core.activations import ACTIVATIONS
from ..core.network import Network, Parameters

MOST_UNITS = 8
_MOST_LINES = 900
_WIDE, _HIGH, _R = 420, 260, 9


def diagram(net: Network, params: Parameters, names: tuple[str, ...] = ()) -> str:
    """An SVG drawing; of a large layer the first units. A connection tells its weight, a unit its bias, on hover.

    >>> import thalweg as tw
    >>> net = tw.mlp(2, 3, 1)
    >>> diagram(net, net.init(0)).count("<line")
    9
    """
    sizes = dict(net.sizes)
    at = _places(sizes)
    lines = []
    largest = max((float(np.abs(w).max()) for layer in params.values() for w in layer.weights.values() if w.size),
                  default=0.0)  # fmt: skip
    largest = largest if np.isfinite(largest) and largest > 0 else 1.0
    for layer in net.layers:
        for source, weights in params[layer.name].weights.items():
            for i, (x2, y2) in enumerate(at[layer.name]):
                for j, (x1, y1) in enumerate(at[source]):
                    if len(lines) < _MOST_LINES:
                        lines.append(_line(x1, y1, x2, y2, float(weights[i, j]), largest, f"{layer.name}[{i},{j}]"))
    units = []
    for name, size in sizes.items():
        bias = params[name].bias if name in params else None
        for k, (x, y) in enumerate(at[name]):
            told = names[k] if name in net.inputs and k < len(names) else f"{name}[{k}]"
            told += "" if bias is None else f": bias {float(bias[k]):.4g}"
            kind = "unit" if name in params else "unit input"
            units.append(f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="{_R}"><title>{escape(told)}</title>'
                         "</circle>")  # fmt: skip
        x = at[name][0][0]
        activation = next((ACTIVATIONS.name_of(one.activation) for one in net.layers if one.name == name), "inputs")
        units.append(f'<text x="{x:.1f}" y="{_HIGH - 4}">{size} {escape(activation)}</text>')
    return (
        f'<svg class="diagram" viewBox="0 0 {_WIDE} {_HIGH}" role="img" aria-label="network: '
        f'{escape(", ".join(f"{name} {size}" for name, size in sizes.items()), quote=True)}">'
        f"{''.join(lines)}{''.join(units)}</svg>"
    )


def _places(sizes: dict[str, int]) -> dict[str, list[tuple[float, float]]]:
    gap = (_WIDE - 90) / max(1, len(sizes) - 1)
    found = {}
    for column, (name, size) in enumerate(sizes.items()):
        shown = min(size, MOST_UNITS)
        step = min(48.0, (_HIGH - 46) / max(1, shown))
        middle = (_HIGH - 22) / 2
        x = 45 + gap * column if len(sizes) > 1 else _WIDE / 2
        found[name] = [(x, middle + step * (k - (shown - 1) / 2)) for k in range(shown)]
    return found


def _line(x1: float, y1: float, x2: float, y2: float, weight: float, largest: float, name: str) -> str:
    share = min(1.0, abs(weight) / largest) if np.isfinite(weight) else 1.0
    kind = "negative" if weight < 0 else "positive"
    return (
        f'<line class="{kind}" x1="{x1 + _R:.1f}" y1="{y1:.1f}" x2="{x2 - _R:.1f}" y2="{y2:.1f}" '
        f'stroke-width="{0.5 + 5 * share:.2f}" stroke-opacity="{0.25 + 0.65 * share:.2f}">'
        f"<title>{escape(name)} = {weight:.4g}</title></line>"
    )
