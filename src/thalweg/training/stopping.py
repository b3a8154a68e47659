"""When a run ends, and the words for it (SOURCES.md 7)."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..core.arrays import namespace

NEVER = 2**31 - 1
RUNNING, GOAL, MIN_GRADIENT, PATIENCE, DIVERGED = range(5)
REASONS = {GOAL: "goal", MIN_GRADIENT: "min_gradient", PATIENCE: "patience", DIVERGED: "diverged"}


class Limits(NamedTuple):
    """The stopping rules that are judged at the end of each epoch; the defaults never stop a run."""

    goal: Any = -float("inf")
    min_gradient: Any = -1.0
    patience: Any = NEVER


def judge(limits: Limits, loss: Any, gradient_norm: Any, epochs_since_best: Any) -> Any:
    """The code of the first rule that ends the run, or RUNNING: divergence, goal, gradient, patience in this order.

    >>> REASONS[int(judge(Limits(goal=0.1), 0.05, None, 0))]
    'goal'
    """
    xp = namespace(loss)
    code = xp.where(epochs_since_best >= limits.patience, PATIENCE, RUNNING)
    if gradient_norm is not None:
        code = xp.where(gradient_norm <= limits.min_gradient, MIN_GRADIENT, code)
    code = xp.where(loss <= limits.goal, GOAL, code)
    return xp.where(xp.isfinite(loss), code, DIVERGED)
