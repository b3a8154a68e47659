"""The eager engine: each operation of an update is a call of NumPy. Nothing to compile, so short jobs end sooner."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from typing import Any

import numpy as np

from ..core.arrays import tree_map
from ..core.blocks import total_loss_in_blocks
from ..core.losses import Loss
from ..optimizers.damping import DampedRule
from ..optimizers.full_batch import FullBatchRule
from .batch_order import BatchOrder
from .engine import Engine
from .epoch import EpochRecord, TrainState, dropout_masks, end_epoch, start, update
from .examples import Examples
from .passages import judges
from .priority_sampling import example_losses
from .recipe import Recipe
from .segments import Segment, SegmentResult
from .stopping import RUNNING

ONE_THREAD_UP_TO = 500
"""Parameters up to which a second-order rule has one thread of BLAS: two took up to 6 times as long on a busy machine,
and on a quiet one a tenth less at most for rows by the hundred (benchmarks/recipes.py)."""


class NumPyEngine(Engine):
    """Runs a recipe on NumPy."""

    name = "numpy"
    capacity = 1 << 30

    def __init__(self, recipe: Recipe, begun: TrainState | None = None) -> None:
        self._recipe = recipe
        self._rule = recipe.program.rule_with(recipe.hyperparameters.rule)
        if begun is None:
            begun = start(recipe.program, np, recipe.params, recipe.dtype, rule_state=recipe.rule_state)
        # A step that is a plain int keeps β ** step from lifting a float32 run to float64.
        self.state = begun._replace(rule_state=begun.rule_state._replace(step=int(begun.rule_state.step)))
        self._judges = judges(recipe)
        self.reorder(recipe.batch_order)

    def restore(self, state: TrainState) -> None:
        """As it is: nothing writes into it."""
        self.state = state

    def reorder(self, batch_order: BatchOrder) -> None:
        """Weighed anew."""
        self.batch_order, self._examples = batch_order, self._recipe.weighed(batch_order)

    def take(self, examples: Examples) -> None:
        """As they are."""
        self._examples = examples

    def losses(self, first: int, stop: int) -> np.ndarray:
        """By the common forward phase."""
        program, some = self._recipe.program, tree_map(lambda values: values[first:stop], self._examples)
        with np.errstate(all="ignore"):
            return example_losses(program.net, program.loss, program.unpack(self.state.x), *some)

    def total_loss(self, loss: Loss, examples: Examples, most: int) -> float:
        """By the common forward phase, in blocks of its own."""
        program = self._recipe.program
        with np.errstate(all="ignore"):
            params = program.unpack(self.state.x)
            return float(total_loss_in_blocks(program.net, loss, params, *examples))

    def judge_by(self, validation: float | None, test: float | None) -> None:
        """In the run's type."""
        self._judges = judges(self._recipe, validation, test)

    def run(self, segment: Segment) -> SegmentResult:
        """Update by update, epoch by epoch."""
        records: list[EpochRecord] = []
        code = RUNNING
        with np.errstate(all="ignore"), self._threads():  # divergence is seen in the loss, and told
            for epoch in range(segment.first, segment.first + segment.epochs):
                diverged = self._epoch(epoch, segment)
                if segment.ends or diverged:
                    recipe = self._recipe
                    steps = recipe.batch_order.steps
                    self.state, record = end_epoch(
                        recipe.program, recipe.hyperparameters, self.state, steps, *self._judges
                    )
                    records.append(record)
                    code = int(self.state.code)
                if code != RUNNING:
                    break
        kept = EpochRecord(np.zeros(0), None, None)
        if records:
            kept = tree_map(lambda *values: np.asarray(values, dtype=np.float64), *records)
        updates = int(self.state.rule_state.step) - self._recipe.updates_before
        return SegmentResult(code, updates, len(records), kept)

    def _threads(self) -> AbstractContextManager[Any]:
        """One thread for a rule that works on small matrices: on a busy machine more of them wait for each other."""
        few = self._recipe.program.net.parameter_count <= ONE_THREAD_UP_TO
        if not (few and isinstance(self._rule, FullBatchRule) and self._rule.matrices):
            return nullcontext()
        from threadpoolctl import threadpool_limits

        if isinstance(self._rule, DampedRule):  # solves by SciPy's BLAS, whose threads are limited once it is loaded
            import_module("scipy.linalg.lapack")
        return threadpool_limits(1)

    def parameters(self, x: Any) -> Any:
        """As they are."""
        return self._recipe.program.unpack(x)

    def on_host(self, tree: Any) -> Any:
        """Copied, but for plain numbers."""
        return tree_map(lambda leaf: leaf if isinstance(leaf, int | float) else np.array(leaf), tree)

    def _epoch(self, epoch: int, segment: Segment) -> bool:
        """The updates of one epoch; True if the loss stopped being finite."""
        recipe, state = self._recipe, self.state
        orders = None
        if recipe.program.batch_size is not None and segment.updates:
            orders = self.batch_order.part(epoch, 1, segment.start, segment.stop)[0]
        scheduled = (
            recipe.scheduled(int(state.rule_state.step), segment.stop - segment.start) if recipe.schedules else {}
        )
        for i in range(segment.start, segment.stop):
            batch = self._examples if orders is None else self._batch(orders[i - segment.start])
            rule = self._rule
            if scheduled:
                now = {name: float(values[i - segment.start]) for name, values in scheduled.items()}
                rule = recipe.program.rule_with({**recipe.hyperparameters.rule, **now})
            masks = self.masks(int(state.rule_state.step), batch.T.shape[0]) if recipe.program.drops else None
            state = update(recipe.program, rule, recipe.hyperparameters, state, batch, masks)
            if not np.isfinite(state.loss_sum):
                break
        self.state = state
        return not np.isfinite(state.loss_sum)

    def _batch(self, rows: np.ndarray) -> Examples:
        if rows[-1] >= len(self._examples.T):  # the last batch of an epoch may be smaller
            rows = rows[rows < len(self._examples.T)]
        return self._examples.taken(rows)

    def masks(self, step: int, examples: int) -> dict[str, np.ndarray]:
        """Drawn by NumPy's Philox."""

        def uniform(layer: int, shape: tuple[int, int]) -> np.ndarray:
            bits = np.random.Philox(key=self._recipe.batch_order.seed, counter=[0, 0, layer, step])
            return np.random.Generator(bits).random(shape, dtype=np.dtype(self._recipe.dtype))

        return dropout_masks(self._recipe.program.net, examples, uniform)
