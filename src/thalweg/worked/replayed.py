"""A step of a real run: replayed by the engine that made it, then opened."""

from __future__ import annotations

import dataclasses

import numpy as np

from ..core.weighing import named_weights
from ..registry import title_of
from ..training.replay import ReplayedUpdate
from ..training.run import Run
from .calculation import WorkedStep, worked_step


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


def step_of(replayed: ReplayedUpdate, title: str = "") -> WorkedStep:
    """A replayed update as a worked step, in the run's own type."""
    net, loss, weight = replayed.program.net, replayed.program.loss, replayed.batch.weight
    if replayed.mean_batch_weight is not None and loss.reduction == "mean":  # not divided by the weight of this batch
        loss = dataclasses.replace(loss, reduction="sum")
        weight = (np.ones(len(replayed.batch.T)) if weight is None else weight) / replayed.mean_batch_weight
    return worked_step(
        net,
        loss,
        replayed.params,
        replayed.batch.inputs,
        replayed.batch.T if replayed.missing is None else np.where(replayed.missing, np.nan, replayed.batch.T),
        replayed.rule,
        replayed.state,
        **named_weights(weight),
        targets="complete" if replayed.missing is None else "ignore_nan",
        l1=replayed.l1 or 0.0,
        l2=replayed.l2 or 0.0,
        masks=replayed.masks,
        number=replayed.number,
        title=title or f"Update {replayed.number:,} of a run with {title_of(replayed.rule)}",
        rows=replayed.rows,
        notes=notes(replayed),
    )


def notes(replayed: ReplayedUpdate) -> tuple[str, ...]:
    """Where in the run the update is, and how close the replay and its reading come to what the run computed."""
    place = f"Update {replayed.position:,} of {replayed.steps:,} in epoch {replayed.epoch:,}; {replayed.dtype}."
    near = f"Replayed by {replayed.engine}"
    if replayed.epochs_before:
        near += f" from a checkpoint after epoch {replayed.epochs_before:,}"
    near += "." if replayed.replay_error is None else f": {replayed.replay_error}."
    apart = replayed.difference
    same = (
        "the same to the bit"
        if apart.absolute == 0.0
        else f"within {apart.absolute:.1g} ({apart.relative:.1g} of the largest)"
    )
    return place, near, f"The new parameters read here, by NumPy, and those of the engine are {same}."
