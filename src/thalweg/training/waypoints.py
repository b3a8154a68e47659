"""The parameters of a run at some of its updates, had by running its recipe again."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..errors import ArgumentError
from .history import kept_update
from .loop import run_segments, start_engine
from .stopping import REASONS, RUNNING, StoppingCriteria

if TYPE_CHECKING:
    from ..core.network import Parameters
    from .run import Run


class Waypoint(NamedTuple):
    """The parameters after an update, counted from 1 (0: the initial ones), and the epochs that had ended."""

    update: int
    epoch: int
    params: Parameters


def waypoint_updates(updates: int, steps: int, most: int, kept: int | None = None) -> list[int]:
    """Some of a run's updates, the first and the last among them, closer together in its beginning: there most happens.

    Of more epochs than `most` those are taken that end one; `kept` is taken too.

    >>> waypoint_updates(400, 4, 6)
    [0, 16, 64, 144, 256, 400]
    >>> waypoint_updates(3, 1, 60, kept=2)
    [0, 1, 2, 3]
    """
    unit = steps if updates // steps >= most else 1
    count = updates // unit
    taken = range(count + 1) if count < most else np.rint(count * np.linspace(0, 1, max(most, 2)) ** 2).astype(int)
    found = {int(k) * unit for k in taken} | {0, updates}
    return sorted(found | ({kept} if kept is not None else set()))


def waypoints(run: Run, most: int = 60) -> Iterator[Waypoint]:
    """The parameters of a run at up to `most` of its updates and at the one that it keeps, as they were to the bit.

    The run's recipe is run again, which takes as long as the run did. Raises ArgumentError for a run without its
    recipe, and for one that ends sooner here than it did.

    >>> import numpy as np, thalweg as tw
    >>> P = np.linspace(-1, 1, 20)[:, None]
    >>> run = tw.train(tw.mlp(1, 5, 1), P, P**2, epochs=30, engine="numpy")
    >>> on_the_way = list(waypoints(run, 4))
    >>> [(one.update, one.epoch) for one in on_the_way]
    [(0, 0), (3, 3), (13, 13), (30, 30)]
    >>> bool((run.network.ravel(on_the_way[-1].params) == run.network.ravel(run.params)).all())
    True
    """
    if run.recipe is None:
        raise ArgumentError(
            "this run has no recipe, so that it cannot be run again: use a run as train or train_many returned it"
        )
    recipe = run.recipe.without_weightless()
    stopping = recipe.hyperparameters._replace(stopping=StoppingCriteria())
    recipe = dataclasses.replace(recipe, hyperparameters=stopping)
    steps = recipe.batch_order.steps
    kept = kept_update(
        recipe.validation is not None, run.stopped_because, run.best_epoch, steps=steps, updates=run.updates
    )
    engine = start_engine(recipe)
    for update in waypoint_updates(run.updates, steps, most, kept):
        for result in run_segments(engine, recipe, until=update):
            if result.code != RUNNING and result.updates < update:
                told = f"ends with update {result.updates} ({REASONS[result.code]})"
                raise ArgumentError(
                    f"run again, the run {told}, sooner than it did, with {run.updates}: show it on the machine and "
                    "with the versions that made it"
                )
        yield Waypoint(update, update // steps, engine.parameters(engine.state.x))


def waypoints_of(run: Run, most: int) -> list[Waypoint]:
    """The waypoints of a run, or with `most` 0 its end alone, for which it need not be run again."""
    return list(waypoints(run, most)) if most else [Waypoint(run.updates, run.epochs, run.params)]


def kept_of(run: Run, found: list[Waypoint]) -> int:
    """Which of a run's waypoints has the parameters that it keeps; else the last."""
    kept = run.network.ravel(run.params)
    same = [k for k, at in enumerate(found) if np.array_equal(run.network.ravel(at.params), kept)]
    return same[-1] if same else len(found) - 1
