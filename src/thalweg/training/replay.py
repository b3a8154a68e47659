"""Any update of a run, reached again by the engine that made it, and opened: what went in, and what came out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ..core.network import Parameters
from ..optimizers.rule import Rule
from .engines import Recipe
from .epoch import Examples, Job
from .run import Run


class Difference(NamedTuple):
    """How far two sets of parameters are apart."""

    absolute: float
    """The largest difference."""
    relative: float
    """Its share of the largest parameter."""


@dataclass(frozen=True)
class Closeness:
    """How close a replay is to the run itself, in numbers and, as `str(closeness)`, in a sentence.

    `epochs` completed on the way have had their losses compared with the history: `losses` is the largest relative
    difference, None if no epoch was completed. `parameters` is None unless the step leads to those that the run kept.
    """

    epochs: int
    losses: float | None
    parameters: Difference | None
    engine: str


@dataclass(frozen=True, eq=False)
class Opened:
    """One update of a run: all that went into it, and what the engine made of it, as NumPy arrays in the run's type.

    It is update `number` of the run, and number `position` of the `steps` of epoch `epoch`, all counted from 1. `rule`
    holds plain numbers: those of this update. `batch` holds inputs, targets and weights of the examples that counted
    (weights as sample weights and priority sampling make them; None: all alike), `rows` their numbers in the arrays
    that `train` was given (None: all, as they stand), `masks` the dropout of this very update.

    The states are as the loop carries them: each part that is shaped like the parameters is a vector in the order of
    `Network.ravel` if `job.flat`, else in the structure of the parameters; `step` is a plain int.

    `difference` is between `params_after`, which the engine computed, and the same update evaluated eagerly by NumPy
    from all that is given here; `closeness` is None unless there was a run to compare with.
    """

    number: int
    epoch: int
    position: int
    steps: int
    job: Job
    rule: Rule
    l1: float | None
    l2: float | None
    params: Parameters
    state: Any
    batch: Examples
    rows: np.ndarray | None
    masks: dict[str, np.ndarray] | None
    params_after: Parameters
    state_after: Any
    engine: str
    dtype: str
    difference: Difference
    closeness: Closeness | None = None


def replay(recipe: Recipe, k: int, updates: int | None = None) -> Opened:
    """Run a recipe again up to its update `k`, counted from 1, and open that update.

    `updates` is how many the run made, and then nothing ends the replay before them; None: the replay ends where the
    recipe's own stopping rules end it. Raises ArgumentError for a `k` that is no update of the run.
    """
    raise NotImplementedError


def replay_run(run: Run, k: int) -> Opened:
    """Update `k` of a run, counted from 1, opened as by `replay`, with how close the replay came to the run.

    Raises ArgumentError for a `k` that is no update of the run, and for a run that has no recipe.
    """
    raise NotImplementedError
