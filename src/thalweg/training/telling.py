"""Callbacks told of each epoch, in order, of segments that ran many of them at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np

from ..core.arrays import tree_map
from ..optimizers.schedules import Schedule
from .callbacks import STOP, Callback, EpochEnd, Listener
from .checkpoint import Begun
from .engine import Engine
from .epoch import TrainState
from .given_order import GivenOrder
from .recipe import Recipe
from .segments import Segment, SegmentResult
from .stopping import REASONS

_SHARE_OF_A_SEGMENT = 4
"""Callbacks are told after a fourth of the time that a segment takes without them."""
_MOST_EPOCHS = 1 << 30


@contextmanager
def listening(callbacks: Sequence[Callback], begun: Begun | None = None) -> Iterator[None]:
    """The listeners among callbacks are told that a run begins, or goes on from a checkpoint, and that it has ended."""
    saved = None if begun is None or begun.callbacks is None else list(begun.callbacks)
    with ExitStack() as stack:
        for callback in callbacks:
            if isinstance(callback, Listener):
                stack.callback(callback.end)
                if begun is None or saved is None:
                    callback.begin()
                else:
                    own = next((one for one in saved if one["name"] == type(callback).__name__), None)
                    if own is not None:
                        saved.remove(own)
                    callback.resumed(begun.epochs, None if own is None else own["saved"])
        yield


class Telling:
    """Tells callbacks of the epochs of a segment, one by one, and says why the run ends, if it does.

    To come back to the host after each epoch would cost small epochs many times their own time, so a segment runs many
    of them first. Where a callback looks at the parameters of one of these, or the run ends with it, the segment is cut
    there: the engine goes back to where it began and runs up to that epoch again, which gives the same to the bit.
    Where they are looked at again after as many epochs, a segment ends there by itself; for a callback that always
    does, each has one epoch. It has one as well where what the run is made of may listen to callbacks: a function as a
    schedule, or an order of one's own.
    """

    def __init__(
        self,
        engine: Engine,
        recipe: Recipe,
        callbacks: Sequence[Callback],
        done: int,
        clock: Callable[[], float],
        ends: Callable[[int], str | None],
    ) -> None:
        """`done` epochs were before; `ends` says of a number of epochs whether the run ends after them, and why.

        `clock` says for how many seconds it has run.
        """
        self._engine, self._recipe, self._callbacks = engine, recipe, callbacks
        self._clock, self._ends = clock, ends
        self._each = any(getattr(callback, "every_epoch", True) for callback in callbacks)
        of_ones_own = any(not isinstance(schedule, Schedule) for schedule in recipe.schedules.values())
        given = isinstance(recipe.batch_order.order, GivenOrder)
        self._alone = of_ones_own or given or engine.shares_its_run  # whose processes must not cut differently
        self._best_epoch, self._best_loss = int(engine.state.best_epoch), float(engine.state.best_loss)
        self._looked, self._gap, self._ahead = done, 1, 1
        self._start: TrainState | None = None
        self.done = done
        """How many epochs the run has."""
        self.stopped: str | None = None
        """Why the run ends; None while it goes on."""

    def epochs_ahead(self, updates: int) -> int:
        """How many epochs the next segment may have, of `updates` at most if nobody listened."""
        if not self._each:
            return updates
        if self._alone:
            return 1
        until_looked = self._looked + self._gap - self.done
        wanted = until_looked if until_looked > 0 else self._ahead
        return max(1, min(wanted, updates // (_SHARE_OF_A_SEGMENT * self._recipe.batch_order.steps)))

    def hold(self, segment: Segment) -> None:
        """Keep where the engine stands before a segment that may have to be cut."""
        self._segment, engine = segment, self._engine
        self._start = engine.on_host(engine.state) if self._each and segment.epochs > 1 else None

    def tell(self, result: SegmentResult, took: float) -> SegmentResult:
        """Tell of the epochs of the segment, which took so many seconds; its result, or that of what is left of it."""
        self._result, count, steps = result, result.epochs, self._recipe.batch_order.steps
        losses, validation_losses = result.records.loss.tolist(), None
        if result.records.validation_loss is not None:
            validation_losses = result.records.validation_loss.tolist()
        scores, last = losses if validation_losses is None else validation_losses, count - 1
        began = self._clock() - took
        self._wanted = False
        for i in range(count):
            self._at = i
            self.done += 1
            if scores[i] < self._best_loss:
                self._best_loss, self._best_epoch = scores[i], self.done
            if i < last and not self._each:
                continue
            validation_loss = None if validation_losses is None else scores[i]
            updates, seconds = self.done * steps if i < last else result.updates, began + took * (i + 1) / count
            told = EpochEnd(self.done, self._recipe.epochs, updates, losses[i], validation_loss, self._best_epoch,
                            seconds, self._parameters)  # fmt: skip
            for callback in self._callbacks:
                if callback(told) is STOP:
                    self.stopped = "callback"
            if i < last:
                self.stopped = self._ends(self.done) or self.stopped
                if self.stopped or self._wanted:
                    self._cut(i)
                    break
        if self._wanted:
            self._gap, self._looked, self._ahead = self.done - self._looked, self.done, 1
        elif self.done > self._looked + self._gap:
            self._ahead = min(2 * self._ahead, _MOST_EPOCHS)
        result, self._at = self._result, self._result.epochs - 1
        self.stopped = REASONS.get(result.code) or self._ends(self.done) or self.stopped
        return result

    def _parameters(self) -> Any:
        """A copy of the parameters after the epoch that is told of."""
        self._wanted = True
        self._cut(self._at)
        return tree_map(np.array, self._engine.parameters(self._engine.state.x))

    def _cut(self, i: int) -> None:
        """Go back, if the engine has run further, to the end of epoch `i` of the segment."""
        if i < self._result.epochs - 1:
            assert self._start is not None
            self._engine.restore(self._start)
            self._result = self._engine.run(self._segment._replace(epochs=i + 1))
