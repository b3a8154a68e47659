"""Where the units of a network stand in its drawing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ..core.activations import Activation
    from ..core.network import Network

MOST_COLUMNS = 12
"""Of a deeper network the first and the last layers are drawn."""
_LABEL = 2.3
"""The room for a layer's name under it, in distances of two units."""
_ARC = 0.9
"""How much higher an arc goes for each column that it skips."""


class Group(NamedTuple):
    """An input or a layer as it is drawn."""

    name: str
    size: int
    activation: str | None
    """None for an input."""
    column: int
    units: tuple[int, ...]
    """The numbers of the units that are drawn, from 0."""
    heights: tuple[float, ...]
    """Where they stand, from the first at the top."""
    ellipsis: float | None
    """Where the ellipsis for the others stands."""


class Layout(NamedTuple):
    """The drawing of a network: a column has the width 1, two units the distance 1."""

    groups: dict[str, Group]
    edges: tuple[tuple[str, str], ...]
    """(source, layer) of the connections that are drawn."""
    columns: int
    top: float
    bottom: float
    hidden_layers: int
    """Inputs and layers in the columns that are not drawn."""
    hidden_edges: int
    """Connections over them, from one layer that is drawn to another."""
    gap_column: float | None
    """The column that stands for them."""
    bias_units: dict[str, tuple[float, float]]
    """The place of the unit that is always 1, for each layer that has one."""


def lay_out(net: Network, most_units: int, biases: bool = False) -> Layout:
    """The places of a network's units: each layer in the column after the last of its sources, inputs in the first.

    >>> import thalweg as tw
    >>> plan = lay_out(tw.mlp(2, 30, 1), most_units=5)
    >>> plan.groups["layer1"].units, plan.groups["layer1"].heights
    ((0, 1, 28, 29), (2.0, 1.0, -1.0, -2.0))
    """
    depth = dict.fromkeys(net.inputs, 0)
    for layer in net.layers:
        depth[layer.name] = 1 + max(depth[source] for source in layer.sources or ())
    kept, gap = _kept_columns(1 + max(depth.values()))
    activations = {layer.name: _name_of(layer.activation) for layer in net.layers}
    groups: dict[str, Group] = {}
    for column, deep in enumerate(kept):
        if deep is not None:
            here = [name for name, at in depth.items() if at == deep]
            groups |= _stack([(name, net.sizes[name], activations.get(name)) for name in here], column, most_units)
    pairs = [
        (source, layer.name)
        for layer in net.layers
        for source in layer.sources or ()
        if layer.name in groups and source in groups
    ]
    edges = [
        (source, name) for source, name in pairs if gap is None or not groups[source].column < gap < groups[name].column
    ]
    bias_units = {
        layer.name: (groups[layer.name].column - 0.5, groups[layer.name].heights[0] + 1.0)
        for layer in net.layers
        if biases and layer.bias and layer.name in groups
    }
    apexes = [apex(groups, source, name) for source, name in edges if is_shortcut(groups, source, name)]
    heights = [height for group in groups.values() for height in group.heights]
    return Layout(
        groups,
        tuple(edges),
        len(kept),
        max([max(heights) + 0.5, *(high + 0.5 for high in apexes), *(y + 0.5 for _, y in bias_units.values())]),
        min([min(heights) - _LABEL, *(low - 0.5 for low in apexes)]),
        sum(name not in groups for name in depth),
        len(pairs) - len(edges),
        gap,
        bias_units,
    )


def is_shortcut(groups: dict[str, Group], source: str, layer: str) -> bool:
    """Whether the connection skips a column."""
    return groups[layer].column - groups[source].column > 1


def apex(groups: dict[str, Group], source: str, layer: str) -> float:
    """How high an arc goes: over all units between, the wider the higher; from the lowest of a column, below them."""
    first, last = groups[source].column, groups[layer].column
    between = [group for group in groups.values() if first <= group.column <= last]
    others = [group for group in between if group.column == first and group.name != source]
    if others and all(group.heights[0] > groups[source].heights[0] for group in others):
        return min(group.heights[-1] for group in between) - _LABEL - _ARC * (last - first - 1)
    return max(group.heights[0] for group in between) + _ARC * (last - first - 1)


def _kept_columns(columns: int) -> tuple[list[int | None], int | None]:
    """The columns to draw, None for those left out in the middle, and where that is."""
    if columns <= MOST_COLUMNS:
        return list(range(columns)), None
    half = MOST_COLUMNS // 2
    return [*range(half), None, *range(columns - half, columns)], half


def _stack(members: list[tuple[str, int, str | None]], column: int, most_units: int) -> dict[str, Group]:
    """The groups of a column, one under another, about the height 0."""
    slots = [min(size, most_units) for _, size, _ in members]
    total = sum(slots) - 1 + (_LABEL + 0.4) * (len(members) - 1)
    top = total / 2
    groups = {}
    for (name, size, activation), count in zip(members, slots, strict=True):
        places = [top - slot for slot in range(count)]
        ellipsis = None
        units = list(range(size))
        if size > most_units:
            first = most_units // 2
            ellipsis = places.pop(first)
            units = [*range(first), *range(size - (most_units - 1 - first), size)]
        groups[name] = Group(name, size, activation, column, tuple(units), tuple(places), ellipsis)
        top -= count + _LABEL + 0.4
    return groups


def _name_of(activation: Activation) -> str:
    from ..core.activations import ACTIVATIONS

    return ACTIVATIONS.name_of(activation) if ACTIVATIONS.has(activation) else type(activation).__name__
