"""The loop on the host: stretch after stretch of an engine, until something ends the run; then what it leaves."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..optimizers.rule import Rule
from .engines import Engine, Outcome, Recipe, plan
from .history import History
from .run import EpochEnd, Run
from .stopping import REASONS, RUNNING

Callback = Callable[[EpochEnd], Any]
_SECONDS_A_STRETCH = 0.2
_log = logging.getLogger("thalweg")


def drive(
    engine: Engine,
    recipe: Recipe,
    rule: Rule,
    epochs: int,
    max_seconds: float | None,
    callbacks: Sequence[Callback],
) -> Run:
    """Run stretch after stretch, each about a fifth of a second, until something ends the run."""
    began = time.perf_counter()
    steps = recipe.presentation.steps
    each_epoch = any(getattr(callback, "every_epoch", True) for callback in callbacks)
    outcomes: list[Outcome] = []
    done, position, budget = 0, 0, 32
    stopped = "epochs"
    with _interruption() as interrupted:
        while done < epochs:
            stretch = plan(done, position, steps, epochs, steps - position if each_epoch and budget > steps else budget)
            clock = time.perf_counter()
            outcome = engine.run(stretch)
            now = time.perf_counter()
            done += outcome.epochs
            position = 0 if stretch.ends else stretch.stop
            if outcomes:  # the first stretch may have waited for the compiler
                rate = stretch.updates / max(now - clock, 1e-6)
                budget = int(max(1, min(engine.capacity, 8 * budget, rate * _SECONDS_A_STRETCH)))
            outcomes.append(outcome)
            if outcome.epochs and callbacks:
                told = _epoch_end(engine, recipe, done, epochs, outcome, now - began)
                wishes = [callback(told) for callback in callbacks]
                if any(wishes):
                    stopped = "callback"
            if outcome.code != RUNNING:
                stopped = REASONS[outcome.code]
            elif interrupted.is_set():
                stopped = "interrupted"
            elif max_seconds is not None and done < epochs and now - began >= max_seconds:
                stopped = "seconds"
            if stopped != "epochs":
                break
    return _finish(engine, recipe, rule, outcomes, done, stopped, time.perf_counter() - began)


def _finish(
    engine: Engine,
    recipe: Recipe,
    rule: Rule,
    outcomes: list[Outcome],
    done: int,
    stopped: str,
    seconds: float,
) -> Run:
    job, progress = recipe.job, engine.progress
    params = engine.parameters(progress.x)
    if not np.isfinite(job.net.ravel(params)).all():
        stopped = "diverged"
    if recipe.validation is not None or stopped in ("diverged", "patience"):
        params = engine.parameters(progress.best_x)
    best_epoch = int(progress.best_epoch)
    history = _history(outcomes)
    updates = outcomes[-1].updates
    explanation = _explain(stopped, recipe, history.loss, updates, done, best_epoch)
    if stopped == "diverged":
        _log.warning(explanation)
    return Run(
        network=job.net,
        params=params,
        loss=job.loss,
        optimizer=rule,
        history=history,
        epochs=done,
        updates=updates,
        best_epoch=best_epoch,
        stopped_because=stopped,
        explanation=explanation,
        engine=engine.name,
        seconds=seconds,
        seed=recipe.presentation.seed,
    )


def _history(outcomes: list[Outcome]) -> History:
    columns = list(zip(*(outcome.records for outcome in outcomes if outcome.epochs), strict=True)) or [(), None, None]
    loss, *others = (np.concatenate(c) if c and c[0] is not None else None for c in columns)
    return History(np.zeros(0) if loss is None else loss, *others)


def _explain(stopped: str, recipe: Recipe, losses: np.ndarray, updates: int, done: int, best_epoch: int) -> str:
    watched = "validation loss" if recipe.validation is not None else "training loss"
    limits = recipe.numbers.limits
    kept = (
        f"the parameters of epoch {best_epoch}, the lowest {watched}, are kept"
        if best_epoch
        else "the initial parameters are kept"
    )
    return {
        "epochs": f"all {done} epochs were run",
        "goal": f"the loss reached the goal of {limits.goal:g} in epoch {done}",
        "min_gradient": f"the norm of the gradient fell to {limits.min_gradient:g} in epoch {done}",
        "patience": f"no lower {watched} for {limits.patience} epochs: stopped after epoch {done}; {kept}",
        "seconds": f"the time was up in epoch {done + 1}",
        "callback": f"a callback stopped the run after epoch {done}",
        "interrupted": f"interrupted after {done} epochs",
        "diverged": (
            f"diverged: {_told(losses)} at update {updates} (epoch {done}); {kept}. Try a smaller learning rate"
        ),
    }[stopped]


def _told(losses: np.ndarray) -> str:
    finite = not len(losses) or np.isfinite(losses[-1])
    return "the parameters stopped being finite" if finite else f"the loss was {losses[-1]:g}"


def _epoch_end(engine: Engine, recipe: Recipe, done: int, epochs: int, outcome: Outcome, seconds: float) -> EpochEnd:
    losses, validation_losses, _ = outcome.records
    return EpochEnd(
        epoch=done,
        epochs=epochs,
        updates=outcome.updates,
        loss=float(losses[-1]),
        validation_loss=None if validation_losses is None else float(validation_losses[-1]),
        best_epoch=int(engine.progress.best_epoch),
        seconds=seconds,
        parameters=lambda: engine.parameters(engine.progress.x),
    )


@contextmanager
def _interruption() -> Iterator[threading.Event]:
    """An event that the first Ctrl-C sets; the second raises KeyboardInterrupt. Outside the main thread, nothing."""
    event = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield event
        return

    before = signal.getsignal(signal.SIGINT)

    def interrupt(number: int, frame: Any) -> None:
        if event.is_set():
            raise KeyboardInterrupt
        event.set()

    signal.signal(signal.SIGINT, interrupt)
    try:
        yield event
    finally:
        signal.signal(signal.SIGINT, before)
