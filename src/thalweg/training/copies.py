"""Hidden units that are copies of each other, so that they learn the same and count as one."""

from __future__ import annotations

import numpy as np

from ..core.network import Network, Parameters

_ROUNDING = 1e-5
"""By so much, as a share of a layer's largest weight, rounding may have parted copies."""


def copies(net: Network, params: Parameters) -> dict[str, int]:
    """How many units of each hidden layer have the weights to and from all others that another unit has; 0 left out.

    >>> import thalweg as tw
    >>> net = tw.mlp(2, 3, 1)
    >>> copies(net, net.init(0, "zeros")), copies(net, net.init(0))
    ({'layer1': 3}, {})
    """
    found = {}
    for layer in net.layers[:-1]:
        if layer.size > 1:
            incoming = [np.asarray(W) for W in params[layer.name].weights.values()]
            bias = params[layer.name].bias
            incoming += [] if bias is None else [np.asarray(bias)[:, None]]
            outgoing = [np.asarray(params[fed].weights[layer.name]).T for fed in net.fed_by[layer.name]]
            number = _alike([*incoming, *outgoing])
            if number:
                found[layer.name] = number
    return found


def _alike(parts: list[np.ndarray]) -> int:
    """How many rows are equal in all parts (units, weights) to another row, of those whose sums are near each other."""
    scale = [max(float(np.abs(part).max(initial=0.0)), 1e-300) for part in parts]
    sums = np.zeros(len(parts[0]))
    for part, size in zip(parts, scale, strict=True):
        sums += part @ np.cos(np.arange(1.0, part.shape[1] + 1)) / size
    order = np.argsort(sums)
    near = np.flatnonzero(np.diff(sums[order]) <= 100 * _ROUNDING)
    if not len(near):
        return 0
    alike = set()
    for left, right in zip(order[near], order[near + 1], strict=True):
        if all(
            float(np.abs(part[left] - part[right]).max(initial=0.0)) <= _ROUNDING * size
            for part, size in zip(parts, scale, strict=True)
        ):
            alike |= {int(left), int(right)}
    return len(alike)
