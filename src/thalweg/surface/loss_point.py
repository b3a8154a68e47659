"""What every slice of the error surface is taken from: a loss, a point and examples, checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from ..core.arrays import Array
from ..core.kinds import check_number
from ..core.losses import LOSSES, Loss
from ..core.network import Network, Parameters
from ..optimizers.full_batch import Problem
from ..registry import Part, Registry
from ..training.arguments import check_examples, check_start, default_loss
from ..training.batch_order import BatchOrder


class LossPoint(NamedTuple):
    """F of a network on examples as a function of the vector of its parameters, and a point x on it, in float64."""

    problem: Problem
    x: np.ndarray


def named(registry: Registry[Part], part: Part) -> str:
    """The name of a part in its registry; of one that is not in it, that of its class."""
    return registry.name_of(part) if registry.has(part) else type(part).__name__


def error_told(loss: str, l2: float) -> str:
    """What an error is, in words: that of a loss, and the l2 penalty if it has one.

    >>> error_told("mse", 0.0), error_told("mse", 0.01)
    ('error (mse)', 'error (mse + l2 penalty)')
    """
    return f"error ({loss} + l2 penalty)" if l2 else f"error ({loss})"


def check_loss_point(
    net: Network,
    loss: str | Loss | None,
    params: Parameters,
    P: Array | Mapping[str, Array],
    T: Array,
    sample_weight: Array | None,
    l2: float = 0.0,
    target_weight: Array | None = None,
    targets: str = "complete",
) -> LossPoint:
    """The arguments of a slice, checked; raises ArgumentError and DataError for what does not fit or is not finite.

    Args:
        net, loss, params, P, T, sample_weight, l2, target_weight, targets: As in `error_surface`.
    """
    checked: Loss = LOSSES.get(default_loss(net) if loss is None else loss)
    checked.check(net.output.activation)
    of_targets = {"target_weight": target_weight, "targets": targets}
    inputs, T, weight = check_examples(net, checked, P, T, sample_weight, "float64", **of_targets)
    x = net.ravel(check_start(net, params, "float64"))
    l2 = check_number("l2", l2)
    return LossPoint(Problem(net, checked, inputs, T, weight, l2 or None), x)


def batch_of(problem: Problem, batches: BatchOrder, step: int) -> Problem:
    """The problem of the examples that an update sees."""
    if batches.takes_all:
        return problem
    epoch, number = divmod(step, batches.steps)
    rows = batches.rows(epoch, 1)[0][number]
    return part_of(problem, rows[rows < len(problem.T)])


def part_of(problem: Problem, rows: np.ndarray) -> Problem:
    """The problem of some of its examples."""
    weight = None if problem.weight is None else problem.weight[rows]
    inputs = {name: P[rows] for name, P in problem.inputs.items()}
    return Problem(problem.net, problem.loss, inputs, problem.T[rows], weight, problem.l2)
