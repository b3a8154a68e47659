"""The curvature at one point: products with many vectors, in chunks of examples so that memory stays bounded."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import NamedTuple

from .activations import Activation
from .arrays import Array, Float, Real, Scalar, namespace
from .control import fold_rows
from .curvature import gauss_newton_product_after, hessian_product_after
from .losses import Loss
from .network import LayerParameters, Network, Parameters
from .propagation import Forward, backward_phase, collect, forward_phase, sensitivities_from
from .weighing import example_factors, of_weighed_terms

_NUMBERS_KEPT = 1 << 26
_NUMBERS_IN_A_CHUNK = 1 << 24


class _Chunk(NamedTuple):
    """Some examples, and what of a product with the curvature does not depend on the vector, if that is kept."""

    inputs: dict[str, Array]
    T: Array
    weight: Array
    """Each example's factor in F, or each target's, but for the share of each output."""
    net_inputs: dict[str, Array] | None
    outputs: dict[str, Array] | None
    """Of the layers."""
    s: dict[str, Array] | None


@dataclasses.dataclass(frozen=True)
class Curvature:
    """∇²F, or its Gauss-Newton part, at given parameters: `curvature_at` makes it.

    The forward phase and the sensitivities are the same for all vectors: they are computed once, if they fit into
    memory, and else again for each chunk of examples of each product.
    """

    net: Network
    loss: Loss
    params: Parameters
    l2: Scalar | None
    gauss_newton: bool
    rows: int
    """Examples in a chunk."""
    examples: _Chunk

    def product(self, v: Float[Array, " parameters"]) -> Float[Array, " parameters"]:
        """∇²F v, or Jᵀ B J v."""
        net, direction = self.net, self.net.unravel(v)

        def add(total: Array, chunk: _Chunk) -> Array:
            passed = self._passed(chunk)
            if self.gauss_newton:
                found = gauss_newton_product_after(
                    net, self.loss, self.params, passed, chunk.T, direction, chunk.weight
                )
            else:
                s = self._sensitivities(chunk, passed)
                found = hessian_product_after(net, self.loss, self.params, passed, s, chunk.T, direction, chunk.weight)
            return total + net.ravel(found)

        total = fold_rows(namespace(v), add, namespace(v).zeros_like(v), self.examples, self.rows)
        return total if self.l2 is None else total + self.l2 * self._weights_of(direction)

    def leaning(self, z: Float[Array, "examples outputs"]) -> Float[Array, " parameters"]:
        """Jᵀz, J of the outputs: of a random z, a random vector that leans to the directions of large curvature."""
        net, last = self.net, self.net.output

        def add(total: Array, chunk_and_z: tuple[_Chunk, Array]) -> Array:
            chunk, z = chunk_and_z
            passed = self._passed(chunk)
            n, a = passed.net_inputs[last.name], passed.output
            root = namespace(z).sqrt(chunk.weight)
            back = of_weighed_terms(_through, last.activation, n, a, z, root if root.ndim == 2 else root[:, None])
            return total + net.ravel(collect(passed, sensitivities_from(net, self.params, passed, back), self.params))

        x = net.ravel(self.params)
        return fold_rows(namespace(x), add, namespace(x).zeros_like(x), (self.examples, z), self.rows)

    def _passed(self, chunk: _Chunk) -> Forward:
        if chunk.net_inputs is None or chunk.outputs is None:
            return forward_phase(self.net, self.params, chunk.inputs)
        a = {**chunk.inputs, **chunk.outputs}
        return Forward(chunk.net_inputs, a, a, a[self.net.output.name])

    def _sensitivities(self, chunk: _Chunk, passed: Forward) -> dict[str, Array]:
        if chunk.s is not None:
            return chunk.s
        return backward_phase(self.net, self.loss, self.params, passed, chunk.T, chunk.weight)

    def _weights_of(self, direction: Parameters) -> Array:
        """The direction with zeros for the biases."""
        found = {
            name: LayerParameters(weights, None if bias is None else namespace(bias).zeros_like(bias))
            for name, (weights, bias) in direction.items()
        }
        return self.net.ravel(found)


def _through(activation: Activation, n: Array, a: Array, z: Array, c: Array | None = None) -> Array:
    """Ḟᵀ z, with c before it."""
    return activation.backpropagate(n, a, z if c is None else z * c)


def curvature_at(
    net: Network,
    loss: Loss,
    params: Parameters,
    inputs: Mapping[str, Array],
    T: Real[Array, "examples outputs"],
    sample_weight: Float[Array, " examples"] | Float[Array, "examples outputs"] | None = None,
    *,
    l2: Scalar | None = None,
    gauss_newton: bool = False,
    numbers_kept: int = _NUMBERS_KEPT,
    numbers_in_a_chunk: int = _NUMBERS_IN_A_CHUNK,
) -> Curvature:
    """The curvature of F at the parameters, for products with many vectors in the order of `ravel`.

    Args:
        net, loss, params, inputs, T, sample_weight: As in `loss_and_gradient`.
        l2: Adds (l2/2) Σ w²; None costs nothing.
        gauss_newton: Whether it is that of the Gauss-Newton matrix, which is never negative.
        numbers_kept: At most about so many are kept between products,
        numbers_in_a_chunk: and so many held beside them during one.

    >>> import numpy as np, thalweg as tw
    >>> net = tw.mlp(1, 1)
    >>> P, T = np.array([[-1.0], [0.0], [1.0]]), np.array([[-1.5], [0.5], [2.5]])
    >>> curvature_at(net, tw.losses.SSE(), net.init(0), {"input": P}, T).product(np.array([1.0, 1.0]))
    array([4., 6.])
    """
    xp = namespace(T, net.ravel(params))
    examples = T.shape[0]
    units = sum(layer.size for layer in net.layers)
    c = example_factors(loss, 1, examples, sample_weight)
    c = xp.asarray(c, dtype=T.dtype)
    of_targets = sample_weight is not None and sample_weight.ndim == 2
    weight = c if of_targets else xp.broadcast_to(xp.reshape(c, (-1,)), (examples,))
    summed = dataclasses.replace(loss, reduction="sum")  # the weights hold the factors of the whole, also in a chunk
    chunk = _Chunk(dict(inputs), T, weight, None, None, None)
    if 3 * units * examples <= numbers_kept:
        passed = forward_phase(net, params, inputs)
        outputs_of = {layer.name: passed.outputs[layer.name] for layer in net.layers}
        s = None if gauss_newton else backward_phase(net, summed, params, passed, T, weight)
        chunk = chunk._replace(net_inputs=passed.net_inputs, outputs=outputs_of, s=s)
    rows = max(1, numbers_in_a_chunk // (4 * units))
    return Curvature(net, summed, params, l2, gauss_newton, rows, chunk)
