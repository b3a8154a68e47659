"""A network as a small picture: a column for each input and layer, and bands between those that feed each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .pictures import picture, short
from .pieces import BLUE

_STEP, _UNITS, _R = 104, 7, 5
_MOST_COLUMNS = 9


def graph(sizes: Mapping[str, int], sources: Mapping[str, Sequence[str]], under: Mapping[str, str]) -> str:
    """The inputs and layers by their sizes, what feeds each, and a line for under each; nothing of very deep ones."""
    if len(sizes) > _MOST_COLUMNS:
        return ""
    at = {name: 52 + _STEP * k for k, name in enumerate(sizes)}
    order = list(sizes)
    tallest = max(min(size, _UNITS) for size in sizes.values())
    skips = any(order.index(name) - order.index(source) > 1 for name, those in sources.items() for source in those)
    middle = 6.5 * tallest + (24 if skips else 6)
    half = {name: 6 + 6.5 * (min(size, _UNITS) - 1) for name, size in sizes.items()}
    parts = []
    for name, those in sources.items():
        for source in those:
            x, y, far = at[source] + _R, at[name] - _R, order.index(name) - order.index(source)
            a, b = half[source], half[name]
            if far == 1:
                parts.append(f'<path d="M{x} {middle - a:.1f}L{y} {middle - b:.1f}V{middle + b:.1f}'
                             f'L{x} {middle + a:.1f}z" fill="{BLUE}" fill-opacity=".22"/>')  # fmt: skip
            else:
                top = max(0.0, 16 - 4 * far)
                parts.append(f'<path d="M{x} {middle - a:.1f}C{x + 40} {top} {y - 40} {top} {y} {middle - b:.1f}" '
                             f'fill="none" stroke="{BLUE}" stroke-opacity=".7" stroke-width="1.5"/>')  # fmt: skip
    for name, size in sizes.items():
        shown = min(size, _UNITS)
        for k in range(shown):
            y = middle + 13 * (k - (shown - 1) / 2)
            if size > _UNITS and k == _UNITS // 2:
                parts.append(f'<text x="{at[name]}" y="{y + 4:.1f}" text-anchor="middle">⋮</text>')
                continue
            fill = f'fill="{BLUE}"' if name in sources else f'fill="none" stroke="{BLUE}" stroke-width="1.5"'
            parts.append(f'<circle cx="{at[name]}" cy="{y:.1f}" r="{_R}" {fill}/>')
        base = 2 * middle - (16 if skips else -2) + 16
        parts.append(f'<text x="{at[name]}" y="{base}" text-anchor="middle">{short(name, 15)}</text>')
        parts.append(f'<text x="{at[name]}" y="{base + 14}" text-anchor="middle">{short(under[name], 17)}</text>')
    told = ", ".join(f"{name} {size}" for name, size in sizes.items())
    return picture(104 + _STEP * (len(sizes) - 1), 2 * middle - (16 if skips else -2) + 36, f"network: {told}", parts)
