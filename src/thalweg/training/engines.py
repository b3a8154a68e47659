"""What an engine does: run a stretch of updates; and the planning of stretches that the engines share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from ..optimizers.rule import Rule
from .batches import Presentation
from .epoch import Examples, Job, Numbers, Progress, Record

_ROWS_AT_ONCE = 65_536


class Stretch(NamedTuple):
    """Updates to run without coming back: whole epochs, or a part of one.

    `epochs` epochs from `first` (counted from 0), in each the updates `start` to `stop`; `ends` says whether `stop`
    is the end of the epoch.
    """

    first: int
    epochs: int
    start: int
    stop: int
    ends: bool

    @property
    def updates(self) -> int:
        """The number of updates in the stretch."""
        return self.epochs * (self.stop - self.start)


def plan(first: int, start: int, steps: int, last: int, budget: int) -> Stretch:
    """The next stretch of about `budget` updates: from update `start` of epoch `first`, at most to epoch `last`.

    Each epoch has `steps` updates.

    >>> plan(first=3, start=0, steps=10, last=100, budget=25)
    Stretch(first=3, epochs=2, start=0, stop=10, ends=True)
    >>> plan(first=3, start=4, steps=10, last=100, budget=3)
    Stretch(first=3, epochs=1, start=4, stop=7, ends=False)
    """
    if start == 0 and budget >= steps:
        return Stretch(first, min(budget // steps, last - first), 0, steps, True)
    stop = min(steps, start + max(1, budget))
    return Stretch(first, 1, start, stop, stop == steps)


@dataclass(frozen=True)
class Recipe:
    """Everything that a run is made from; two runs of one recipe are the same run."""

    job: Job
    numbers: Numbers
    schedules: dict[str, Callable[[Any], Any]]
    examples: Examples
    validation: Examples | None
    presentation: Presentation
    params: Any
    dtype: str
    rule: Rule
    """As it was given, with its schedules."""
    epochs: int
    engine: str
    rows: np.ndarray | None = None
    """The numbers of the examples in the arrays that were given; None: all of them."""

    def without_weightless(self) -> Recipe:
        """The same run without the examples of weight 0, which `train` leaves out and `train_many` keeps."""
        weight = self.examples.weight
        if weight is None or (weight > 0).all():
            return self
        rows = np.flatnonzero(weight > 0)
        return replace(self, examples=self.examples.taken(rows), rows=rows)

    def presented(self, presentation: Presentation) -> Examples:
        """The examples as a presentation weighs them."""
        factors = presentation.factors
        if factors is None:
            return self.examples
        weight = factors if self.examples.weight is None else factors * self.examples.weight
        return self.examples._replace(weight=weight.astype(self.dtype))

    def scheduled(self, first_update: int, updates: int) -> dict[str, np.ndarray]:
        """The numbers of each schedule for a stretch of updates, as float64 arrays."""
        steps = np.arange(first_update, first_update + updates)
        return {name: _evaluate(schedule, steps) for name, schedule in self.schedules.items()}


class Outcome(NamedTuple):
    """What a stretch left: the stopping code, the updates done in all, and the records of the epochs that ended."""

    code: int
    updates: int
    epochs: int
    records: Record
    """Arrays of as many numbers as epochs ended."""


class Engine(ABC):
    """Runs stretches of a recipe and holds the run's progress between them."""

    name: str
    capacity: int
    """The most updates that a stretch may have."""
    progress: Progress
    presentation: Presentation
    """As the recipe has it, with the pools as they are filled now."""

    @abstractmethod
    def present(self, presentation: Presentation) -> None:
        """Go on with this presentation and its weights of the examples."""

    @abstractmethod
    def losses(self, first: int, stop: int) -> np.ndarray:
        """The loss of each of the examples from `first` to before `stop`, by the current parameters."""

    def refill(self) -> None:
        """Fill the pools of priority sampling."""
        count = self.presentation.examples

        def losses() -> np.ndarray:
            parts = [self.losses(i, min(i + _ROWS_AT_ONCE, count)) for i in range(0, count, _ROWS_AT_ONCE)]
            return np.concatenate(parts).astype(np.float64)

        self.present(self.presentation.refilled(losses))

    @abstractmethod
    def run(self, stretch: Stretch) -> Outcome:
        """Run a stretch, or less when a stopping rule ends it."""

    @abstractmethod
    def masks(self, step: int, examples: int) -> dict[str, np.ndarray]:
        """The dropout masks (examples, size) of the update after `step` updates, as `run` draws them for its batch."""

    @abstractmethod
    def parameters(self, x: Any) -> Any:
        """Parameters of the progress (`x` or `best_x`) as NumPy arrays in the network's structure."""


def _evaluate(schedule: Callable[[Any], Any], steps: np.ndarray) -> np.ndarray:
    """A schedule at many steps: in one call if it takes arrays, else one by one."""
    try:
        values = np.asarray(schedule(steps), dtype=np.float64)
    except Exception:  # a function of one number, such as one that branches on it
        return np.asarray([float(schedule(int(k))) for k in steps])
    return np.broadcast_to(values, steps.shape)
