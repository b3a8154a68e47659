"""One update and the end of an epoch, written once for every engine: pure functions of arrays."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ..core.arrays import Array, namespace, tree_map
from ..core.control import choose
from ..core.losses import Loss
from ..core.network import Network
from ..core.propagation import forward_phase, loss_and_gradient, total_loss
from ..optimizers.full_batch import FullBatchRule, Problem
from ..optimizers.rule import Rule
from .stopping import Limits, judge, judge_generalization, judge_progress
from .ties import Ties, tied, tied_gradient


@dataclasses.dataclass(frozen=True)
class Job:
    """What shapes the computation, and so what XLA compiles for; numbers that users vary are in `Numbers`."""

    net: Network
    loss: Loss
    rule: Rule
    """With every number at its default: the numbers come from `Numbers`."""
    batch_size: int | None
    """None when each update sees all examples."""
    flat: bool
    """Whether parameters are one vector (few operations, for small networks) or arrays (no copying, for large ones)."""
    penalizes_l1: bool = False
    penalizes_l2: bool = False
    drops: bool = False
    watches_gradient: bool = False
    watches_progress: bool = False
    validates_every: int = 1
    reduces_rate: bool = False
    scheduled: tuple[str, ...] = ()
    evens_batches: bool = False
    """Whether the examples of a batch are weighed against the weight of the mean batch, not against their own."""
    ties: Ties = ()

    def rule_with(self, numbers: Mapping[str, Any]) -> Rule:
        """The rule with its numbers."""
        return dataclasses.replace(self.rule, **numbers)

    def pack(self, params: Any) -> Any:
        """Parameters, or a gradient, as the loop carries them."""
        return self.net.ravel(params) if self.flat else params

    def unpack(self, x: Any) -> Any:
        """The parameters that the loop carries."""
        return self.net.unravel(x) if self.flat else x


class Numbers(NamedTuple):
    """The numbers that users vary; they never cause a recompilation."""

    rule: dict[str, Any]
    l1: Any
    l2: Any
    limits: Limits
    plateau: Any = ()
    """(factor, patience, least) of a learning rate that is reduced on a plateau."""
    batch_weight: Any = ()
    """The weight of the mean batch."""


class Examples(NamedTuple):
    """Inputs by name, targets, and the weight of each example (None: all alike)."""

    inputs: Mapping[str, Array]
    T: Array
    weight: Array | None

    def taken(self, rows: Array) -> Examples:
        """The examples of these rows, on NumPy."""
        inputs = {name: P.take(rows, axis=0) for name, P in self.inputs.items()}
        return Examples(inputs, self.T.take(rows, axis=0), None if self.weight is None else self.weight.take(rows))


class Progress(NamedTuple):
    """Where a run stands: what goes into an update and comes out of it."""

    x: Any
    state: Any
    epoch: Any
    """Epochs completed."""
    loss_sum: Any
    """Of this epoch so far, with `weight_sum` and `gradient_sum`."""
    weight_sum: Any
    gradient_sum: Any
    x_start: Any
    """The parameters at the start of the epoch."""
    best_x: Any
    best_loss: Any
    best_epoch: Any
    code: Any
    strip_sum: Any = None
    """Of the training losses since the last validation, with `strip_least`; None unless progress is watched."""
    strip_least: Any = None
    rate: Any = None
    """The share of the learning rate that plateaus have left, with `waited`; None unless it is reduced on them."""
    waited: Any = None


class Record(NamedTuple):
    """What an epoch leaves in the history; None for what the run does not watch."""

    loss: Any
    validation_loss: Any
    gradient_norm: Any


def start(job: Job, xp: Any, params: Any, dtype: Any) -> Progress:
    """The progress before the first update."""
    x = job.pack(params)
    zero = xp.asarray(0.0, dtype=dtype)
    count = xp.asarray(0, dtype=xp.int32)
    state = job.rule.init(x)
    return Progress(
        x=x,
        state=state._replace(step=count),
        epoch=count,
        loss_sum=zero,
        weight_sum=zero,
        gradient_sum=tree_map(xp.zeros_like, x) if job.watches_gradient else None,
        x_start=x,
        best_x=x,
        best_loss=xp.asarray(float("inf"), dtype=dtype),
        best_epoch=count,
        code=count,
        strip_sum=zero if job.watches_progress else None,
        strip_least=xp.asarray(float("inf"), dtype=dtype) if job.watches_progress else None,
        rate=xp.asarray(1.0, dtype=dtype) if job.reduces_rate else None,
        waited=count if job.reduces_rate else None,
    )


def update(
    job: Job, rule: Rule, numbers: Numbers, progress: Progress, batch: Examples, masks: Mapping[str, Array] | None
) -> Progress:
    """One update: the gradient of a batch, the rule (with its numbers), the new parameters, and the epoch's sums."""
    if job.reduces_rate:
        rule = dataclasses.replace(rule, learning_rate=rule.learning_rate * progress.rate)  # pyright: ignore
    if isinstance(rule, FullBatchRule):
        return _iterate(job, rule, numbers, progress, batch)
    share = _weight(batch) / numbers.batch_weight if job.evens_batches else 1.0
    F, g = loss_and_gradient(
        job.net,
        job.loss,
        job.unpack(progress.x),
        batch.inputs,
        batch.T,
        batch.weight,
        masks,
        l1=numbers.l1 / share if job.penalizes_l1 else None,
        l2=numbers.l2 / share if job.penalizes_l2 else None,
    )
    g = job.pack(tied_gradient(job.ties, g) if job.ties else g)
    if job.evens_batches:
        F, g = F * share, tree_map(lambda g: g * share, g)
    delta, state = rule.apply(g, progress.state, progress.x, F)
    if job.ties:
        delta = job.pack(tied(job.ties, job.unpack(delta)))
    x = tree_map(lambda x, d: x + d, progress.x, delta)
    return _counted(job, numbers, progress, batch, F, g, x, state)


def _iterate(job: Job, rule: FullBatchRule, numbers: Numbers, progress: Progress, batch: Examples) -> Progress:
    """One iteration of a rule that asks more of the loss than a gradient."""
    l2 = numbers.l2 if job.penalizes_l2 else None
    problem = Problem(job.net, job.loss, batch.inputs, batch.T, batch.weight, l2)
    x, state, F = rule.search(problem, progress.state, progress.x)
    g = problem.gradient(progress.x)[1] if job.watches_gradient else None
    return _counted(job, numbers, progress, batch, F, g, x, state)


def _weight(batch: Examples) -> Any:
    """The sum of the weights of a batch."""
    return batch.T.shape[0] if batch.weight is None else namespace(batch.weight).sum(batch.weight)


def _counted(
    job: Job, numbers: Numbers, progress: Progress, batch: Examples, F: Any, g: Any, x: Any, state: Any
) -> Progress:
    """The progress after an update, with the loss and the gradient that it saw added to the epoch's sums."""
    if job.loss.reduction == "mean":
        weight = numbers.batch_weight if job.evens_batches else _weight(batch)
        loss_sum, weight_sum = progress.loss_sum + F * weight, progress.weight_sum + weight
    else:
        loss_sum, weight_sum = progress.loss_sum + F, namespace(F).ones_like(F)
    return progress._replace(
        x=x,
        state=state,
        loss_sum=loss_sum,
        weight_sum=weight_sum,
        gradient_sum=tree_map(lambda total, g: total + g, progress.gradient_sum, g) if job.watches_gradient else None,
    )


def end_epoch(
    job: Job, numbers: Numbers, progress: Progress, steps: Any, validation: Examples | None
) -> tuple[Progress, Record]:
    """Judge an epoch: its record, the best parameters so far, whether a stopping rule ends the run.

    The best are those after the epoch of the lowest validation loss; without a validation set, those before the epoch
    of the lowest training loss, which are the ones that a loss over all examples was measured at.
    """
    xp = namespace(progress.loss_sum)
    loss = progress.loss_sum / progress.weight_sum
    epoch = progress.epoch + 1
    norm = _norm(xp, progress.gradient_sum) / steps if job.watches_gradient else None
    due = epoch % job.validates_every == 0
    validation_loss = None if validation is None else _validate(job, xp, progress, validation, due)
    score, candidate = (loss, progress.x_start) if validation_loss is None else (validation_loss, progress.x)
    better = score < progress.best_loss
    best_epoch = xp.where(better, epoch, progress.best_epoch)
    best_loss = xp.where(better, score, progress.best_loss)
    limits = numbers.limits
    code = judge(limits, loss, norm, epoch - best_epoch, getattr(progress.state, "stalled", None))
    if validation_loss is not None:
        code = judge_generalization(limits, code, validation_loss, best_loss)
    if job.watches_progress:
        total, least = progress.strip_sum + loss, xp.minimum(progress.strip_least, loss)
        code = xp.where(due, judge_progress(limits, code, total, least, job.validates_every), code)
        progress = progress._replace(
            strip_sum=xp.where(due, xp.zeros_like(total), total),
            strip_least=xp.where(due, xp.full_like(least, float("inf")), least),
        )
    if job.reduces_rate:
        progress = _reduced(xp, numbers, progress, better)
    after = progress._replace(
        epoch=epoch,
        loss_sum=xp.zeros_like(loss),
        weight_sum=xp.zeros_like(loss),
        gradient_sum=tree_map(xp.zeros_like, progress.gradient_sum),
        x_start=progress.x,
        best_x=tree_map(lambda new, old: xp.where(better, new, old), candidate, progress.best_x),
        best_loss=best_loss,
        best_epoch=best_epoch,
        code=xp.astype(code, xp.int32),
    )
    return after, Record(loss, validation_loss, norm)


def _validate(job: Job, xp: Any, progress: Progress, validation: Examples, due: Any) -> Any:
    """The loss of the validation set, NaN in an epoch when it is not due."""

    def loss(x: Any) -> Any:
        passed = forward_phase(job.net, job.unpack(x), validation.inputs)
        return total_loss(job.net, job.loss, passed, validation.T, validation.weight)

    if job.validates_every == 1:
        return loss(progress.x)
    return choose(xp, due, loss, lambda x: xp.full_like(progress.best_loss, float("nan")), progress.x)


def _reduced(xp: Any, numbers: Numbers, progress: Progress, better: Any) -> Progress:
    """The learning rate's share after an epoch: times `factor` when `patience` epochs were no better."""
    factor, patience, least = numbers.plateau
    waited = xp.where(better, 0, progress.waited + 1)
    over = waited >= patience
    rate = xp.where(over, xp.maximum(progress.rate * factor, least), progress.rate)
    return progress._replace(
        rate=xp.astype(rate, progress.rate.dtype), waited=xp.astype(xp.where(over, 0, waited), xp.int32)
    )


def dropout_masks(net: Network, examples: int, uniform: Callable[[int, tuple[int, int]], Array]) -> dict[str, Array]:
    """For each layer with dropout, 0 for a dropped unit and 1/(1 - share) else; `uniform(layer, shape)` draws."""
    masks = {}
    for number, layer in enumerate(net.layers):
        if layer.dropout:
            u = uniform(number, (examples, layer.size))
            xp = namespace(u)
            kept = xp.asarray(1.0 / (1.0 - layer.dropout), dtype=u.dtype)
            masks[layer.name] = xp.where(u >= layer.dropout, kept, xp.zeros_like(u))
    return masks


def _norm(xp: Any, tree: Any) -> Any:
    squares: list[Any] = []
    tree_map(lambda g: squares.append(xp.sum(g * g)), tree)
    return xp.sqrt(sum(squares[1:], start=squares[0]))
