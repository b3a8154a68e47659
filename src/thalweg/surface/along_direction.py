"""The error along one direction through the parameters, with the parabola that slope and curvature make of it there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from ..core.arrays import Array
from ..core.kinds import takes_kinds
from ..core.losses import LOSSES, Loss
from ..core.network import Network, Parameters
from ..core.plain_data import JsonObject
from ..errors import ArgumentError, DataError
from .evaluate import errors_across
from .loss_point import check_loss_point, error_told, named
from .plane import check_points, check_span

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


Direction: TypeAlias = np.ndarray | Sequence[float]
"""(parameters,), in the order of `Network.ravel`."""


@dataclass(frozen=True)
class ErrorAlongDirection:
    """F (points,) at x* + h v for the steps h (points,) along a direction v of length 1; at h = 0 F is `F_at`.

    F is NaN where it is not finite.
    """

    name: str
    direction: np.ndarray
    steps: np.ndarray
    F: np.ndarray
    F_at: float
    slope: float
    """gᵀv, by the backward phase."""
    curvature: float
    """vᵀ∇²F v, by one exact product."""
    loss: str
    l2: float = 0.0
    """The penalty in F."""

    @property
    def error(self) -> str:
        """What F is, in words: the error of a loss, and the l2 penalty if it has one."""
        return error_told(self.loss, self.l2)

    def parabola(self, steps: ArrayLike) -> np.ndarray:
        """F + gᵀv h + ½ vᵀ∇²F v h², the second-order expansion. NND 3.10-3.12."""
        h = np.asarray(steps)
        with np.errstate(over="ignore"):
            return self.F_at + self.slope * h + 0.5 * self.curvature * h**2

    def descent(self, learning_rate: float, updates: int) -> np.ndarray:
        """Where gradient descent goes on the parabola: the steps h (updates + 1,) from 0 on.

        h_{k+1} = h_k - α (gᵀv + vᵀ∇²F v h_k), which runs away from the lowest point if α > 2 / vᵀ∇²F v. NND 3.24.
        """
        h = [0.0]
        for _ in range(updates):
            h.append(h[-1] - learning_rate * (self.slope + self.curvature * h[-1]))
        return np.array(h)

    def to_dict(self) -> JsonObject:
        """Plain data for a file, without the direction; None where F is not finite."""
        from ..files.model_file import plain

        told = {name: value for name, value in vars(self).items() if name != "direction"}
        return plain({**told, "parabola": self.parabola(self.steps)})


@takes_kinds
def error_along_direction(
    net: Network,
    loss: str | Loss | None,
    params: Parameters,
    P: np.ndarray | Mapping[str, np.ndarray],
    T: np.ndarray,
    direction: Direction,
    *,
    span: tuple[float, float] | None = None,
    points: int = 101,
    sample_weight: Array | None = None,
    target_weight: Array | None = None,
    targets: str = "complete",
    l2: float = 0.0,
    name: str = "direction",
) -> ErrorAlongDirection:
    """F from `params` along a direction (parameters,), with its parabola there; steps are distances, v made length 1.

    Args:
        net: The network.
        loss: A name or object of `tw.losses`; None: the one that `tw.train` would take.
        params: The parameters, as `net.init()` gives them.
        P: Inputs (examples, features), or a mapping of one array for each input.
        T: Targets (examples, outputs).
        direction: (parameters,), in the order of `Network.ravel`, such as an eigenvector of `tw.curvature_spectrum`.
        span: (low, high) in distances; None: to either side so far that the parabola holds its lowest point twice
            over, or rises by F.
        points: How many steps are taken over the span.
        sample_weight: (examples,) weights of the examples; 2 counts as the example given twice.
        target_weight: (examples, outputs) weights of the single targets; 0 is as left out.
        targets: "complete", or "ignore_nan": a target that is NaN is missing, and has weight 0.
        l2: Adds (l2/2) Σ w² over the weights to F.
        name: What the direction is called in a figure.

    Raises ArgumentError and DataError for what does not fit, for a direction that is 0 or not finite, and for a span on
    which F is nowhere finite.

    >>> import thalweg as tw
    >>> net = tw.mlp(1, 1)
    >>> P, T = np.array([[1.0]]), np.array([[5.0]])
    >>> along = error_along_direction(net, "sse", net.unravel(np.zeros(2)), P, T, np.array([2.0, 0.0]), points=5)
    >>> along.slope, along.curvature, along.steps, along.F
    (-10.0, 2.0, array([-10.,  -5.,   0.,   5.,  10.]), array([225., 100.,  25.,   0.,  25.]))

    Source: NND 3.10-3.12, P3.3.
    """
    problem, x = check_loss_point(net, loss, params, P, T, sample_weight, l2, target_weight, targets)
    v = _numbers(direction, len(x))
    if v.shape != x.shape:
        raise ArgumentError(f"direction has shape {v.shape}; it must be {x.shape}, one number a parameter")
    if not np.isfinite(v).all() or not v.any():
        raise ArgumentError("direction is 0 or not finite; it must be finite and not all 0")
    v = v / np.abs(v).max()
    v = v / np.linalg.norm(v)
    with np.errstate(all="ignore"):
        F_at, g = problem.gradient(x)
        curvature = float(v @ problem.hessian_product(x, v))
    slope = float(g @ v)
    if not np.isfinite([float(F_at), slope, curvature]).all():
        raise DataError("the error or its derivatives at the parameters are not finite: use smaller parameters")
    reach = _reach(float(F_at), slope, curvature, float(np.linalg.norm(x)))
    low, high = (-reach, reach) if span is None else check_span("span", span)
    steps = np.linspace(low, high, check_points(points))
    F = errors_across(problem, x, v[None], steps[:, None])
    if np.isnan(F).all():
        raise DataError(f"the error is not finite for any step from {low:g} to {high:g}: choose a smaller span")
    return ErrorAlongDirection(
        name, v, steps, F, float(F_at), slope, curvature, named(LOSSES, problem.loss), l2=float(l2)
    )


def _numbers(direction: object, count: int) -> np.ndarray:
    try:
        v = np.asarray(direction)
        if v.dtype.kind in "iuf":
            return v.astype(np.float64)
    except ValueError:  # lists of unequal lengths
        pass
    found = " ".join(repr(direction).split())
    raise ArgumentError(f"direction is {found:.60}; it must be {count} numbers, one a parameter")


def _reach(F: float, slope: float, curvature: float, size: float) -> float:
    """So far that the parabola's lowest point is within half of it and the parabola rises by F; else the point's size.

    >>> _reach(8.0, 0.0, 4.0, 1.0), _reach(0.0, -3.0, 1.0, 1.0), _reach(1.0, 0.0, 0.0, 3.0)
    (2.0, 6.0, 1.5)
    """
    if curvature > 0 and (F > 0 or slope):
        return float(max(np.sqrt(2.0 * abs(F) / curvature), 2.0 * abs(slope) / curvature))
    return 0.5 * size or 1.0
