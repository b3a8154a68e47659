"""One update and the end of an epoch, written once for every engine: pure functions of arrays."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any, NamedTuple

from ..core.arrays import Array, namespace, tree_map
from ..core.blocks import loss_and_gradient_in_blocks, total_loss_in_blocks
from ..core.control import choose
from ..core.network import Network
from ..core.weighing import total_weight
from ..optimizers.full_batch import FullBatchRule, Problem
from ..optimizers.interop import OptaxRule
from ..optimizers.rule import Rule
from .examples import Examples
from .frozen import without
from .program import Hyperparameters, Program
from .stopping import judge, judge_generalization, judge_progress, judge_tolerance
from .ties import tied, tied_gradient


class TrainState(NamedTuple):
    """Where a run stands: what goes into an update and comes out of it."""

    x: Any
    """The parameters."""
    rule_state: Any
    """What the rule remembers; its `step` counts the updates."""
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
    """Why the run stops, one of `stopping.REASONS`; RUNNING while it does not."""
    strip_sum: Any = None
    """Of the training losses since the last validation, with `strip_least`; None unless progress is watched."""
    strip_least: Any = None
    rate: Any = None
    """The share of the learning rate that plateaus have left, with `waited`; None unless it is reduced on them."""
    waited: Any = None
    idle: Any = None
    """Epochs, one after another, that were not lower than the lowest by the tolerance; None unless it is watched."""
    learning_rate: Any = None
    """Of the last update; None unless it is recorded."""


class EpochRecord(NamedTuple):
    """What an epoch leaves in the history; None for what the run does not watch."""

    loss: Any
    validation_loss: Any
    gradient_norm: Any
    test_loss: Any = None
    recorded: tuple[Any, ...] = ()
    """The numbers that `Program.records` names, in its order, and then the seconds, where they are recorded."""


def start(
    program: Program,
    xp: Any,
    params: Any,
    dtype: Any,
    init: Callable[[Any], Any] | None = None,
    rule_state: Any = None,
) -> TrainState:
    """The state before the first update, with a given state of the rule or what `init`, or the rule, makes."""
    x = program.pack(params)
    zero = xp.asarray(0.0, dtype=dtype)
    count = xp.asarray(0, dtype=xp.int32)
    return TrainState(
        x=x,
        rule_state=(init or program.rule.init)(x)._replace(step=count) if rule_state is None else rule_state,
        epoch=count,
        loss_sum=zero,
        weight_sum=zero,
        gradient_sum=tree_map(xp.zeros_like, x) if program.watches_gradient else None,
        x_start=x,
        best_x=x,
        best_loss=xp.asarray(float("inf"), dtype=dtype),
        best_epoch=count,
        code=count,
        strip_sum=zero if program.watches_progress else None,
        strip_least=xp.asarray(float("inf"), dtype=dtype) if program.watches_progress else None,
        rate=xp.asarray(1.0, dtype=dtype) if program.reduces_rate else None,
        waited=count if program.reduces_rate else None,
        idle=count if program.watches_tolerance else None,
        learning_rate=zero if program.watches_rate else None,
    )


def update(
    program: Program,
    rule: Rule,
    hyperparameters: Hyperparameters,
    state: TrainState,
    batch: Examples,
    masks: Mapping[str, Array] | None,
    rows: Any = None,
) -> TrainState:
    """One update: the gradient of a batch, the rule (with its numbers), the new parameters, and the epoch's sums.

    `rows` are how many examples the batch has, if others, of weight 0, fill it up.
    """
    if program.reduces_rate:
        rule = dataclasses.replace(rule, learning_rate=rule.learning_rate * state.rate)  # pyright: ignore
    if program.watches_rate:
        rate = namespace(state.loss_sum).asarray(rule.learning_rate, dtype=state.loss_sum.dtype)  # pyright: ignore
        state = state._replace(learning_rate=rate)
    if isinstance(rule, FullBatchRule):
        return _iterate(program, rule, hyperparameters, state, batch)
    share = _weight(batch) / hyperparameters.mean_batch_weight if program.normalizes_by_mean_weight else 1.0

    shared_by = penalty_share(batch) if program.shares_penalties else share

    def objective(x: Any) -> tuple[Any, Any]:
        F, g = loss_and_gradient_in_blocks(
            program.net,
            program.loss,
            program.unpack(x),
            batch.inputs,
            batch.T,
            batch.weight,
            masks,
            l1=hyperparameters.l1 / shared_by if program.penalizes_l1 else None,
            l2=hyperparameters.l2 / shared_by if program.penalizes_l2 else None,
        )
        g = tied_gradient(program.ties, g) if program.ties else g
        g = program.pack(without(program.frozen, g) if program.frozen else g)
        return (F * share, tree_map(lambda g: g * share, g)) if program.normalizes_by_mean_weight else (F, g)

    if isinstance(rule, OptaxRule):
        F, g, delta, rule_state = rule.step(objective, state.rule_state, state.x)
    else:
        F, g = objective(state.x)
        delta, rule_state = rule.apply(g, state.rule_state, state.x, F)
    if program.ties:
        delta = program.pack(tied(program.ties, program.unpack(delta)))
    if program.frozen:
        delta = program.pack(without(program.frozen, program.unpack(delta)))
    x = tree_map(lambda x, d: x + d, state.x, delta)
    rows = batch.T.shape[0] if rows is None else rows
    return _counted(
        program, hyperparameters, state, rows if program.counts_rows else _weight(batch), F, g, x, rule_state
    )


def _iterate(
    program: Program, rule: FullBatchRule, hyperparameters: Hyperparameters, state: TrainState, batch: Examples
) -> TrainState:
    """One iteration of a rule that asks more of the loss than a gradient."""
    share = penalty_share(batch) if program.shares_penalties else 1.0
    l2 = hyperparameters.l2 / share if program.penalizes_l2 else None
    problem = Problem(program.net, program.loss, batch.inputs, batch.T, batch.weight, l2)
    x, rule_state, F = rule.search(problem, state.rule_state, state.x)
    g = problem.gradient(state.x)[1] if program.watches_gradient else None
    return _counted(program, hyperparameters, state, _weight(batch), F, g, x, rule_state)


def _weight(batch: Examples) -> Any:
    """The weight of a batch: how many examples it amounts to."""
    return batch.T.shape[0] if batch.weight is None else total_weight(batch.weight)


def penalty_share(batch: Examples) -> Any:
    """By what the penalties of a batch are divided: its weight; those of one that weighs nothing vanish."""
    weight = _weight(batch)
    if batch.weight is None:
        return weight
    xp = namespace(weight)
    return xp.where(weight > 0, weight, xp.full_like(weight, float("inf")))


def _counted(
    program: Program,
    hyperparameters: Hyperparameters,
    state: TrainState,
    weight: Any,
    F: Any,
    g: Any,
    x: Any,
    rule_state: Any,
) -> TrainState:
    """The state after an update, with the loss and the gradient that it saw added to the epoch's sums.

    In a mean, the loss counts by the `weight` of the batch.
    """
    if program.loss.reduction == "mean":
        weight = hyperparameters.mean_batch_weight if program.normalizes_by_mean_weight else weight
        loss_sum, weight_sum = state.loss_sum + F * weight, state.weight_sum + weight
    else:
        loss_sum, weight_sum = state.loss_sum + F, namespace(F).ones_like(F)
    return state._replace(
        x=x,
        rule_state=rule_state,
        loss_sum=loss_sum,
        weight_sum=weight_sum,
        gradient_sum=tree_map(lambda total, g: total + g, state.gradient_sum, g) if program.watches_gradient else None,
    )


def end_epoch(
    program: Program,
    hyperparameters: Hyperparameters,
    state: TrainState,
    steps: Any,
    validation: Examples | Array | None,
    test: Examples | Array | None = None,
) -> tuple[TrainState, EpochRecord]:
    """Judge an epoch: its record, the best parameters so far, whether a stopping rule ends the run.

    The best are those after the epoch of the lowest validation loss; without a validation set, those before the epoch
    of the lowest training loss, which are the ones that a loss over all examples was measured at. Nothing depends on
    the `test` examples but their loss in the record. Of a set that is not in memory its loss stands for the examples.
    """
    xp = namespace(state.loss_sum)
    loss = state.loss_sum / state.weight_sum
    epoch = state.epoch + 1
    norm = _norm(xp, state.gradient_sum) / steps if program.watches_gradient else None
    due = epoch % program.validates_every == 0
    validation_loss = None if validation is None else _validate(program, xp, state, validation, due)
    test_loss = None if test is None else _validate(program, xp, state, test, due)
    score, candidate = (loss, state.x_start) if validation_loss is None else (validation_loss, state.x)
    better = score < state.best_loss
    best_epoch = xp.where(better, epoch, state.best_epoch)
    best_loss = xp.where(better, score, state.best_loss)
    criteria = hyperparameters.stopping
    since_best = epoch - best_epoch
    code = judge(criteria, loss, norm, since_best, getattr(state.rule_state, "stalled", None))
    if validation_loss is not None:
        code = judge_generalization(criteria, code, validation_loss, best_loss)
    if program.watches_progress:
        total, least = state.strip_sum + loss, xp.minimum(state.strip_least, loss)
        code = xp.where(due, judge_progress(criteria, code, total, least, program.validates_every), code)
        state = state._replace(
            strip_sum=xp.where(due, xp.zeros_like(total), total),
            strip_least=xp.where(due, xp.full_like(least, float("inf")), least),
        )
    if program.watches_tolerance:
        idle = xp.where(score > state.best_loss - criteria.tolerance, state.idle + 1, 0)
        if validation_loss is not None and program.validates_every > 1:
            idle = xp.where(due, idle, state.idle)
        code = judge_tolerance(criteria, code, idle)
        state = state._replace(idle=xp.astype(idle, state.idle.dtype))
    if program.reduces_rate:
        state = _reduced(xp, hyperparameters, state, better)
    after = state._replace(
        epoch=epoch,
        loss_sum=xp.zeros_like(loss),
        weight_sum=xp.zeros_like(loss),
        gradient_sum=tree_map(xp.zeros_like, state.gradient_sum),
        x_start=state.x,
        best_x=tree_map(lambda new, old: xp.where(better, new, old), candidate, state.best_x),
        best_loss=best_loss,
        best_epoch=best_epoch,
        code=xp.astype(code, xp.int32),
    )
    return after, EpochRecord(loss, validation_loss, norm, test_loss, _recorded(program, state, since_best))


def _recorded(program: Program, state: TrainState, epochs_since_best: Any) -> tuple[Any, ...]:
    """The numbers that `Program.records` names: of the rule's state, its learning rate, and the validation checks."""
    told = {"learning_rate": state.learning_rate, "validation_checks": epochs_since_best}
    parts = program.rule.recorded
    return tuple(attrgetter(parts[name])(state.rule_state) if name in parts else told[name] for name in program.records)


def _validate(program: Program, xp: Any, state: TrainState, validation: Examples | Array, due: Any) -> Any:
    """The loss of the validation or the test set, NaN in an epoch when it is not due."""
    if not isinstance(validation, Examples):
        return validation

    def loss(x: Any) -> Any:
        return total_loss_in_blocks(program.net, program.loss, program.unpack(x), *validation)

    if program.validates_every == 1:
        return loss(state.x)
    return choose(xp, due, loss, lambda x: xp.full_like(state.best_loss, float("nan")), state.x)


def _reduced(xp: Any, hyperparameters: Hyperparameters, state: TrainState, better: Any) -> TrainState:
    """The learning rate's share after an epoch: times `factor` when `patience` epochs were no better."""
    factor, patience, least = hyperparameters.plateau
    waited = xp.where(better, 0, state.waited + 1)
    over = waited >= patience
    rate = xp.where(over, xp.maximum(state.rate * factor, least), state.rate)
    return state._replace(rate=xp.astype(rate, state.rate.dtype), waited=xp.astype(xp.where(over, 0, waited), xp.int32))


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
