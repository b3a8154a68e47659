"""Tied weights: a layer whose weights are another's, transposed, as in the decoder of an autoencoder."""

from __future__ import annotations

from typing import TypeAlias

from ..core.arrays import Array
from ..core.network import LayerParameters, Parameters

Ties: TypeAlias = tuple[tuple[str, str], ...]
"""Pairs of layers with one source each: the weights of the second are those of the first, transposed."""


def tied_gradient(ties: Ties, gradient: Parameters) -> Parameters:
    """∂F/∂W of a weight that stands in two places: the sum of both, g + g'ᵀ; its transpose in the second place.

    >>> import numpy as np, thalweg as tw
    >>> net = tw.mlp(1, 1, 1, hidden="linear")
    >>> g = tied_gradient((("layer1", "layer2"),), net.unravel(np.array([3.0, 0.0, 4.0, 0.0])))
    >>> net.ravel(g)
    array([7., 0., 7., 0.])
    """
    found = dict(gradient)
    for first, second in ties:
        g = _weights(gradient[first]) + _weights(gradient[second]).T
        found[first], found[second] = _with_weights(gradient[first], g), _with_weights(gradient[second], g.T)
    return found


def tied(ties: Ties, params: Parameters) -> Parameters:
    """Parameters, or an update of them, with the first layer's weights in both places."""
    found = dict(params)
    for first, second in ties:
        found[second] = _with_weights(params[second], _weights(params[first]).T)
    return found


def _weights(layer: LayerParameters) -> Array:
    (weights,) = layer.weights.values()
    return weights


def _with_weights(layer: LayerParameters, weights: Array) -> LayerParameters:
    (source,) = layer.weights
    return LayerParameters({source: weights}, layer.bias)
