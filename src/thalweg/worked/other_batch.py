"""The same step by another batch: its examples one after another, or all examples of a run at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np

from ..core.kinds import check_count, takes_kinds
from ..core.weighing import named_weights
from ..errors import ArgumentError
from ..optimizers.full_batch import FullBatchRule
from ..registry import title_of
from ..training.recipe import Recipe
from ..training.replay import ReplayedUpdate
from .calculation import WorkedStep, worked_step
from .replayed import step_of
from .step.values import Labels


@takes_kinds
def one_by_one(step: WorkedStep, most: int | None = None) -> list[WorkedStep]:
    """The examples of a step one after another, each with an update of its own: online, from the same parameters.

    `most` are the examples that are taken at most. Raises ArgumentError for a rule whose update takes all examples.

    >>> import numpy as np, thalweg as tw
    >>> net = tw.mlp(1, 1)
    >>> step = tw.worked_step(net, "sse", net.unravel(np.array([2.0, 0.0])), [[3.0], [1.0]], [[5.0], [2.0]])
    >>> first, second = tw.worked.one_by_one(step)
    >>> first.examples, second.number, float(first.new_params["layer1"].bias[0] - second.params["layer1"].bias[0])
    (1, 2, 0.0)
    """
    if isinstance(step.rule, FullBatchRule):
        raise ArgumentError(f"{title_of(step.rule)} takes all examples at once, so they have no updates of their own")
    count = step.examples if most is None else min(step.examples, check_count("most", most))
    found: list[WorkedStep] = []
    params, state = step.params, step.state
    for q in range(count):
        own = slice(q, q + 1)
        rows = step.rows[own] if step.rows is not None else np.array([q]) if step.examples > 1 else None
        targets = step.targets[own]
        opened = worked_step(
            step.network,
            step.loss,
            params,
            {name: P[own] for name, P in step.inputs.items()},
            targets if step.missing is None else np.where(step.missing[own], np.nan, targets),
            step.rule,
            state,
            **named_weights(None if step.weight is None else step.weight[own]),
            targets="complete" if step.missing is None else "ignore_nan",
            l1=(step.l1 or 0.0) * step.penalty_divisor,
            l2=(step.l2 or 0.0) * step.penalty_divisor,
            masks=_of(step.masks, own),
            number=step.number + q,
            title=f"{step.title}: example {q + 1} of {step.examples}"
            if step.title and step.examples > 1
            else step.title,
            notation=step.notation,
            rows=rows,
            notes=step.notes,
            fixed=step.fixed,
            **vars(step.conventions),
        )
        labels = Labels(step.labels.inputs[own], step.labels.targets[own], step.labels.outputs[own])
        found.append(dataclasses.replace(opened, labels=labels))
        params, state = opened.after()
    return found


def _of(masks: Mapping[str, np.ndarray] | None, rows: slice) -> dict[str, np.ndarray] | None:
    return None if masks is None else {name: mask[rows] for name, mask in masks.items()}


def all_at_once(replayed: ReplayedUpdate, recipe: Recipe) -> WorkedStep:
    """The update that all examples of a run make together, from the parameters that one of its updates began with.

    Raises ArgumentError for a network with dropout, whose units are drawn for a batch.

    >>> import numpy as np, thalweg as tw
    >>> from thalweg.training.replay import replay
    >>> P = np.linspace(-1, 1, 20)[:, None]
    >>> run = tw.train(tw.mlp(1, 5, 1), P, P**2, batch_size=5, epochs=30)
    >>> all_at_once(replay(run.recipe, 12), run.recipe).examples
    20
    """
    if recipe.program.drops:
        raise ArgumentError("the network has dropout, and its units are drawn for each batch: open the step as it was")
    recipe = recipe.without_weightless()
    whole = dataclasses.replace(
        replayed,
        batch=recipe.examples.dense(),
        rows=recipe.rows,
        missing=recipe.missing,
        masks=None,
        mean_batch_weight=None,
    )
    step = step_of(whole, f"All {len(recipe.examples.T):,} examples in one update with {title_of(replayed.rule)}")
    place = f"From the parameters before update {replayed.number:,} of the run, which took {len(replayed.batch.T):,}."
    return dataclasses.replace(step, notes=(place,))
