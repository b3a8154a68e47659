"""The compiled engine: many updates, over many epochs, in one loop that XLA compiled, on whatever device JAX has.

Compiled once for the shapes of a run. Rows of examples are padded to the size of a bucket with examples of weight 0,
trip counts are dynamic, and every number is an argument, so that other rates, epochs, seeds and rows reuse the program.
"""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import numpy as np

from ..core.arrays import tree_map
from ..core.blocks import total_loss_in_blocks
from ..core.losses import Loss
from ..optimizers.interop import OptaxRule
from ..optimizers.rule import Rule
from .batch_order import BatchOrder
from .buffer import Buffer
from .devices import ONE_DEVICE, DeviceMesh, device_mesh
from .engine import Engine
from .epoch import TrainState, start
from .examples import Examples
from .passages import judges
from .priority_sampling import example_losses
from .program import Program
from .programs import prepare_jax, run_program
from .recipe import Recipe
from .segments import Segment, SegmentResult
from .sharded_buffer import ShardedBuffer
from .xla_segment import SegmentInput, draw_masks, run_spread_segment
from .xla_shards import Shards, bucket

_MOST_UPDATES = 16_384
_MOST_INDICES = 1 << 20
_SEGMENTS_AHEAD = 16
"""Batches for so many segments like the present one are laid on the device at once: short ones cost less so."""


class _Laid(NamedTuple):
    """Batches (updates, batch size) on the device, from update `start` of epoch `first` to before epoch `stop`."""

    orders: Any
    first: int
    stop: int
    start: int
    places: Any = None
    """As in `SegmentInput`."""


class XLAEngine(Engine):
    """Runs a recipe compiled by XLA."""

    name = "xla"

    def __init__(self, recipe: Recipe, begun: TrainState | None = None) -> None:
        prepare_jax()
        self._recipe = recipe
        self._mesh = device_mesh(recipe.devices)
        self._batch_size = self._mesh.padded(recipe.program.batch_size or 1)
        self.capacity = max(1, min(_MOST_UPDATES, _MOST_INDICES // self._batch_size))
        with self._precision():
            if begun is None:
                init = functools.partial(initial_rule_state, recipe.program.rule)
                begun = start(recipe.program, np, recipe.params, recipe.dtype, init, recipe.rule_state)
            begun = begun._replace(rule_state=begun.rule_state._replace(step=np.int32(begun.rule_state.step)))
            self.state = self._mesh.on_each(begun)
            self._examples = self._put(self._weighed(recipe.batch_order))
            self._judges: tuple[Any, ...] = tuple(map(self._laid_out, judges(recipe)))
        self._updates = int(begun.rule_state.step)
        self._seed = np.uint32(recipe.batch_order.seed & 0xFFFFFFFF)
        self.batch_order = recipe.batch_order
        self._laid: _Laid | None = None
        self._shards: Shards | None = None
        self._buffer_start: int | None = None
        """Of a buffer that has its batches one behind another the update with which they begin."""
        self._turn = 0

    @property
    def shares_its_run(self) -> bool:
        """Where the mesh spans processes."""
        return self._mesh.spans_processes

    def restore(self, state: TrainState) -> None:
        """Laid on the device again."""
        with self._precision():
            self.state = self._mesh.on_each(state)
        self._updates = int(state.rule_state.step)

    def reorder(self, batch_order: BatchOrder) -> None:
        """Weighed anew; inputs and targets stay on the device."""
        with self._precision():
            weight = self._put(self._weighed(batch_order).weight)
        self.batch_order, self._examples = batch_order, self._examples._replace(weight=weight)
        self._laid = None

    def take(self, examples: Examples | ShardedBuffer) -> None:
        """Laid on the device, filled up to the largest buffer of the stream, so that one program takes each."""
        most = 0 if self._recipe.stream is None else self._recipe.stream.most_rows
        with self._precision():
            if isinstance(examples, ShardedBuffer):
                if self._shards is None:
                    self._shards = Shards(self._mesh, self._recipe.dtype, self._recipe.program.batch_size or 1, most)
                self._examples, self._laid = self._shards.take(examples), None
                return
            assert isinstance(examples, Buffer)
            self._examples, self._buffer_start = self._mesh.on_each(examples.filled, copy=False), examples.start

    def room(self, rows: int) -> int:
        """The bucket's, with a row to spare."""
        return self._mesh.padded(bucket(rows + 1))

    def losses(self, first: int, stop: int) -> np.ndarray:
        """By the common forward phase, compiled."""
        with self._precision():
            given = self.state.x, self._examples, np.int32(first)
            return np.asarray(run_program(_losses, (self._recipe.program, stop - first), *given))

    def total_loss(self, loss: Loss, examples: Examples, most: int) -> Any:
        """By the common forward phase, compiled, of the block filled up to the largest; each on one device, in turn."""
        self._turn = (self._turn + 1) % self.lanes
        with self._precision():
            x, given = self.state.x, padded(examples, self._recipe.dtype, False, least=most)
            if self._mesh.count > 1:
                x, given = self._mesh.on_one(x, given, self._turn)
            return run_program(_total_loss, (self._recipe.program, loss), x, given)

    @property
    def lanes(self) -> int:
        """One on each device of this process."""
        return len(self._mesh.own) if self._mesh.count > 1 else 1

    def judge_by(self, validation: float | None, test: float | None) -> None:
        """In the run's type; sets in memory stay where they are."""
        told = judges(self._recipe, validation, test)
        self._judges = tuple(
            before if isinstance(one, Examples) else one for one, before in zip(told, self._judges, strict=True)
        )

    def _laid_out(self, judged: Any) -> Any:
        """The examples of a set on the devices, or a loss as it is."""
        if not isinstance(judged, Examples):
            return judged
        return self._mesh.by_rows(padded(judged, self._recipe.dtype, False, self._mesh))

    def _weighed(self, batch_order: BatchOrder) -> Examples:
        recipe = self._recipe
        return padded(recipe.weighed(batch_order), recipe.dtype, recipe.program.batch_size is not None, self._mesh)

    def _put(self, examples: Any) -> Any:
        """Where each update takes all of them, each device has its rows; else it takes its part of each batch."""
        return self._mesh.by_rows(examples) if self._recipe.program.batch_size is None else self._mesh.on_each(examples)

    def run(self, segment: Segment) -> SegmentResult:
        """The whole segment in one call of the compiled program."""
        recipe, program = self._recipe, self._recipe.program
        orders = offset = places = None
        if self._buffer_start is not None:
            offset = np.int32(segment.start - self._buffer_start)
        elif program.batch_size is not None:
            laid = self._lay(segment)
            offset = np.int32((segment.first - laid.first) * recipe.batch_order.steps + segment.start - laid.start)
            orders, places = laid.orders, laid.places
        scheduled = {}
        if recipe.schedules:
            for name, values in recipe.scheduled(self._updates, segment.updates).items():
                scheduled[name] = np.zeros(self.capacity, recipe.dtype)
                scheduled[name][: segment.updates] = values
        given = SegmentInput(
            self._examples,
            self._judges[0],
            recipe.hyperparameters,
            orders,
            scheduled,
            epochs=np.int32(segment.epochs),
            start=np.int32(segment.start),
            stop=np.int32(segment.stop),
            ends=segment.ends,
            steps=np.int32(recipe.batch_order.steps),
            seed=self._seed,
            offset=offset,
            test=self._judges[1],
            places=places,
        )
        with self._precision():
            self.state, records, ended = run_program(
                run_spread_segment, (program, self.capacity, self._mesh), self.state, given, donated=(0,)
            )
            ended, code, self._updates = int(ended), int(self.state.code), int(self.state.rule_state.step)
            records = tree_map(lambda values: np.asarray(values)[:ended].astype(np.float64), records)
        return SegmentResult(code, self._updates - recipe.updates_before, ended, records)

    def _lay(self, segment: Segment) -> _Laid:
        """The batches of a segment and, where orders are drawn ahead, of some after it, on the device."""
        steps, laid, order = self._recipe.batch_order.steps, self._laid, self.batch_order
        if laid is not None and laid.first <= segment.first and segment.first + segment.epochs <= laid.stop:
            return laid
        start, epochs, stop = segment.start, segment.epochs, segment.stop
        if order.lays_ahead and steps <= self.capacity:
            most = min(self.capacity // steps, self._recipe.epochs - segment.first)
            start, epochs, stop = 0, max(epochs, min(most, _SEGMENTS_AHEAD * epochs)), steps
        examples = self._recipe.batch_order.examples
        drawn = np.zeros((0, self._batch_size), np.int32)
        if start < stop:
            drawn = order.part(segment.first, epochs, start, stop)
        drawn = drawn.reshape(-1, drawn.shape[-1])
        stop_epoch = segment.first + epochs if (start, stop) == (0, steps) else segment.first
        orders, places = self._on_devices(drawn, examples)
        self._laid = _Laid(orders, segment.first, stop_epoch, start, places)
        return self._laid

    def _on_devices(self, drawn: np.ndarray, examples: int) -> tuple[Any, Any]:
        """Batches (updates, batch size) of row numbers, of which `examples` stands for none, and their places."""
        if self._shards is not None:
            return self._shards.lay(drawn, self.capacity, places=self._recipe.program.drops)
        orders = np.full((self.capacity, self._batch_size), examples, np.int32)
        orders[: len(drawn), : drawn.shape[1]] = drawn
        orders[orders == examples] = len(self._examples.T) - 1
        return self._mesh.by_columns(orders), None

    def masks(self, step: int, examples: int) -> dict[str, np.ndarray]:
        """Drawn by JAX for the padded batch, of which the examples are the first."""
        recipe = self._recipe
        rows = recipe.program.batch_size or len(self._examples.T)  # the first of more, which more devices may fill up
        with self._precision():
            drawn = run_program(_masks, (recipe.program, rows, recipe.dtype), self._seed, np.int32(step))
            return {layer: np.array(mask[:examples]) for layer, mask in drawn.items()}

    def parameters(self, x: Any) -> Any:
        """Copied from the device."""
        return self._recipe.program.unpack(tree_map(np.asarray, x))

    def on_host(self, tree: Any) -> Any:
        """Copied from the device."""
        return on_host(tree)

    def _precision(self) -> Any:
        import jax

        return jax.enable_x64(self._recipe.dtype == "float64")


def _losses(program: Program, rows: int, x: Any, examples: Examples, first: Any) -> Any:
    """The loss of each of so many examples from the first."""
    from jax import lax

    part = tree_map(lambda values: lax.dynamic_slice_in_dim(values, first, rows), examples)
    return example_losses(program.net, program.loss, program.unpack(x), dict(part.inputs), part.T, part.weight)


def _total_loss(program: Program, loss: Loss, x: Any, examples: Examples) -> Any:
    return total_loss_in_blocks(
        program.net, loss, program.unpack(x), dict(examples.inputs), examples.T, examples.weight
    )


def _masks(program: Program, rows: int, dtype: str, seed: Any, step: Any) -> dict[str, Any]:
    return draw_masks(program, seed, step, rows, dtype)


def initial_rule_state(rule: Rule, x: Any) -> Any:
    """The rule's state before the first update; that of a rule of optax by a compiled program."""
    return run_program(rule.init, (), x) if isinstance(rule, OptaxRule) else rule.init(x)


def on_host(tree: Any) -> Any:
    """A copy of a tree of JAX's as NumPy arrays; keys of its random generators stay JAX's, and are copied."""
    import jax

    return jax.tree.map(lambda leaf: jax.numpy.array(leaf, copy=True) if is_key(leaf) else np.array(leaf), tree)


def is_key(leaf: Any) -> bool:
    """Whether an array is a key of JAX's random generators."""
    import jax

    return isinstance(leaf, jax.Array) and jax.numpy.issubdtype(leaf.dtype, jax.dtypes.prng_key)


def padded(examples: Examples, dtype: str, spare: bool, mesh: DeviceMesh = ONE_DEVICE, least: int = 0) -> Examples:
    """The examples with rows of zeros and weight 0 up to the bucket's size, one at least if `spare`.

    The bucket is that of at least so many.
    """
    rows = len(examples.T)
    extra = mesh.padded(bucket(max(rows, least) + spare)) - rows
    weight = np.ones(rows, dtype) if examples.weight is None else examples.weight

    def pad(values: np.ndarray) -> np.ndarray:
        return np.concatenate([values, np.zeros((extra, *values.shape[1:]), values.dtype)]) if extra else values

    return Examples({name: pad(P) for name, P in examples.inputs.items()}, pad(examples.T), pad(weight))
