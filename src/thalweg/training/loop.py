"""The loop on the host: stretch after stretch of an engine, until something ends the run; then what it leaves."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..core.arrays import tree_map
from .ending import conclude
from .engines import Engine, Outcome, Recipe, plan
from .history import History
from .run import EpochEnd, Run
from .stopping import REASONS, RUNNING

Callback = Callable[[EpochEnd], Any]
_SECONDS_A_STRETCH = 0.2


class Walk:
    """A run on its way, stretch after stretch of an engine, each about a fifth of a second.

    `epochs` are completed, and `position` updates of the next one are done.
    """

    def __init__(self, engine: Engine, recipe: Recipe) -> None:
        self._engine, self._steps, self._last = engine, recipe.presentation.steps, recipe.epochs
        self.epochs = self.position = 0
        self._budget = 32
        self._stretches = 0
        self._filled_at = -1

    def fill(self) -> None:
        """Fill the pools of priority sampling if it is time to."""
        due = self._engine.presentation.next_refill(self.epochs) == self.epochs
        if due and self.position == 0 and self._filled_at != self.epochs:
            self._engine.refill()
            self._filled_at = self.epochs

    def on(self, most: int) -> Outcome:
        """One stretch more, of at most so many updates."""
        self.fill()
        last = min(self._last, self._engine.presentation.next_refill(self.epochs + 1))
        stretch = plan(self.epochs, self.position, self._steps, last, min(self._budget, most))
        clock = time.perf_counter()
        outcome = self._engine.run(stretch)
        seconds = time.perf_counter() - clock
        self.epochs += outcome.epochs
        self.position = 0 if stretch.ends else stretch.stop
        if self._stretches:  # the first may have waited for the compiler
            rate = stretch.updates / max(seconds, 1e-6)
            self._budget = int(max(1, min(self._engine.capacity, 8 * self._budget, rate * _SECONDS_A_STRETCH)))
        self._stretches += 1
        return outcome


def drive(
    engine: Engine,
    recipe: Recipe,
    max_seconds: float | None,
    callbacks: Sequence[Callback],
) -> Run:
    """Run stretch after stretch, each about a fifth of a second, until something ends the run."""
    began = time.perf_counter()
    steps, epochs, walk = recipe.presentation.steps, recipe.epochs, Walk(engine, recipe)
    each_epoch = any(getattr(callback, "every_epoch", True) for callback in callbacks)
    outcomes: list[Outcome] = []
    stopped = "epochs"
    with _interruption() as interrupted:
        while walk.epochs < epochs:
            outcome = walk.on(steps - walk.position if each_epoch else engine.capacity)
            now = time.perf_counter()
            outcomes.append(outcome)
            if outcome.epochs and callbacks:
                told = _epoch_end(engine, recipe, walk.epochs, epochs, outcome, now - began)
                wishes = [callback(told) for callback in callbacks]
                if any(wishes):
                    stopped = "callback"
            if outcome.code != RUNNING:
                stopped = REASONS[outcome.code]
            elif interrupted.is_set():
                stopped = "interrupted"
            elif max_seconds is not None and walk.epochs < epochs and now - began >= max_seconds:
                stopped = "seconds"
            if stopped != "epochs":
                break
    progress = engine.progress
    return conclude(
        recipe,
        last=engine.parameters(progress.x),
        best=engine.parameters(progress.best_x),
        best_epoch=int(progress.best_epoch),
        history=History.of([outcome.records for outcome in outcomes if outcome.epochs]),
        epochs=walk.epochs,
        updates=outcomes[-1].updates,
        stopped=stopped,
        seconds=time.perf_counter() - began,
        state=tree_map(np.asarray, progress.state),
    )


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
