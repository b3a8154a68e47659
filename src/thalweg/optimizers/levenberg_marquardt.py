"""Levenberg-Marquardt: the damped step (JᵀJ + mu I) δ = -Jᵀr, and the rule that tries it until F falls.

    F(x) = Σ r²    δ(mu) solves (JᵀJ + mu I) δ = -Jᵀr         the damped step
                   a(mu) solves (JᵀJ + mu I) a = -Jᵀr̈         its geodesic acceleration, r̈ the second derivative along δ
                   x ← the lower of x + δ and x + δ + ½a      if that is lower than F(x); else mu rises

Which mu is tried, and when the tries end, is the damping's: `Damping`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from ..core.arrays import Array, Float, namespace
from ..core.control import choose
from ..core.linear_algebra import cholesky, cholesky_solve, least_squares
from .damping import DampedRule, Damping, Step
from .full_batch import Problem
from .rule import RULES


class Squares(NamedTuple):
    """A sum of squares F = Σ r² about an x: what it is there, and how it is computed elsewhere."""

    F: Array
    g: Float[Array, " parameters"]
    """∇F = 2Jᵀr."""
    G: Float[Array, "parameters parameters"]
    """2JᵀJ, so that F(x + δ) ≈ F + gᵀδ + ½ δᵀGδ."""
    value: Callable[[Array], Array]
    """F at another x."""
    acceleration_term: Callable[[Array], Array] | None
    """2Jᵀr̈ for the second derivative r̈ of r along a δ; None for steps without acceleration."""
    by_least_squares: Callable[[Array], Array]
    """δ of a mu with which JᵀJ + mu I is singular up to rounding."""


def damped_step(squares: Squares, mu: Array) -> Step:
    """δ of (JᵀJ + mu I) δ = -Jᵀr, and with its geodesic acceleration δ + ½a: (JᵀJ + mu I) a = -Jᵀr̈.

    Both by one decomposition, Cholesky's; where the matrix is singular up to rounding, δ by least squares alone.
    Transtrum & Sethna 2012.
    """
    g, term = squares.g, squares.acceleration_term
    xp = namespace(g)
    L, solved = cholesky(0.5 * squares.G + mu * xp.eye(g.shape[0], dtype=g.dtype))

    def by_cholesky(mu: Array) -> tuple[Array, Array | None]:
        delta = cholesky_solve(L, -0.5 * g)
        return delta, None if term is None else delta + 0.5 * cholesky_solve(L, -0.5 * term(delta))

    def otherwise(mu: Array) -> tuple[Array, Array | None]:
        delta = squares.by_least_squares(mu)
        return delta, None if term is None else delta

    delta, accelerated = choose(xp, solved, by_cholesky, otherwise, mu)
    return Step(delta, accelerated, ~solved)


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


def loss_about(problem: Problem, x: Float[Array, " parameters"], *, acceleration: bool) -> Squares:
    """The loss of a network as a sum of squares about x."""
    term = (lambda delta: problem.acceleration_term(x, delta)) if acceleration else None
    return Squares(*problem.gauss_newton(x), problem.value, term, lambda mu: stacked_step(problem, x, mu))


class LevenbergMarquardtState(NamedTuple):
    """The count of iterations, and what the last one did."""

    step: Array | int
    stalled: Array
    """Whether no step lowers F: mu is above its maximum, or F falls by no more than rounding."""
    mu: Array
    """The damping of the next try."""
    tries: Array
    """How many steps were tried; all but the last were rejected."""
    accepted: Array
    """Whether the last step tried lowered F, and was taken."""
    accelerated: Array
    """Whether the last step tried was the one with geodesic acceleration."""
    singular: Array
    """Whether a system was singular up to rounding, and was solved by least squares."""
    predicted: Array
    """By how much the last step tried should have lowered F, by the quadratic model."""
    reduction: Array
    """By how much the iteration lowered F."""


def nothing_tried(params: Float[Array, " parameters"]) -> LevenbergMarquardtState:
    """The state before the first iteration."""
    xp = namespace(params)
    zero, no = xp.asarray(0.0, dtype=params.dtype), xp.asarray(False)
    return LevenbergMarquardtState(0, no, zero, xp.asarray(0, dtype=xp.int32), no, no, no, zero, zero)


def iterate(
    damping: Damping, squares: Squares, state: LevenbergMarquardtState, x: Float[Array, " parameters"]
) -> tuple[Float[Array, " parameters"], Array, LevenbergMarquardtState]:
    """One iteration: damped steps until one lowers F. The next x, F there, and the next state."""
    xp = namespace(x)
    F, g, G = squares.F, squares.g, squares.G
    mu = xp.astype(xp.where(state.step == 0, damping.mu, state.mu), x.dtype)

    def predicted(delta: Array) -> Array:
        return -(g @ delta) - 0.5 * (delta @ (G @ delta))

    tries = damping.search(x, F, mu, lambda mu: damped_step(squares, mu), squares.value, predicted)
    after = LevenbergMarquardtState(
        step=state.step + 1,
        stalled=damping.has_stalled(F, tries),
        mu=tries.mu,
        tries=tries.count,
        accepted=tries.accepted,
        accelerated=tries.accelerated,
        singular=tries.singular,
        predicted=tries.predicted,
        reduction=F - tries.F,
    )
    return tries.x, tries.F, after


@RULES.register("lm")
@dataclass(frozen=True)
class LevenbergMarquardt(DampedRule[LevenbergMarquardtState]):
    """Levenberg-Marquardt: (JᵀJ + mu I) δ = -Jᵀr, x ← x + δ if that lowers F = Σ r². Hagan & Menhaj 1994; NND 12.

    A large mu makes a short step of gradient descent, a small one the Gauss-Newton step. A step that lowers F is
    taken, and mu falls to a tenth; else mu rises tenfold and a new step is tried from the same J; above `mu_max` the
    rule has stalled (the damping of MATLAB's trainlm). r holds the errors a - t times the root of the loss's factor
    and of the example's weight, so mu is measured on the scale of the loss: for `mse`, on that of mean squares. With
    l2, half of it is added to the diagonal of JᵀJ at the weights. With `acceleration` each step is tried as it is and
    with the geodesic acceleration of the residuals, and the lower one counts; without it, the step of the equation
    alone. For a squared error, on all examples.

    >>> import numpy as np, thalweg as tw
    >>> P = np.linspace(-1, 1, 200)[:, None]
    >>> run = tw.train(tw.mlp(1, 10, 1), P, np.sin(np.pi * P), optimizer="lm", epochs=200, goal=1e-6)
    >>> run.stopped_because, run.epochs < 150
    ('goal', True)
    """

    recorded: ClassVar[dict[str, str]] = {"mu": "mu"}

    def init(self, params: Float[Array, " parameters"]) -> LevenbergMarquardtState:
        """Nothing tried yet."""
        return nothing_tried(params)

    def search(
        self, problem: Problem, state: LevenbergMarquardtState, x: Float[Array, " parameters"]
    ) -> tuple[Float[Array, " parameters"], LevenbergMarquardtState, Array]:
        """One J, and tries until a step lowers F."""
        squares = loss_about(problem, x, acceleration=self.acceleration)
        x, _, after = iterate(self.damping, squares, state, x)
        return x, after, squares.F

    def why_stalled(self, state: LevenbergMarquardtState) -> str:
        """That mu is at its maximum, or the loss at a minimum, and what to try."""
        return self.damping.why_stalled(state.mu, "the loss")


RULES.alias("trainlm", "lm", acceleration=False)
