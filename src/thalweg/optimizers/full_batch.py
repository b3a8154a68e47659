"""Rules that ask more of the loss than a gradient: values elsewhere, products with the curvature, the Jacobian.

They see all examples in each update, and every update is one iteration of the method, line search or damping included.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, TypeAlias, TypeVar

from ..core.arrays import Array, Float, Namespace, Scalar, Tree, namespace
from ..core.blocks import in_blocks, loss_and_gradient_in_blocks
from ..core.control import fold_rows, spread_over
from ..core.curvature import acceleration_term, gauss_newton_product, hessian, hessian_product, jacobian
from ..core.gauss_newton import Sums, add_examples, assemble, numbers_an_example, operations_an_example, zero_sums
from ..core.losses import Loss
from ..core.network import LayerParameters, Network, Parameters
from ..core.propagation import forward_phase, total_loss
from ..core.weighing import example_factors
from ..errors import ArgumentError
from ..registry import title_of
from .rule import Rule, RuleState, State

Chunk: TypeAlias = tuple[Mapping[str, Array], Array, Array]
"""Inputs and targets of some examples, and the loss's factors, of each example or each target."""
Total = TypeVar("Total")

_NUMBERS_IN_A_CHUNK = 1 << 20
_OPERATIONS_A_NUMBER = 100
"""What it costs to make and store a number, in operations of a product of matrices."""


@dataclass(frozen=True)
class Problem:
    """The loss of a network on given examples as a function of one vector x, in the order of `Network.ravel`."""

    net: Network
    loss: Loss
    inputs: Mapping[str, Array]
    T: Array
    weight: Array | None = None
    l2: Scalar | None = None

    def value(self, x: Float[Array, " parameters"]) -> Array:
        """F(x), with the l2 penalty."""
        xp = namespace(x)
        params = self.net.unravel(x)
        last = self.net.output

        def add(F: Array, chunk: Chunk) -> Array:
            inputs, T, c = chunk
            passed = forward_phase(self.net, params, inputs)
            terms = last.activation, passed.net_inputs[last.name], passed.output, T
            return F + xp.sum(self.loss.terms(*terms) * c)

        if sum(self.net.sizes.values()) * self.T.shape[0] <= _NUMBERS_IN_A_CHUNK:
            F = total_loss(self.net, self.loss, forward_phase(self.net, params, self.inputs), self.T, self.weight)
        else:
            F = self._sum(add, xp.zeros((), dtype=x.dtype), sum(self.net.sizes.values()))
        if self.l2 is None:
            return F
        w = x * self.penalized(x)
        return F + 0.5 * self.l2 * xp.sum(w * w)

    def gradient(self, x: Float[Array, " parameters"]) -> tuple[Array, Float[Array, " parameters"]]:
        """F(x) and ∇F(x)."""
        params = self.net.unravel(x)
        F, g = loss_and_gradient_in_blocks(self.net, self.loss, params, self.inputs, self.T, self.weight, l2=self.l2)
        return F, self.net.ravel(g)

    def hessian_product(self, x: Float[Array, " parameters"], v: Float[Array, " parameters"]) -> Array:
        """∇²F(x) v, exactly."""
        return self._along(hessian_product, x, v)

    def gauss_newton_product(self, x: Float[Array, " parameters"], v: Float[Array, " parameters"]) -> Array:
        """The product of v with the part of ∇²F(x) that is never negative."""
        return self._along(gauss_newton_product, x, v)

    def hessian(self, x: Float[Array, " parameters"]) -> Float[Array, "parameters parameters"]:
        """∇²F(x)."""
        net, params, xp = self.net, self.net.unravel(x), namespace(x)

        def of(loss: Loss, inputs: Mapping[str, Array], T: Array, weight: Array | None) -> Array:
            return hessian(net, loss, params, inputs, T, weight)

        zero = xp.zeros((x.shape[0], x.shape[0]), dtype=x.dtype)
        H = in_blocks(net, of, zero, self.loss, self.inputs, self.T, self.weight)
        return H if self.l2 is None else H + self.l2 * self.penalized(x) * xp.eye(x.shape[0], dtype=x.dtype)

    def penalized(self, x: Float[Array, " parameters"]) -> Float[Array, " parameters"]:
        """1 for a weight, 0 for a bias: what l2 acts on."""
        xp = namespace(x)
        params = self.net.unravel(xp.ones_like(x))
        marks = {
            name: LayerParameters(weights, None if bias is None else xp.zeros_like(bias))
            for name, (weights, bias) in params.items()
        }
        return self.net.ravel(marks)

    def gauss_newton(
        self, x: Float[Array, " parameters"]
    ) -> tuple[Array, Float[Array, " parameters"], Float[Array, "parameters parameters"]]:
        """F(x), ∇F(x) and G, the part of ∇²F(x) that is never negative: F(x + δ) ≈ F + ∇Fᵀδ + ½ δᵀGδ.

        Summed over chunks of examples, so that no Jacobian stands whole in memory; by whichever of two ways needs
        fewer operations.
        """
        xp = namespace(x)
        if self.loss.squares and self._jacobian_is_cheaper(xp):
            F, JJ, Jr = self.normal_equations(x)
            g, G = 2.0 * Jr, 2.0 * JJ
        else:
            params = self.net.unravel(x)

            def add(total: Sums, chunk: Chunk) -> Sums:
                return add_examples(total, self.net, self.loss, params, *chunk)

            zero = zero_sums(xp, self.net, x.dtype)
            F, g, G = assemble(self.net, self._sum(add, zero, numbers_an_example(self.net)))
        if self.l2 is None:
            return F, g, G
        marks = self.penalized(x)
        w = x * marks
        diagonal = self.l2 * marks * xp.eye(x.shape[0], dtype=x.dtype)
        return F + 0.5 * self.l2 * xp.sum(w * w), g + self.l2 * w, G + diagonal

    def acceleration_term(
        self, x: Float[Array, " parameters"], v: Float[Array, " parameters"]
    ) -> Float[Array, " parameters"]:
        """2 Jᵀ r̈ of a squared error, r̈ the second derivative of the residuals along v; l2 adds nothing to it."""
        net = self.net
        params, direction = net.unravel(x), net.unravel(v)

        def add(total: Array, chunk: Chunk) -> Array:
            inputs, T, c = chunk
            return total + net.ravel(acceleration_term(net, self.loss, params, inputs, T, direction, c))

        return self._sum(add, namespace(x).zeros_like(x), 6 * sum(net.sizes.values()))

    def normal_equations(self, x: Float[Array, " parameters"]) -> tuple[Array, Array, Array]:
        """Σ r², JᵀJ and Jᵀr of the residuals r = √c (a - t), of which a squared error is the sum of squares.

        c holds the loss's factors and the weights of the examples or targets; no penalty is within. Half the Hessian of
        Σ r² is about JᵀJ, half its gradient Jᵀr. Summed over chunks of examples, so that J never stands whole.
        """
        xp = namespace(x)
        size = x.shape[0]

        def add(total: tuple[Array, Array, Array], chunk: Chunk) -> tuple[Array, Array, Array]:
            r, J = self._residuals(x, *chunk)
            squares, JJ, Jr = total
            return squares + r @ r, JJ + J.T @ J, Jr + r @ J

        zero = xp.zeros((), dtype=x.dtype)
        nothing = (zero, xp.zeros((size, size), dtype=x.dtype), xp.zeros_like(x))
        return self._sum(add, nothing, size * self.net.output.size)

    def triangle(self, x: Float[Array, " parameters"]) -> Float[Array, "parameters_and_one parameters_and_one"]:
        """R of a QR decomposition of [J r]: RᵀR = [J r]ᵀ[J r] without squaring J's condition number; chunk by chunk.

        Of rows that are spread over devices each has an R of its own, and R is that of these one below another
        (TSQR: Demmel, Grigori, Hoemmen and Langou 2012): no row goes from one to another.
        """
        xp = namespace(x)
        size, devices = x.shape[0], spread_over() if self.T.shape[0] % spread_over() == 0 else 1

        def add(Rs: Array, chunk: Chunk) -> Array:
            r, J = self._residuals(x, *chunk)
            rows = xp.reshape(xp.concat([J, r[:, None]], axis=1), (devices, -1, size + 1))
            return xp.linalg.qr(xp.concat([Rs, rows], axis=1), mode="r")

        zero = xp.zeros((devices, size + 1, size + 1), dtype=x.dtype)
        Rs = self._sum(add, zero, size * self.net.output.size)
        return Rs[0] if devices == 1 else xp.linalg.qr(xp.reshape(Rs, (-1, size + 1)), mode="r")

    def _along(self, product: Callable[..., Parameters], x: Array, v: Array) -> Array:
        net = self.net
        params, direction = net.unravel(x), net.unravel(v)

        def along(loss: Loss, inputs: Mapping[str, Array], T: Array, weight: Array | None) -> Array:
            return net.ravel(product(net, loss, params, inputs, T, direction, weight))

        found = in_blocks(net, along, namespace(x).zeros_like(x), self.loss, self.inputs, self.T, self.weight)
        return found if self.l2 is None else found + self.l2 * self.penalized(x) * v

    def _residuals(self, x: Array, inputs: Mapping[str, Array], T: Array, c: Array) -> tuple[Array, Array]:
        """r and J of a chunk, examples and outputs in one axis; `c` holds the loss's factors."""
        a, J = jacobian(self.net, self.net.unravel(x), inputs)
        xp = namespace(a)
        root = xp.sqrt(self.loss.multiple() * c)
        r = xp.reshape((a - T) * root, (-1,))
        return r, xp.reshape(J * root[:, :, None], (r.shape[0], -1))

    def _sum(self, add: Callable[[Total, Chunk], Total], zero: Total, numbers: int) -> Total:
        """`add` over chunks (inputs, T, c) of examples for which it holds so many numbers each."""
        xp = namespace(self.T)
        examples, outputs = self.T.shape
        c = example_factors(self.loss, outputs, examples, self.weight)
        c = xp.asarray(c, dtype=self.T.dtype)
        c = c if c.shape == self.T.shape else xp.broadcast_to(c, (examples, 1))
        rows = max(1, _NUMBERS_IN_A_CHUNK // numbers)
        return fold_rows(xp, add, zero, (dict(self.inputs), self.T, c), rows)

    def _jacobian_is_cheaper(self, xp: Namespace) -> bool:
        """Whether JᵀJ needs fewer operations from J than from the products of `core.gauss_newton`.

        NumPy multiplies a matrix with its own transpose in half the operations, and small arrays cost it their calls.
        """
        size, outputs = self.net.parameter_count, self.net.output.size
        half = 1 if xp is namespace() else 2
        by_jacobian = outputs * size * (half * size + _OPERATIONS_A_NUMBER)
        return by_jacobian < operations_an_example(self.net, _OPERATIONS_A_NUMBER)


class FullBatchRule(Rule[State]):
    """A rule whose update is an iteration on the whole problem. Its state has `stalled`: True when it can go no lower.

    It trains in float64 unless told otherwise, on all examples, without dropout and l1.
    """

    needs_squares: ClassVar[bool] = False
    """Whether the loss must be a sum of squares."""
    matrices: ClassVar[int] = 0
    """How many matrices of parameters × parameters it holds."""

    def apply(self, gradient: Tree, state: State, params: Tree, value: Array | None = None) -> tuple[Tree, State]:
        """Not to be had from a gradient alone; raises ArgumentError."""
        raise ArgumentError(
            f"{title_of(self)} asks more of the loss than its gradient: use tw.train, or `search` with a Problem"
        )

    @abstractmethod
    def search(
        self, problem: Problem, state: State, x: Float[Array, " parameters"]
    ) -> tuple[Float[Array, " parameters"], State, Array]:
        """One iteration from x: the next x, the next state, and F at the x given."""

    def why_stalled(self, state: State) -> str:
        """Why the rule can go no lower, from its last state; a part of a sentence."""
        return "no step of the rule lowers the loss any more"

    def found(self, state: State) -> str:
        """What a run should tell of the rule's last state, however it ended; a part of a sentence, or nothing."""
        return ""

    def quantities(self, state: State, after: State, delta: Array) -> dict[str, Array]:
        """What a worked step shows of an iteration by the rule's `texts`, by name; of a rule without texts nothing."""
        return {}

    def numbers_left(self, state: State) -> dict[str, Array]:
        """The numbers that an iteration left in the state, by name: what a worked step shows of it."""
        return numbers_in(state)


def numbers_in(state: RuleState) -> dict[str, Array]:
    """The parts of a state that are numbers, but `step`."""
    return {name: part for name, part in state._asdict().items() if name != "step" and _is_number(part)}


def _is_number(part: object) -> bool:
    return isinstance(part, int | float) or getattr(part, "ndim", None) == 0
