"""L-BFGS of SciPy on an estimator's loss, as scikit-learn calls it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import scipy.optimize
from scipy.optimize import OptimizeResult

from ..core.arrays import Array
from ..core.blocks import loss_and_gradient_in_blocks
from ..core.losses import Loss
from ..core.network import Network
from .network import INPUT, parameters_of


def pack(coefs: Sequence[np.ndarray], intercepts: Sequence[np.ndarray]) -> np.ndarray:
    """All coefficients, then all intercepts, as one vector."""
    return np.concatenate([np.ravel(part) for part in (*coefs, *intercepts)])


def unpack(net: Network, x: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """The coefficients and intercepts that a vector stands for: views of it."""
    units = [*net.inputs.values(), *(layer.size for layer in net.layers)]
    coefs, intercepts, at = [], [], 0
    for fan_in, fan_out in pairwise(units):
        coefs.append(x[at : at + fan_in * fan_out].reshape(fan_in, fan_out))
        at += fan_in * fan_out
    for size in units[1:]:
        intercepts.append(x[at : at + size])
        at += size
    return coefs, intercepts


def loss_and_packed_gradient(
    net: Network, loss: Loss, x: np.ndarray, X: Array, Y: np.ndarray, weight: np.ndarray | None, alpha: float
) -> tuple[float, np.ndarray]:
    """F of all rows with α/2 Σw² divided by their number (or weight), and its gradient as one vector."""
    rows = Y.shape[0] if weight is None else float(np.sum(weight))
    params = parameters_of(net, *unpack(net, x))
    with np.errstate(all="ignore"):
        F, g = loss_and_gradient_in_blocks(net, loss, params, {INPUT: X}, Y, weight, l2=alpha / rows)
    by_weight = [W.T for weights, _ in g.values() for W in weights.values()]
    return float(F), pack(by_weight, [layer.bias for layer in g.values() if layer.bias is not None])


def minimize(
    objective: Callable[[np.ndarray], tuple[float, np.ndarray]],
    x: np.ndarray,
    *,
    max_iter: int,
    max_fun: int,
    tol: float,
    verbose: bool,
) -> OptimizeResult:
    """SciPy's result, with the loss of each iteration as `losses`."""
    losses: list[float] = []

    def after(intermediate_result: OptimizeResult) -> None:
        losses.append(float(intermediate_result.fun))
        if verbose:
            print(f"Iteration {len(losses)}, loss = {losses[-1]:.8f}")

    result = scipy.optimize.minimize(
        objective,
        x,
        method="L-BFGS-B",
        jac=True,
        callback=after,
        options={"maxfun": max_fun, "maxiter": max_iter, "gtol": tol},
    )
    result.losses = losses
    return result
