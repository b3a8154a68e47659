"""A run that is driven from outside: so many updates further, back to where it stood, and concluded at any time."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ..core.network import Parameters
from ..errors import ArgumentError
from .checkpoint import Checkpoint, resumed
from .ending import conclude
from .epoch import TrainState
from .history import History
from .loop import run_segments, start_engine
from .recipe import Recipe
from .record import with_seconds
from .replay import ReplayedUpdate, open_next
from .run import Run
from .segments import Pace, SegmentResult
from .stopping import REASONS


class Mark(NamedTuple):
    """Where a stepwise run stood."""

    state: TrainState
    results: int
    updates: int
    epochs: int
    stopped: str | None
    seconds: float
    recipe: Recipe


class Stepwise:
    """The run of a recipe, as far as it was driven; what it leaves is what `train` leaves, to the bit.

    >>> import numpy as np, thalweg as tw
    >>> P = np.linspace(-1, 1, 20)[:, None]
    >>> whole = tw.train(tw.mlp(1, 5, 1), P, P**2, epochs=20)
    >>> run = Stepwise(whole.recipe)
    >>> for until in (7, 8, 20):
    ...     for result in run.advance(until):
    ...         pass
    >>> run.stopped, bool((run.conclude().history.loss == whole.history.loss).all())
    ('epochs', True)
    """

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.updates = 0
        """Those that were made."""
        self.epochs = 0
        """Those that ended."""
        self.stopped: str | None = None
        """Why the run has ended; None while it can go on."""
        self.seconds = 0.0
        self.results: list[SegmentResult] = []
        self._engine = start_engine(recipe)
        self.pace = Pace(self._engine.capacity)
        """How long it goes on between two looks."""

    @property
    def steps(self) -> int:
        """The updates of an epoch."""
        return self.recipe.batch_order.steps

    @property
    def last(self) -> int:
        """The update with which the run ends, if nothing ends it before."""
        return self.recipe.epochs * self.steps

    def advance(self, until: int | None = None) -> Iterator[SegmentResult]:
        """Run segment after segment up to update `until`, or to the end; it may be left between any two."""
        if self.stopped:
            return
        until = self.last if until is None else min(until, self.last)
        began = time.perf_counter()
        for result in run_segments(self._engine, self.recipe, until=until, pace=self.pace):
            now = time.perf_counter()
            before, self.seconds, began = self.seconds, self.seconds + now - began, now
            if "seconds" in self.recipe.record and result.epochs:
                result = result._replace(records=with_seconds(result.records, before, self.seconds))  # noqa: PLW2901
            self.results.append(result)
            self.updates, self.epochs = result.updates, self.epochs + result.epochs
            self.stopped = REASONS.get(result.code) or ("epochs" if self.epochs >= self.recipe.epochs else None)
            yield result
            began = time.perf_counter()
            if self.stopped:
                return

    def parameters(self) -> Parameters:
        """A copy of the current parameters."""
        return self._engine.parameters(self._engine.state.x)

    def upcoming(self) -> ReplayedUpdate | None:
        """The update that comes next, opened, though it is not made; of an ended run the one that would come."""
        if self.stopped == "diverged":
            return None
        mark = self.mark()
        recipe = self.recipe
        if self.stopped is not None:
            recipe = dataclasses.replace(recipe, epochs=self.epochs + 1)
            self._engine.restore(resumed(Checkpoint(mark.state, None)))
        try:
            with np.errstate(all="ignore"):
                return open_next(self._engine, recipe, self.updates + 1)
        finally:
            self.back(mark)

    def mark(self) -> Mark:
        """Where the run stands, to come back to."""
        state = self._engine.on_host(self._engine.state)
        return Mark(state, len(self.results), self.updates, self.epochs, self.stopped, self.seconds, self.recipe)

    def back(self, mark: Mark) -> None:
        """Go back to where the run stood."""
        self.recipe = mark.recipe
        self._engine.restore(mark.state)
        del self.results[mark.results :]
        self.updates, self.epochs, self.stopped, self.seconds = mark.updates, mark.epochs, mark.stopped, mark.seconds

    def extend(self, epochs: int) -> None:
        """Let an ended run go on for so many epochs more; raises ArgumentError for one that diverged."""
        if self.stopped == "diverged":
            raise ArgumentError("this run diverged, and its last parameters lead nowhere: reset it")
        self.recipe = dataclasses.replace(self.recipe, epochs=self.epochs + epochs)
        self._engine.restore(resumed(Checkpoint(self._engine.on_host(self._engine.state), None)))
        self.stopped = None

    def end(self, reason: str) -> None:
        """Let the run end here, for a reason that stands outside of it, such as "seconds"."""
        self.stopped = self.stopped or reason

    def history(self) -> History:
        """What was recorded of the epochs that ended."""
        return History.of([result.records for result in self.results if result.epochs], self.recipe.recorded, None)

    def conclude(self, stopped: str | None = None, *, advises: bool = True) -> Run:
        """The run as it stands, with why it ended: that of the run, or else "interrupted"."""
        state = self._engine.state
        return conclude(
            self.recipe,
            last=self.parameters(),
            best=self._engine.parameters(state.best_x),
            best_epoch=int(np.asarray(state.best_epoch)),
            history=self.history(),
            epochs=self.epochs,
            updates=self.updates,
            stopped=stopped or self.stopped or "interrupted",
            seconds=self.seconds,
            checkpoint=Checkpoint(self._engine.on_host(state), self._engine.batch_order.high),
            advises=advises,
        )
