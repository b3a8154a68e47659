"""The output of a network for many examples, block by block, so that the memory it takes does not grow with them."""

from __future__ import annotations

from collections.abc import Mapping

from .arrays import Array, Float
from .network import Network, Parameters
from .propagation import forward_phase

BLOCK = 8192
"""Examples of a block."""


def output_in_blocks(net: Network, params: Parameters, inputs: Mapping[str, Array]) -> Float[Array, "examples outputs"]:
    """The output (examples, outputs) of the forward phase on NumPy; of each block no more than its output is kept.

    >>> import numpy as np, thalweg as tw
    >>> net = tw.mlp(2, 1)
    >>> output_in_blocks(net, net.init(0), {"input": np.ones((50_000, 2))}).shape
    (50000, 1)
    """
    import numpy as np

    rows = len(next(iter(inputs.values())))
    if rows < 2 * BLOCK:
        return forward_phase(net, params, inputs).output
    starts = range(0, rows - BLOCK + 1, BLOCK)
    ends = (*starts[1:], rows)
    blocks = [{name: P[i:j] for name, P in inputs.items()} for i, j in zip(starts, ends, strict=True)]
    return np.concatenate([np.asarray(forward_phase(net, params, some).output) for some in blocks])
