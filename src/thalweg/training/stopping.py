"""When a run ends, and the words for it (docs/sources.md)."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..core.arrays import namespace

NEVER = 2**31 - 1
RUNNING, GOAL, MIN_GRADIENT, PATIENCE, DIVERGED, STALLED, GENERALIZATION, NO_PROGRESS, TOLERANCE = range(9)
REASONS = {
    GOAL: "goal",
    MIN_GRADIENT: "min_gradient",
    PATIENCE: "patience",
    DIVERGED: "diverged",
    STALLED: "stalled",
    GENERALIZATION: "generalization_loss",
    NO_PROGRESS: "min_progress",
    TOLERANCE: "tolerance",
}


class StoppingCriteria(NamedTuple):
    """The stopping rules that are judged at the end of each epoch; the defaults never stop a run."""

    goal: Any = -float("inf")
    min_gradient: Any = -1.0
    patience: Any = NEVER
    generalization_loss: Any = float("inf")
    min_progress: Any = -1.0
    tolerance: Any = 0.0
    tolerance_epochs: Any = NEVER


def judge(
    criteria: StoppingCriteria, loss: Any, gradient_norm: Any, epochs_since_best: Any, stalled: Any = None
) -> Any:
    """The code of the first rule that ends the run, or RUNNING: divergence, goal, gradient, stalled, patience.

    >>> REASONS[int(judge(StoppingCriteria(goal=0.1), 0.05, None, 0))]
    'goal'
    """
    xp = namespace(loss)
    code = xp.where(epochs_since_best >= criteria.patience, PATIENCE, RUNNING)
    if stalled is not None:
        code = xp.where(stalled, STALLED, code)
    if gradient_norm is not None:
        code = xp.where(gradient_norm <= criteria.min_gradient, MIN_GRADIENT, code)
    code = xp.where(loss <= criteria.goal, GOAL, code)
    return xp.where(xp.isfinite(loss), code, DIVERGED)


def judge_generalization(criteria: StoppingCriteria, code: Any, validation_loss: Any, best_loss: Any) -> Any:
    """Stop when GL = 100 (E_va / E_opt - 1) is above its limit (Prechelt 1994); what stopped the run before, stays.

    >>> REASONS[int(judge_generalization(StoppingCriteria(generalization_loss=5.0), RUNNING, 1.06, 1.0))]
    'generalization_loss'
    """
    xp = namespace(validation_loss)
    lost = 100.0 * (validation_loss / best_loss - 1.0)
    return xp.where((code == RUNNING) & (lost > criteria.generalization_loss), GENERALIZATION, code)


def judge_progress(criteria: StoppingCriteria, code: Any, strip_sum: Any, strip_least: Any, strip: int) -> Any:
    """Stop when P_k = 1000 (Σ E_tr / (k min E_tr) - 1) over the last k epochs is below its limit (Prechelt 1994).

    >>> REASONS[int(judge_progress(StoppingCriteria(min_progress=0.1), RUNNING, 5.0, 1.0, 5))]
    'min_progress'
    """
    xp = namespace(strip_sum)
    gained = 1000.0 * (strip_sum / (strip * strip_least) - 1.0)
    return xp.where((code == RUNNING) & (gained < criteria.min_progress), NO_PROGRESS, code)


def judge_tolerance(criteria: StoppingCriteria, code: Any, idle: Any) -> Any:
    """Stop after `tolerance_epochs` idle epochs, which were not lower than the lowest before by the tolerance.

    >>> import numpy as np
    >>> REASONS[int(judge_tolerance(StoppingCriteria(tolerance_epochs=10), RUNNING, np.asarray(10)))]
    'tolerance'
    """
    xp = namespace(idle)
    return xp.where((code == RUNNING) & (idle >= criteria.tolerance_epochs), TOLERANCE, code)
