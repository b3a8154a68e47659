"""What XLA compiles: a loop over the epochs of a segment around a loop over their updates."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..core.arrays import tree_map
from ..core.control import rows_spread_over
from .devices import DeviceMesh
from .epoch import EpochRecord, TrainState, dropout_masks, end_epoch, update
from .examples import Examples
from .program import Hyperparameters, Program
from .stopping import RUNNING


class SegmentInput(NamedTuple):
    """What goes into a segment beside the state of the run; as in `Segment`, counted by the compiled loop."""

    examples: Examples
    validation: Examples | Any
    """The examples of a set, or of one that is not in memory its loss; None: there is none. So is `test`."""
    hyperparameters: Hyperparameters
    orders: Any
    """The row numbers (updates, batch size) of each update's examples.

    None where each sees all; or, of a program with a batch size, where the batches lie one behind another.
    """
    scheduled: dict[str, Any]
    """The scheduled numbers of each update."""
    epochs: Any
    start: Any
    stop: Any
    ends: Any
    steps: Any
    """The updates of a whole epoch."""
    seed: Any
    offset: Any = None
    """Where in the orders, or the batches, the segment's begin; None: with the first."""
    test: Examples | Any = None
    places: Any = None
    """Of examples with a leading axis of devices, whose orders are (updates, devices, slots): those in the batch of one
    device; None where no mask needs them."""

    @property
    def is_whole(self) -> bool:
        """Whether the end of an epoch can be judged by what is here, however many epochs there are."""
        return all(judged is None or isinstance(judged, Examples) for judged in (self.validation, self.test))


def run_segment(
    program: Program, capacity: int, state: TrainState, given: SegmentInput
) -> tuple[TrainState, EpochRecord, Any]:
    """Run a segment of at most `capacity` epochs, or less if the run diverges or a stopping rule ends it.

    Gives the state, the records of the epochs, and how many epochs ended.
    """
    from jax import lax
    from jax import numpy as jnp

    def one_epoch(carried: Any) -> Any:
        epoch, ended, state, records = carried
        if program.batch_size is None and given.is_whole:  # an epoch is one update
            state, records = _end_epoch(program, given, epoch, _update(program, given, epoch, state), records)
            return epoch + 1, ended + jnp.int32(1), state, records
        before = epoch * (given.stop - given.start) - given.start

        def more(inner: Any) -> Any:
            i, state = inner
            return (i < given.stop) & jnp.isfinite(state.loss_sum)

        def one_update(inner: Any) -> Any:
            i, state = inner
            return i + 1, _update(program, given, before + i, state)

        def judged(state: TrainState, records: EpochRecord) -> Any:
            return _end_epoch(program, given, epoch, state, records)

        def unjudged(state: TrainState, records: EpochRecord) -> Any:
            return state, records

        _, state = lax.while_loop(more, one_update, (given.start, state))
        over = given.ends | ~jnp.isfinite(state.loss_sum)
        state, records = lax.cond(over, judged, unjudged, state, records)
        return epoch + 1, ended + over.astype(jnp.int32), state, records

    def running(carried: Any) -> Any:
        epoch, _, state, _ = carried
        return (epoch < given.epochs) & (state.code == RUNNING)

    zero = jnp.int32(0)
    begun = zero, zero, state, _no_records(program, capacity, state, given)
    _, ended, state, records = lax.while_loop(running, one_epoch, begun)
    return state, records, ended


def run_spread_segment(
    program: Program, capacity: int, mesh: DeviceMesh, state: TrainState, given: SegmentInput
) -> tuple[TrainState, EpochRecord, Any]:
    """`run_segment` on the devices of a mesh, with all that it gives on each of them."""
    with rows_spread_over(mesh.count):
        return mesh.said_on_each(run_segment(program, capacity, state, given))


def run_shared_segment(
    program: Program, capacity: int, state: TrainState, given: SegmentInput, axis: str
) -> tuple[TrainState, EpochRecord, Any]:
    """`run_segment` for runs that see the same batches, along this axis of a `vmap`.

    Their loops count together, until the last run has stopped, so that what all share is taken and multiplied once; a
    run that has stopped no longer changes.
    """
    import jax
    from jax import lax
    from jax import numpy as jnp

    def one_epoch(carried: Any) -> Any:
        epoch, ended, before, records = carried
        first = epoch * (given.stop - given.start) - given.start

        def one_update(inner: Any) -> Any:
            i, state = inner
            after = _update(program, given, first + i, state)
            return i + 1, select(jnp.isfinite(state.loss_sum), after, state)

        def judged(state: TrainState, records: EpochRecord) -> Any:
            return _end_epoch(program, given, epoch, state, records)

        def unjudged(state: TrainState, records: EpochRecord) -> Any:
            return state, records

        _, state = lax.while_loop(lambda inner: inner[0] < given.stop, one_update, (given.start, before))
        state, records = lax.cond(given.ends, judged, unjudged, state, records)
        going = before.code == RUNNING
        ended = ended + (going & given.ends).astype(jnp.int32)
        return epoch + 1, ended, select(going, state, before), records

    def running(carried: Any) -> Any:
        epoch, _, state, _ = carried
        return (epoch < given.epochs) & (lax.pmax((state.code == RUNNING).astype(jnp.int32), axis) > 0)

    def select(condition: Any, then: TrainState, otherwise: TrainState) -> TrainState:
        return jax.tree.map(lambda then, otherwise: jnp.where(condition, then, otherwise), then, otherwise)

    zero = jnp.int32(0)
    begun = zero, zero, state, _no_records(program, capacity, state, given)
    _, ended, state, records = lax.while_loop(running, one_epoch, begun)
    return state, records, ended


def _update(program: Program, given: SegmentInput, position: Any, state: TrainState) -> TrainState:
    """The update at a position of the segment, by the batch and the numbers of the rule for it."""
    batch, count = given.examples, None
    at = position if given.offset is None else given.offset + position
    if given.orders is not None:
        rows = given.orders[at]
        count = (rows < batch.T.shape[-2] - 1).sum() if program.counts_rows else None  # the last row is none
        batch = tree_map(lambda values: _taken(values, rows), batch)
    elif program.batch_size is not None:
        size = program.batch_size
        batch = tree_map(lambda values: _behind(values, at, size), batch)
        count = (batch.weight > 0).sum() if program.counts_rows else None
    scheduled = {name: values[position] for name, values in given.scheduled.items()}
    masks = None
    if program.drops:
        drawn = batch.T.shape[0] if given.places is None else program.batch_size or 0
        masks = draw_masks(program, given.seed, state.rule_state.step, drawn, state.loss_sum.dtype)
        if given.places is not None:
            places = given.places[at].ravel()
            masks = tree_map(lambda values: values.at[places].get(mode="promise_in_bounds"), masks)
    rule = program.rule_with({**given.hyperparameters.rule, **scheduled})
    return update(program, rule, given.hyperparameters, state, batch, masks, count)


def _behind(values: Any, number: Any, rows: int) -> Any:
    """The batch of so many rows before which so many lie."""
    from jax import lax

    return lax.dynamic_slice_in_dim(values, number * rows, rows)


def _taken(values: Any, rows: Any) -> Any:
    """The rows of an array; of one with a leading axis of devices those of each device, one device behind another."""
    import jax

    if rows.ndim == 1:
        return values.at[rows].get(mode="promise_in_bounds")
    found = jax.vmap(lambda some, rows: some.at[rows].get(mode="promise_in_bounds"))(values, rows)
    return found.reshape(-1, *values.shape[2:])


def _end_epoch(
    program: Program, given: SegmentInput, epoch: Any, state: TrainState, records: EpochRecord
) -> tuple[TrainState, EpochRecord]:
    """The state after the end of an epoch of the segment, and the records with its own among them."""
    state, record = end_epoch(program, given.hyperparameters, state, given.steps, given.validation, given.test)
    return state, tree_map(lambda values, value: values.at[epoch].set(value), records, record)


def _no_records(program: Program, capacity: int, state: TrainState, given: SegmentInput) -> EpochRecord:
    """Room for the records of as many epochs as a segment can have."""
    from jax import numpy as jnp

    blank = jnp.zeros(capacity, state.loss_sum.dtype)
    return EpochRecord(
        loss=blank,
        validation_loss=None if given.validation is None else blank,
        gradient_norm=blank if program.watches_gradient else None,
        test_loss=None if given.test is None else blank,
        recorded=(blank,) * len(program.records),
    )


def draw_masks(program: Program, seed: Any, step: Any, examples: int, dtype: Any) -> dict[str, Any]:
    """The dropout masks of the update after `step` updates, by a generator that the seed, step and layer key."""
    import jax

    key = jax.random.fold_in(jax.random.key(seed), step)

    def uniform(layer: int, shape: tuple[int, int]) -> Any:
        return jax.random.uniform(jax.random.fold_in(key, layer), shape, dtype)

    return dropout_masks(program.net, examples, uniform)
