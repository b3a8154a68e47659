"""The examples of a shared stream on the devices of a mesh: each device has its own, and takes those of each update."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..core.arrays import tree_map
from .devices import DeviceMesh
from .examples import Examples
from .placement import slots
from .sharded_buffer import ShardedBuffer

_SPREAD = 4.0
"""A device has about 1/D of a batch, give or take its square root: at first there is room for so many of these more."""


class Shards:
    """Lays buffers of a stream on the devices, and of each update the rows that each device takes.

    Arrays have a leading axis of devices. Rows and slots are filled up to the most that were needed so far, and some.
    """

    def __init__(self, mesh: DeviceMesh, dtype: str, batch_size: int, rows: int) -> None:
        self._mesh, self._dtype = mesh, dtype
        share = batch_size / mesh.count
        self._slots = min(batch_size, bucket(math.ceil(share + _SPREAD * math.sqrt(share))))
        self._rows = bucket(-(-rows // mesh.count) + 1)
        self._buffer: ShardedBuffer | None = None

    def take(self, buffer: ShardedBuffer) -> Examples:
        """The examples of a buffer on the devices; at least one row of each is none, of weight 0."""
        self._buffer = buffer
        self._rows = max(self._rows, bucket(int(buffer.placement.counts.max()) + 1))
        return self._mesh.by_parts({device: self._filled(part) for device, part in buffer.shards.items()})

    def lay(self, drawn: np.ndarray, capacity: int, *, places: bool) -> tuple[Any, Any]:
        """The rows of updates (updates, batch size) on the devices, with room for `capacity`; their places, or None."""
        assert self._buffer is not None
        found = slots(self._buffer.placement, drawn, self._slots)
        needed = found.rows.shape[2]
        if needed > self._slots:
            self._slots = min(drawn.shape[1], bucket(needed))
        room = capacity - len(drawn), self._slots - needed

        def laid(values: np.ndarray, filler: int) -> Any:
            wide = np.pad(values, ((0, room[0]), (0, 0), (0, room[1])), constant_values=filler)
            return self._mesh.by_columns(wide)

        rows = np.where(found.rows < 0, np.int32(self._rows - 1), found.rows)
        return laid(rows, self._rows - 1), laid(found.places, 0) if places else None

    def _filled(self, examples: Examples) -> Examples:
        rows = len(examples.T)
        weight = np.ones(rows, self._dtype) if examples.weight is None else examples.weight

        def fill(values: np.ndarray) -> np.ndarray:
            return np.concatenate([values, np.zeros((self._rows - rows, *values.shape[1:]), values.dtype)])

        return tree_map(fill, examples._replace(weight=weight))


def bucket(rows: int) -> int:
    """`rows` rounded up to a number of at most four binary digits and zeros: at most an eighth is padding.

    >>> [bucket(n) for n in (6, 16, 17, 105, 512, 1000)]
    [6, 16, 18, 112, 512, 1024]
    """
    unit = 1 << max(0, (rows - 1).bit_length() - 4)
    return -(-rows // unit) * unit
