"""A group of runs that one program runs together, along an axis of a `vmap` over the loop that `train` compiles.

A member that has stopped no longer changes; when few members still run, they go on in a smaller program. Members that
all see the same batches share them: these are taken once, and multiplied with the weights of all as one matrix.
"""

from __future__ import annotations

import functools
import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..core.arrays import tree_map
from .checkpoint import SavedIn
from .epoch import EpochRecord, TrainState, start
from .examples import Examples
from .group_saver import GroupSaver
from .interruption import Interrupted, Interruption
from .programs import run_program
from .recipe import Recipe
from .record import with_seconds
from .segments import Pace, Segment, plan
from .stopping import RUNNING
from .stored_group import GroupPosition, StoredGroup, restore
from .xla_engine import initial_rule_state, is_key, on_host
from .xla_group import run_group
from .xla_segment import SegmentInput
from .xla_shards import bucket

_EPOCHS_A_SEGMENT = 64
_SHRINKS_TO_A = 6
"""A group goes on with a sixth of its members when the rest has stopped: few programs, and few members that idle."""
_STAYS_WHOLE = 8
"""A group of so few goes on whole: another program takes longer to compile than it would save."""
_INDICES_A_SEGMENT = 1 << 22


@dataclass
class Member:
    """One run among many: its recipe, the rows of the shared examples that it sees, and what it has left so far."""

    recipe: Recipe
    rows: np.ndarray
    records: list[EpochRecord] = field(default_factory=list)
    epochs: int = 0
    updates: int = 0
    code: int = RUNNING
    interrupted: bool = False
    last: Any = None
    best: Any = None
    best_epoch: int = 0
    state: Any = None
    seconds: float = 0.0
    """When its last epoch ended."""
    saved_in: SavedIn | None = None

    @property
    def goes_on(self) -> bool:
        """Whether the run has not stopped."""
        return self.code == RUNNING and self.epochs < self.recipe.epochs


class MemberGroup:
    """Members that one thread runs in one program."""

    def __init__(self, jax: Any, members: Sequence[Member], device: Any, saver: GroupSaver | None = None) -> None:
        self._jax, self._device, self._began, self._saver = jax, device, time.perf_counter(), saver
        self._all, self._members = list(members), list(members)
        first = members[0].recipe
        self._program, self._dtype = first.program, first.dtype
        self._steps = max(member.recipe.batch_order.steps for member in members)
        self._shares_batches = _same_batches(members)
        rows = (1 if self._shares_batches else len(members)) * (self._program.batch_size or 1)
        updates = max(1, _INDICES_A_SEGMENT // rows)
        self._epochs_at_most = max(1, min(_EPOCHS_A_SEGMENT, updates // self._steps))
        self._updates_at_most = min(self._epochs_at_most * self._steps, updates)
        self._pace = Pace(self._updates_at_most)
        self._epoch = self._position = 0
        if saver is not None:
            for place, member in enumerate(members):
                member.saved_in = saver.saved_in(place, self._steps)

    def run(self, interruption: Interruption) -> None:
        """All members to their ends, or to where they are interrupted."""
        with self._jax.enable_x64(self._dtype == "float64"), self._jax.default_device(self._device):
            if self._saver is None or self._saver.stored is None:
                self._load(self._first(self._members))
            else:
                self._restore(self._saver.stored)
            while any(member.goes_on for member in self._members):
                try:
                    if interruption.pressed():
                        raise Interrupted
                    self._advance()
                except Interrupted:
                    for member in self._members:
                        member.interrupted = member.goes_on
                    break
                self._shrink()
                if self._saver is not None:
                    self._saver.look(self._all, self._members, lambda: on_host(self._state), self._at)
            self._collect(range(len(self._members)))
            if self._saver is not None:
                self._saver.save(self._all, self._members, on_host(self._state), self._at)

    def _shrink(self) -> None:
        """Go on with few members, if few are left; one whose epochs alone are over stays, as it may be given more."""
        left = [number for number, member in enumerate(self._members) if member.code == RUNNING]
        fewer = -(-len(self._members) // _SHRINKS_TO_A)
        if len(self._members) <= max(fewer, _STAYS_WHOLE) or not any(member.goes_on for member in self._members):
            return
        if len(left) <= fewer:
            ended = (number for number, member in enumerate(self._members) if member.code != RUNNING)
            self._keep(left + list(itertools.islice(ended, fewer - len(left))))

    @property
    def _at(self) -> GroupPosition:
        return GroupPosition(self._epoch, self._position, self._steps, time.perf_counter() - self._began)

    def _first(self, members: Sequence[Member]) -> TrainState:
        """The stacked states of members before their first update."""
        init = functools.partial(initial_rule_state, self._program.rule)
        begun = [start(self._program, np, member.recipe.params, self._dtype, init) for member in members]
        return _stacked_states(self._jax, begun)

    def _restore(self, stored: StoredGroup) -> None:
        """Go on from a checkpoint."""
        one = self._jax.tree.map(lambda values: values[0], self._first(self._all[:1]).rule_state)
        self._members, state = restore(stored, self._all, one, self._first)
        self._epoch, self._position = stored.at.epoch, stored.at.position
        self._began -= stored.at.seconds
        self._load(state)

    def _load(self, state: Any) -> None:
        """Put on the device what the members of this group need."""
        recipes = [member.recipe for member in self._members]
        examples, _ = _shared(
            [recipe.examples for recipe in recipes], self._dtype, self._program.batch_size is not None
        )
        (validation, test), self._judged_axes = zip(
            *(
                (None, None) if judged[0] is None else _shared(judged, self._dtype, spare=False)
                for judged in ([recipe.validation for recipe in recipes], [recipe.test for recipe in recipes])
            ),
            strict=True,
        )
        if self._shares_batches and examples.weight is not None:
            examples = examples._replace(weight=examples.weight[0])
        put = self._jax.device_put
        self._state, self._examples, self._validation, self._test = map(put, (state, examples, validation, test))
        self._hyperparameters = _stacked([recipe.hyperparameters for recipe in recipes])
        self._seeds = np.asarray([recipe.batch_order.seed & 0xFFFFFFFF for recipe in recipes], np.uint32)
        steps = [recipe.batch_order.steps for recipe in recipes]
        self._each_steps = np.asarray(steps[0] if self._shares_batches else steps, np.int32)

    def _advance(self) -> None:
        """One segment for all members: whole epochs, or a part of one."""
        segment = self._next()
        given = SegmentInput(
            self._examples,
            self._validation,
            self._hyperparameters,
            self._orders(segment),
            self._scheduled(segment),
            epochs=np.int32(segment.epochs),
            start=np.int32(segment.start),
            stop=np.int32(segment.stop),
            ends=None,
            steps=self._each_steps,
            seed=self._seeds,
            test=self._test,
        )
        fixed = self._program, self._epochs_at_most, self._judged_axes, self._shares_batches
        clock = time.perf_counter()
        self._state, records, ended = run_program(run_group, fixed, self._state, given, donated=(0,))
        codes, updates = np.asarray(self._state.code), np.asarray(self._state.rule_state.step)
        for number, (member, count) in enumerate(zip(self._members, np.asarray(ended), strict=True)):
            if member.goes_on:
                member.epochs += int(count)
                member.code, member.updates = int(codes[number]), int(updates[number])
                own = _records_of(records, number, int(count))
                if "seconds" in member.recipe.record:
                    now = time.perf_counter() - self._began
                    own = with_seconds(own, member.seconds, now)
                    member.seconds = now if count else member.seconds
                member.records.append(own)
        self._pace.measured(segment.updates, time.perf_counter() - clock)
        self._epoch += segment.epochs if segment.ends else 0
        self._position = 0 if segment.ends else segment.stop

    def _next(self) -> Segment:
        """The next segment, counted by the members of the longest epochs."""
        budget = min(self._pace.updates, self._updates_at_most)
        ahead = None if self._saver is None else self._saver.epochs_ahead(self._epoch)
        if ahead is not None:
            budget = min(budget, ahead * self._steps - self._position)
        return plan(self._epoch, self._position, self._steps, self._members[0].recipe.epochs, budget)

    def _orders(self, segment: Segment) -> np.ndarray | None:
        """The rows of every update of every member, or of all members together, in the shared examples."""
        batch = self._program.batch_size
        if batch is None:
            return None
        absent = len(self._examples.T) - 1
        drawn_for = self._members[:1] if self._shares_batches else self._members
        orders = np.full((len(drawn_for), self._updates_at_most, batch), absent, np.int32)
        for number, member in enumerate(drawn_for):
            if self._shares_batches or member.goes_on:
                drawn = member.recipe.batch_order.rows(segment.first, segment.epochs)[:, segment.start : segment.stop]
                known = np.append(member.rows, absent).astype(np.int32)
                orders[number, : drawn.shape[0] * drawn.shape[1]] = known[drawn].reshape(-1, batch)
        return orders[0] if self._shares_batches else orders

    def _scheduled(self, segment: Segment) -> dict[str, np.ndarray]:
        """The scheduled numbers of every update of every member."""
        if not self._program.scheduled:
            return {}
        found = {name: np.zeros((len(self._members), self._updates_at_most)) for name in self._program.scheduled}
        for number, member in enumerate(self._members):
            steps = member.recipe.batch_order.steps
            first, stop = min(segment.start, steps), min(segment.stop, steps)
            values_of = member.recipe.scheduled(segment.first * steps + first, segment.epochs * (stop - first))
            for name, values in values_of.items():
                found[name][number, : len(values)] = values
        return {name: values.astype(self._dtype) for name, values in found.items()}

    def _keep(self, numbers: list[int]) -> None:
        """Go on with these members alone."""
        self._collect([number for number in range(len(self._members)) if number not in numbers])
        self._members = [self._members[number] for number in numbers]
        rows = np.asarray(numbers)
        self._load(self._jax.tree.map(lambda values: values[rows], on_host(self._state)))

    def _collect(self, numbers: Any) -> None:
        """Take the parameters of members from the device."""
        program, state = self._program, on_host(self._state)
        for number in numbers:
            member = self._members[number]
            member.last = program.unpack(tree_map(lambda values, n=number: values[n], state.x))
            member.best = program.unpack(tree_map(lambda values, n=number: values[n], state.best_x))
            member.best_epoch = int(state.best_epoch[number])
            member.state = self._jax.tree.map(lambda values, n=number: values[n], state.rule_state)


def _same_batches(members: Sequence[Member]) -> bool:
    """Whether all members see the same batches of the same examples, with the same weights."""
    first = members[0]
    return first.recipe.program.batch_size is not None and all(
        member.recipe.batch_order == first.recipe.batch_order and member.recipe.examples is first.recipe.examples
        for member in members
    )


def _stacked(trees: Sequence[Any]) -> Any:
    """One tree of arrays with a leading axis of members."""
    return tree_map(lambda *values: np.stack([np.asarray(value) for value in values]), *trees)


def _stacked_states(jax: Any, states: Sequence[TrainState]) -> Any:
    """One state with a leading axis of members, whatever a rule of optax keeps in it."""

    def stacked(*values: Any) -> Any:
        return jax.numpy.stack(values) if is_key(values[0]) else np.stack([np.asarray(value) for value in values])

    return jax.tree.map(stacked, *states)


def _shared(examples: Sequence[Any], dtype: str, spare: bool) -> tuple[Examples, Any]:
    """Examples for all members, padded, with a row of weights for each; and the axis of members in inputs and targets.

    Inputs and targets stand once, and the axis is None, if all members have the same ones.
    """
    first = examples[0]
    rows = bucket(max(len(each.T) for each in examples) + spare)
    same = all(each.T is first.T or np.array_equal(each.T, first.T) for each in examples) and all(
        each.inputs[name] is P or np.array_equal(each.inputs[name], P)
        for each in examples
        for name, P in first.inputs.items()
    )

    def filled(values: np.ndarray) -> np.ndarray:
        return np.concatenate([values, np.zeros((rows - len(values), *values.shape[1:]), values.dtype)])

    weights = [np.ones(len(each.T), dtype) if each.weight is None else each.weight for each in examples]
    if any(values.ndim == 2 for values in weights):  # of single targets, in one run at least
        weights = [
            np.broadcast_to(values.reshape(len(values), -1), each.T.shape).astype(dtype)
            for values, each in zip(weights, examples, strict=True)
        ]
    weight = np.stack([filled(values) for values in weights])
    if same:
        return Examples({name: filled(P) for name, P in first.inputs.items()}, filled(first.T), weight), None
    inputs = {name: np.stack([filled(each.inputs[name]) for each in examples]) for name in first.inputs}
    return Examples(inputs, np.stack([filled(each.T) for each in examples]), weight), 0


def _records_of(records: EpochRecord, member: int, epochs: int) -> EpochRecord:
    """The records of one member, as float64."""
    return tree_map(lambda values: np.asarray(values)[member, :epochs].astype(np.float64), records)
