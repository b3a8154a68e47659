"""The losses of sets to validate and to test that do not fit in memory: sums over their blocks, a passage each time."""

from __future__ import annotations

import dataclasses
import math
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.losses import Loss
from ..errors import ArgumentError
from .examples import Examples
from .interruption import check_interruption
from .read_ahead import ahead
from .readers import ALONE, Readers

if TYPE_CHECKING:
    from .engine import Engine
    from .recipe import Recipe


@dataclasses.dataclass(frozen=True, eq=False)
class Passage:
    """A set of examples whose blocks are read anew for each loss."""

    read: Callable[[], Iterator[Examples]]
    """The blocks; of several processes, those of its share."""
    weight: float
    """How many examples it amounts to, by which a mean is divided."""
    largest: int
    """The examples of its largest block."""
    digest: str
    """Of all its examples."""
    readers: Readers = ALONE

    def loss(self, loss: Loss, total: Callable[[Loss, Examples, int], Any], lanes: int = 1) -> float:
        """The loss on all examples: the exactly rounded sum of those of the blocks, each by `total`.

        So it does not depend on who computes which. So many of them may be under way at once.

        >>> import numpy as np, thalweg as tw
        >>> one = Examples({}, np.ones((2, 1)), None)
        >>> Passage(lambda: iter([one, one]), 4.0, 2, "").loss(tw.losses.MSE(), lambda loss, some, most: 3.0)
        1.5
        """
        whole = dataclasses.replace(loss, reduction="sum")
        own: list[float] = []
        with self.readers.agreeing():
            under_way: deque[Any] = deque()
            with closing(ahead(self.read())) as blocks:
                for examples in blocks:
                    check_interruption()
                    if len(examples.T):
                        under_way.append(total(whole, examples, self.largest))
                        if len(under_way) >= lanes:
                            own.append(float(under_way.popleft()))
            own += map(float, under_way)
        parts = np.concatenate(self.readers.arrays(np.asarray(own, np.float64))).tolist()
        found = math.fsum(parts) if all(map(math.isfinite, parts)) else sum(parts)
        return found / self.weight if loss.reduction == "mean" else found


@dataclasses.dataclass(frozen=True, eq=False)
class Passages:
    """The sets of a run that are judged so; None for one that is in memory, or not there."""

    validation: Passage | None = None
    test: Passage | None = None

    def judge(self, engine: Engine, recipe: Recipe, epoch: int) -> None:
        """Tell the engine the losses that the end of an epoch, counted from 0, is judged by."""
        due = (epoch + 1) % recipe.program.validates_every == 0
        engine.judge_by(*(self._loss(one, engine, recipe) if due else None for one in (self.validation, self.test)))

    def _loss(self, passage: Passage | None, engine: Engine, recipe: Recipe) -> float | None:
        return None if passage is None else passage.loss(recipe.program.loss, engine.total_loss, engine.lanes)

    def digests(self) -> dict[str, str]:
        """Of each set."""
        found = {"validation set": self.validation, "test set": self.test}
        return {name: passage.digest for name, passage in found.items() if passage is not None}


def judges(recipe: Recipe, validation: float | None = None, test: float | None = None) -> tuple[Any, Any]:
    """What the end of an epoch is judged by: the examples of each set, or of one not in memory its loss.

    That is NaN if it is not due.
    """
    losses = (None, None) if recipe.passages is None else (recipe.passages.validation, recipe.passages.test)
    return (
        recipe.validation if losses[0] is None else _number(recipe, validation),
        recipe.test if losses[1] is None else _number(recipe, test),
    )


def _number(recipe: Recipe, loss: float | None) -> np.ndarray:
    with np.errstate(over="ignore"):
        return np.asarray(np.nan if loss is None else loss, recipe.dtype)


def check_at_hand(recipe: Recipe) -> None:
    """Raise ArgumentError for a recipe with sets that are not in memory, where all must be."""
    if recipe.passages is not None:
        name = "validation" if recipe.passages.validation is not None else "test"
        raise ArgumentError(
            f"the blocks of {name} do not fit in their memory, and here they must: give more, "
            "tw.blocks(..., memory='4GB'), or train one network with tw.train"
        )
