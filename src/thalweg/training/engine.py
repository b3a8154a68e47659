"""What an engine does: run a segment of updates."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from ..core.losses import Loss
from .batch_order import BatchOrder
from .epoch import TrainState
from .examples import Examples
from .segments import Segment, SegmentResult

_ROWS_AT_ONCE = 65_536


class Engine(ABC):
    """Runs segments of a recipe and holds the run's state between them."""

    name: str
    capacity: int
    """The most updates that a segment may have."""
    state: TrainState
    batch_order: BatchOrder
    """As the recipe has it, with the pools as they are filled now."""

    @abstractmethod
    def restore(self, state: TrainState) -> None:
        """Go back to a state that `on_host` copied before."""

    @abstractmethod
    def reorder(self, batch_order: BatchOrder) -> None:
        """Go on with this order of batches and its weights of the examples."""

    @abstractmethod
    def take(self, examples: Examples) -> None:
        """Go on with these examples of a stream, of which the order's next row numbers speak."""

    def room(self, rows: int) -> int:
        """How many rows the arrays of so many examples of a stream are to have."""
        return rows

    @abstractmethod
    def losses(self, first: int, stop: int) -> np.ndarray:
        """The loss of each of the examples from `first` to before `stop`, by the current parameters."""

    @abstractmethod
    def total_loss(self, loss: Loss, examples: Examples, most: int) -> Any:
        """The loss, a sum, of a block of a set that is not in memory, by the current parameters: what `float` takes.

        Blocks have `most` examples.
        """

    @property
    def lanes(self) -> int:
        """How many such losses may be computed at once."""
        return 1

    @abstractmethod
    def judge_by(self, validation: float | None, test: float | None) -> None:
        """Take these losses for those of the next epoch that ends, of sets that are not in memory; None: not due."""

    def refill(self) -> None:
        """Fill the pools of priority sampling."""
        count = self.batch_order.examples

        def losses() -> np.ndarray:
            parts = [self.losses(i, min(i + _ROWS_AT_ONCE, count)) for i in range(0, count, _ROWS_AT_ONCE)]
            return np.concatenate(parts).astype(np.float64)

        self.reorder(self.batch_order.refilled(losses))

    @property
    def shares_its_run(self) -> bool:
        """Whether other processes run the same segments, and must agree on them."""
        return False

    @abstractmethod
    def run(self, segment: Segment) -> SegmentResult:
        """Run a segment, or less when a stopping rule ends it."""

    @abstractmethod
    def masks(self, step: int, examples: int) -> dict[str, np.ndarray]:
        """The dropout masks (examples, size) of the update after `step` updates, as `run` draws them for its batch."""

    @abstractmethod
    def on_host(self, tree: Any) -> Any:
        """A copy of a tree of the state's arrays, as NumPy arrays; plain numbers may stay."""

    @abstractmethod
    def parameters(self, x: Any) -> Any:
        """Parameters of the state (`x` or `best_x`) as NumPy arrays in the network's structure."""
