"""The examples of a stream, buffer by buffer as updates need them; the next is read while the device works."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from itertools import chain, islice
from typing import Any, Protocol

import numpy as np

from ..core.arrays import tree_map
from .buffer import Buffer, BufferRoom, Part, Whole
from .examples import Examples
from .segments import Segment
from .stream_order import Span, StreamOrder

Buffers = Callable[[StreamOrder, "Reader", BufferRoom, int], Iterator[tuple[Span, Any]]]
"""The buffers of an epoch, in turn, in a room for them."""


class Reader(Protocol):
    """Reads pieces by their numbers, in turn."""

    def __call__(self, numbers: Sequence[int]) -> Iterator[Examples]:
        """Their examples."""
        ...

    def parts(self, numbers: Sequence[int], hurried: Callable[[], bool]) -> Iterator[Part]:
        """The same as they are had fastest; while `hurried` says so one is read beside what is done with another."""
        ...


def whole_buffers(order: StreamOrder, read: Reader, room: BufferRoom, epoch: int) -> Iterator[tuple[Span, Buffer]]:
    """The buffers of an epoch as the examples of each, in the order of its updates."""
    spans = order.spans_of_reader(epoch)
    parts = read.parts([piece for span in spans for piece in span.pieces], lambda: room.hurried)
    left: tuple[Whole, ...] = ()
    for span in spans:
        mixed = order.mixed(epoch, span)
        places = None if mixed is None else inverse(mixed)
        buffer = room.buffer(chain(left, islice(parts, len(span.pieces))), span.rows, places, span.start)
        carried = order.drawn(epoch, span)[1]
        left = (Whole(buffer.taken(carried)),) if len(carried) else ()
        yield span, buffer
        del buffer


def inverse(permutation: np.ndarray) -> np.ndarray:
    """At which place of a permutation each number stands.

    >>> inverse(np.array([2, 0, 1]))
    array([1, 2, 0])
    """
    found = np.empty(len(permutation), np.intp)
    found[permutation] = np.arange(len(permutation))
    return found


class ExampleStream:
    """Gives an engine the examples of each segment.

    Its memory are three buffers: the one in use, the next, and the one that is made; and a piece while it is read. Of a
    stream that processes share, `agrees` is where one fails and all are told.
    """

    def __init__(
        self,
        order: StreamOrder,
        read: Reader,
        buffers: Buffers = whole_buffers,
        agrees: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self.order, self._read, self._buffers, self._agrees = order, read, buffers, agrees
        self._at: tuple[int, Span] | None = None
        self._now: Any = None
        self._ahead: _ReadAhead | None = None
        self._engine: Any = None
        self._rows = 0

    @property
    def most_rows(self) -> int:
        """The most examples that a buffer holds."""
        return self.order.most_rows

    def cut(self, segment: Segment) -> Segment:
        """The segment up to the end of the buffer in which it begins."""
        span = self.order.span_of(segment.first, segment.start)
        stop = min(segment.stop, span.stop)
        return Segment(segment.first, 1, segment.start, stop, stop == self.order.steps)

    def load(self, engine: Any, segment: Segment) -> None:
        """Give an engine the examples of a segment, unless it has them."""
        before = self._now
        self._rows = engine.room(self.most_rows + self.order.batch_size)
        examples = self.examples_of(segment.first, segment.start)
        if examples is not before or engine is not self._engine:
            engine.take(examples)
            self._engine = engine

    def examples_of(self, epoch: int, position: int) -> Any:
        """The buffer of an update, `Examples` or a `ShardedBuffer`; raises what reading it raises."""
        span = self.order.span_of(epoch, position)
        if self._now is None or self._at != (epoch, span):
            self._now = None
            try:
                with self._agrees():
                    if self._ahead is None or not self._ahead.comes_to(epoch, span):
                        self.close()
                        self._ahead = _ReadAhead(self._buffers, self.order, self._read, self._rows, epoch)
                    self._now = self._ahead.until(epoch, span)
            except BaseException:
                self.close()
                raise
            self._at = (epoch, span)
        return self._now

    def close(self) -> None:
        """End the reading ahead."""
        if self._ahead is not None:
            self._ahead.close()
        self._ahead = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_ahead": None, "_now": None, "_at": None, "_engine": None}


class _ReadAhead:
    """A thread that makes buffer after buffer from the beginning of an epoch on, one ahead of the one in use."""

    def __init__(self, buffers: Buffers, order: StreamOrder, read: Reader, rows: int, epoch: int) -> None:
        self._room = BufferRoom(rows)
        self._buffers = partial(buffers, order, read, self._room)
        self._came: tuple[int, int] = (epoch, -1)
        self._ready: queue.Queue[Any] = queue.Queue(maxsize=1)
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(epoch,), name="thalweg-read-ahead", daemon=True)
        self._thread.start()

    def comes_to(self, epoch: int, span: Span) -> bool:
        """Whether a buffer is still to come, and soon enough: in this epoch or as the first of the next."""
        came, number = self._came
        return (epoch == came and span.number > number) or (epoch == came + 1 and span.number == 0)

    def until(self, epoch: int, span: Span) -> Any:
        """The buffer; those before it are passed over."""
        self._room.hurried = self._ready.empty()
        while True:
            found = self._ready.get()
            if isinstance(found, BaseException):
                raise found
            of, number, examples = found
            self._came = of, number
            if (of, number) == (epoch, span.number):
                return examples

    def close(self) -> None:
        self._closed.set()
        while self._thread.is_alive():
            try:
                self._ready.get(timeout=0.05)
            except queue.Empty:
                continue

    def _run(self, epoch: int) -> None:
        try:
            while not self._closed.is_set():
                for span, examples in self._buffers(epoch):
                    if not self._put((epoch, span.number, examples)):
                        return
                    del examples
                epoch += 1
        except BaseException as error:  # raised where the buffer is asked for
            self._put(error)

    def _put(self, found: Any) -> bool:
        while not self._closed.is_set():
            try:
                self._ready.put(found, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False


def joined(parts: Sequence[Examples]) -> Examples:
    """Examples one behind another.

    >>> one = Examples({"input": np.zeros((2, 1))}, np.ones((2, 1)), None)
    >>> joined([one, one]).T.shape
    (4, 1)
    """
    if len(parts) == 1:
        return parts[0]
    return tree_map(lambda *values: np.concatenate(values), *parts)
