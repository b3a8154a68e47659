"""Rules that ask more of the loss than a gradient: values elsewhere, products with the curvature, the Jacobian.

They see all examples in each update, and every update is one iteration of the method, line search or damping included.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ..core.arrays import Array, Float, namespace
from ..core.control import fold
from ..core.curvature import gauss_newton_product, hessian, hessian_product, jacobian
from ..core.losses import Loss, example_factors
from ..core.network import LayerParameters, Network
from ..core.propagation import run_forward, run_gradient, total_loss
from ..errors import ArgumentError
from .rule import Rule

_NUMBERS_IN_A_CHUNK = 1 << 21


@dataclass(frozen=True)
class Problem:
    """The loss of a network on given examples as a function of one vector x, in the order of `Network.ravel`."""

    net: Network
    loss: Loss
    inputs: Mapping[str, Array]
    T: Array
    weight: Array | None = None
    l2: Any = None

    def value(self, x: Float[Array, " parameters"]) -> Array:
        """F(x), with the l2 penalty."""
        F = total_loss(
            self.net, self.loss, run_forward(self.net, self.net.unravel(x), self.inputs), self.T, self.weight
        )
        if self.l2 is None:
            return F
        w = x * self.penalized(x)
        return F + 0.5 * self.l2 * namespace(x).sum(w * w)

    def gradient(self, x: Float[Array, " parameters"]) -> tuple[Array, Float[Array, " parameters"]]:
        """F(x) and ∇F(x)."""
        params = self.net.unravel(x)
        F, g = run_gradient(self.net, self.loss, params, self.inputs, self.T, self.weight, l2=self.l2)
        return F, self.net.ravel(g)

    def hessian_product(self, x: Float[Array, " parameters"], v: Float[Array, " parameters"]) -> Array:
        """∇²F(x) v, exactly."""
        return self._along(hessian_product, x, v)

    def gauss_newton_product(self, x: Float[Array, " parameters"], v: Float[Array, " parameters"]) -> Array:
        """The product of v with the part of ∇²F(x) that is never negative."""
        return self._along(gauss_newton_product, x, v)

    def hessian(self, x: Float[Array, " parameters"]) -> Float[Array, "parameters parameters"]:
        """∇²F(x)."""
        params = self.net.unravel(x)
        return hessian(self.net, self.loss, params, self.inputs, self.T, self.weight, l2=self.l2)

    def penalized(self, x: Float[Array, " parameters"]) -> Float[Array, " parameters"]:
        """1 for a weight, 0 for a bias: what l2 acts on."""
        xp = namespace(x)
        params = self.net.unravel(xp.ones_like(x))
        marks = {
            name: LayerParameters(weights, None if bias is None else xp.zeros_like(bias))
            for name, (weights, bias) in params.items()
        }
        return self.net.ravel(marks)

    def normal_equations(self, x: Float[Array, " parameters"]) -> tuple[Array, Array, Array]:
        """Σ r², JᵀJ and Jᵀr of the residuals r = √c (a - t), of which a squared error is the sum of squares.

        c holds the loss's factors and the weights of the examples; no penalty is within. Half the Hessian of Σ r² is
        about JᵀJ, half its gradient Jᵀr. Summed over chunks of examples, so that J never stands whole in memory.
        """
        xp = namespace(x)
        size = x.shape[0]

        def add(total: Any, chunk: Any) -> Any:
            r, J = self._residuals(x, *chunk)
            squares, JJ, Jr = total
            return squares + xp.sum(r * r), JJ + J.T @ J, Jr + J.T @ r

        zero = xp.zeros((), dtype=x.dtype)
        return fold(xp, add, (zero, xp.zeros((size, size), dtype=x.dtype), xp.zeros_like(x)), self._chunks(xp, size))

    def triangle(self, x: Float[Array, " parameters"]) -> Float[Array, "parameters parameters_and_one"]:
        """R of a QR decomposition of [J r]: RᵀR = [J r]ᵀ[J r] without squaring J's condition number; chunk by chunk."""
        xp = namespace(x)
        size = x.shape[0]

        def add(R: Any, chunk: Any) -> Any:
            r, J = self._residuals(x, *chunk)
            return xp.linalg.qr(xp.concat([R, xp.concat([J, r[:, None]], axis=1)]), mode="r")

        return fold(xp, add, xp.zeros((size + 1, size + 1), dtype=x.dtype), self._chunks(xp, size))

    def _along(self, product: Any, x: Array, v: Array) -> Array:
        net = self.net
        params = net.unravel(x)
        return net.ravel(product(net, self.loss, params, self.inputs, self.T, net.unravel(v), self.weight, l2=self.l2))

    def _residuals(self, x: Array, inputs: Mapping[str, Array], T: Array, factor: Array) -> tuple[Array, Array]:
        """r and J of a chunk, examples and outputs in one axis; `factor` is √c of each example."""
        a, J = jacobian(self.net, self.net.unravel(x), inputs)
        xp = namespace(a)
        r = xp.reshape((a - T) * factor, (-1,))
        return r, xp.reshape(J * factor[:, :, None], (r.shape[0], -1))

    def _chunks(self, xp: Any, size: int) -> tuple[Any, Any, Any]:
        """Inputs, targets and √c in chunks (chunks, examples, ...); the last is filled with examples of factor 0."""
        examples, outputs = self.T.shape
        c = example_factors(self.loss, outputs, examples, self.weight)
        half = 0.5 if self.loss.halves else 1.0
        factor = xp.broadcast_to(xp.sqrt(xp.asarray(half * c, dtype=self.T.dtype)), (examples, 1))
        rows = max(1, min(examples, _NUMBERS_IN_A_CHUNK // (size * outputs)))
        chunks = -(-examples // rows)

        def cut(values: Array) -> Array:
            filled = xp.concat([values, xp.zeros((chunks * rows - examples, values.shape[1]), dtype=values.dtype)])
            return xp.reshape(filled, (chunks, rows, values.shape[1]))

        return {name: cut(P) for name, P in self.inputs.items()}, cut(self.T), cut(factor)


class FullBatchRule(Rule):
    """A rule whose update is an iteration on the whole problem. Its state has `stalled`: True when it can go no lower.

    It trains in float64 unless told otherwise, on all examples, without dropout and l1.
    """

    needs_squares: ClassVar[bool] = False
    """Whether the loss must be a sum of squares."""
    matrices: ClassVar[int] = 0
    """How many matrices of parameters × parameters it holds."""

    def apply(self, gradient: Any, state: Any, params: Any, value: Any = None) -> tuple[Any, Any]:
        """Not to be had from a gradient alone; raises ArgumentError."""
        raise ArgumentError(
            f"{type(self).__name__} asks more of the loss than its gradient: use tw.train, or `search` with a Problem"
        )

    @abstractmethod
    def search(
        self, problem: Problem, state: Any, x: Float[Array, " parameters"]
    ) -> tuple[Float[Array, " parameters"], Any, Array]:
        """One iteration from x: the next x, the next state, and F at the x given."""
