"""A callback that looks on while a run goes: a few times a second, at all that was recorded and at the parameters."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.network import Parameters
from .callbacks import EpochEnd, Listener
from .engine import Engine
from .epoch import EpochRecord
from .history import History
from .recipe import Recipe
from .segments import SegmentResult


class Going:
    """A run that goes on: what it is made from, its parameters as they are, and the way to end it.

    Its parameters, and its next update (`replay.upcoming`), are to be asked for within `Watcher.saw` alone, while the
    run stands still.
    """

    def __init__(self, engine: Engine, recipe: Recipe, stop: Callable[[], None], before: History | None = None) -> None:
        self.engine = engine
        self.recipe = recipe
        self.stop = stop
        """Ends the run at its next look, as Ctrl-C does; from any thread."""
        self.before = before
        """What was recorded of the run that this one goes on with; None for one that begins."""

    def parameters(self) -> Parameters:
        """A copy of the parameters as they are."""
        return self.engine.parameters(self.engine.state.x)


class Watcher(Listener):
    """A callback that is told of stretches of a run, about five a second, and costs the run no more than it takes.

    The run is that without it, to the bit: it does not come back to the host more often. `saw` is called while the run
    stands still, so what takes long there holds it up.

    >>> import thalweg as tw
    >>> class Last(Watcher):
    ...     def saw(self, result, seconds):
    ...         self.updates = result.updates
    >>> P, last = np.linspace(-1, 1, 20)[:, None], Last()
    >>> run = tw.train(tw.mlp(1, 5, 1), P, P**2, epochs=40, callbacks=[last])
    >>> last.updates, last.going.recipe.epochs
    (40, 40)
    """

    every_epoch = False
    going: Going
    """The run, from its beginning on."""

    def watch(self, going: Going) -> None:
        """Called before the first update, with the run."""
        self.going = going

    @abstractmethod
    def saw(self, result: SegmentResult, seconds: float) -> None:
        """Called after a stretch of the run, with what it left, and the seconds that the run took so far."""

    def __call__(self, end: EpochEnd) -> Any:
        """Nothing: it is told by `saw`."""


def recorded_by_name(recipe: Recipe, records: EpochRecord) -> dict[str, np.ndarray]:
    """What epochs left, by the names of the history, without the seconds; only what there is."""
    named: dict[str, Any] = {
        "loss": records.loss,
        "validation_loss": records.validation_loss,
        "test_loss": records.test_loss,
        "gradient_norm": records.gradient_norm,
        **dict(zip(recipe.recorded, records.recorded, strict=False)),
    }
    return {name: np.asarray(values) for name, values in named.items() if values is not None and name != "seconds"}
