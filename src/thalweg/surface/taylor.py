"""The second-order Taylor expansion of the error about a point, and how far from it the expansion holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ..core.arrays import Array, float_array
from ..core.kinds import check_number, takes_kinds
from ..core.losses import Loss
from ..core.network import Network, Parameters
from ..errors import ArgumentError, DataError
from ..optimizers.full_batch import Problem
from ..training.arguments import check_start
from .loss_point import check_loss_point
from .quadratic import Quadratic, check_matrix

_NEAREST, _FARTHEST = 1e-6, 1e6
_STEPS_A_DOUBLING = 8
_BISECTIONS = 40


@dataclass(frozen=True)
class Reach:
    """How far an expansion holds along a direction v: up to x* + `step` v, infinite if it held wherever it was looked.

    `error` is |F̂ - F| / |F| there.
    """

    step: float
    error: float
    tolerance: float


@dataclass(frozen=True)
class Taylor:
    """F̂(x) = F(x*) + gᵀ(x - x*) + ½(x - x*)ᵀH(x - x*) about the point x*. NND 3.10-3.12."""

    point: np.ndarray
    F: float
    gradient: np.ndarray
    hessian: np.ndarray
    problem: Problem = field(repr=False)

    def value(self, x: np.ndarray) -> Array:
        """F̂ at a point (parameters,), or at each of the points (..., parameters)."""
        points = float_array("x", x)
        if points.shape[-1:] != self.point.shape:
            raise ArgumentError(f"x has shape {points.shape}; it must be (..., {len(self.point)})")
        step = points - self.point
        return self.F + step @ self.gradient + 0.5 * np.sum(step @ self.hessian * step, axis=-1)

    @property
    def quadratic(self) -> Quadratic:
        """The same as c + dᵀx + ½xᵀAx: its eigenvalues, its stationary point, Newton's step, exact trajectories."""
        H, g, x = self.hessian, self.gradient, self.point
        return Quadratic(float(self.F - g @ x + 0.5 * x @ H @ x), g - H @ x, H)

    def reach(self, direction: Parameters | np.ndarray | None = None, tolerance: float = 0.1) -> Reach:
        """How far along a direction v (of any length; None: down the gradient) the expansion holds.

        It holds up to the first step h at which |F̂ - F| is above `tolerance` |F| at x* + hv; looked for from a
        millionth to a million times the size of the point on. Raises ArgumentError for a direction that does not fit,
        is 0 or not finite.

        >>> import thalweg as tw
        >>> net = tw.mlp(1, 1, output="tanh")
        >>> about = taylor(net, "sse", net.unravel(np.zeros(2)), np.array([[1.0]]), np.array([[1.0]]))
        >>> round(about.reach(np.array([1.0, 0.0]), tolerance=0.1).step, 3)
        0.457
        """
        tolerance = check_number("tolerance", tolerance)
        v = self._direction(direction)
        unit = (1.0 + float(np.linalg.norm(self.point))) / float(np.linalg.norm(v))

        def error_at(h: float) -> float:
            x = self.point + h * v
            with np.errstate(all="ignore"):
                F = float(self.problem.value(x))
                error = abs(float(self.value(x)) - F)
            return error / abs(F) if F != 0 else (0.0 if error == 0 else float("inf"))

        good, h = 0.0, _NEAREST * unit
        while error_at(h) <= tolerance:
            good, h = h, h * 2.0 ** (1.0 / _STEPS_A_DOUBLING)
            if h > _FARTHEST * unit:
                return Reach(float("inf"), error_at(good), tolerance)
        bad = h
        for _ in range(_BISECTIONS):
            middle = 0.5 * (good + bad)
            good, bad = (middle, bad) if error_at(middle) <= tolerance else (good, middle)
        return Reach(good, error_at(good), tolerance)

    def _direction(self, direction: Parameters | np.ndarray | None) -> np.ndarray:
        net = self.problem.net
        if direction is None:
            v = -self.gradient
        elif isinstance(direction, Mapping):
            v = net.ravel(check_start(net, direction, "float64"))
        else:
            try:
                v = np.asarray(direction, dtype=np.float64)
            except (TypeError, ValueError):
                raise ArgumentError("direction does not hold numbers; it must be (parameters,)") from None
            net.unravel(v)
        if not np.isfinite(v).all() or not v.any():
            what = "the gradient is 0: give a direction" if direction is None else "direction is 0 or not finite"
            raise ArgumentError(f"{what}; it must be (parameters,), finite and not all 0")
        return v


@takes_kinds
def taylor(
    net: Network,
    loss: str | Loss | None,
    params: Parameters,
    P: np.ndarray | Mapping[str, np.ndarray],
    T: np.ndarray,
    *,
    sample_weight: Array | None = None,
    target_weight: Array | None = None,
    targets: str = "complete",
    l2: float = 0.0,
) -> Taylor:
    """F, its gradient and its Hessian at the parameters of any network: F̂(x) = F + gᵀ(x - x*) + ½(x - x*)ᵀH(x - x*).

    Vectors and the Hessian are in the order of `Network.ravel`.

    Args:
        net: The network.
        loss: A name or object of `tw.losses`; None: the one that `tw.train` would take.
        params: The parameters, as `net.init()` gives them.
        P: Inputs (examples, features), or a mapping of one array for each input.
        T: Targets (examples, outputs).
        sample_weight: (examples,) weights of the examples; 2 counts as the example given twice.
        target_weight: (examples, outputs) weights of the single targets; 0 is as left out.
        targets: "complete", or "ignore_nan": a target that is NaN is missing, and has weight 0.
        l2: Adds (l2/2) Σ w² over the weights to F.

    Raises ArgumentError and DataError for what does not fit, for a network with so many
    parameters that its Hessian would not fit into memory (`tw.curvature_spectrum` needs none), and for parameters at
    which F has no finite value. NND 3.10-3.12.

    >>> import thalweg as tw
    >>> net = tw.mlp(1, 1)
    >>> P, T = np.array([[-1.0], [0.0], [1.0]]), np.array([[-1.5], [0.5], [2.5]])
    >>> about = taylor(net, "sse", net.unravel(np.zeros(2)), P, T)
    >>> about.F, about.gradient, about.hessian
    (8.75, array([-8., -3.]), array([[4., 0.],
           [0., 6.]]))
    """
    check_matrix(net)
    problem, x = check_loss_point(net, loss, params, P, T, sample_weight, l2, target_weight, targets)
    with np.errstate(all="ignore"):
        F, g = problem.gradient(x)
        H = problem.hessian(x)
    if not (np.isfinite(F) and np.isfinite(g).all() and np.isfinite(H).all()):
        raise DataError("the error or its derivatives at the parameters are not finite: use smaller parameters")
    return Taylor(x, float(F), g, 0.5 * (H + H.T), problem)
