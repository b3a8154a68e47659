"""The eager engine: each operation of an update is a call of NumPy. Nothing to compile, so short jobs end sooner."""

from __future__ import annotations

from typing import Any

import numpy as np

from .batches import Presentation
from .engines import Engine, Outcome, Recipe, Stretch
from .epoch import Examples, Record, dropout_masks, end_epoch, start, update
from .sampling import example_losses
from .stopping import RUNNING


class NumPyEngine(Engine):
    """Runs a recipe on NumPy."""

    name = "numpy"
    capacity = 1 << 30

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe
        self._rule = recipe.job.rule_with(recipe.numbers.rule)
        begun = start(recipe.job, np, recipe.params, recipe.dtype)
        # A step that is a plain int keeps β ** step from lifting a float32 run to float64.
        self.progress = begun._replace(state=begun.state._replace(step=0))
        self.present(recipe.presentation)

    def present(self, presentation: Presentation) -> None:
        """Weighed anew."""
        self.presentation, self._examples = presentation, self._recipe.presented(presentation)

    def losses(self, first: int, stop: int) -> np.ndarray:
        """By the common forward phase."""
        job, (inputs, T, _) = self._recipe.job, self._examples
        inputs = {name: P[first:stop] for name, P in inputs.items()}
        with np.errstate(all="ignore"):
            return example_losses(job.net, job.loss, job.unpack(self.progress.x), inputs, T[first:stop])

    def run(self, stretch: Stretch) -> Outcome:
        """Update by update, epoch by epoch."""
        records: list[Record] = []
        code = RUNNING
        with np.errstate(all="ignore"):  # divergence is seen in the loss, and told
            for epoch in range(stretch.first, stretch.first + stretch.epochs):
                diverged = self._epoch(epoch, stretch)
                if stretch.ends or diverged:
                    recipe = self._recipe
                    steps = recipe.presentation.steps
                    self.progress, record = end_epoch(
                        recipe.job, recipe.numbers, self.progress, steps, recipe.validation
                    )
                    records.append(record)
                    code = int(self.progress.code)
                if code != RUNNING:
                    break
        columns = zip(*records, strict=True) if records else ((), (), ())
        kept = Record(*(None if None in values else np.asarray(values, dtype=np.float64) for values in columns))
        return Outcome(code, int(self.progress.state.step), len(records), kept)

    def parameters(self, x: Any) -> Any:
        """As they are."""
        return self._recipe.job.unpack(x)

    def _epoch(self, epoch: int, stretch: Stretch) -> bool:
        """The updates of one epoch; True if the loss stopped being finite."""
        recipe, p = self._recipe, self.progress
        orders = None if recipe.job.batch_size is None else self.presentation.rows(epoch, 1)[0]
        scheduled = recipe.scheduled(int(p.state.step), stretch.stop - stretch.start) if recipe.schedules else {}
        for i in range(stretch.start, stretch.stop):
            batch = self._examples if orders is None else self._batch(orders[i])
            rule = self._rule
            if scheduled:
                now = {name: float(values[i - stretch.start]) for name, values in scheduled.items()}
                rule = recipe.job.rule_with({**recipe.numbers.rule, **now})
            masks = self.masks(int(p.state.step), batch.T.shape[0]) if recipe.job.drops else None
            p = update(recipe.job, rule, recipe.numbers, p, batch, masks)
            if not np.isfinite(p.loss_sum):
                break
        self.progress = p
        return not np.isfinite(p.loss_sum)

    def _batch(self, rows: np.ndarray) -> Examples:
        if rows[-1] == len(self._examples.T):  # the last batch of an epoch may be smaller
            rows = rows[rows < len(self._examples.T)]
        return self._examples.taken(rows)

    def masks(self, step: int, examples: int) -> dict[str, np.ndarray]:
        """Drawn by NumPy's Philox."""

        def uniform(layer: int, shape: tuple[int, int]) -> np.ndarray:
            bits = np.random.Philox(key=self._recipe.presentation.seed, counter=[0, 0, layer, step])
            return np.random.Generator(bits).random(shape, dtype=np.dtype(self._recipe.dtype))

        return dropout_masks(self._recipe.job.net, examples, uniform)
