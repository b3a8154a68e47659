"""The linear system of a Levenberg-Marquardt step, as it was solved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...optimizers.full_batch import Problem
from ...optimizers.levenberg_marquardt import LevenbergMarquardt, damped_step, stacked_step
from ...optimizers.rule import Rule


@dataclass(frozen=True)
class DampedSystem:
    """The linear system of a Levenberg-Marquardt step: (JᵀJ + mu I) δ = -Jᵀr, and the bent step that may be taken."""

    mu: float
    matrix: np.ndarray
    """JᵀJ, half the Gauss-Newton matrix of F."""
    right: np.ndarray
    """-Jᵀr, half the negative gradient."""
    delta: np.ndarray
    bent: bool
    """Whether the step taken is δ bent as the residuals bend."""
    accepted: bool


def damped_system(rule: Rule, problem: Problem, state: Any, new_state: Any, x: np.ndarray) -> DampedSystem | None:
    """The system that gave the last step tried, by the functions that gave it."""
    if not isinstance(rule, LevenbergMarquardt):
        return None
    accepted = bool(new_state.accepted)
    mu = float(new_state.mu) / float(rule.mu_decrease if accepted else rule.mu_increase)
    _, g, G = problem.gauss_newton(x)
    bend = (lambda v: problem.bend(x, v)) if rule.acceleration else None
    at = np.asarray(mu, dtype=x.dtype)
    step = damped_step(g, G, at, lambda mu: stacked_step(problem, x, mu), bend)
    return DampedSystem(mu, 0.5 * G, -0.5 * g, np.asarray(step.delta), bool(new_state.bent), accepted)
