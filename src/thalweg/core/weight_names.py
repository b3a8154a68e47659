"""Names of single weights: layer[to,from], layer[to,source:from] where several sources feed, layer[to] for a bias."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..errors import ArgumentError, shown, unknown
from .network import Layer, Network

_FORM = re.compile(r"(?P<layer>[^\[\]]+)\[\s*(?P<to>\d+)\s*(?:,\s*(?:(?P<source>[^:\[\]]+):)?\s*(?P<origin>\d+)\s*)?\]")


@dataclass(frozen=True)
class WeightName:
    """A weight from unit `origin` of `source` to unit `to` of a layer, or (source None) the bias of that unit."""

    layer: str
    to: int
    source: str | None = None
    origin: int | None = None


def name_of(net: Network, weight: WeightName) -> str:
    """The name of a weight or bias.

    >>> import thalweg as tw
    >>> net = tw.cascade(2, 3, 1)
    >>> name_of(net, WeightName("layer2", 0, "input", 1)), name_of(net, WeightName("layer1", 2))
    ('layer2[0,input:1]', 'layer1[2]')
    """
    if weight.source is None:
        return f"{weight.layer}[{weight.to}]"
    source = "" if len(_layer(net, weight.layer).sources or ()) == 1 else f"{weight.source}:"
    return f"{weight.layer}[{weight.to},{source}{weight.origin}]"


def find_weight(net: Network, name: str) -> WeightName:
    """The weight or bias of a name; raises ArgumentError, with the near names, for one that the network has not.

    >>> import thalweg as tw
    >>> find_weight(tw.mlp(2, 3, 1), "layer1[2,0]")
    WeightName(layer='layer1', to=2, source='input', origin=0)
    """
    if not isinstance(name, str):
        raise ArgumentError(f"weight is {shown(name)}; it must be a name, such as {_example(net)}")
    found = _FORM.fullmatch(name.strip())
    if found is None:
        raise ArgumentError(
            f"weight {name!r} is no name of one: write layer[to,from] for a weight and layer[to] for a bias, counted "
            f"from 0, such as {_example(net)}"
        )
    layer = _layer(net, found["layer"])
    to = int(found["to"])
    if to >= layer.size:
        raise ArgumentError(f"weight {name!r}: layer {layer.name!r} has {_units(layer.size)}")
    if found["origin"] is None:
        if not layer.bias:
            raise ArgumentError(f"weight {name!r}: layer {layer.name!r} has no bias")
        return WeightName(layer.name, to)
    sources: tuple[str, ...] = layer.sources or ()
    if found["source"] is None and len(sources) > 1:
        known = " or ".join(f"{layer.name}[{to},{source}:{found['origin']}]" for source in sources)
        raise ArgumentError(f"weight {name!r}: layer {layer.name!r} has several sources; write {known}")
    source = found["source"] or next(iter(sources))
    if source not in sources:
        raise ArgumentError(f"weight {name!r}: {unknown('source', source, sources)}")
    origin = int(found["origin"])
    if origin >= net.sizes[source]:
        raise ArgumentError(f"weight {name!r}: {source!r} has {_units(net.sizes[source])} (write layer[to,from])")
    return WeightName(layer.name, to, source, origin)


def index_of(net: Network, weight: WeightName) -> int:
    """The index of a weight or bias in the vector of `Network.ravel`.

    >>> import thalweg as tw
    >>> net = tw.mlp(2, 3, 1)
    >>> index_of(net, WeightName("layer1", 2, "input", 0)), index_of(net, WeightName("layer2", 0))
    (4, 12)
    """
    start = 0
    for layer in net.layers:
        for source in layer.sources or ():
            size = net.sizes[source]
            if (layer.name, source) == (weight.layer, weight.source):
                assert weight.origin is not None
                return start + weight.to * size + weight.origin
            start += layer.size * size
        if layer.bias:
            if layer.name == weight.layer and weight.source is None:
                return start + weight.to
            start += layer.size
    raise ArgumentError(f"the network has no {weight}")


def weight_at(net: Network, index: int) -> WeightName:
    """The weight or bias at an index of the vector of `Network.ravel`: the inverse of `index_of`.

    >>> import thalweg as tw
    >>> weight_at(tw.mlp(2, 3, 1), 4)
    WeightName(layer='layer1', to=2, source='input', origin=0)
    """
    left = index
    for layer in net.layers:
        for source in layer.sources or ():
            size = net.sizes[source]
            if 0 <= left < layer.size * size:
                return WeightName(layer.name, left // size, source, left % size)
            left -= layer.size * size
        if layer.bias:
            if 0 <= left < layer.size:
                return WeightName(layer.name, left)
            left -= layer.size
    raise ArgumentError(f"index {index}: the network has {net.parameter_count} parameters")


def _units(size: int) -> str:
    """How many units there are, and their numbers."""
    return "1 unit, 0" if size == 1 else f"{size} units, 0 to {size - 1}"


def _layer(net: Network, name: str) -> Layer:
    for layer in net.layers:
        if layer.name == name:
            return layer
    raise ArgumentError(unknown("layer", name, [layer.name for layer in net.layers]))


def _example(net: Network) -> str:
    layer = net.layers[0]
    return name_of(net, WeightName(layer.name, 0, (layer.sources or ("",))[0], 0))
