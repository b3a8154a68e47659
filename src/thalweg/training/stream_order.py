"""The order of batches of a stream: pieces in a new order each epoch, some at a time in a buffer, shuffled in there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .batch_order import BatchOrder


class Span(NamedTuple):
    """The updates `start` to `stop` of an epoch, whose examples lie together in a buffer.

    The buffer holds the `carried` examples that the one before left, fewer than a batch, and then those of `pieces`, in
    turn: `rows` in all.
    """

    number: int
    start: int
    stop: int
    pieces: tuple[int, ...]
    carried: int
    rows: int


@dataclass(frozen=True)
class StreamOrder(BatchOrder):
    """A `BatchOrder` over examples that come in pieces of `counts`, of which a buffer holds `capacity` examples.

    Row numbers are those in the buffer of an update. Examples that make no whole batch any more are carried over to the
    next buffer, so that only the last batch of an epoch is smaller. "shuffle" draws the order of the pieces, unless
    they come `in_order`, and that of the examples in each buffer; "sequential" is the order of the examples in memory.

    >>> order = StreamOrder(5, 2, "sequential", counts=(3, 2), capacity=4)
    >>> [(span.start, span.stop, span.carried, span.rows) for span in order.spans(0)]
    [(0, 1, 0, 3), (1, 3, 1, 3)]
    >>> order.rows(first=0, epochs=1).tolist()
    [[[0, 1], [0, 1], [2, 5]]]
    """

    counts: tuple[int, ...] = ()
    capacity: int = 0
    in_order: bool = False
    in_turn: bool = False
    """Whether buffers have their examples in the order of the updates, mixed already."""

    @property
    def most_rows(self) -> int:
        """The most examples that a buffer holds."""
        return max(self.capacity, *self.counts) + self.batch_size - 1

    @property
    def lays_ahead(self) -> bool:
        """An epoch may be more than can be drawn at once."""
        return False

    @property
    def takes_all(self) -> bool:
        """Never: what fits in memory is no stream."""
        return False

    def spans(self, epoch: int) -> list[Span]:
        """The buffers of an epoch, in turn."""
        key = -1 - epoch
        if key not in self._last:
            for old in [one for one in self._last if one < 0]:
                del self._last[old]
            self._last[key] = self._spans(epoch)  # pyright: ignore[reportArgumentType]
        return self._last[key]  # pyright: ignore[reportReturnType]

    def spans_of_reader(self, epoch: int) -> list[Span]:
        """The same for another thread, which shares nothing with this one."""
        return self._spans(epoch)

    def span_of(self, epoch: int, position: int) -> Span:
        """The buffer of an update of an epoch."""
        return next(span for span in self.spans(epoch) if position < span.stop)

    def mixed(self, epoch: int, span: Span) -> np.ndarray | None:
        """The rows of a buffer, as its pieces come, in the order in which updates take them; None: as they come."""
        if self.order != "shuffle":
            return None
        return np.random.default_rng([self.seed, epoch, span.number + 1]).permutation(span.rows)

    def drawn(self, epoch: int, span: Span) -> tuple[np.ndarray, np.ndarray]:
        """The row numbers (updates, batch size) of the updates of a buffer, and those that are carried over."""
        mixed = None if self.in_turn else self.mixed(epoch, span)
        order = np.arange(span.rows, dtype=np.int32) if mixed is None else mixed.astype(np.int32)
        taken = min(span.rows, (span.stop - span.start) * self.batch_size)
        rows = np.full((span.stop - span.start) * self.batch_size, self.examples, np.int32)
        rows[:taken] = order[:taken]
        return rows.reshape(-1, self.batch_size), order[taken:]

    def part(self, first: int, epochs: int, start: int, stop: int) -> np.ndarray:
        """As `BatchOrder.part`; only the buffers of these updates are drawn."""
        parts = []
        for epoch in range(first, first + epochs):
            found = [span for span in self.spans(epoch) if span.stop > start and span.start < stop]
            drawn = [self._drawn_once(epoch, span)[max(0, start - span.start) : stop - span.start] for span in found]
            parts.append(np.concatenate(drawn))
        return np.stack(parts)

    def rows(self, first: int, epochs: int) -> np.ndarray:
        """As `BatchOrder.rows`, in each update's buffer."""
        return self.part(first, epochs, 0, self.steps)

    def _drawn_once(self, epoch: int, span: Span) -> np.ndarray:
        key = self._key(epoch, span)
        if key not in self._last:
            for old in [one for one in self._last if one >= 0]:
                del self._last[old]
            self._last[key] = self.drawn(epoch, span)[0]
        return self._last[key]

    def _key(self, epoch: int, span: Span) -> int:
        return epoch * (len(self.counts) + 1) + span.number

    def _spans(self, epoch: int) -> list[Span]:
        pieces = np.arange(len(self.counts))
        if self.order == "shuffle" and not self.in_order:
            pieces = np.random.default_rng([self.seed, epoch]).permutation(pieces)
        groups: list[list[int]] = []
        held = 0
        for piece in pieces.tolist():
            if not groups or held + self.counts[piece] > self.capacity:
                groups.append([])
                held = 0
            groups[-1].append(piece)
            held += self.counts[piece]
        spans: list[Span] = []
        start = carried = 0
        for number, group in enumerate(groups):
            rows = carried + sum(self.counts[piece] for piece in group)
            last = number == len(groups) - 1
            steps = -(-rows // self.batch_size) if last else rows // self.batch_size
            spans.append(Span(number, start, start + steps, tuple(group), carried, rows))
            start, carried = start + steps, rows - min(rows, steps * self.batch_size)
        return spans
