"""Quadratic error surfaces F = c + dᵀx + ½xᵀAx: where they lie lowest, and every step of gradient descent on them.

The error of a linear network with squared error is one (NND 3.16-3.24); that of any other network looks like one near
a point (`taylor`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..core.activations import ACTIVATIONS, Linear
from ..core.arrays import Array, float_array
from ..core.kinds import check_count, check_kind, check_number, takes_kinds
from ..core.losses import LOSSES, Loss
from ..core.network import Network
from ..errors import ArgumentError, DataError
from ..optimizers.gradient_descent import Momentum
from ..optimizers.stability import stability_bound
from ..training.arguments import MOST_MEMORY, default_loss
from .loss_point import check_loss_point

_ROUNDING = 16 * float(np.finfo(np.float64).eps)
"""Of the largest, times their number: eigenvalues below this share of it are 0 but for rounding."""


@dataclass(frozen=True)
class Quadratic:
    """F(x) = c + dᵀx + ½xᵀAx, with d (n,) and a symmetric A (n, n). NND 3.18.

    Raises ArgumentError for shapes that do not fit and for an A that is not symmetric, DataError for numbers that are
    not finite.

    >>> F = Quadratic(4.0, np.array([4.0, 4.0]), np.array([[12.0, -8.0], [-8.0, 12.0]]))
    >>> F.eigenvalues, F.minimum.round(9), F.largest_stable_rate()
    (array([ 4., 20.]), array([-1., -1.]), 0.1)
    """

    c: float
    d: np.ndarray
    A: np.ndarray

    def __post_init__(self) -> None:
        check_kind("Quadratic: c", self.c, "float")
        d, A = float_array("d", self.d), float_array("A", self.A)
        if d.ndim != 1 or not d.size or A.shape != d.shape * 2:
            raise ArgumentError(f"d has shape {d.shape} and A {A.shape}; they must be (n,) and (n, n), n at least 1")
        if not (np.isfinite(float(self.c)) and np.isfinite(d).all() and np.isfinite(A).all()):
            raise DataError("c, d and A must be finite numbers: scale the columns if they come from a table")
        if np.abs(A - A.T).max() > 1e-9 * np.abs(A).max():
            raise ArgumentError("A is not symmetric: use ½(A + Aᵀ), which has the same xᵀAx")
        object.__setattr__(self, "d", d)
        object.__setattr__(self, "A", A)

    def value(self, x: np.ndarray) -> Array:
        """F at a point (n,), or at each of the points (..., n). NND 3.18."""
        x = self._points(x)
        return self.c + x @ self.d + 0.5 * np.sum(x @ self.A * x, axis=-1)

    def gradient(self, x: np.ndarray) -> np.ndarray:
        """∇F = d + Ax at a point, or at each of the points (..., n). NND 3.22."""
        return self.d + self._points(x) @ self.A

    def _points(self, x: np.ndarray) -> np.ndarray:
        """A point, or points, checked."""
        points = float_array("x", x)
        if points.shape[-1:] != self.d.shape:
            raise ArgumentError(f"x has shape {points.shape}; it must be (..., {len(self.d)})")
        return points

    @cached_property
    def eigenvalues(self) -> np.ndarray:
        """λ_1 ≤ ... ≤ λ_n of A: the curvature along each eigenvector."""
        return self._decomposition[0]

    @cached_property
    def eigenvectors(self) -> np.ndarray:
        """The eigenvectors of A as columns of length 1, in the order of the eigenvalues; axes of the contours."""
        return self._decomposition[1]

    @property
    def lambda_max(self) -> float:
        """The largest eigenvalue of A."""
        return float(self.eigenvalues[-1])

    @property
    def rank(self) -> int:
        """How many eigenvalues are not 0."""
        return int(np.sum(self._curved))

    @property
    def has_minimum(self) -> bool:
        """Whether F is bounded from below: no eigenvalue below 0, and no slope along those that are 0."""
        curved, b = self._curved, self.eigenvectors.T @ self.d
        return not (self.eigenvalues[curved] < 0).any() and bool(np.allclose(b[~curved], 0.0, atol=self._flat_slope))

    @property
    def minimum(self) -> np.ndarray:
        """-A⁻¹d; of the many minima of a singular A the one nearest to 0, -A⁺d. NND 3.23.

        `minimum_told` says in words what it is. Raises ArgumentError if F has no lowest point.
        """
        if not self.has_minimum:
            raise ArgumentError(f"F has no minimum: {self.minimum_told}; `stationary` is the point without slope")
        return self.stationary

    @property
    def stationary(self) -> np.ndarray:
        """-A⁺d, where no slope is left along directions of curvature: the minimum, or a saddle or a maximum."""
        curved = self._curved
        B = self.eigenvectors[:, curved]
        return -B @ ((B.T @ self.d) / self.eigenvalues[curved])

    @property
    def minimum_told(self) -> str:
        """What kind of lowest point F has, in words."""
        n = len(self.d)
        negative = int(np.sum(self.eigenvalues[self._curved] < 0))
        if negative:
            return f"F falls without end along {negative} of {n} eigenvectors, whose eigenvalues are negative"
        if self.rank == n:
            return "one minimum: every eigenvalue is positive"
        if not self.has_minimum:
            return "F falls without end: it has a slope along a direction without curvature"
        return (
            f"A is singular, of rank {self.rank} of {n}: F is flat along {n - self.rank} directions, and of all minima "
            "the one nearest to 0 is given"
        )

    @property
    def condition_number(self) -> float:
        """λ_max / λ_min, by which gradient descent slows down: infinite for a singular A.

        NaN if an eigenvalue is negative.
        """
        low, high = float(self.eigenvalues[0]), self.lambda_max
        if not self._curved[0]:
            return float("inf")
        return high / low if low > 0 else float("nan")

    def largest_stable_rate(self, momentum: float = 0.0) -> float:
        """2/λ_max, with momentum α 2(1 + α)/λ_max: above, gradient descent diverges; infinite without curvature.

        NND P3.3; Polyak 1964.
        """
        bound = stability_bound(Momentum(momentum=momentum))
        assert bound is not None
        return bound.factor / self.lambda_max if self.lambda_max > 0 else float("inf")

    def descent_matrix(self, learning_rate: float) -> np.ndarray:
        """I - αA of x_{k+1} = (I - αA) x_k - αd. NND 3.24."""
        return np.eye(len(self.d)) - learning_rate * self.A

    def descent_offset(self, learning_rate: float) -> np.ndarray:
        """-αd of x_{k+1} = (I - αA) x_k - αd. NND 3.24, whose printed sign is wrong.

        >>> Quadratic(4.0, np.array([4.0, 4.0]), np.array([[12.0, -8.0], [-8.0, 12.0]])).descent_offset(0.01)
        array([-0.04, -0.04])
        """
        return -learning_rate * self.d

    def gradient_descent(self, start: np.ndarray, learning_rate: float, steps: int) -> np.ndarray:
        """The points x_0 to x_steps (steps + 1, n) of gradient descent, each from a formula, not from the one before.

        Along an eigenvector z of A, zᵀx_k = (1 - αλ)^k zᵀx_0 - αzᵀd Σ_{i<k} (1 - αλ)^i. NND 3.24.

        >>> F = Quadratic(0.0, np.zeros(1), np.array([[2.0]]))
        >>> F.gradient_descent(np.array([1.0]), learning_rate=0.25, steps=3).ravel()
        array([1.   , 0.5  , 0.25 , 0.125])
        """
        rate = check_number("learning_rate", learning_rate)
        z, b = self._along(start)
        k = np.arange(check_count("steps", steps) + 1)[:, None]
        q = rate * np.where(self._curved, self.eigenvalues, 0.0)
        with np.errstate(all="ignore"):
            shrunk = (1.0 - q) ** k
            gone = np.where(q < 0.5, -np.expm1(k * np.log1p(-np.minimum(q, 0.5))), 1.0 - shrunk)
            summed = np.where(q == 0.0, k, gone / np.where(q == 0.0, 1.0, q))
        return (shrunk * z - rate * b * summed) @ self.eigenvectors.T

    def momentum_descent(self, start: np.ndarray, learning_rate: float, momentum: float, steps: int) -> np.ndarray:
        """The points x_0 to x_steps (steps + 1, n) of gradient descent with momentum, from rest.

        Along each eigenvector (zᵀx, zᵀΔx) goes its own way, by the powers of [[1 - ελ, α], [-ελ, α]] about the point
        without slope. AIFH 6.12.

        >>> F = Quadratic(0.0, np.zeros(1), np.array([[2.0]]))
        >>> F.momentum_descent(np.array([1.0]), learning_rate=0.25, momentum=0.5, steps=3).ravel()
        array([ 1.  ,  0.5 ,  0.  , -0.25])
        """
        rule = Momentum(check_number("learning_rate", learning_rate), check_number("momentum", momentum))
        z, b = self._along(start)
        rate, alpha = rule.learning_rate, rule.momentum
        q = rate * np.where(self._curved, self.eigenvalues, 0.0)
        blocks = np.array([[1.0 - q, np.full_like(q, alpha)], [-q, np.full_like(q, alpha)]]).transpose(2, 0, 1)
        push = -rate * b[:, None] * np.ones(2)
        state = np.stack([z, np.zeros_like(z)], axis=1)
        found = [z]
        with np.errstate(all="ignore"):
            for _ in range(check_count("steps", steps)):
                state = np.einsum("nij,nj->ni", blocks, state) + push
                found.append(state[:, 0])
        return np.stack(found) @ self.eigenvectors.T

    def newton_step(self, x: np.ndarray) -> np.ndarray:
        """-A⁻¹∇F(x), which leads to the minimum in one step; of a singular A, -A⁺∇F(x). NND 3.28."""
        curved = self._curved
        B = self.eigenvectors[:, curved]
        return -B @ ((B.T @ self.gradient(self._point(x))) / self.eigenvalues[curved])

    @cached_property
    def _decomposition(self) -> tuple[np.ndarray, np.ndarray]:
        values, vectors = np.linalg.eigh(self.A)
        return values, vectors

    @property
    def _curved(self) -> np.ndarray:
        """Which eigenvalues are not 0 but for rounding."""
        size = np.abs(self.eigenvalues)
        return size > _ROUNDING * max(1.0, len(size)) * size.max()

    @property
    def _flat_slope(self) -> float:
        """A slope up to which it is 0 but for rounding."""
        return 1e-9 * float(np.abs(self.d).max(initial=0.0))

    def _along(self, start: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """A point and d along the eigenvectors."""
        return self.eigenvectors.T @ self._point(start), self.eigenvectors.T @ self.d

    def _point(self, x: np.ndarray) -> np.ndarray:
        x = np.asarray(x, dtype=np.float64)
        if x.shape != self.d.shape:
            raise ArgumentError(f"the point has shape {x.shape}; it must be {self.d.shape}, one number a parameter")
        return x


@takes_kinds
def quadratic(
    net: Network,
    loss: str | Loss | None,
    P: np.ndarray | Mapping[str, np.ndarray],
    T: np.ndarray,
    *,
    sample_weight: Array | None = None,
    target_weight: Array | None = None,
    targets: str = "complete",
    l2: float = 0.0,
) -> Quadratic:
    """The error of a linear network with squared error as F = c + dᵀx + ½xᵀAx, x in the order of `Network.ravel`.

    For `sse` and rows u of inputs (and a 1 for the bias) A = 2UᵀU, d = -2Uᵀt, c = tᵀt (NND 3.16-3.21). P and T are
    (examples, features) and (examples, outputs); `l2` adds (l2/2) Σ w². Raises ArgumentError for a network whose
    output is not linear in its parameters and for other losses, which have a `taylor` expansion only, and for shapes
    that do not fit.

    >>> import thalweg as tw
    >>> P, T = np.array([[-1, 2], [2, -1], [0, -1], [-1, 0]]), np.array([[-1], [-1], [1], [1]])
    >>> net = tw.Network({"p": 2}, [tw.Layer("a", 1, bias=False)])
    >>> F = quadratic(net, "sse", P, T)
    >>> F.A, F.d, F.c
    (array([[12., -8.],
           [-8., 12.]]), array([4., 4.]), 4.0)
    """
    checked: Loss = LOSSES.get(default_loss(net) if loss is None else loss)
    _check_quadratic(net, checked)
    check_matrix(net)
    zeros = net.unravel(np.zeros(net.parameter_count))
    problem, x = check_loss_point(net, checked, zeros, P, T, sample_weight, l2, target_weight, targets)
    with np.errstate(all="ignore"):
        c, d = problem.gradient(x)
        A = problem.hessian(x)
    return Quadratic(float(c), d, 0.5 * (A + A.T))


def check_matrix(net: Network) -> None:
    """Raise ArgumentError for a network whose matrix of second derivatives would not fit into memory."""
    memory = 4 * 8 * net.parameter_count**2
    if memory > MOST_MEMORY:
        raise ArgumentError(
            f"the Hessian of {net.parameter_count:,} parameters, and what is made of it, would take "
            f"{memory / 2**30:.0f} GiB, more than {MOST_MEMORY / 2**30:.0f} GiB: use tw.curvature_spectrum, which "
            "needs no matrix"
        )


def _check_quadratic(net: Network, loss: Loss) -> None:
    """Raise ArgumentError unless the error is quadratic in the parameters."""
    remedy = "take its expansion at a point by tw.taylor"
    if not loss.squares:
        raise ArgumentError(
            f"{LOSSES.name_of(loss)} is no squared error, so that F is not quadratic: use mse, or {remedy}"
        )
    last = net.output
    if not isinstance(last.activation, Linear):
        raise ArgumentError(
            f"layer {last.name!r} is {ACTIVATIONS.name_of(last.activation)}, so that F is not quadratic: {remedy}"
        )
    for source in last.sources or ():
        if source not in net.inputs:
            raise ArgumentError(
                f"layer {last.name!r} is fed by layer {source!r}, which has weights of its own, so that F is not "
                f"quadratic: {remedy}"
            )
