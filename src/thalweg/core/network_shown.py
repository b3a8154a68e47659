"""A network in a line of words, and as what a notebook shows of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..notebook.graph import graph
from ..notebook.pieces import paragraph, table
from .activations import ACTIVATIONS

if TYPE_CHECKING:
    from .network import Layer, Network


def network_in_words(net: Network) -> str:
    """Sizes and activations, the sources of layers that are fed by others than the one before, the parameters.

    >>> from thalweg.core.network import cascade, mlp
    >>> network_in_words(mlp(2, 3, 1, hidden="tanh")), network_in_words(cascade(2, 3, 1))
    ('2 - 3 tanh - 1 linear, 13 parameters', '2 - 3 tanh - 1 linear (layer2 from input, layer1), 15 parameters')
    """
    before = " + ".join(map(str, net.inputs.values()))
    told = " - ".join([before, *(f"{layer.size} {_activation(layer)}" for layer in net.layers)])
    last, others = list(net.inputs), []
    for layer in net.layers:
        if list(layer.sources or ()) != last:
            others.append(f"{layer.name} from {', '.join(layer.sources or ())}")
        last = [layer.name]
    fed = f" ({'; '.join(others)})" if others else ""
    return f"{told}{fed}, {net.parameter_count:,} parameters"


def network_in_html(net: Network) -> str:
    """A picture of the graph, and a table of the layers."""
    sources = {layer.name: layer.sources or () for layer in net.layers}
    under = {name: str(size) for name, size in net.inputs.items()}
    under |= {layer.name: f"{layer.size} {_activation(layer)}" for layer in net.layers}
    drops = any(layer.dropout for layer in net.layers)
    heads = ["layer", "size", "activation", "fed by", "parameters", *(["dropout"] if drops else [])]
    rows = []
    for layer in net.layers:
        weights = layer.size * (sum(net.sizes[source] for source in layer.sources or ()) + layer.bias)
        fed = ", ".join(layer.sources or ()) + ("" if layer.bias else " (no bias)")
        row = [layer.name, layer.size, _activation(layer), fed, weights]
        rows.append([*row, layer.dropout] if drops else row)
    inputs = ", ".join(f"{name} ({size})" for name, size in net.inputs.items())
    title = f"Network of {net.parameter_count:,} parameters"
    faint = paragraph(f"input{'s' if len(net.inputs) > 1 else ''}: {inputs}", "faint")
    return paragraph(title, "title") + graph(net.sizes, sources, under) + table(heads, rows) + faint


def _activation(layer: Layer) -> str:
    return ACTIVATIONS.name_of(layer.activation)
