"""Any update of a training by its number: the run made again beside it as far as that, and it can be stopped."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable

from ..core.losses import LOSSES
from ..errors import ArgumentError
from ..files.model import Model
from ..tables.row_labels import labels_of
from ..training.recipe import Recipe
from ..training.replay import ReplayedUpdate
from ..training.stepwise import Mark, Stepwise
from ..training.stopping import StoppingCriteria
from ..worked.calculation import WorkedStep
from ..worked.replayed import step_of
from .building import Built
from .turns import TURNS

_MOST_MARKS = 64
_MOST_BYTES = 32 << 20
_SECONDS_ALONE, _SECONDS_A_TURN = 0.2, 0.012


class Replayer:
    """A run that is made again, up to any of its updates; where it was opened once it need not begin anew.

    `free` says that the run went on by its own command where it would have ended: then nothing ends it.
    """

    def __init__(self, built: Built, epochs: int, *, free: bool) -> None:
        self.recipe = _recipe_of(built, epochs, free=free)
        self._stepwise: Stepwise | None = None
        self._marks: list[Mark] = []

    def open(self, number: int, stopped: threading.Event, told: Callable[[int], None]) -> ReplayedUpdate | None:
        """Update `number`, counted from 1; None if it was `stopped` on the way, of which it tells where it is.

        Raises ArgumentError for a number beyond the end of the run.
        """
        last = self.recipe.epochs * self.recipe.batch_order.steps
        if number > last:
            raise ArgumentError(f"step {number:,}: the run ends with update {last:,}")
        stepwise = self._at_most(number - 1)
        results = stepwise.advance(number - 1) if stepwise.updates < number - 1 else iter(())
        while True:
            stepwise.pace.seconds = _SECONDS_A_TURN if TURNS.crowded else _SECONDS_ALONE
            with TURNS:
                if stopped.is_set():
                    return None
                if next(results, None) is None:
                    break
            told(stepwise.updates)
        if stepwise.updates < number - 1 or stepwise.stopped is not None:
            raise ArgumentError(
                f"step {number:,}: the run ends with update {stepwise.updates:,} ({stepwise.stopped}): open one before"
            )
        self._remember(stepwise)
        opened = stepwise.upcoming()
        assert opened is not None  # only a run that diverged has none
        return opened

    def _at_most(self, updates: int) -> Stepwise:
        """The run, no further than so many updates: from the nearest place where it was before."""
        if self._stepwise is None:
            self._stepwise = Stepwise(self.recipe)
            self._marks = [self._stepwise.mark()]
        stepwise = self._stepwise
        before = max((mark for mark in self._marks if mark.updates <= updates), key=lambda mark: mark.updates)
        if not before.updates <= stepwise.updates <= updates or stepwise.stopped is not None:
            stepwise.back(before)
        return stepwise

    def _remember(self, stepwise: Stepwise) -> None:
        if all(mark.updates != stepwise.updates for mark in self._marks):
            self._marks.append(stepwise.mark())
        size = 40 * self.recipe.program.net.parameter_count
        del self._marks[1 : max(1, len(self._marks) - max(1, min(_MOST_MARKS, _MOST_BYTES // size)))]


def _recipe_of(built: Built, epochs: int, *, free: bool) -> Recipe:
    """The recipe of a training with the rows of its table, for so many epochs."""
    recipe = built.recipe.without_weightless()
    own = built.prepared.train.rows
    recipe = dataclasses.replace(recipe, rows=own if recipe.rows is None else own[recipe.rows], epochs=epochs)
    if free:
        recipe = dataclasses.replace(
            recipe, hyperparameters=recipe.hyperparameters._replace(stopping=StoppingCriteria())
        )
    return recipe


def step_told(built: Built, replayed: ReplayedUpdate) -> WorkedStep:
    """A replayed update as a worked step, with what its numbers are in the table beside them."""
    return labelled(built, step_of(replayed))


def labelled(built: Built, step: WorkedStep) -> WorkedStep:
    """A step of rows of the training's table, with their columns and values."""
    if step.rows is None or len(step.inputs) != 1:
        return step
    (P,) = step.inputs.values()
    model = Model(step.network, step.params, LOSSES.get(step.loss), built.prepared.encoding)
    labels = labels_of(model, built.frame, step.rows.tolist(), P, step.targets, step.passed.output)
    return dataclasses.replace(step, labels=labels)
