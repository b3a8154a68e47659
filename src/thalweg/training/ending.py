"""How a run ends: which parameters it leaves, and the sentence that says why."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..core.network import Parameters
from ..optimizers.full_batch import FullBatchRule, Problem
from .checkpoint import Checkpoint, SavedIn
from .history import History, kept_epoch
from .recipe import Recipe
from .run import Run

_log = logging.getLogger("thalweg")


def conclude(
    recipe: Recipe,
    *,
    last: Parameters,
    best: Parameters,
    best_epoch: int,
    history: History,
    epochs: int,
    updates: int,
    stopped: str,
    seconds: float,
    state: Any = None,
    checkpoint: Checkpoint | None = None,
    saved_in: SavedIn | None = None,
    advises: bool = True,
) -> Run:
    """The run that a recipe came to: the last parameters or the best, as `Run` says; divergence is logged.

    Args:
        recipe: What the run was made from.
        last, best: The parameters after the last update, and those of the lowest loss.
        best_epoch, history, epochs, updates, seconds: As `Run` has them.
        stopped: Why it ended.
        state: That of the rule, where there is no checkpoint.
        checkpoint, saved_in: Where the run stood in the end, and the folder that holds it.
        advises: Whether a run that diverged is told the largest stable learning rate, which costs some products with
            the curvature.
    """
    net = recipe.program.net
    state = checkpoint.state.rule_state if checkpoint is not None else state
    if not np.isfinite(net.ravel(last)).all():
        stopped = "diverged"
    if stopped == "diverged" and best_epoch and _judged(recipe, best) > _judged(recipe, recipe.params):
        best, best_epoch = net.unravel(np.asarray(net.ravel(recipe.params), recipe.dtype)), 0
    restores = kept_epoch(recipe.validation is not None, stopped, best_epoch) is not None
    explanation = _explain(stopped, recipe, history, updates, epochs, best_epoch, state)
    if stopped == "diverged":
        if advises:
            from .advice import stable_rate_advice

            explanation += stable_rate_advice(recipe, best)
        _log.warning(explanation)
    return Run(
        network=net,
        params=best if restores else last,
        loss=recipe.program.loss,
        optimizer=recipe.rule,
        history=history,
        epochs=epochs,
        updates=updates,
        best_epoch=best_epoch,
        stopped_because=stopped,
        explanation=explanation,
        engine=recipe.engine,
        seconds=seconds,
        seed=recipe.batch_order.seed,
        state=state,
        checkpoint=checkpoint,
        saved_in=saved_in,
        recipe=dataclasses.replace(recipe, batch_order=recipe.batch_order.without_cache()),
    )


def _explain(
    stopped: str, recipe: Recipe, history: History, updates: int, done: int, best_epoch: int, state: Any
) -> str:
    losses = history.loss
    watched = "validation loss" if recipe.validation is not None else "training loss"
    criteria = recipe.hyperparameters.stopping
    kept = "the initial parameters are kept"
    if best_epoch:
        lowest = (losses if history.validation_loss is None else history.validation_loss)[best_epoch - 1]
        kept = f"the parameters of epoch {best_epoch}, the lowest {watched} ({lowest:.4g}), are kept"
    restored = f"; {kept}" if recipe.validation is not None else ""
    why_stalled, found = "no step of the rule lowers the loss any more", ""
    if isinstance(recipe.rule, FullBatchRule) and state is not None:
        rule: Any = recipe.rule.at(max(0, int(state.step) - 1))
        why_stalled, found = rule.why_stalled(state), rule.found(state)
    has_rate = any(field.name == "learning_rate" for field in recipe.rule.numbers()) or not recipe.rule.numbers()
    remedy = "Try a smaller learning rate" if has_rate else "Scale inputs and targets, or start from smaller weights"
    sentence = {
        "epochs": f"{'the one epoch was' if done == 1 else f'all {done} epochs were'} run{restored}",
        "goal": f"the loss reached the goal of {criteria.goal:g} in epoch {done}{restored}",
        "min_gradient": f"the norm of the gradient fell to {criteria.min_gradient:g} in epoch {done}{restored}",
        "stalled": f"{why_stalled} (epoch {done}){restored}",
        "generalization_loss": (
            f"the validation loss is {criteria.generalization_loss:g} % above its lowest in epoch {done}; {kept}"
        ),
        "min_progress": f"the training loss fell by less than {criteria.min_progress:g} per thousand by epoch {done}",
        "tolerance": (
            f"no {watched} lower than the lowest by {criteria.tolerance:g} in {criteria.tolerance_epochs} epochs, one "
            f"after another: stopped after epoch {done}{restored}"
        ),
        "patience": f"no lower {watched} for {criteria.patience} epochs: stopped after epoch {done}; {kept}",
        "seconds": f"the time was up in epoch {done + 1}{restored}",
        "callback": f"a callback stopped the run after epoch {done}{restored}",
        "interrupted": f"interrupted after {done} epochs{restored}",
        "diverged": (f"diverged: {_told(losses)} at update {updates} (epoch {done}); {kept}. {remedy}"),
    }[stopped]
    return f"{sentence}; {found}" if found else sentence


def _judged(recipe: Recipe, params: Parameters) -> float:
    """The loss of parameters on the examples that choose the best: infinite if it is not finite."""
    net = recipe.program.net
    examples = recipe.examples if recipe.validation is None else recipe.validation
    problem = Problem(net, recipe.program.loss, examples.inputs, examples.T, examples.weight)
    with np.errstate(all="ignore"):
        loss = float(problem.value(net.ravel(params)))
    return loss if np.isfinite(loss) else float("inf")


def _told(losses: np.ndarray) -> str:
    finite = not len(losses) or np.isfinite(losses[-1])
    return "the parameters stopped being finite" if finite else f"the loss was {losses[-1]:g}"


@contextmanager
def unlogged() -> Iterator[None]:
    """Nothing is logged within, as whoever started the runs tells it; the logger is afterwards as it was.

    >>> import logging
    >>> log = logging.getLogger("thalweg")
    >>> with unlogged():
    ...     log.filters == [], log.level
    (False, 0)
    >>> log.filters
    []
    """

    def nothing(record: logging.LogRecord) -> bool:
        return False

    log = logging.getLogger("thalweg")
    log.addFilter(nothing)
    try:
        yield
    finally:
        log.removeFilter(nothing)
