"""Levenberg-Marquardt that chooses the strength of its own penalty: Bayesian regularisation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from ..core.arrays import Array, Float, namespace
from ..core.linear_algebra import eigh, least_squares
from ..core.weighing import example_factors, total_weight
from .damping import DampedRule
from .full_batch import Problem, numbers_in
from .levenberg_marquardt import LevenbergMarquardtState, Squares, iterate, nothing_tried
from .rule import RULES, Number, number


class BayesianRegularizationState(NamedTuple):
    """The count of iterations, what the last one did, and the hyperparameters that it left."""

    step: Array | int
    damped: LevenbergMarquardtState
    """The iteration of Levenberg-Marquardt: its `predicted` and `reduction` are of βE_D + αE_W."""
    alpha: Array
    """α, the weight of the penalty E_W = Σ x² over all parameters."""
    beta: Array
    """β, the weight of the errors E_D = Σ e²: 1 / (2 variance of the noise)."""
    gamma: Array
    """γ, the effective number of parameters: how many of them the examples determine."""

    @property
    def stalled(self) -> Array:
        """Whether no step lowers βE_D + αE_W."""
        return self.damped.stalled


@RULES.register("br")
@dataclass(frozen=True)
class BayesianRegularization(DampedRule[BayesianRegularizationState]):
    """Levenberg-Marquardt on βE_D + αE_W, with α and β by MacKay's evidence: MATLAB's trainbr. Foresee & Hagan 1997.

    E_D = Σ e² over n errors, E_W = Σ x² over the parameters, biases too. After each step that lowers the sum,

        γ = Σ λ_i / (λ_i + α), λ_i the eigenvalues of βJᵀJ (so γ = N - 2α tr H⁻¹, H = 2βJᵀJ + 2αI)
        α = γ / (2 E_W),  β = (n - γ) / (2 E_D)

    with the J before the step. At first α = 0 and β = 1. The loss is
    F = κE_D with its factor κ (`mse`: 1/n), so the history shows κE_D, and a penalty κα/β Σ x² of the loss is what
    the rule amounts to. Weights of examples count as numbers of rows, those of targets as numbers of errors. An `l2` of
    `train` is taken for a part of E_D.
    The damping is that of `LevenbergMarquardt`, on the scale of βE_D + αE_W. For a squared error, on all examples.

    >>> import numpy as np, thalweg as tw
    >>> rng, P = np.random.default_rng(0), np.linspace(-1, 1, 41)[:, None]
    >>> T = np.sin(3 * P) + rng.normal(0, 0.1, P.shape)
    >>> run = tw.train(tw.mlp(1, 20, 1), P, T, optimizer="br", epochs=300)
    >>> print(f"{run.state.gamma:.1f} of {run.network.parameter_count} parameters")
    8.0 of 61 parameters
    """

    mu: Number = number(0.005)
    recorded: ClassVar[dict[str, str]] = {"mu": "damped.mu", "effective_parameters": "gamma"}

    def init(self, params: Float[Array, " parameters"]) -> BayesianRegularizationState:
        """Nothing tried yet: α = 0, β = 1, and every parameter is taken to count."""
        xp = namespace(params)
        zero = xp.asarray(0.0, dtype=params.dtype)
        damped = nothing_tried(params)._replace(step=xp.asarray(0, dtype=xp.int32))
        return BayesianRegularizationState(0, damped, zero, xp.ones_like(zero), zero + float(params.shape[0]))

    def search(
        self, problem: Problem, state: BayesianRegularizationState, x: Float[Array, " parameters"]
    ) -> tuple[Float[Array, " parameters"], BayesianRegularizationState, Array]:
        """One J, tries until a step lowers the sum, and the hyperparameters after it."""
        xp = namespace(x)
        n, kappa = _errors(problem)
        F, g, G = problem.gauss_newton(x)
        alpha, beta = state.alpha, state.beta
        scale = beta / kappa  # βE_D = scale F
        one = xp.eye(x.shape[0], dtype=x.dtype)
        slope = scale * g + 2.0 * alpha * x
        curvature = scale * G + 2.0 * alpha * one
        squares = Squares(
            F=beta * (F / kappa) + alpha * (x @ x),
            g=slope,
            G=curvature,
            value=lambda x: scale * problem.value(x) + alpha * (x @ x),
            acceleration_term=(lambda delta: scale * problem.acceleration_term(x, delta))
            if self.acceleration
            else None,
            by_least_squares=lambda mu: least_squares(0.5 * curvature + mu * one, -0.5 * slope),
        )
        x_new, value, damped = iterate(self.damping, squares, state.damped, x)
        gamma = effective_parameters(0.5 * scale * G, alpha)
        E_W = x_new @ x_new
        E_D = (value - alpha * E_W) / beta
        new_alpha, new_beta = hyperparameters(gamma, n, E_D, E_W)
        moved = damped.accepted
        after = BayesianRegularizationState(
            step=state.step + 1,
            damped=damped,
            alpha=xp.where(moved, new_alpha, alpha),
            beta=xp.where(moved, new_beta, beta),
            gamma=xp.where(moved, gamma, state.gamma),
        )
        return x_new, after, F

    def why_stalled(self, state: BayesianRegularizationState) -> str:
        """That mu is at its maximum, or the sum at a minimum, and what to try."""
        return self.damping.why_stalled(state.damped.mu, "the errors and the penalty")

    def numbers_left(self, state: BayesianRegularizationState) -> dict[str, Array]:
        """Those of the iteration of Levenberg-Marquardt, and the hyperparameters."""
        return {**numbers_in(state.damped), **super().numbers_left(state)}

    def found(self, state: BayesianRegularizationState) -> str:
        """How many parameters count."""
        return f"at the end {float(state.gamma):.1f} parameters are effective" if state.step else ""


def effective_parameters(JJ: Float[Array, "parameters parameters"], alpha: Array) -> Array:
    """γ = Σ λ_i / (λ_i + α) over the eigenvalues λ_i of βJᵀJ.

    >>> import numpy as np
    >>> effective_parameters(np.diag([1.0, 3.0, 0.0]), np.array(1.0))
    np.float64(1.25)
    """
    xp = namespace(JJ)
    curvatures = eigh(JJ)[0]
    some = curvatures > JJ.shape[0] * xp.finfo(JJ.dtype).eps * xp.max(curvatures)  # the others are 0 but for rounding
    return xp.sum(xp.where(some, curvatures / xp.where(some, curvatures + alpha, 1.0), 0.0))


def hyperparameters(gamma: Array, n: Array | float, E_D: Array, E_W: Array) -> tuple[Array, Array]:
    """α = γ / (2 E_W) and β = (n - γ) / (2 E_D); 1 where that is not a positive number.

    >>> import numpy as np
    >>> hyperparameters(np.array(2.0), 10.0, np.array(4.0), np.array(0.5))
    (array(2.), array(1.))
    """
    xp = namespace(gamma)

    def share(part: Array, E: Array) -> Array:
        usable = (part > 0) & (E > 0)
        return xp.where(usable, part / xp.where(usable, 2.0 * E, xp.ones_like(E)), xp.ones_like(E))

    return share(gamma, E_W), share(n - gamma, E_D)


def _errors(problem: Problem) -> tuple[Array, Array]:
    """n, the number of errors, and κ, the factor of the loss, with F = κ Σ e²; a weight counts as a number of rows."""
    examples, outputs = problem.T.shape
    rows = examples if problem.weight is None else total_weight(problem.weight)
    kappa = example_factors(problem.loss, outputs, 1, None) * problem.loss.multiple()
    return outputs * rows, kappa / rows if problem.loss.reduction == "mean" else kappa


RULES.alias("trainbr", "br", mu=0.005, acceleration=False)
