"""F of a network with one weight moved, for many weights at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..core.activations import Elementwise, Linear
from ..core.arrays import Array
from ..core.losses import Loss
from ..core.network import Layer, LayerParameters, Network, Parameters
from ..core.propagation import forward_phase
from ..core.weighing import example_factors
from ..core.weight_names import WeightName, weight_at
from .differences import Values

_NUMBERS_AT_ONCE = 1 << 18


def perturbed_losses(
    net: Network,
    loss: Loss,
    params: Parameters,
    inputs: Mapping[str, Array],
    T: Array,
    weight: Array | None = None,
    *,
    l1: float = 0.0,
    l2: float = 0.0,
) -> Values:
    """F as a function of which parameter is moved, and where to; parameters are numbered as in `Network.ravel`.

    A weight changes the net input of one unit alone. So the forward phase computes that unit anew for each weight, and
    then the layers after it with all these together, each as examples of its own.

    >>> import thalweg as tw
    >>> net = tw.mlp(1, 1)
    >>> P, T = np.array([[3.0]]), np.array([[5.0]])
    >>> F = perturbed_losses(net, tw.losses.SSE(), net.init(0, "zeros"), {"input": P}, T)
    >>> F(np.array([0, 0, 1]), np.array([0.0, 1.0, 5.0]))
    array([25.,  4.,  0.])
    """
    passed = forward_phase(net, params, inputs)
    sources = {layer.name: {name: passed.sent[name] for name in layer.sources or ()} for layer in net.layers}
    weighs = net.ravel(
        {
            name: LayerParameters(
                {source: np.ones_like(W) for source, W in weights.items()},
                None if bias is None else np.zeros_like(bias),
            )
            for name, (weights, bias) in params.items()
        }
    )
    x = net.ravel(params)
    costs = weighs * (l1 * np.abs(x) + 0.5 * l2 * x * x)
    after = {layer.name: _after(net, layer) for layer in net.layers}

    def errors(layer: Layer, places: list[WeightName], points: np.ndarray) -> np.ndarray:
        """F without penalties of weights of one layer."""
        units = _units(net, layer, params[layer.name], places, points)
        moved = forward_phase(*units, sources[layer.name]).output
        column = [place.to for place in places]
        n = _replaced(passed.net_inputs[layer.name], column, moved)
        if isinstance(layer.activation, Elementwise):
            a = _replaced(passed.outputs[layer.name], column, layer.activation(moved))
        else:
            a = layer.activation(n)
        rest = after[layer.name]
        if rest is not None:
            fixed = {name: np.tile(passed.sent[name], (len(places), 1)) for name in rest.inputs if name != layer.name}
            kept = {
                later.name: LayerParameters(
                    {name: params[later.name].weights[name] for name in later.sources or ()}, params[later.name].bias
                )
                for later in rest.layers
            }
            further = forward_phase(rest, kept, {layer.name: a, **fixed})
            n, a = further.net_inputs[net.output.name], further.output
        elif layer is not net.output:  # a dead end
            n, a = (np.tile(array, (len(places), 1)) for array in (passed.net_inputs[net.output.name], passed.output))
        terms = loss.terms(net.output.activation, n, a, np.tile(T, (len(places), 1)))
        c = example_factors(loss, net.output.size, len(T), weight)
        return np.sum(terms.reshape(len(places), len(T), -1) * c, axis=(1, 2))

    def values(indices: np.ndarray, points: np.ndarray) -> np.ndarray:
        F = np.empty(len(indices))
        placed = [weight_at(net, int(index)) for index in indices]
        for layer in net.layers:
            mine = np.array([k for k, place in enumerate(placed) if place.layer == layer.name], dtype=np.intp)
            width = layer.size + sum(later.size for later in _layers(after[layer.name]))
            at_once = max(1, _NUMBERS_AT_ONCE // (len(T) * width))
            for start in range(0, len(mine), at_once):
                some = mine[start : start + at_once]
                F[some] = errors(layer, [placed[k] for k in some], points[some])
        if l1 or l2:
            F = F + costs.sum() - costs[indices] + weighs[indices] * (l1 * np.abs(points) + 0.5 * l2 * points * points)
        return F

    return values


def size_of_terms(net: Network, loss: Loss, T: Array, weight: Array | None) -> float:
    """Σ c t²: of squares of a - t, what F is where all outputs are 0; 0 for other losses.

    An output rounds by a share of its target, however small a - t is: so F is off by √F times √(Σ c t²) and its ε.

    >>> import thalweg as tw
    >>> size_of_terms(tw.mlp(1, 1), tw.losses.SSE(), np.array([[1.0], [2.0]]), None)
    5.0
    """
    if not loss.squares:
        return 0.0
    factors = loss.multiple() * example_factors(loss, net.output.size, len(T), weight)
    return float(np.sum(np.nan_to_num(T) ** 2 * factors))


def _replaced(array: np.ndarray, columns: list[int], values: np.ndarray) -> np.ndarray:
    """The array once for each column that is replaced by one of the values, all below each other."""
    found = np.repeat(array[None], len(columns), axis=0)
    found[np.arange(len(columns)), :, columns] = values.T
    return found.reshape(-1, array.shape[1])


def _units(
    net: Network, layer: Layer, params: LayerParameters, places: list[WeightName], points: np.ndarray
) -> tuple[Network, Parameters]:
    """A layer that has, for each place, the unit that it leads to, with the weight at that place moved."""
    to = [place.to for place in places]
    weights = {source: W[to] for source, W in params.weights.items()}
    bias = None if params.bias is None else params.bias[to]
    for row, (place, point) in enumerate(zip(places, points, strict=True)):
        if place.source is None:
            assert bias is not None
            bias[row] = point
        else:
            weights[place.source][row, place.origin] = point
    units = Layer(layer.name, len(places), Linear(), tuple(weights), layer.bias)
    return Network({source: net.sizes[source] for source in weights}, (units,)), {
        layer.name: LayerParameters(weights, bias)
    }


def _layers(net: Network | None) -> Sequence[Layer]:
    return () if net is None else net.layers


def _after(net: Network, layer: Layer) -> Network | None:
    """The layers that a layer reaches, with what else feeds them as inputs; None if they lack the output."""
    reached = {layer.name}
    layers = []
    for later in net.layers:
        if reached & set(later.sources or ()):
            reached.add(later.name)
            layers.append(later)
    if net.output.name not in reached or not layers:
        return None
    names = {layer.name, *(source for later in layers for source in later.sources or ())}
    names -= {later.name for later in layers}
    return Network({name: net.sizes[name] for name in net.sizes if name in names}, layers)
