"""Numbers in pieces: a layer that tells where between the quantiles of the training rows each number lies.

A piecewise encoding of numeric features (Gorishniy, Rubachev and Babenko 2022), as a layer of the network that is not
trained: unit k of a feature is tanh((p - c_k) / h_k), with c_k the middle of the k-th piece and h_k half its width.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ..core.activations import ACTIVATIONS
from ..core.network import Layer, LayerParameters, Network, Parameters
from ..data import Encoding
from ..data.numeric import NumericColumn
from ..errors import ArgumentError

LAYER = "pieces"
_NARROWEST = 0.05
"""Half the width of the narrowest piece, in standard deviations: a narrower one would be a jump."""


def with_pieces(net: Network, encoding: Encoding, pieces: int) -> Network:
    """The network with that layer before it, which feeds what the input feeds.

    Raises ArgumentError for a table without columns of numbers.
    """
    places = number_places(encoding)
    if not places:
        raise ArgumentError(f"pieces is {pieces}, and the table has no column of numbers: leave it out")
    (source,) = net.inputs
    first = Layer(LAYER, pieces * len(places), ACTIVATIONS.get("tanh"), (source,))
    fed = [
        dataclasses.replace(layer, sources=(source, LAYER, *(layer.sources or ())[1:]))
        if source in (layer.sources or ())
        else layer
        for layer in net.layers
    ]
    return Network(dict(net.inputs), [first, *fed])


def number_places(encoding: Encoding) -> list[int]:
    """The places, among the features, of the columns of numbers.

    >>> import polars as pl
    >>> frame = pl.DataFrame({"kind": ["a", "b", "a", "b"], "size": [1.0, 2.0, 4.0, 8.0], "y": [1.0, 3.0, 2.0, 0.5]})
    >>> encoding = Encoding.fit(frame, "y", "regression")
    >>> encoding.feature_names, number_places(encoding)
    (('kind=a', 'kind=b', 'size'), [2])
    """
    places, at = [], 0
    for column in encoding.inputs:
        if isinstance(column, NumericColumn):
            places.append(at)
        at += len(column.feature_names)
    return places


def fitted_pieces(net: Network, params: Parameters, P: np.ndarray, encoding: Encoding) -> Parameters:
    """The parameters with those of the pieces, from the quantiles of encoded rows; without such a layer as they are.

    A feature of fewer different quantiles has fewer pieces, and units that are always 0.
    """
    if LAYER not in params:
        return params
    places = number_places(encoding)
    (source,) = net.inputs
    W, b = np.zeros((net.sizes[LAYER], net.sizes[source])), np.zeros(net.sizes[LAYER])
    pieces = len(b) // len(places)
    for number, place in enumerate(places):
        edges = np.unique(np.quantile(P[:, place], np.linspace(0.0, 1.0, pieces + 1)))
        if len(edges) > 2:
            middle, half = (edges[1:] + edges[:-1]) / 2.0, np.maximum((edges[1:] - edges[:-1]) / 2.0, _NARROWEST)
            units = slice(number * pieces, number * pieces + len(middle))
            W[units, place], b[units] = 1.0 / half, -middle / half
    return {**params, LAYER: LayerParameters({source: W}, b)}


def frozen_pieces(net: Network) -> tuple[str, ...]:
    """The layer's name, for `frozen`, if the network has it."""
    return (LAYER,) if any(layer.name == LAYER for layer in net.layers) else ()
