"""The problem that a second-order rule sees where some parameters are held: a function of the others alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...core.arrays import Array
from ...optimizers.full_batch import Problem


@dataclass(frozen=True)
class HeldProblem(Problem):
    """A problem in the vector of all parameters, of which the held ones have no derivatives: no rule moves them.

    The gradient, the columns of J and the rows and columns of a curvature are 0 where a parameter is held. On the
    diagonal there stands the largest of the others, so that a system is no more singular and no larger than theirs. l2
    is on those that move.

    >>> import numpy as np, thalweg as tw
    >>> net = tw.mlp(1, 1)
    >>> P = np.array([[1.0], [2.0]])
    >>> problem = HeldProblem(net, tw.losses.SSE(), {"input": P}, 3 * P + 1, held=np.array([True, False]))
    >>> problem.gradient(np.zeros(2))[1], problem.hessian(np.zeros(2))
    (array([ -0., -22.]), array([[4., 0.],
           [0., 4.]]))
    """

    held: np.ndarray | None = None

    @property
    def free(self) -> np.ndarray:
        """1 for a parameter that moves, 0 for one that is held."""
        assert self.held is not None
        return np.where(self.held, 0.0, 1.0)

    def penalized(self, x: Array) -> Array:
        """1 for a weight that moves."""
        return super().penalized(x) * self.free

    def gradient(self, x: Array) -> tuple[Array, Array]:
        """F(x), and ∇F(x) by what moves."""
        F, g = super().gradient(x)
        return F, g * self.free

    def hessian_product(self, x: Array, v: Array) -> Array:
        """∇²F(x) v among what moves."""
        return super().hessian_product(x, v * self.free) * self.free

    def gauss_newton_product(self, x: Array, v: Array) -> Array:
        """G v among what moves."""
        return super().gauss_newton_product(x, v * self.free) * self.free

    def hessian(self, x: Array) -> Array:
        """∇²F(x) among what moves."""
        return self._among(super().hessian(x))

    def gauss_newton(self, x: Array) -> tuple[Array, Array, Array]:
        """F(x), ∇F(x) and G among what moves."""
        F, g, G = super().gauss_newton(x)
        return F, g * self.free, self._among(G)

    def acceleration_term(self, x: Array, v: Array) -> Array:
        """2 Jᵀ r̈ by what moves."""
        return super().acceleration_term(x, v * self.free) * self.free

    def triangle(self, x: Array) -> Array:
        """R of a QR decomposition of [J r], J by what moves."""
        size = x.shape[0]
        R = super().triangle(x)
        return np.linalg.qr(np.concatenate([R[:, :size] * self.free, R[:, size:]], axis=1), mode="r")

    def _among(self, matrix: Any) -> Array:
        among = matrix * self.free[:, None] * self.free
        largest = np.abs(np.diag(among)).max()
        return among + np.diag(np.where(self.free, 0.0, largest if largest > 0.0 else 1.0))
