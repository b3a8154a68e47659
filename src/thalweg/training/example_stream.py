"""The examples of a stream, buffer by buffer as updates need them; the next is read while the device works."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any

import numpy as np

from ..core.arrays import tree_map
from .examples import Examples
from .segments import Segment
from .stream_order import Span, StreamOrder

_ALIGNED = 64
"""Bytes to a multiple of which XLA wants an array on a CPU to begin."""
Read = Callable[[Sequence[int]], Iterator[Examples]]
"""Reads pieces by their numbers, in turn."""
Buffers = Callable[[StreamOrder, Read, int, int], Iterator[tuple[Span, Any]]]
"""The buffers of an epoch, in turn; before it stand the rows that the arrays of a buffer are to have."""


class Buffer(Examples):
    """The examples of a span, at the beginning of arrays with room for more."""

    filled: Examples
    """The arrays whole: behind the examples are zeros of weight 0."""
    rows: np.ndarray
    """The row numbers of the span's updates, as `StreamOrder.drawn` gives them."""


def whole_buffers(order: StreamOrder, read: Read, room: int, epoch: int) -> Iterator[tuple[Span, Buffer]]:
    """The buffers of an epoch as the examples of each."""
    left: Examples | None = None
    for span in order.spans_of_reader(epoch):
        examples = buffered([*([left] if left is not None else []), *read(span.pieces)], room)
        examples.rows, carried = order.drawn(epoch, span)
        left = examples.taken(carried) if len(carried) else None
        yield span, examples
        del examples


class ExampleStream:
    """Gives an engine the examples of each segment.

    Its memory are three buffers: the one in use, the next, and the one that is made; and a piece while it is read. Of a
    stream that processes share, `agrees` is where one fails and all are told.
    """

    def __init__(
        self,
        order: StreamOrder,
        read: Read,
        buffers: Buffers = whole_buffers,
        agrees: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self.order, self._read, self._buffers, self._agrees = order, read, buffers, agrees
        self._at: tuple[int, Span] | None = None
        self._now: Any = None
        self._ahead: _ReadAhead | None = None
        self._engine: Any = None
        self._room = 0

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
        self._room = engine.room(self.most_rows)
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
                        self._ahead = _ReadAhead(partial(self._buffers, self.order, self._read, self._room), epoch)
                    self._now = self._ahead.until(epoch, span)
            except BaseException:
                self.close()
                raise
            self._at = (epoch, span)
            if isinstance(self._now, Buffer):
                self.order.keep(epoch, span, self._now.rows)
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

    def __init__(self, buffers: Callable[[int], Iterator[tuple[Span, Any]]], epoch: int) -> None:
        self._buffers = buffers
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


def buffered(parts: Sequence[Examples], room: int) -> Buffer:
    """Examples one behind another in arrays of so many rows, or as many as they are; nobody else writes to these.

    >>> one = Examples({"input": np.ones((2, 1))}, np.ones((2, 1)), None)
    >>> buffer = buffered([one, one], room=6)
    >>> buffer.T.shape, buffer.weight, buffer.filled.weight
    ((4, 1), None, array([1., 1., 1., 1., 0., 0.]))
    """
    rows = sum(len(part.T) for part in parts)
    weighed = [part if part.weight is not None else part._replace(weight=_ones(part)) for part in parts]
    filled: Examples = tree_map(lambda *values: _filled(values, max(room, rows)), *weighed)
    inputs, T, weight = tree_map(lambda values: values[:rows], filled)
    buffer = Buffer(inputs, T, None if all(part.weight is None for part in parts) else weight)
    buffer.filled = filled
    return buffer


def _ones(part: Examples) -> np.ndarray:
    return np.ones(len(part.T), part.T.dtype)


def _filled(parts: Sequence[np.ndarray], rows: int) -> np.ndarray:
    """The parts one behind another, and zeros up to so many rows; where XLA may read them without a copy."""
    shape, dtype = (rows, *parts[0].shape[1:]), parts[0].dtype
    size = int(np.prod(shape)) * dtype.itemsize
    raw = np.empty(size + _ALIGNED, np.uint8)
    start = -raw.ctypes.data % _ALIGNED
    whole = raw[start : start + size].view(dtype).reshape(shape)
    at = 0
    for part in parts:
        whole[at : at + len(part)] = part
        at += len(part)
    whole[at:] = 0
    return whole


def joined(parts: Sequence[Examples]) -> Examples:
    """Examples one behind another.

    >>> one = Examples({"input": np.zeros((2, 1))}, np.ones((2, 1)), None)
    >>> joined([one, one]).T.shape
    (4, 1)
    """
    if len(parts) == 1:
        return parts[0]
    return tree_map(lambda *values: np.concatenate(values), *parts)
