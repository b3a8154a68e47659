"""Examples block by block, so that the memory that a network takes for them does not grow with them.

A sum over so many examples that they go in blocks is the sum of the blocks' sums, on either engine. Fewer examples are
one block, and nothing is added twice.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from .arrays import Array, Float, Namespace, Scalar, namespace, tree_map
from .control import fold_rows
from .losses import Loss
from .network import Network, Parameters
from .propagation import forward_phase, loss_and_gradient, penalized, total_loss
from .weighing import total_weight

Total = TypeVar("Total")

BLOCK = 8192
"""Examples of a block on NumPy, where fewer than two blocks stay together."""
COMPILED_NUMBERS = 1 << 24
"""Outputs of layers in a block of a compiled program, which keeps fewer arrays, and on a GPU wants large ones."""


def output_in_blocks(net: Network, params: Parameters, inputs: Mapping[str, Array]) -> Float[Array, "examples outputs"]:
    """The output (examples, outputs) of the forward phase on NumPy; of each block no more than its output is kept.

    >>> import numpy as np, thalweg as tw
    >>> net = tw.mlp(2, 1)
    >>> output_in_blocks(net, net.init(0), {"input": np.ones((50_000, 2))}).shape
    (50000, 1)
    """
    import numpy as np

    rows = next(iter(inputs.values())).shape[0]
    if rows < 2 * BLOCK:
        return forward_phase(net, params, inputs).output
    starts = range(0, rows - BLOCK + 1, BLOCK)
    ends = (*starts[1:], rows)
    blocks = [{name: P[i:j] for name, P in inputs.items()} for i, j in zip(starts, ends, strict=True)]
    return np.concatenate([np.asarray(forward_phase(net, params, some).output) for some in blocks])


def loss_and_gradient_in_blocks(
    net: Network,
    loss: Loss,
    params: Parameters,
    inputs: Mapping[str, Array],
    T: Array,
    sample_weight: Array | None = None,
    masks: Mapping[str, Array] | None = None,
    *,
    l1: Scalar | None = None,
    l2: Scalar | None = None,
) -> tuple[Array, Parameters]:
    """`loss_and_gradient`, with the memory of a block.

    Args:
        net, loss, params, inputs, T, sample_weight, masks, l1, l2: As there.

    >>> import numpy as np, thalweg as tw
    >>> net = tw.mlp(1, 1)
    >>> P = np.ones((50_000, 1))
    >>> F, g = loss_and_gradient_in_blocks(net, tw.losses.MSE(), net.unravel(np.zeros(2)), {"input": P}, P)
    >>> float(F), net.ravel(g)
    (1.0, array([-2., -2.]))
    """
    rows = _rows_of_a_block(net, T)
    if rows is None:
        return loss_and_gradient(net, loss, params, inputs, T, sample_weight, masks, l1=l1, l2=l2)

    def of_block(loss: Loss, inputs: Mapping[str, Array], T: Array, weight: Any, masks: Any) -> Any:
        return loss_and_gradient(net, loss, params, inputs, T, weight, masks)

    zero = namespace(T).zeros((), dtype=T.dtype), tree_map(namespace(T).zeros_like, params)
    F, g = summed_in_blocks(of_block, zero, rows, loss, inputs, T, sample_weight, masks)
    return penalized(F, g, params, l1, l2)


def total_loss_in_blocks(
    net: Network, loss: Loss, params: Parameters, inputs: Mapping[str, Array], T: Array, sample_weight: Array | None
) -> Array:
    """F of examples, without penalties: `total_loss` of their forward phase, with the memory of a block."""

    def of_block(loss: Loss, inputs: Mapping[str, Array], T: Array, weight: Any, masks: Any) -> Any:
        return total_loss(net, loss, forward_phase(net, params, inputs, masks), T, weight)

    rows = _rows_of_a_block(net, T)
    if rows is None:
        return of_block(loss, inputs, T, sample_weight, None)
    return summed_in_blocks(of_block, namespace(T).zeros((), dtype=T.dtype), rows, loss, inputs, T, sample_weight, None)


def in_blocks(
    net: Network, product: Callable[..., Array], zero: Array, loss: Loss, inputs: Any, T: Array, sample_weight: Any
) -> Array:
    """What `product(loss, inputs, T, sample_weight)`, a sum over examples with the loss's factors, gives for all."""
    rows = _rows_of_a_block(net, T)
    if rows is None:
        return product(loss, inputs, T, sample_weight)
    return summed_in_blocks(
        lambda loss, inputs, T, weight, _: product(loss, inputs, T, weight), zero, rows, loss, inputs, T,
        sample_weight, None,
    )  # fmt: skip


def summed_in_blocks(
    function: Callable[..., Total],
    zero: Total,
    rows: int,
    loss: Loss,
    inputs: Mapping[str, Array],
    T: Array,
    weight: Array | None,
    masks: Mapping[str, Array] | None,
) -> Total:
    """Σ of `function(loss, inputs, T, weight, masks)` over blocks of so many rows; a mean is divided at the end."""
    xp = namespace(T)
    if weight is None and xp is not namespace():
        weight = xp.ones(T.shape[0], dtype=T.dtype)  # what fills the last block up weighs nothing
    whole = dataclasses.replace(loss, reduction="sum")

    def add(total: Total, block: Any) -> Total:
        return tree_map(lambda total, part: total + part, total, function(whole, *block))

    total = fold_rows(xp, add, zero, (dict(inputs), T, weight, masks and dict(masks)), rows)
    if loss.reduction == "sum":
        return total
    if weight is None:
        share = 1.0 / T.shape[0]
    else:
        sum_of_weights = total_weight(weight)
        share = 1.0 / xp.where(sum_of_weights > 0, sum_of_weights, xp.ones_like(sum_of_weights))
    return tree_map(lambda total: total * share, total)


def _rows_of_a_block(net: Network, T: Array) -> int | None:
    """How many rows go together; None: all of them."""
    xp: Namespace = namespace(T)
    if xp is namespace():
        return BLOCK if T.shape[0] >= 2 * BLOCK else None
    rows = max(1, COMPILED_NUMBERS // sum(net.sizes.values()))
    return rows if T.shape[0] > rows else None
