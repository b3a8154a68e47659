"""What XLA compiles for a group of runs: the loop of a segment for every member."""

from __future__ import annotations

from typing import Any

from ..core.arrays import tree_map
from ..optimizers.full_batch import FullBatchRule
from .epoch import EpochRecord, TrainState
from .examples import Examples
from .program import Program
from .xla_segment import SegmentInput, run_segment, run_shared_segment


def run_group(
    program: Program,
    capacity: int,
    judged_axes: tuple[int | None, int | None],
    shares_batches: bool,
    state: TrainState,
    given: SegmentInput,
) -> tuple[TrainState, EpochRecord, Any]:
    """A segment for every member, along the leading axis of the state and of what is not shared.

    `judged_axes` are those of the inputs and targets of validation and test, None where all members share them.

    Members of a rule that holds matrices follow one another, and those of other groups run beside them. `vmap` would
    take both branches of every choice for all members; and on a CPU, decompositions of many matrices at once wait for
    threads of the pool that they are run by, so that two groups wait for each other without end (jaxlib 0.10).
    """
    import jax
    from jax import numpy as jnp

    def one(state: TrainState, given: SegmentInput) -> Any:
        start, stop = jnp.minimum(given.start, given.steps), jnp.minimum(given.stop, given.steps)
        given = given._replace(start=start, stop=stop, ends=(start < stop) & (stop == given.steps))
        if shares_batches:
            return run_shared_segment(program, capacity, state, given, "members")
        return run_segment(program, capacity, state, given)

    axes = _axes(given, judged_axes, shares_batches)
    if isinstance(program.rule, FullBatchRule) and program.rule.matrices:
        return jax.lax.map(
            lambda number: one(_member(state, 0, number), _member(given, axes, number)),
            jnp.arange(given.seed.shape[0]),
        )
    return jax.vmap(one, in_axes=(0, axes), axis_name="members")(state, given)


def _axes(given: SegmentInput, judged_axes: tuple[int | None, int | None], shares_batches: bool) -> Any:
    """Which of a segment's inputs have a leading axis of members: 0, or None for what all share."""
    own = None if shares_batches else 0
    validation, test = (
        None if judged is None else Examples(dict.fromkeys(judged.inputs, axis), axis, 0)
        for judged, axis in zip((given.validation, given.test), judged_axes, strict=True)
    )
    return SegmentInput(
        examples=Examples(None, None, own),  # pyright: ignore[reportArgumentType]
        validation=validation,
        hyperparameters=0,  # pyright: ignore[reportArgumentType]
        orders=None if given.orders is None else own,
        scheduled=0,  # pyright: ignore[reportArgumentType]
        epochs=None,
        start=None,
        stop=None,
        ends=None,
        steps=own,
        seed=0,
        test=test,
    )


def _member(tree: Any, axes: Any, number: Any) -> Any:
    """A member's own part of a tree: what has an axis of members by its number, the rest as it is."""
    if axes is None:
        return tree
    if axes == 0:
        return tree_map(lambda values: values[number], tree)
    if isinstance(axes, dict):
        return {name: _member(tree[name], axes[name], number) for name in axes}
    return type(tree)(*(_member(part, axis, number) for part, axis in zip(tree, axes, strict=True)))
