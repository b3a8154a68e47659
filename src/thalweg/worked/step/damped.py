"""The linear system of a Levenberg-Marquardt step, as it was solved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...optimizers.full_batch import Problem
from ...optimizers.levenberg_marquardt import LevenbergMarquardt, damped_step, loss_about
from ...optimizers.rule import Rule


@dataclass(frozen=True)
class DampedSystem:
    """The linear system of a Levenberg-Marquardt step: (JᵀJ + mu I) δ = -Jᵀr, and what was taken of it."""

    mu: float
    matrix: np.ndarray
    """JᵀJ, half the Gauss-Newton matrix of F."""
    right: np.ndarray
    """-Jᵀr, half the negative gradient."""
    delta: np.ndarray
    accelerated: bool
    """Whether the step taken is δ with its geodesic acceleration."""
    accepted: bool


def damped_system(rule: Rule, problem: Problem, state: Any, new_state: Any, x: np.ndarray) -> DampedSystem | None:
    """The system that gave the last step tried, by the functions that gave it."""
    if not isinstance(rule, LevenbergMarquardt):
        return None
    mu = float(new_state.mu) / float(rule.damping.factor(new_state.accepted))
    squares = loss_about(problem, x, acceleration=rule.acceleration)
    delta = np.asarray(damped_step(squares, np.asarray(mu, dtype=x.dtype)).delta)
    accelerated, accepted = bool(new_state.accelerated), bool(new_state.accepted)
    return DampedSystem(mu, 0.5 * squares.G, -0.5 * squares.g, delta, accelerated, accepted)
