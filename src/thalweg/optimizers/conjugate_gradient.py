"""Conjugate gradient: search directions from successive gradients, with no matrix; and Møller's scaled form of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from ..core.arrays import Array, Float, namespace
from ..core.control import choose
from ..errors import ArgumentError, unknown
from .full_batch import FullBatchRule, Problem
from .line_search import (
    STEP_LENGTH,
    Point,
    Standing,
    at_rest,
    check_wolfe,
    newton_length,
    norm,
    ratio,
    rise,
    rounding,
    standing_after,
    standing_at,
    unknown_standing,
    wolfe_search,
)
from .rule import RULES, Number, choice, number

VARIANTS = ("polak_ribiere", "fletcher_reeves", "powell_beale")
_DESCENDS = 0.1
_FIFTH = 0.2


class ConjugateGradientState(NamedTuple):
    """The last search and what the next direction is made of."""

    step: Array | int
    stalled: Array
    here: Standing
    direction: Array
    """d of the last search."""
    last_gradient: Array
    """g where it began."""
    beta: Array
    length: Array
    """t of the last search: x moved by t d."""
    since: Array
    """Searches since the restart; 0 makes the next direction -g."""
    restart_direction: Array
    """Powell-Beale: d_t, and y_t, the change of the gradient along it."""
    restart_change: Array


@RULES.register("cg")
@dataclass(frozen=True)
class ConjugateGradient(FullBatchRule[ConjugateGradientState]):
    """Nonlinear conjugate gradient: d = -g + β d_last; x ← x + t d. NND ch. 3; Nocedal & Wright 2006, 5.2.

    With y = g - g_last, `variant` chooses β:

    - polak_ribiere: β = max(0, gᵀy / g_lastᵀg_last)
    - fletcher_reeves: β = gᵀg / g_lastᵀg_last
    - powell_beale: β = gᵀy / d_lastᵀy, and d has γ d_t more, γ = gᵀy_t / d_tᵀy_t (Powell 1977): when little
      orthogonality is left, |g_lastᵀg| ≥ 0.2 gᵀg, d_last becomes the d_t that the next directions start from; so it
      does when gᵀd strays by a fifth from -gᵀg

    The first two start again from -g, and the third from d_last, after as many searches as there are parameters; all
    do from -g when d does not descend. t is first the exact -gᵀd / dᵀ∇²F d, then a line search's to the strong Wolfe
    conditions with `decrease` and `curvature`: a quadratic of n parameters takes n steps.

    >>> import numpy as np, thalweg as tw
    >>> P, T = np.array([[-1.0, 2], [2, -1], [0, -1], [-1, 0]]), np.array([[-1.0], [-1], [1], [1]])  # NND 3.15
    >>> net = tw.Network({"p": 2}, [tw.Layer("a", 1, bias=False)])
    >>> run = tw.train(net, P, T, loss="sse", optimizer=tw.ConjugateGradient(), epochs=2)
    >>> run.params["a"].weights["p"].round(12)
    array([[-1., -1.]])
    """

    variant: str = choice("polak_ribiere", VARIANTS)
    decrease: Number = number(1e-4, below=1.0)
    curvature: Number = number(0.1, below=1.0)
    recorded: ClassVar[dict[str, str]] = STEP_LENGTH

    def __post_init__(self) -> None:
        super().__post_init__()
        check_wolfe(self)
        if self.variant not in VARIANTS:
            raise ArgumentError(unknown("variant of ConjugateGradient,", self.variant, VARIANTS))

    def init(self, params: Float[Array, " parameters"]) -> ConjugateGradientState:
        """The next direction is -g."""
        xp = namespace(params)
        zero, zeros = xp.zeros((), dtype=params.dtype), xp.zeros_like(params)
        return ConjugateGradientState(
            step=0,
            stalled=xp.zeros((), dtype=xp.bool),
            here=unknown_standing(params),
            direction=zeros,
            last_gradient=zeros,
            beta=zero,
            length=zero,
            since=xp.zeros((), dtype=xp.int32),
            restart_direction=zeros,
            restart_change=zeros,
        )

    def search(
        self, problem: Problem, state: ConjugateGradientState, x: Float[Array, " parameters"]
    ) -> tuple[Array, ConjugateGradientState, Array]:
        """A direction, and a line search along it."""
        xp = namespace(x)
        here = standing_at(problem, state.here, x)
        g = here.gradient
        state = self._turned(state, g)
        d = state.direction
        found = wolfe_search(
            problem.gradient, x, d, here.F, g, newton_length(problem, x, d, g @ d), self.decrease, self.curvature
        )
        after = standing_after(here, found.F, found.gradient, found.evaluations)
        state = state._replace(
            step=state.step + 1,
            stalled=(~found.lower & (state.since == 1)) | at_rest(after),
            here=after,
            last_gradient=g,
            length=found.length,
            since=xp.where(found.lower, state.since, xp.zeros_like(state.since)),
        )
        return x + found.length * d, state, here.F

    def _turned(self, state: ConjugateGradientState, g: Array) -> ConjugateGradientState:
        """The state with the next direction, its β, and the searches since the restart with this one."""
        xp = namespace(g)
        y = g - state.last_gradient
        if self.variant == "powell_beale":
            beta, d, state = _beale(state, g, y)
            again = state.since == 0
        else:
            size = state.last_gradient @ state.last_gradient
            beta = (
                ratio(g @ g, size)
                if self.variant == "fletcher_reeves"
                else xp.maximum(ratio(g @ y, size), xp.zeros_like(size))
            )
            d = beta * state.direction - g
            again = (state.since == 0) | (state.since >= g.shape[0])
        again = again | ~descends(d, g)
        return state._replace(
            direction=xp.where(again, -g, d),
            beta=xp.where(again, xp.zeros_like(beta), beta),
            since=xp.where(again, xp.ones_like(state.since), state.since + 1),
        )


def _beale(state: ConjugateGradientState, g: Array, y: Array) -> tuple[Array, Array, ConjugateGradientState]:
    """β and d of Powell's restarts, and the state with d_t and y_t as they are now."""
    xp = namespace(g)
    size = g @ g
    beta = ratio(g @ y, state.direction @ y)
    gamma = ratio(g @ state.restart_change, state.restart_direction @ state.restart_change)
    two = beta * state.direction - g
    three = two + gamma * state.restart_direction
    restart = (state.since == 1) | (state.since >= g.shape[0])
    restart = restart | (xp.abs(state.last_gradient @ g) >= _FIFTH * size)
    restart = restart | (xp.abs(three @ g + size) > _FIFTH * size)
    state = state._replace(
        restart_direction=xp.where(restart, state.direction, state.restart_direction),
        restart_change=xp.where(restart, y, state.restart_change),
        since=xp.where(restart, xp.minimum(state.since, xp.ones_like(state.since)), state.since),
    )
    return beta, xp.where(restart, two, three), state


def descends(d: Float[Array, " parameters"], g: Float[Array, " parameters"]) -> Array:
    """Whether F falls along d at least a tenth as fast as a conjugate direction lets it: gᵀd ≤ -0.1 gᵀg.

    >>> import numpy as np
    >>> bool(descends(np.array([-1.0, 5.0]), np.array([2.0, 0.0])))
    True
    """
    return g @ d <= -_DESCENDS * (g @ g)


class ScaledConjugateGradientState(NamedTuple):
    """Møller's variables."""

    step: Array | int
    stalled: Array
    here: Standing
    direction: Array
    """p."""
    damping: Array
    """λ."""
    curvature: Array
    """pᵀ∇²F p."""
    comparison: Array
    """Δ: how much of the fall of F that the quadratic model promised came true."""
    length: Array
    """α, 0 when the step was not taken."""
    success: Array
    since: Array
    """Steps since the restart."""


@RULES.register("scg")
@dataclass(frozen=True)
class ScaledConjugateGradient(FullBatchRule[ScaledConjugateGradientState]):
    """Møller's scaled conjugate gradient: no line search; a damping λ keeps the curvature along p positive.

    δ = pᵀ∇²F p + λ pᵀp, made positive by λ ← 2(λ - δ/pᵀp); μ = -gᵀp; α = μ/δ; Δ = 2δ [F(x) - F(x + αp)] / μ². If
    Δ ≥ 0: x ← x + αp, p ← -g + β p, β = (gᵀg - gᵀg_last)/μ, or -g after as many steps as there are parameters; else x
    stays. λ ← λ/4 if Δ ≥ 0.75, λ + δ(1 - Δ)/pᵀp if Δ < 0.25. Møller 1993, whose s = [∇F(x + σp) - ∇F(x)]/σ is here
    the exact product ∇²F p: no σ to choose, no rounding. An iteration costs about three gradients.

    >>> import numpy as np, thalweg as tw
    >>> P, T = np.array([[-1.0, 2], [2, -1], [0, -1], [-1, 0]]), np.array([[-1.0], [-1], [1], [1]])  # NND 3.15
    >>> net = tw.Network({"p": 2}, [tw.Layer("a", 1, bias=False)])
    >>> run = tw.train(net, P, T, loss="sse", optimizer=tw.ScaledConjugateGradient(damping=0.0), epochs=2)
    >>> run.params["a"].weights["p"].round(12)
    array([[-1., -1.]])
    """

    damping: Number = number(1e-6)
    recorded: ClassVar[dict[str, str]] = STEP_LENGTH

    def init(self, params: Float[Array, " parameters"]) -> ScaledConjugateGradientState:
        """The first direction is -g."""
        xp = namespace(params)
        zero = xp.zeros((), dtype=params.dtype)
        return ScaledConjugateGradientState(
            step=0,
            stalled=xp.zeros((), dtype=xp.bool),
            here=unknown_standing(params),
            direction=xp.zeros_like(params),
            damping=zero,
            curvature=zero,
            comparison=zero,
            length=zero,
            success=xp.ones((), dtype=xp.bool),
            since=xp.zeros((), dtype=xp.int32),
        )

    def search(
        self, problem: Problem, state: ScaledConjugateGradientState, x: Float[Array, " parameters"]
    ) -> tuple[Array, ScaledConjugateGradientState, Array]:
        """One step of Møller's algorithm, taken or not."""
        xp = namespace(x)
        first = state.here.evaluations == 0
        here = standing_at(problem, state.here, x)
        g = here.gradient
        p = xp.where(first, -g, state.direction)
        damping = xp.where(first, self.damping, state.damping)
        curvature = choose(xp, state.success, lambda p: p @ problem.hessian_product(x, p), lambda p: state.curvature, p)
        size, mu = p @ p, -(g @ p)
        delta = curvature + damping * size
        damping = xp.where(delta <= 0, 2.0 * (damping - ratio(delta, size)), damping)
        delta = curvature + damping * size
        alpha = ratio(mu, delta)
        F, g_next = problem.gradient(x + alpha * p)
        finite = xp.isfinite(F) & xp.isfinite(g_next @ p)
        F, g_next = xp.where(finite, F, here.F), xp.where(finite, g_next, g)
        change = rise(Point(0.0, here.F, -mu, g), Point(alpha, F, g_next @ p, g_next), rounding(here.F))
        comparison = xp.where(finite, ratio(-2.0 * delta * change, mu * mu), -99.0)
        success = (comparison >= 0) & (mu != 0)
        damping = xp.where(comparison >= 0.75, 0.25 * damping, damping)
        damping = xp.where(comparison < 0.25, damping + ratio(delta * (1.0 - comparison), size), damping)
        F, g_next = xp.where(success, F, here.F), xp.where(success, g_next, g)
        turned = ratio(g_next @ (g_next - g), mu) * p - g_next
        restart = (state.since + 1 >= x.shape[0]) | ~descends(turned, g_next)
        after = standing_after(here, F, g_next, xp.ones_like(here.evaluations))
        length = xp.where(success, alpha, xp.zeros_like(alpha))
        since = xp.where(restart, xp.zeros_like(state.since), state.since + 1)
        return (
            x + length * p,
            ScaledConjugateGradientState(
                step=state.step + 1,
                stalled=at_rest(after) | (norm(g_next) == 0),
                here=after,
                direction=xp.where(success, xp.where(restart, -g_next, turned), p),
                damping=damping,
                curvature=curvature,
                comparison=comparison,
                length=length,
                success=success,
                since=xp.where(success, since, state.since),
            ),
            here.F,
        )


RULES.alias("traincgf", "cg", variant="fletcher_reeves")
RULES.alias("traincgp", "cg", variant="polak_ribiere")
RULES.alias("traincgb", "cg", variant="powell_beale")
RULES.alias("trainscg", "scg", damping=5e-7)
