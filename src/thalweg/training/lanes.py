"""Many runs as the lanes of a `vmap` over the loop that `train` compiles.

Lanes are dealt out to crews, as many as there are cores, each as large as its memory allows. A lane that has stopped no
longer changes; when few of a crew's lanes still run, they go on in a smaller program. Lanes that all see the same
batches share them: these are taken once, and multiplied with the weights of all lanes as one matrix.
"""

from __future__ import annotations

import functools
import itertools
import os
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..core.arrays import tree_map
from ..optimizers.full_batch import FullBatchRule
from .arguments import MOST_MEMORY
from .ending import conclude
from .engines import Recipe
from .epoch import Examples, Job, Record, start
from .history import History
from .run import Run
from .stopping import REASONS, RUNNING
from .xla_engine import bucket, prepare_jax, run_stretch

_EPOCHS_A_STRETCH = 64
_SHRINKS_TO_A = 6
"""A crew goes on with a sixth of its lanes when the rest has stopped: few programs, and few lanes that idle."""
_BYTES_A_CREW = 1 << 30
_INDICES_A_STRETCH = 1 << 22


@dataclass
class Lane:
    """One run among many: its recipe, the rows of the shared examples that it sees, and what it has left so far."""

    recipe: Recipe
    rows: np.ndarray
    records: list[Record] = field(default_factory=list)
    epochs: int = 0
    updates: int = 0
    code: int = RUNNING
    last: Any = None
    best: Any = None
    best_epoch: int = 0
    state: Any = None

    @property
    def goes_on(self) -> bool:
        """Whether the run has not stopped."""
        return self.code == RUNNING and self.epochs < self.recipe.epochs


def run_lanes(lanes: Sequence[Lane]) -> list[Run]:
    """Run lanes of one job to their ends, on all cores."""
    began = time.perf_counter()
    jax = prepare_jax()
    crews = _crews(lanes)
    with ThreadPoolExecutor(max_workers=_threads(lanes[0].recipe.job)) as pool:
        for crew in [pool.submit(_Crew(jax, crew).run) for crew in crews]:
            crew.result()
    seconds = time.perf_counter() - began
    return [_ended(lane, seconds) for lane in lanes]


class _Crew:
    """Lanes that one thread runs in one program."""

    def __init__(self, jax: Any, lanes: Sequence[Lane]) -> None:
        self._jax = jax
        self._lanes = list(lanes)
        first = lanes[0].recipe
        self._job, self._dtype = first.job, first.dtype
        self._steps = max(lane.recipe.presentation.steps for lane in lanes)
        self._together = _same_batches(lanes)
        indices = (1 if self._together else len(lanes)) * self._steps * (self._job.batch_size or 1)
        self._stretch = max(1, min(_EPOCHS_A_STRETCH, _INDICES_A_STRETCH // indices))
        self._epoch = 0

    def run(self) -> None:
        """All lanes to their ends."""
        with self._jax.enable_x64(self._dtype == "float64"):
            progress = _stacked([start(self._job, np, lane.recipe.params, self._dtype) for lane in self._lanes])
            self._load(progress)
            while any(lane.goes_on for lane in self._lanes):
                self._advance()
                going = [number for number, lane in enumerate(self._lanes) if lane.goes_on]
                fewer = -(-len(self._lanes) // _SHRINKS_TO_A)
                if 0 < len(going) <= fewer < len(self._lanes):
                    ended = (number for number, lane in enumerate(self._lanes) if not lane.goes_on)
                    self._keep(going + list(itertools.islice(ended, fewer - len(going))))
            self._collect(range(len(self._lanes)))

    def _load(self, progress: Any) -> None:
        """Put on the device what the lanes of this crew need."""
        recipes = [lane.recipe for lane in self._lanes]
        examples, _ = _shared([recipe.examples for recipe in recipes], self._dtype, self._job.batch_size is not None)
        validations = [recipe.validation for recipe in recipes]
        none = validations[0] is None
        validation, self._validation_axis = (None, None) if none else _shared(validations, self._dtype, spare=False)
        if self._together and examples.weight is not None:
            examples = examples._replace(weight=examples.weight[0])
        put = self._jax.device_put
        self._progress, self._examples, self._validation = put(progress), put(examples), put(validation)
        self._numbers = _stacked([recipe.numbers for recipe in recipes])
        self._seeds = np.asarray([recipe.presentation.seed & 0xFFFFFFFF for recipe in recipes], np.uint32)
        steps = [recipe.presentation.steps for recipe in recipes]
        self._lane_steps = np.asarray(steps[0] if self._together else steps, np.int32)

    def _advance(self) -> None:
        """One stretch of epochs for all lanes."""
        epochs = min(self._stretch, self._lanes[0].recipe.epochs - self._epoch)
        self._progress, records, ended = _call_once_at_first(
            self._job,
            self._stretch,
            self._validation_axis,
            self._together,
            self._progress,
            self._examples,
            self._validation,
            self._numbers,
            self._orders(epochs),
            self._scheduled(epochs),
            np.int32(epochs),
            self._lane_steps,
            self._seeds,
        )
        codes, updates = np.asarray(self._progress.code), np.asarray(self._progress.state.step)
        for number, (lane, count) in enumerate(zip(self._lanes, np.asarray(ended), strict=True)):
            if lane.goes_on:
                lane.epochs += int(count)
                lane.code, lane.updates = int(codes[number]), int(updates[number])
                lane.records.append(_numbers_of(records, number, int(count)))
        self._epoch += epochs

    def _orders(self, epochs: int) -> np.ndarray | None:
        """The rows of every update of every lane, or of all lanes together, in the shared examples."""
        batch = self._job.batch_size
        if batch is None:
            return None
        absent = len(self._examples.T) - 1
        if self._together:
            orders = np.full((self._stretch * self._steps, batch), absent, np.int32)
            drawn = self._lanes[0].recipe.presentation.rows(self._epoch, epochs)
            known = np.append(self._lanes[0].rows, absent).astype(np.int32)
            orders[: drawn.shape[0] * drawn.shape[1]] = known[drawn].reshape(-1, batch)
            return orders
        orders = np.full((len(self._lanes), self._stretch * self._steps, batch), absent, np.int32)
        for number, lane in enumerate(self._lanes):
            if lane.goes_on:
                drawn = lane.recipe.presentation.rows(self._epoch, epochs)
                known = np.append(lane.rows, absent).astype(np.int32)
                orders[number, : drawn.shape[0] * drawn.shape[1]] = known[drawn].reshape(-1, batch)
        return orders

    def _scheduled(self, epochs: int) -> dict[str, np.ndarray]:
        """The scheduled numbers of every update of every lane."""
        if not self._job.scheduled:
            return {}
        found = {name: np.zeros((len(self._lanes), self._stretch * self._steps)) for name in self._job.scheduled}
        for number, lane in enumerate(self._lanes):
            steps = lane.recipe.presentation.steps
            for name, values in lane.recipe.scheduled(self._epoch * steps, epochs * steps).items():
                found[name][number, : len(values)] = values
        return {name: values.astype(self._dtype) for name, values in found.items()}

    def _keep(self, numbers: list[int]) -> None:
        """Go on with these lanes alone."""
        self._collect([number for number in range(len(self._lanes)) if number not in numbers])
        self._lanes = [self._lanes[number] for number in numbers]
        rows = np.asarray(numbers)
        self._load(self._jax.tree.map(lambda values: np.asarray(values)[rows], self._progress))

    def _collect(self, numbers: Any) -> None:
        """Take the parameters of lanes from the device."""
        job, progress = self._job, self._jax.tree.map(np.asarray, self._progress)
        for number in numbers:
            lane = self._lanes[number]
            lane.last = job.unpack(tree_map(lambda values, n=number: values[n], progress.x))
            lane.best = job.unpack(tree_map(lambda values, n=number: values[n], progress.best_x))
            lane.best_epoch = int(progress.best_epoch[number])
            lane.state = tree_map(lambda values, n=number: values[n], progress.state)


def _lanes_program(
    job: Any,
    capacity: int,
    validation_axis: Any,
    together: bool,
    progress: Any,
    examples: Any,
    validation: Any,
    numbers: Any,
    orders: Any,
    scheduled: Any,
    epochs: Any,
    steps: Any,
    seeds: Any,
) -> Any:
    """What XLA compiles: `run_stretch` for every lane, whole epochs at a time.

    Lanes of a rule that holds matrices follow one another, and those of other crews run beside them. `vmap` would take
    both branches of every choice for all lanes; and on a CPU, decompositions of many matrices at once wait for threads
    of the pool that they are run by, so that two crews wait for each other without end (jaxlib 0.10).
    """
    import jax
    from jax import numpy as jnp

    def lane(
        progress: Any, weight: Any, validation: Any, numbers: Any, orders: Any, scheduled: Any, steps: Any, seed: Any
    ) -> Any:
        seen = Examples(examples.inputs, examples.T, weight)
        first = jnp.int32(0)
        return run_stretch(
            job,
            capacity,
            progress,
            seen,
            validation,
            numbers,
            orders,
            scheduled,
            epochs,
            first,
            steps,
            True,
            steps,
            seed,
            "lanes" if together else None,
        )

    data = validation_axis
    if isinstance(job.rule, FullBatchRule) and job.rule.matrices:

        def numbered(number: Any) -> Any:
            def own(tree: Any) -> Any:
                return tree_map(lambda values: values[number], tree)

            judged = validation
            if validation is not None:
                shared = validation._replace(weight=own(validation.weight))
                judged = shared if data is None else own(validation)
            return lane(
                own(progress), own(examples.weight), judged, own(numbers), None, own(scheduled), own(steps), own(seeds)
            )

        return jax.lax.map(numbered, jnp.arange(seeds.shape[0]))
    validation_axes = None if validation is None else Examples(dict.fromkeys(validation.inputs, data), data, 0)
    own = None if together else 0
    axes = (0, own, validation_axes, 0, None if orders is None else own, 0, own, 0)
    return jax.vmap(lane, in_axes=axes, axis_name="lanes")(
        progress, examples.weight, validation, numbers, orders, scheduled, steps, seeds
    )


@functools.cache
def _program() -> Any:
    import jax

    return jax.jit(_lanes_program, static_argnums=(0, 1, 2, 3), donate_argnums=(4,))


_compiling = threading.Lock()
_compiled: set[Any] = set()


def _call_once_at_first(*arguments: Any) -> Any:
    """Call the program; crews that need the same one wait for the first of them, lest all compile it."""
    job, capacity, axis, together, progress = arguments[:5]
    key = (job, capacity, axis, together, len(progress.code), progress.loss_sum.dtype.name)
    if key in _compiled:
        return _program()(*arguments)
    with _compiling:
        result = _program()(*arguments)
        _compiled.add(key)
        return result


def _threads(job: Job) -> int:
    """How many crews run at a time: one a core, fewer if the matrices of a second-order rule ask for it."""
    cores = os.cpu_count() or 1
    if not (isinstance(job.rule, FullBatchRule) and job.rule.matrices):
        return cores
    return max(1, min(cores, MOST_MEMORY // (8 * job.rule.matrices * job.net.parameter_count**2)))


def _crews(lanes: Sequence[Lane]) -> list[Sequence[Lane]]:
    """The lanes in groups: one for each core, more if the memory asks for it."""
    job, examples = lanes[0].recipe.job, lanes[0].recipe.examples
    batch = job.batch_size or len(examples.T)
    units = sum(job.net.sizes.values())
    bytes_a_lane = 8 * (12 * job.net.parameter_count + 6 * batch * units + len(examples.T))
    most = max(1, _BYTES_A_CREW // bytes_a_lane)
    size = min(most, -(-len(lanes) // (os.cpu_count() or 1)))
    return [lanes[i : i + size] for i in range(0, len(lanes), size)]


def _same_batches(lanes: Sequence[Lane]) -> bool:
    """Whether all lanes see the same batches of the same examples, with the same weights."""
    first = lanes[0]
    return first.recipe.job.batch_size is not None and all(
        lane.recipe.presentation == first.recipe.presentation
        and lane.recipe.examples is first.recipe.examples
        and np.array_equal(lane.rows, first.rows)
        for lane in lanes
    )


def _stacked(trees: Sequence[Any]) -> Any:
    """One tree of arrays with a leading axis of lanes."""
    return tree_map(lambda *values: np.stack([np.asarray(value) for value in values]), *trees)


def _shared(examples: Sequence[Any], dtype: str, spare: bool) -> tuple[Examples, Any]:
    """Examples for all lanes, padded, with a row of weights for each; and the axis of lanes in inputs and targets.

    Inputs and targets stand once, and the axis is None, if all lanes have the same ones.
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
    weight = np.stack([filled(values) for values in weights])
    if same:
        return Examples({name: filled(P) for name, P in first.inputs.items()}, filled(first.T), weight), None
    inputs = {name: np.stack([filled(each.inputs[name]) for each in examples]) for name in first.inputs}
    return Examples(inputs, np.stack([filled(each.T) for each in examples]), weight), 0


def _numbers_of(records: Record, lane: int, epochs: int) -> Record:
    """The records of one lane, as float64."""
    return Record(*(None if v is None else np.asarray(v)[lane, :epochs].astype(np.float64) for v in records))


def _ended(lane: Lane, seconds: float) -> Run:
    return conclude(
        lane.recipe,
        last=lane.last,
        best=lane.best,
        best_epoch=lane.best_epoch,
        history=History.of(lane.records),
        epochs=lane.epochs,
        updates=lane.updates,
        stopped=REASONS.get(lane.code, "epochs"),
        seconds=seconds,
        state=lane.state,
        advises=False,
    )
