"""A step of a real run: replayed by the engine that made it, then opened."""

from __future__ import annotations

import dataclasses

import numpy as np

from ..training.replay import Opened
from ..training.run import Run
from .worked_step import WorkedStep, worked_step


def step_of_run(run: Run, k: int) -> WorkedStep:
    """Update `k` of a run, counted from 1, opened; its notes say how close the replay came to the run.

    Raises ArgumentError for a `k` that is no update of the run, and for a run that cannot be replayed.

    >>> import numpy as np, thalweg as tw
    >>> P = np.linspace(-1, 1, 20)[:, None]
    >>> run = tw.train(tw.mlp(1, 5, 1), P, P**2, batch_size=5, epochs=30)
    >>> step = step_of_run(run, 120)
    >>> step.number, step.rows
    (120, array([0, 7, 1, 6, 8], dtype=int32))
    """
    from ..training.replay import replay_run

    return step_of(replay_run(run, k))


def step_of(opened: Opened, title: str = "") -> WorkedStep:
    """A replayed update as a worked step, in the run's own type."""
    net, loss, weight = opened.job.net, opened.job.loss, opened.batch.weight
    if opened.batch_weight is not None and loss.reduction == "mean":  # its factors are not those of this batch alone
        loss = dataclasses.replace(loss, reduction="sum")
        weight = (np.ones(len(opened.batch.T)) if weight is None else weight) / opened.batch_weight
    return worked_step(
        net,
        loss,
        opened.params,
        opened.batch.inputs,
        opened.batch.T,
        opened.rule,
        opened.state,
        sample_weight=weight,
        l1=opened.l1 or 0.0,
        l2=opened.l2 or 0.0,
        masks=opened.masks,
        number=opened.number,
        title=title or f"Update {opened.number:,} of a run with {type(opened.rule).__name__}",
        rows=opened.rows,
        notes=notes(opened),
    )


def notes(opened: Opened) -> tuple[str, ...]:
    """Where in the run the update is, and how close the replay and its reading come to what the run computed."""
    place = f"Update {opened.position:,} of {opened.steps:,} in epoch {opened.epoch:,}; {opened.dtype}."
    near = f"Replayed by {opened.engine}"
    near += "." if opened.closeness is None else f": {opened.closeness}."
    apart = opened.difference
    same = (
        "the same to the bit"
        if apart.absolute == 0.0
        else f"within {apart.absolute:.1g} ({apart.relative:.1g} of the largest)"
    )
    return place, near, f"The new parameters read here, by NumPy, and those of the engine are {same}."
