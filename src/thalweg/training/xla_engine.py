"""The compiled engine: many updates, over many epochs, in one loop that XLA compiled, on whatever device JAX has.

Compiled once for the shapes of a job. Rows of examples are padded to the size of a bucket with examples of weight 0,
trip counts are dynamic, and every number is an argument, so that other rates, epochs, seeds and rows reuse the program.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from ..core.arrays import tree_map
from .batches import Presentation
from .engines import Engine, Outcome, Recipe, Stretch
from .epoch import Examples, Job, Numbers, Progress, Record, dropout_masks, end_epoch, start, update
from .sampling import example_losses
from .stopping import RUNNING

_MOST_UPDATES = 16_384
_MOST_INDICES = 1 << 20


class XLAEngine(Engine):
    """Runs a recipe compiled by XLA."""

    name = "xla"

    def __init__(self, recipe: Recipe) -> None:
        jax = prepare_jax()
        self._recipe = recipe
        self._batch_size = recipe.job.batch_size or 1
        self.capacity = max(1, min(_MOST_UPDATES, _MOST_INDICES // self._batch_size))
        with self._precision():
            as_given = functools.partial(jax.numpy.asarray, dtype=recipe.dtype)
            self.progress = start(recipe.job, jax.numpy, tree_map(as_given, recipe.params), recipe.dtype)
            self.progress = jax.tree.map(lambda leaf: jax.numpy.array(leaf, copy=True), self.progress)
            self._examples = jax.device_put(self._weighed(recipe.presentation))
            self._validation = None
            if recipe.validation is not None:
                self._validation = jax.device_put(padded(recipe.validation, recipe.dtype, spare=False))
        self._updates = 0
        self._seed = np.uint32(recipe.presentation.seed & 0xFFFFFFFF)
        self.presentation = recipe.presentation

    def present(self, presentation: Presentation) -> None:
        """Weighed anew; inputs and targets stay on the device."""
        import jax

        with self._precision():
            weight = jax.device_put(self._weighed(presentation).weight)
        self.presentation, self._examples = presentation, self._examples._replace(weight=weight)

    def losses(self, first: int, stop: int) -> np.ndarray:
        """By the common forward phase, compiled."""
        with self._precision():
            part = tree_map(lambda values: values[first:stop], self._examples)
            return np.asarray(_compiled_losses()(self._recipe.job, self.progress.x, part))

    def _weighed(self, presentation: Presentation) -> Examples:
        recipe = self._recipe
        return padded(recipe.presented(presentation), recipe.dtype, spare=recipe.job.batch_size is not None)

    def run(self, stretch: Stretch) -> Outcome:
        """The whole stretch in one call of the compiled program."""
        recipe, job = self._recipe, self._recipe.job
        orders = None
        if job.batch_size is not None:
            drawn = self.presentation.rows(stretch.first, stretch.epochs)[:, stretch.start : stretch.stop]
            orders = np.zeros((self.capacity, job.batch_size), np.int32)
            orders[: stretch.updates] = drawn.reshape(stretch.updates, job.batch_size)
            absent = orders == recipe.presentation.examples
            orders[absent] = len(self._examples.T) - 1
        scheduled = {}
        if recipe.schedules:
            for name, values in recipe.scheduled(self._updates, stretch.updates).items():
                scheduled[name] = np.zeros(self.capacity, recipe.dtype)
                scheduled[name][: stretch.updates] = values
        with self._precision():
            self.progress, records, ended = _compiled()(
                job,
                self.capacity,
                self.progress,
                self._examples,
                self._validation,
                recipe.numbers,
                orders,
                scheduled,
                np.int32(stretch.epochs),
                np.int32(stretch.start),
                np.int32(stretch.stop),
                stretch.ends,
                np.int32(recipe.presentation.steps),
                self._seed,
            )
            ended, code, self._updates = int(ended), int(self.progress.code), int(self.progress.state.step)
            records = tree_map(lambda values: np.asarray(values)[:ended].astype(np.float64), records)
        return Outcome(code, self._updates, ended, records)

    def masks(self, step: int, examples: int) -> dict[str, np.ndarray]:
        """Drawn by JAX for the padded batch, of which the examples are the first."""
        recipe = self._recipe
        rows = recipe.job.batch_size or len(self._examples.T)
        with self._precision():
            drawn = draw_masks(recipe.job, self._seed, np.int32(step), rows, recipe.dtype)
            return {layer: np.array(mask[:examples]) for layer, mask in drawn.items()}

    def parameters(self, x: Any) -> Any:
        """Copied from the device."""
        with self._precision():
            return tree_map(np.asarray, self._recipe.job.unpack(x))

    def _precision(self) -> Any:
        import jax

        return jax.enable_x64(self._recipe.dtype == "float64")


def run_stretch(
    job: Job,
    capacity: int,
    progress: Progress,
    examples: Examples,
    validation: Examples | None,
    numbers: Numbers,
    orders: Any,
    scheduled: dict[str, Any],
    epochs: Any,
    first: Any,
    stop: Any,
    ends: Any,
    steps: Any,
    seed: Any,
    lanes: str | None = None,
) -> tuple[Progress, Record, Any]:
    """What XLA compiles: a loop over epochs around a loop over updates; leaves each when a run diverged or stopped.

    `lanes` names the axis of a `vmap` whose lanes see the same batches, whole epochs of them. Their loops then count
    together, until the last lane has stopped, so that what all share is taken and multiplied once.
    """
    from jax import lax
    from jax import numpy as jnp

    def one_update(position: Any, progress: Progress) -> Progress:
        batch = examples
        if orders is not None:
            rows = orders[position]
            batch = tree_map(lambda values: values.at[rows].get(mode="promise_in_bounds"), examples)
        now = {name: values[position] for name, values in scheduled.items()}
        masks = None
        if job.drops:
            masks = draw_masks(job, seed, progress.state.step, batch.T.shape[0], progress.loss_sum.dtype)
        return update(job, job.rule_with({**numbers.rule, **now}), numbers, progress, batch, masks)

    def one_epoch(carried: Any) -> Any:
        epoch, ended, progress, records = carried

        def judged(progress: Progress, records: Record) -> Any:
            progress, record = end_epoch(job, numbers, progress, steps, validation)
            stored = tree_map(lambda values, value: values.at[epoch].set(value), records, record)
            return progress, stored, jnp.int32(1)

        if job.batch_size is None:  # an epoch is one update
            progress, records, one = judged(one_update(epoch, progress), records)
            return epoch + 1, ended + one, progress, records
        offset = epoch * (stop - first)

        def more(inner: Any) -> Any:
            i, progress = inner
            return i < stop if lanes else (i < stop) & jnp.isfinite(progress.loss_sum)

        def body(inner: Any) -> Any:
            i, progress = inner
            after = one_update(offset + i - first, progress)
            return i + 1, where(jnp.isfinite(progress.loss_sum), after, progress) if lanes else after

        _, progress = lax.while_loop(more, body, (first, progress))
        if lanes:
            before = carried[2]
            going = before.code == RUNNING
            progress, records, one = judged(progress, records)
            return epoch + 1, ended + jnp.where(going, one, 0), where(going, progress, before), records

        def unjudged(progress: Progress, records: Record) -> Any:
            return progress, records, jnp.int32(0)

        over = ends | ~jnp.isfinite(progress.loss_sum)
        progress, records, one = lax.cond(over, judged, unjudged, progress, records)
        return epoch + 1, ended + one, progress, records

    def running(carried: Any) -> Any:
        epoch, _, progress, _ = carried
        going = progress.code == RUNNING
        return (epoch < epochs) & (lax.pmax(going.astype(jnp.int32), lanes) > 0 if lanes else going)

    def where(condition: Any, then: Any, otherwise: Any) -> Any:
        return tree_map(lambda then, otherwise: jnp.where(condition, then, otherwise), then, otherwise)

    blank = jnp.zeros(capacity, progress.loss_sum.dtype)
    records = Record(blank, None if validation is None else blank, blank if job.watches_gradient else None)
    zero = jnp.int32(0)
    _, ended, progress, records = lax.while_loop(running, one_epoch, (zero, zero, progress, records))
    return progress, records, ended


def draw_masks(job: Job, seed: Any, step: Any, examples: int, dtype: Any) -> dict[str, Any]:
    """The dropout masks of the update after `step` updates, by a generator that the seed, step and layer key."""
    import jax

    key = jax.random.fold_in(jax.random.key(seed), step)

    def uniform(layer: int, shape: tuple[int, int]) -> Any:
        return jax.random.uniform(jax.random.fold_in(key, layer), shape, dtype)

    return dropout_masks(job.net, examples, uniform)


@functools.cache
def _compiled() -> Any:
    import jax

    return jax.jit(run_stretch, static_argnums=(0, 1), donate_argnums=(2,))


@functools.cache
def _compiled_losses() -> Any:
    import jax

    def losses(job: Job, x: Any, examples: Examples) -> Any:
        return example_losses(job.net, job.loss, job.unpack(x), dict(examples.inputs), examples.T)

    return jax.jit(losses, static_argnums=0)


def compilations() -> int:
    """How many programs this process has compiled for training so far (or taken from the cache on disk)."""
    return _compiled()._cache_size()


@functools.cache
def prepare_jax() -> Any:
    """JAX, with its persistent compilation cache in the user's cache folder unless the user has chosen another."""
    import jax
    import platformdirs

    if jax.config.values["jax_compilation_cache_dir"] is None:
        jax.config.update("jax_compilation_cache_dir", platformdirs.user_cache_dir("thalweg") + "/xla")
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.1)
    return jax


def bucket(rows: int) -> int:
    """`rows` rounded up to a number of at most four binary digits and zeros: at most an eighth is padding.

    >>> [bucket(n) for n in (6, 16, 17, 105, 512, 1000)]
    [6, 16, 18, 112, 512, 1024]
    """
    unit = 1 << max(0, (rows - 1).bit_length() - 4)
    return -(-rows // unit) * unit


def padded(examples: Examples, dtype: str, spare: bool) -> Examples:
    """The examples with rows of zeros and weight 0 up to the bucket's size, one at least if `spare`."""
    rows = len(examples.T)
    extra = bucket(rows + spare) - rows
    weight = np.ones(rows, dtype) if examples.weight is None else examples.weight

    def pad(values: np.ndarray) -> np.ndarray:
        return np.concatenate([values, np.zeros((extra, *values.shape[1:]), values.dtype)]) if extra else values

    return Examples({name: pad(P) for name, P in examples.inputs.items()}, pad(examples.T), pad(weight))
