"""Levenberg-Marquardt in two parts: a damped step, and the damping policy that accepts or rejects it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from ..core.arrays import Array, Float, namespace
from ..core.control import choose, while_loop
from ..core.linear_algebra import cholesky, cholesky_solve, least_squares
from .full_batch import FullBatchRule, Problem
from .rule import RULES, Number, number

LEAST_MU = 1e-20
"""Below this the damping does not fall (MATLAB's trainlm)."""
_MOST_TRIES = 100


# The damped step.


class Step(NamedTuple):
    """A step δ, the same step bent as the residuals bend, and whether its system was singular up to rounding."""

    delta: Array
    bent: Array
    singular: Array


def damped_step(
    g: Float[Array, " parameters"],
    G: Float[Array, "parameters parameters"],
    mu: Array,
    instead: Callable[[Array], Array],
    bend: Callable[[Array], Array] | None = None,
) -> Step:
    """δ of (½G + mu I) δ = -½g: g = ∇F = 2Jᵀr, G = 2JᵀJ. By Cholesky's decomposition, or what `instead` gives for mu.

    `bend` gives 2Jᵀr̈ for the second derivative r̈ of r along δ. With it the bent step is δ + ½a, where
    (JᵀJ + mu I) a = -Jᵀr̈ from the same decomposition: geodesic acceleration (Transtrum & Sethna 2012).
    """
    xp = namespace(g)
    L, solved = cholesky(0.5 * G + mu * xp.eye(g.shape[0], dtype=g.dtype))

    def by_cholesky(mu: Array) -> tuple[Array, Array]:
        delta = cholesky_solve(L, -0.5 * g)
        return delta, delta if bend is None else delta + 0.5 * cholesky_solve(L, -0.5 * bend(delta))

    def otherwise(mu: Array) -> tuple[Array, Array]:
        delta = instead(mu)
        return delta, delta

    delta, bent = choose(xp, solved, by_cholesky, otherwise, mu)
    return Step(delta, bent, ~solved)


def stacked_step(problem: Problem, x: Float[Array, " parameters"], mu: Array) -> Float[Array, " parameters"]:
    """The same δ by least squares, min |[R; √mu I] δ + [R r; 0]|², which do not square J's condition number."""
    xp = namespace(x)
    size = x.shape[0]
    triangle, one = problem.triangle(x), xp.eye(size, dtype=x.dtype)
    rows, below = [triangle[:, :size], xp.sqrt(mu) * one], [triangle[:, size], xp.zeros_like(x)]
    if problem.l2 is not None:
        root = xp.sqrt(0.5 * problem.l2) * problem.penalized(x)
        rows, below = [*rows, root[:, None] * one], [*below, root * x]
    return least_squares(xp.concat(rows), -xp.concat(below))


# The damping policy.


class Tries(NamedTuple):
    """The tries of one iteration: the last step tried, and the damping that the next try would have."""

    mu: Array
    x: Array
    F: Array
    accepted: Array
    bent: Array
    singular: Array
    count: Array
    predicted: Array


def search_damping(
    rule: Any,
    F: Array,
    x: Float[Array, " parameters"],
    mu: Array,
    step: Callable[[Array], Step],
    g: Float[Array, " parameters"],
    G: Float[Array, "parameters parameters"],
    value: Callable[[Array], Array],
) -> Tries:
    """Try steps, mu times `mu_increase` after each that does not lower F, until one does or mu is above `mu_max`.

    `step` gives the step for mu; of it and the bent one, the lower counts. g is ∇F, and by the quadratic model δ should
    lower F by -gᵀδ - ½ δᵀGδ. After the step that lowers F, mu is times `mu_decrease`. A try costs a decomposition and
    values of F, no Jacobian.
    """
    xp = namespace(x)

    def try_step(tries: Tries) -> Tries:
        delta, bent, singular = step(tries.mu)
        x_new, F_new, is_bent = x + delta, value(x + delta), xp.asarray(False)
        if rule.acceleration:
            F_bent = value(x + bent)
            is_bent = ~(F_new <= F_bent) & xp.isfinite(F_bent)  # F_new may be NaN
            x_new, F_new = xp.where(is_bent, x + bent, x_new), xp.where(is_bent, F_bent, F_new)
        accepted = F_new < F
        mu = xp.maximum(tries.mu * xp.where(accepted, rule.mu_decrease, rule.mu_increase), LEAST_MU)
        return Tries(
            mu=xp.astype(mu, x.dtype),
            x=xp.where(accepted, x_new, x),
            F=xp.where(accepted, F_new, F),
            accepted=accepted,
            bent=is_bent,
            singular=tries.singular | singular,
            count=tries.count + 1,
            predicted=-(g @ delta) - 0.5 * (delta @ (G @ delta)),
        )

    no = xp.asarray(False)
    none = Tries(mu, x, F, no, no, no, xp.asarray(0, dtype=xp.int32), xp.zeros_like(F))

    def goes_on(tries: Tries) -> Array:
        return ~tries.accepted & (tries.mu <= rule.mu_max) & (tries.count < _MOST_TRIES)

    return while_loop(xp, goes_on, try_step, none)


def has_stalled(rule: Any, F: Array, tries: Tries) -> Array:
    """Whether no step lowers F, or an undamped one by no more than rounding, which is the end of the way, too."""
    xp = namespace(F)
    rounding = 4.0 * xp.finfo(F.dtype).eps * F
    arrived = (rounding >= F - tries.F) & (tries.predicted <= rounding) & (tries.mu <= rule.mu)
    return ~tries.accepted | arrived


def tell_stalled(rule: Any, state: Any, what: str) -> str:
    """Why the search for a damping ended, from the last state, and what to try."""
    why = f"no step lowers {what} by more than rounding"
    if float(state.mu) > rule.mu_max:
        why = f"mu rose above its maximum of {float(rule.mu_max):g} and no step lowers {what} any more"
    return f"{why}: if the loss is not low enough, try another seed, or scg"


class LevenbergMarquardtState(NamedTuple):
    """The count of iterations, and what the last one did."""

    step: Any
    stalled: Any
    """Whether no step lowers F: mu is above its maximum, or F falls by no more than rounding."""
    mu: Any
    """The damping of the next try."""
    tries: Any
    """How many steps were tried; all but the last were rejected."""
    accepted: Any
    """Whether the last step tried lowered F, and was taken."""
    bent: Any
    """Whether the last step tried was the bent one."""
    singular: Any
    """Whether a system was singular up to rounding, and was solved by least squares."""
    predicted: Any
    """By how much the last step tried should have lowered F, by the quadratic model."""
    reduction: Any
    """By how much the iteration lowered F."""


@RULES.register("lm")
@dataclass(frozen=True)
class LevenbergMarquardt(FullBatchRule):
    """Levenberg-Marquardt: (JᵀJ + mu I) δ = -Jᵀr, x ← x + δ if that lowers F = Σ r². Hagan & Menhaj 1994; NND 12.

    A large mu makes a short step of gradient descent, a small one the Gauss-Newton step. A step that lowers F is
    taken, and mu falls to a tenth; else mu rises tenfold and a new step is tried from the same J; above `mu_max` the
    rule has stalled (the damping of MATLAB's trainlm). r holds the errors a - t times the root of the loss's factor
    and of the example's weight, so mu is measured on the scale of the loss: for `mse`, on that of mean squares. With
    l2, half of it is added to the diagonal of JᵀJ at the weights. With `acceleration` each step is tried as it is and
    bent as the residuals bend, to second order, and the lower one counts; without it, the step of the equation alone.
    For a squared error, on all examples.

    >>> import numpy as np, thalweg as tw
    >>> P = np.linspace(-1, 1, 200)[:, None]
    >>> run = tw.train(tw.mlp(1, 10, 1), P, np.sin(np.pi * P), optimizer="lm", epochs=200, goal=1e-6)
    >>> run.stopped_because, run.epochs < 150
    ('goal', True)
    """

    mu: Number = number(1e-3)
    mu_increase: Number = number(10.0, at_least=1.0)
    mu_decrease: Number = number(0.1, below=1.0)
    mu_max: Number = number(1e10)
    acceleration: bool = True

    needs_squares: ClassVar[bool] = True
    matrices: ClassVar[int] = 6

    def init(self, params: Float[Array, " parameters"]) -> LevenbergMarquardtState:
        """Nothing tried yet."""
        xp = namespace(params)
        zero, no = xp.asarray(0.0, dtype=params.dtype), xp.asarray(False)
        return LevenbergMarquardtState(0, no, zero, xp.asarray(0, dtype=xp.int32), no, no, no, zero, zero)

    def search(
        self, problem: Problem, state: LevenbergMarquardtState, x: Float[Array, " parameters"]
    ) -> tuple[Float[Array, " parameters"], LevenbergMarquardtState, Array]:
        """One J, and tries until a step lowers F."""
        xp = namespace(x)
        F, g, G = problem.gauss_newton(x)

        def step(mu: Array) -> Step:
            bend = (lambda v: problem.bend(x, v)) if self.acceleration else None
            return damped_step(g, G, mu, lambda mu: stacked_step(problem, x, mu), bend)

        mu = xp.astype(xp.where(state.step == 0, self.mu, state.mu), x.dtype)
        tries = search_damping(self, F, x, mu, step, g, G, problem.value)
        after = LevenbergMarquardtState(
            state.step + 1,
            has_stalled(self, F, tries),
            tries.mu,
            tries.count,
            tries.accepted,
            tries.bent,
            tries.singular,
            tries.predicted,
            F - tries.F,
        )
        return tries.x, after, F

    def why_stalled(self, state: LevenbergMarquardtState) -> str:
        """That mu is at its maximum, or the loss at a minimum, and what to try."""
        return tell_stalled(self, state, "the loss")
