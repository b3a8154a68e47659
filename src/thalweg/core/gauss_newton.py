"""The Gauss-Newton matrix JᵀBJ, summed over examples, without the Jacobian J.

The derivative of an example's net input n of the output layer by the weights of layer l is a product: s ⊗ a, with s the
sensitivities of the layer's net inputs and a what feeds it (and 1 for the bias). So each block of the matrix is

    Σ_q Σ_op (s_l^o ⊗ a_l) B_op (s_m^p ⊗ a_m)ᵀ = Σ_q (Σ_op B_op s_l^o s_m^pᵀ) ⊗ (a_l a_mᵀ)

one product of matrices over the examples, whose size does not grow with the number of outputs; and where l = m both
factors are symmetric, so that a quarter of the block is enough.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from .arrays import Array, DType, Float, Namespace, namespace
from .losses import Loss
from .network import Network, Parameters
from .propagation import Forward, forward_phase, sensitivities_from
from .weighing import of_weighed_terms

if TYPE_CHECKING:
    import numpy as np


class Sums(NamedTuple):
    """What is summed over the examples: F, ∇F layer by layer, and the blocks of JᵀBJ as `_block` leaves them."""

    F: Array
    gradient: tuple[Array, ...]
    blocks: tuple[Array, ...]


def zero_sums(xp: Namespace, net: Network, dtype: DType) -> Sums:
    """The sums over no examples."""
    shapes = [(layer.size, fed) for layer, fed in zip(net.layers, _fed_sizes(net), strict=True)]
    return Sums(
        xp.zeros((), dtype=dtype),
        tuple(xp.zeros(shape, dtype=dtype) for shape in shapes),
        tuple(xp.zeros(shape, dtype=dtype) for shape in _factors(net)),
    )


def add_examples(
    total: Sums,
    net: Network,
    loss: Loss,
    params: Parameters,
    inputs: Mapping[str, Array],
    T: Float[Array, "examples outputs"],
    c: Float[Array, "examples _"],
) -> Sums:
    """The sums with those of a chunk of examples added; `c` holds the loss's factors."""
    passed = forward_phase(net, params, inputs)
    xp = namespace(passed.output)
    last = net.output
    n, a = passed.net_inputs[last.name], passed.output
    unit = xp.eye(last.size, dtype=a.dtype)
    seeds = [xp.broadcast_to(unit[o], n.shape) for o in range(last.size)]
    B = xp.stack([of_weighed_terms(loss.gauss_newton, last.activation, n, a, T, c, seed) for seed in seeds])
    slope = of_weighed_terms(loss.sensitivity, last.activation, n, a, T, c)
    each = sensitivities_from(net, params, _repeated(xp, passed, last.size), xp.stack(seeds))
    ones = xp.ones((T.shape[0], 1), dtype=a.dtype)
    s, weighed, fed, gradient = [], [], [], []
    for layer in net.layers:
        of_layer = each[layer.name]  # outputs × examples × size: ∂n_o/∂n of the layer
        s.append(xp.permute_dims(of_layer, (0, 2, 1)))
        weighed.append(xp.permute_dims(_weighed(xp, B, of_layer), (0, 2, 1)))
        sources = [passed.sent[source] for source in layer.sources or ()] + ([ones] if layer.bias else [])
        fed.append(sources[0].T if len(sources) == 1 else xp.concat(sources, axis=1).T)
        gradient.append(_one_weighed(xp, slope, of_layer).T @ fed[-1].T)
    layers = range(len(net.layers))
    blocks = [_block(xp, s[k], weighed[m], fed[k], fed[m], same=k == m) for k in layers for m in layers[k:]]
    return Sums(
        total.F + xp.sum(loss.terms(last.activation, n, a, T) * c),
        tuple(one + more for one, more in zip(total.gradient, gradient, strict=True)),
        tuple(one + more for one, more in zip(total.blocks, blocks, strict=True)),
    )


def assemble(
    net: Network, sums: Sums
) -> tuple[Array, Float[Array, " parameters"], Float[Array, "parameters parameters"]]:
    """F, ∇F and JᵀBJ of the sums, in the order of `Network.ravel`."""
    xp = namespace(sums.F)
    layers, sizes, fed = range(len(net.layers)), [layer.size for layer in net.layers], _fed_sizes(net)
    found: dict[tuple[int, int], Array] = {}
    pairs = [(k, m) for k in layers for m in layers[k:]]
    for (k, m), block in zip(pairs, sums.blocks, strict=True):
        if k == m:
            by_units = block[_pair_numbers(sizes[k])]  # size² × pairs of what feeds the layer
            whole = by_units[:, _pair_numbers(fed[k])]
        else:
            whole = block
        whole = xp.reshape(whole, (sizes[k], sizes[m], fed[k], fed[m]))
        whole = xp.reshape(xp.permute_dims(whole, (0, 2, 1, 3)), (sizes[k] * fed[k], sizes[m] * fed[m]))
        found[k, m], found[m, k] = whole, whole.T
    order = _order(net)
    matrix = xp.concat([xp.concat([found[k, m] for m in layers], axis=1) for k in layers])
    gradient = xp.concat([xp.reshape(g, (-1,)) for g in sums.gradient])
    return sums.F, gradient[order], matrix[order[:, None], order[None, :]]


def numbers_an_example(net: Network) -> int:
    """How many numbers `add_examples` holds for an example: the largest block's factors, and the sensitivities."""
    return max(units + fed for units, fed in _factors(net)) + 4 * net.output.size * sum(net.sizes.values())


def operations_an_example(net: Network, a_number: int) -> int:
    """The operations of `add_examples` for an example, when making and storing a number costs so many."""
    return sum(2 * units * fed + a_number * (net.output.size * units + fed) for units, fed in _factors(net))


def _factors(net: Network) -> list[tuple[int, int]]:
    """For each block, the pairs of units and the pairs of what feeds them: the shape of what is summed."""
    fed, layers = _fed_sizes(net), net.layers
    return [
        (_pairs(layers[k].size), _pairs(fed[k])) if k == m else (layers[k].size * layers[m].size, fed[k] * fed[m])
        for k in range(len(layers))
        for m in range(k, len(layers))
    ]


def _block(xp: Namespace, s: Array, weighed: Array, fed: Array, also_fed: Array, *, same: bool) -> Array:
    """Σ_q (Σ_o s^o weighed^oᵀ) ⊗ (fed also_fedᵀ): pairs of units × pairs of what feeds them."""
    if same:
        i, j = _pair_places(s.shape[1])
        k, m = _pair_places(fed.shape[0])
        units = _added(xp, s[:, i, :] * weighed[:, j, :])
        return units @ (fed[k] * fed[m]).T
    units = _added(xp, s[:, :, None, :] * weighed[:, None, :, :])
    products = fed[:, None, :] * also_fed[None, :, :]
    examples = fed.shape[1]
    return xp.reshape(units, (-1, examples)) @ xp.reshape(products, (-1, examples)).T


def _added(xp: Namespace, terms: Array) -> Array:
    """The sum over the outputs, the first axis."""
    return terms[0] if terms.shape[0] == 1 else xp.sum(terms, axis=0)


def _weighed(xp: Namespace, B: Array, s: Array) -> Array:
    """Σ_p B_op s^p of each output o."""
    if s.shape[0] == 1:
        return B * s
    return xp.stack([_one_weighed(xp, B[o], s) for o in range(s.shape[0])])


def _one_weighed(xp: Namespace, v: Array, s: Array) -> Array:
    """Σ_p v_p s^p: outputs p are the last axis of v (examples, outputs) and the first of s."""
    return _added(xp, v.T[:, :, None] * s)


def _repeated(xp: Namespace, passed: Forward, times: int) -> Forward:
    """A forward phase as if it had been made once for each output."""

    def repeat(arrays: dict[str, Array]) -> dict[str, Array]:
        return {name: xp.broadcast_to(values, (times, *values.shape)) for name, values in arrays.items()}

    return Forward(repeat(passed.net_inputs), repeat(passed.outputs), passed.sent, passed.output)


def _fed_sizes(net: Network) -> list[int]:
    """How many numbers feed each layer, the 1 of its bias included."""
    return [sum(net.sizes[source] for source in layer.sources or ()) + layer.bias for layer in net.layers]


def _pairs(size: int) -> int:
    return size * (size + 1) // 2


@lru_cache(maxsize=64)
def _pair_places(size: int) -> tuple[np.ndarray, np.ndarray]:
    """i and j of each pair (i, j), i ≤ j."""
    import numpy as np

    return np.triu_indices(size)


@lru_cache(maxsize=64)
def _pair_numbers(size: int) -> np.ndarray:
    """The number of the pair (i, j), i ≤ j, for every i and j, as a flat array."""
    import numpy as np

    numbers = np.empty((size, size), dtype=np.intp)
    i, j = _pair_places(size)
    numbers[i, j] = numbers[j, i] = np.arange(len(i))
    return numbers.ravel()


@lru_cache(maxsize=64)
def _order(net: Network) -> np.ndarray:
    """For each parameter in the order of `ravel`, its place where the columns of a layer's sources stand side by side.

    The bias is the last column.
    """
    import numpy as np

    places, start = [], 0
    for layer, fed in zip(net.layers, _fed_sizes(net), strict=True):
        grid = start + np.arange(layer.size * fed).reshape(layer.size, fed)
        edges = np.cumsum([net.sizes[source] for source in layer.sources or ()])
        places += [part.ravel() for part in np.split(grid, edges, axis=1)]
        start += grid.size
    return np.concatenate(places)
