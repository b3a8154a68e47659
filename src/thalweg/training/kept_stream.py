"""Examples that all processes together have in memory, each those of its share, as the stream of a run."""

from __future__ import annotations

from typing import Any

from .segments import Segment
from .sharded_buffer import ShardedBuffer


class KeptStream:
    """As an `ExampleStream` of one buffer, which is read once: a run's batches and segments are those in memory."""

    def __init__(self, buffer: ShardedBuffer) -> None:
        self._buffer = buffer
        self._engine: Any = None

    @property
    def most_rows(self) -> int:
        """All examples."""
        return len(self._buffer.placement.devices)

    def cut(self, segment: Segment) -> Segment:
        """The segment as it is."""
        return segment

    def load(self, engine: Any, segment: Segment) -> None:
        """Give an engine the examples, unless it has them."""
        if engine is not self._engine:
            engine.take(self._buffer)
            self._engine = engine

    def examples_of(self, epoch: int, position: int) -> ShardedBuffer:
        """The buffer of an update: all."""
        return self._buffer

    def close(self) -> None:
        """Nothing is read ahead."""

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_engine": None}
