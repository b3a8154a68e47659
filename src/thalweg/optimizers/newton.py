"""Newton's method and Gauss-Newton: the step to the minimum of a quadratic model of F, guarded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from ..core.arrays import Array, Float, namespace
from ..core.control import while_loop
from ..core.linear_algebra import eigh, solve
from .full_batch import FullBatchRule, Problem
from .rule import RULES, Number, number

_FIRST_SHIFT, _LAST_SHIFT = 1e-6, 1e6
"""Of the largest curvature: between these a shift is tried."""


class NewtonState(NamedTuple):
    """The count of iterations, and what the last one did."""

    step: Array | int
    stalled: Array
    """Whether no step lowers F (or, without safeguard, the matrix was singular)."""
    shift: Array
    """What was added to the curvatures for the last step tried; 0: Newton's own step."""
    tries: Array
    """How many steps were tried; all but the last were rejected."""
    least_curvature: Array
    """The smallest eigenvalue of the matrix; NaN without safeguard, which does not need it."""
    largest_curvature: Array
    """The largest size |λ| of an eigenvalue, be it of a curvature that leads down."""
    reduction: Array
    """By how much the iteration lowered F."""


class Tries(NamedTuple):
    """The tries of one iteration: the last shift tried and where its step led."""

    shift: Array
    x: Array
    F: Array
    lower: Array
    count: Array


def shifted_step(
    curvatures: Float[Array, " parameters"],
    directions: Float[Array, "parameters parameters"],
    g: Float[Array, " parameters"],
    shift: Array,
) -> Float[Array, " parameters"]:
    """δ = -Q (|Λ| + shift I)⁻¹ Qᵀ g of a matrix QΛQᵀ; nothing along directions that are flat up to rounding.

    >>> import numpy as np
    >>> shifted_step(np.array([-2.0, 4.0]), np.eye(2), np.array([2.0, 4.0]), np.array(0.0))
    array([-1., -1.])
    """
    xp = namespace(g)
    size = xp.abs(curvatures) + shift
    flat = size <= g.shape[0] * xp.finfo(g.dtype).eps * xp.max(size)
    return -(directions @ xp.where(flat, 0.0, (directions.T @ g) / xp.where(flat, 1.0, size)))


def guarded(
    rule: Newton | GaussNewton,
    problem: Problem,
    state: NewtonState,
    x: Float[Array, " parameters"],
    F: Array,
    g: Float[Array, " parameters"],
    H: Float[Array, "parameters parameters"],
) -> tuple[Array, NewtonState]:
    """The step of `shifted_step` with shift 0, and larger shifts until F falls: one decomposition, one F for each."""
    xp = namespace(x)
    curvatures, directions = eigh(H)
    largest = xp.max(xp.abs(curvatures))
    unit = xp.where(largest > 0, largest, xp.ones_like(largest))

    def try_step(tries: Tries) -> Tries:
        shift = xp.where(tries.count == 0, xp.zeros_like(F), xp.maximum(10.0 * tries.shift, _FIRST_SHIFT * unit))
        x_new = x + rule.learning_rate * shifted_step(curvatures, directions, g, shift)
        F_new = problem.value(x_new)
        lower = F_new < F
        return Tries(shift, xp.where(lower, x_new, x), xp.where(lower, F_new, F), lower, tries.count + 1)

    none = Tries(xp.zeros_like(F), x, F, xp.asarray(False), xp.asarray(0, dtype=xp.int32))
    tries = while_loop(xp, lambda tries: ~tries.lower & (tries.shift < _LAST_SHIFT * unit), try_step, none)
    return tries.x, NewtonState(
        state.step + 1, ~tries.lower, tries.shift, tries.count, curvatures[0], largest, F - tries.F
    )


class _Newton(FullBatchRule[NewtonState]):
    """What Newton and Gauss-Newton share: the state."""

    matrices: ClassVar[int] = 6

    def init(self, params: Float[Array, " parameters"]) -> NewtonState:
        """Nothing tried yet."""
        xp = namespace(params)
        zero = xp.asarray(0.0, dtype=params.dtype)
        return NewtonState(0, xp.asarray(False), zero, xp.asarray(0, dtype=xp.int32), zero, zero, zero)


@RULES.register("newton")
@dataclass(frozen=True)
class Newton(_Newton):
    """Newton's method: x ← x - α [∇²F]⁻¹ ∇F, with the exact Hessian. NND 3.28 (α = 1).

    Where the Hessian is positive definite and the step lowers F, it is that step alone: the minimum of a quadratic in
    one. `safeguard` is for everywhere else: each curvature λ of the Hessian is replaced by |λ| + shift, with a shift
    of 0 first and then larger ones until F falls, so that the step leads away from saddle points and maxima, and at
    the worst is a short one of gradient descent (Nocedal & Wright 2006, 3.4; |λ|: Dauphin et al. 2014). Without it a
    step is taken wherever it leads. On all examples, for any smooth loss. The Hessian costs as many products as there
    are parameters.

    >>> import numpy as np, thalweg as tw
    >>> P, T = np.array([[-1.0], [0.0], [1.0]]), np.array([[-1.5], [0.5], [2.5]])
    >>> run = tw.train(tw.mlp(1, 1), P, T, "sse", optimizer="newton", epochs=1)
    >>> run.network.ravel(run.params).round(12)
    array([2. , 0.5])
    """

    learning_rate: Number = number(1.0)
    safeguard: bool = True

    def search(
        self, problem: Problem, state: NewtonState, x: Float[Array, " parameters"]
    ) -> tuple[Float[Array, " parameters"], NewtonState, Array]:
        """The step of the equation, guarded or plain."""
        xp = namespace(x)
        F, g = problem.gradient(x)
        H = problem.hessian(x)
        if self.safeguard:
            return *guarded(self, problem, state, x, F, g, H), F
        delta, regular = solve(H, -g)
        x_new = xp.where(regular, x + self.learning_rate * delta, x)
        none, unknown = xp.zeros_like(F), xp.full_like(F, float("nan"))
        count = xp.asarray(1, dtype=xp.int32)
        return (
            x_new,
            NewtonState(state.step + 1, ~regular, none, count, unknown, unknown, F - problem.value(x_new)),
            F,
        )

    def why_stalled(self, state: NewtonState) -> str:
        """That the Hessian was singular, or that even a long shift did not help."""
        if not self.safeguard:
            return "the Hessian is singular, so that Newton's step does not exist: use Newton(safeguard=True), or lm"
        return super().why_stalled(state)


@RULES.register("gauss_newton")
@dataclass(frozen=True)
class GaussNewton(_Newton):
    """Gauss-Newton: x ← x - α [JᵀBJ]⁻¹ ∇F, J the Jacobian of the outputs, B the loss's own curvature. Schraudolph 2002.

    JᵀBJ is ∇²F without the curvature of the network, and never negative; for squares it is 2JᵀJ. The full step is
    tried first; while F does not fall, all curvatures are raised by a shift, larger each time. Directions without
    curvature are left alone. On all examples, for any convex loss, cross-entropy too.

    >>> import numpy as np, thalweg as tw
    >>> P = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    >>> net = tw.mlp(2, 4, 1, output="sigmoid")
    >>> run = tw.train(net, P, np.array([[0], [1], [1], [0]]), optimizer="gauss_newton", epochs=30, goal=1e-3)
    >>> run.stopped_because, run.predict(P).round().astype(int).ravel()
    ('goal', array([0, 1, 1, 0]))
    """

    learning_rate: Number = number(1.0)

    def search(
        self, problem: Problem, state: NewtonState, x: Float[Array, " parameters"]
    ) -> tuple[Float[Array, " parameters"], NewtonState, Array]:
        """The step of the equation, guarded."""
        F, g, G = problem.gauss_newton(x)
        return *guarded(self, problem, state, x, F, g, G), F
