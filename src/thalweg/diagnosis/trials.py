"""A training tried again with something changed, for a few hundred epochs, to see whether that helps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from ..core.losses import Loss
from ..core.network import Network, Parameters
from ..core.propagation import forward_phase
from ..core.weighing import named_weights
from ..errors import ThalwegError
from ..optimizers.full_batch import FullBatchRule
from ..optimizers.rule import Rule
from ..training.arguments import default_batch_size
from ..training.examples import Examples
from ..training.loop import drive
from ..training.options import TrainingOptions
from ..training.outcome import Outcome
from ..training.recipe import Recipe, make_recipe

FEWEST_EPOCHS = 300
FEWEST_UPDATES = 3_000
"""So many a trial has at least, or as many as the training had, unless they would take long."""
WORTH_TRYING = 50
"""If a trial can have no more epochs than this, nothing is tried."""
_ROWS = 1_000
"""Of more examples a trial has so many, spread over them."""
_SECONDS = 0.35
"""What a trial may take, as its updates and multiplications tell."""
_MOST_SECONDS = 3.0
"""What it takes at most, whatever they tell."""
_HELD_OUT_OF = 40
"""Of so many examples or more, if none are there for validation, every fourth judges and is not trained on."""


@dataclass(frozen=True)
class Trial:
    """What a training was made from, so that it can be tried again; `held` are the examples that judge."""

    net: Network
    loss: Loss
    rule: Rule
    batch_size: int | None
    examples: Examples
    held: Examples
    l1: float
    l2: float
    epochs: int
    """Those of the training; 0 if they are not known."""
    dtype: str

    @classmethod
    def of(
        cls, net: Network, loss: Loss, rule: Rule, batch_size: int | None, examples: Examples,
        validation: Examples | None = None, *, l1: float = 0.0, l2: float = 0.0, epochs: int = 0,
        dtype: str = "float32",
    ) -> Trial:  # fmt: skip
        """The trial of a training as it was.

        Args:
            net, loss, rule, batch_size, l1, l2, dtype: Those of the training; a batch size of None is all examples.
            examples: Those that it had, of which some are taken.
            validation: Those that trials are judged by; None: a quarter of the examples, if there are enough.
            epochs: Those of the training; 0 if they are not known.
        """
        examples = _some(examples)
        held = examples if validation is None else _some(validation)
        if validation is None and len(examples.T) >= _HELD_OUT_OF:
            rows = np.arange(len(examples.T))
            examples, held = examples.taken(rows[rows % 4 != 3]), examples.taken(rows[rows % 4 == 3])
        size = None if batch_size is None or batch_size >= len(examples.T) else batch_size
        return cls(net, loss, rule, size, examples, held, l1, l2, epochs, dtype)

    @classmethod
    def of_recipe(cls, recipe: Recipe, epochs: int) -> Trial:
        """That of the run that a recipe made."""
        held = None if recipe.validation is None else recipe.validation.dense()
        return cls.of(
            recipe.program.net, recipe.program.loss, recipe.rule, recipe.batch_order.batch_size,
            recipe.without_weightless().examples.dense(), held, l1=recipe.penalties[0], l2=recipe.penalties[1],
            epochs=epochs, dtype=recipe.dtype,
        )  # fmt: skip

    @cached_property
    def affordable(self) -> int:
        """How many epochs a trial has: as many as the training, or fewer if these would take long; 0 for too few."""
        count = len(self.examples.T)
        size = count if self.batch_size is None else self.batch_size
        steps, n = -(-count // size), self.net.parameter_count
        seconds = steps * (25e-6 + 16e-6 * len(self.net.layers) + 2e-9 * n * size)
        wanted = max(self.epochs, FEWEST_EPOCHS)
        if isinstance(self.rule, FullBatchRule):
            seconds = 4 * seconds + 1e-9 * (self.rule.matrices * (n**3 / 3 + n**2 * count))
        else:
            wanted = max(wanted, FEWEST_UPDATES // steps)
        epochs = min(wanted, int(_SECONDS / seconds))
        return epochs if epochs >= WORTH_TRYING else 0

    @property
    def told(self) -> str:
        """How many epochs a trial had, if they are more than those of the training."""
        return f" for {self.affordable:,} epochs" if self.affordable > self.epochs else ""

    def judged(self, net: Network, params: Parameters, scaled: Mapping[str, np.ndarray] | None = None) -> Outcome:
        """The outcome of parameters on the examples that judge."""
        inputs = self.held.inputs if scaled is None else scaled
        with np.errstate(all="ignore"):
            passed = forward_phase(net, params, inputs)
        return Outcome(net, inputs, self.held.T, self.held.weight, passed)

    def changed(self, **changes: Any) -> Trial:
        """The same with something else in its place."""
        return replace(self, **changes)

    def tried(self, seed: int = 0) -> Outcome | None:
        """The outcome of its training; None if it cannot be made."""
        inputs, T, weight = self.examples
        size = default_batch_size(self.rule, len(T)) if self.batch_size is None else self.batch_size
        options = {"loss": self.loss, "optimizer": self.rule, "epochs": self.affordable, "l1": self.l1, "l2": self.l2,
                   "batch_size": "all" if self.batch_size is None else size, **named_weights(weight), "seed": seed,
                   "dtype": self.dtype}  # fmt: skip
        try:
            recipe = make_recipe(self.net, dict(inputs), T, TrainingOptions(**options))
            run = drive(recipe, _MOST_SECONDS)
        except ThalwegError:  # a loss or a rule that does not go with what was changed
            return None
        return self.judged(self.net, run.params)


def _some(examples: Examples) -> Examples:
    if len(examples.T) <= _ROWS:
        return examples
    return examples.taken(np.linspace(0, len(examples.T) - 1, _ROWS).round().astype(np.intp))
