"""Which examples each update sees: one, a mini-batch or all; in order, shuffled, or at random (docs/sources.md)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..core.kinds import check_count, is_count
from ..errors import ArgumentError, shown, unknown
from .choices import ORDERS
from .given_order import GivenOrder
from .priority_sampling import PrioritySampling
from .stopping import NEVER

_INDICES_PER_BLOCK = 65_536
_EPOCHS_PER_BLOCK = 256


@dataclass(frozen=True)
class BatchOrder:
    """The order in which batches of `batch_size` are taken from `examples`; drawn on the host from a seed.

    "shuffle" takes each example once an epoch in a new order, "sequential" in the given order, "random" draws with
    replacement, `PrioritySampling` from two pools, `GivenOrder` as it says. An epoch has ceil(examples / batch_size)
    updates. Batches are drawn in blocks of epochs, each from a generator of its own, so that any epoch can be had again
    without those before it.

    >>> BatchOrder(5, 2, "sequential").rows(first=0, epochs=1)
    array([[[0, 1],
            [2, 3],
            [4, 5]]], dtype=int32)

    The row number 5 = `examples` stands for no example.
    """

    examples: int
    batch_size: int
    order: str | PrioritySampling | GivenOrder = "shuffle"
    seed: int = 0
    high: np.ndarray | None = field(default=None, repr=False, compare=False)
    """The mask of the high pool of priority sampling; None while it is not filled."""
    _last: dict[int, np.ndarray] = field(default_factory=dict, repr=False, compare=False)

    @property
    def steps(self) -> int:
        """The number of updates in an epoch."""
        return -(-self.examples // self.batch_size)

    @property
    def takes_all(self) -> bool:
        """Whether each update sees every example once, so that no order need be drawn."""
        once = isinstance(self.order, GivenOrder) or self.order in ("shuffle", "sequential")
        return once and self.batch_size == self.examples

    @property
    def factors(self) -> np.ndarray | None:
        """By what the weight of each example is multiplied (examples,), or None."""
        if isinstance(self.order, PrioritySampling) and self.order.unbiased and self.high is not None:
            return self.order.factors(self.high, self.batch_size)
        return None

    @property
    def weighs(self) -> bool:
        """Whether there are such factors once the pools are filled."""
        return isinstance(self.order, PrioritySampling) and self.order.unbiased

    @property
    def lays_ahead(self) -> bool:
        """Whether the batches of epochs to come can be drawn long before."""
        return isinstance(self.order, str)

    def part(self, first: int, epochs: int, start: int, stop: int) -> np.ndarray:
        """The row numbers (epochs, stop - start, batch_size) of some updates of epochs."""
        return self.rows(first, epochs)[:, start:stop]

    def next_refill(self, epoch: int) -> int:
        """The first epoch, from `epoch` on, at whose start the pools of priority sampling are filled."""
        if not isinstance(self.order, PrioritySampling) or (epoch > 0 and self.order.high is not None):
            return NEVER
        return -(-epoch // self.order.refill_every) * self.order.refill_every

    def without_cache(self) -> BatchOrder:
        """The same without the batches that it remembers, which take more room than all else."""
        return replace(self, _last={})

    def refilled(self, losses: Callable[[], np.ndarray]) -> BatchOrder:
        """The order with its pools filled: as they were given, or by the current losses (examples,)."""
        assert isinstance(self.order, PrioritySampling)
        return replace(self, high=self.order.chosen(losses()) if self.order.high is None else self.order.high)

    def rows(self, first: int, epochs: int) -> np.ndarray:
        """The row numbers (epochs, steps, batch_size) of `epochs` epochs from epoch `first`, counted from 0."""
        if isinstance(self.order, PrioritySampling):
            return np.stack([self._from_pools(self.order, epoch) for epoch in range(first, first + epochs)])
        if isinstance(self.order, GivenOrder):
            return np.stack([self._as_given(self.order, epoch) for epoch in range(first, first + epochs)])
        per_block = max(1, min(_EPOCHS_PER_BLOCK, _INDICES_PER_BLOCK // self.examples))
        parts = []
        while epochs > 0:
            number, start = divmod(first, per_block)
            part = self._block(number, per_block)[start : start + epochs]
            parts.append(part)
            first, epochs = first + len(part), epochs - len(part)
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _from_pools(self, sampling: PrioritySampling, epoch: int) -> np.ndarray:
        if self.high is None:
            raise ArgumentError("the pools of priority sampling are filled by tw.train: use that")
        return sampling.draw(self.high, self.steps, self.batch_size, np.random.default_rng([self.seed, epoch]))

    def _as_given(self, order: GivenOrder, epoch: int) -> np.ndarray:
        rows = np.full(self.steps * self.batch_size, self.examples, dtype=np.int32)
        rows[: self.examples] = order.of_epoch(epoch, self.examples)
        return rows.reshape(self.steps, self.batch_size)

    def _block(self, number: int, epochs: int) -> np.ndarray:
        if number not in self._last:
            self._last.clear()
            self._last[number] = self._draw(number, epochs)
        return self._last[number]

    def _draw(self, number: int, epochs: int) -> np.ndarray:
        shape = (epochs, self.steps * self.batch_size)
        if self.order == "random":
            rng = np.random.default_rng([self.seed, number])
            rows = rng.integers(0, self.examples, shape, dtype=np.int32)
        else:
            rows = np.full(shape, self.examples, dtype=np.int32)
            rows[:, : self.examples] = np.arange(self.examples, dtype=np.int32)
            if self.order == "shuffle":
                rng = np.random.default_rng([self.seed, number])
                rng.permuted(rows[:, : self.examples], axis=1, out=rows[:, : self.examples])
        return rows.reshape(epochs, self.steps, self.batch_size)


def make_batch_order(
    examples: int, batch_size: Any, order: Any, seed: int, kept: np.ndarray | None = None
) -> BatchOrder:
    """An order with `batch_size` "all" or from 1 to the number of examples; else raises ArgumentError.

    `kept` is the mask of the rows that the examples are, if not all, for the row numbers of a pool.
    """
    if not isinstance(order, PrioritySampling | GivenOrder) and not (isinstance(order, str) and order in ORDERS):
        raise ArgumentError(unknown("order", order, ORDERS))
    seed = check_count("seed", seed, 0)
    if isinstance(batch_size, str) and batch_size == "all":
        batch_size = examples
    if not is_count(batch_size):
        raise ArgumentError(f"batch_size is {shown(batch_size)}; it must be 'all' or a whole number of at least 1")
    if batch_size > examples:
        raise ArgumentError(
            f"batch_size is {batch_size}, but there are {examples} training examples: use 'all' or less"
        )
    if not isinstance(order, PrioritySampling):
        return BatchOrder(examples, int(batch_size), order, seed)
    order.of_batch(int(batch_size))
    return BatchOrder(examples, int(batch_size), order.of_examples(examples, kept), seed)
