"""A buffer of a stream whose examples lie on several devices; a process has those of its own devices."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.arrays import tree_map
from .agreement import exchanged_arrays
from .buffer import BufferRoom
from .example_stream import Buffers, Reader, joined
from .examples import Examples
from .placement import Placement, dealt
from .stream_order import Span, StreamOrder


@dataclass(frozen=True, eq=False)
class ShardedBuffer:
    """The examples of each device that this process has, by its number, and where those of all lie."""

    shards: Mapping[int, Examples]
    placement: Placement

    def taken(self, rows: np.ndarray) -> Examples:
        """The examples of these rows of the buffer; processes tell one another theirs, so that all must ask.

        >>> one, other = (Examples({"p": np.full((1, 1), k)}, np.full((1, 1), k), None) for k in (5.0, 7.0))
        >>> ShardedBuffer({0: one, 1: other}, Placement.of(np.array([1, 0]), 2)).taken(np.array([0, 1])).T.ravel()
        array([7., 5.])
        """
        devices = self.placement.devices[rows]
        each = [np.flatnonzero(devices == device) for device in self.shards]
        parts = [
            shard.taken(self.placement.rows[rows[at]]) for shard, at in zip(self.shards.values(), each, strict=True)
        ]
        some, places = joined(parts), np.concatenate(each)
        order = np.argsort(np.concatenate(exchanged_arrays(places)))
        return tree_map(lambda values: np.concatenate(exchanged_arrays(values))[order], some)


def sharded_buffers(devices: int, own: Collection[int], blank: Examples) -> Buffers:
    """What makes the buffers of an epoch in turn, of whose blocks it reads those of its `own` devices.

    The blocks of a buffer are dealt to the devices, so that each has about as many examples; those that a buffer
    leaves to the next stay where they are. Of blocks that come in order alone it goes through all, and leaves those of
    others out. `blank` are no examples.
    """

    def buffers(order: StreamOrder, read: Reader, room: BufferRoom, epoch: int) -> Iterator[tuple[Span, Any]]:
        carried, left = np.zeros(0, np.uint16), dict.fromkeys(own, blank)
        for span in order.spans_of_reader(epoch):
            counts = [order.counts[piece] for piece in span.pieces]
            owners = dealt(counts, devices, np.bincount(carried, minlength=devices).tolist())
            placement = Placement.of(np.concatenate([carried, np.repeat(owners, counts)]), devices)
            parts = {device: [left.pop(device)] for device in own}
            dealt_ones = list(zip(span.pieces, owners, strict=True))
            mine = dealt_ones if order.in_order else [one for one in dealt_ones if one[1] in parts]
            for (_, owner), examples in zip(mine, read([piece for piece, _ in mine]), strict=True):
                if owner in parts:
                    parts[owner].append(examples)
            buffer = ShardedBuffer({device: joined(some) for device, some in parts.items()}, placement)
            del parts
            rows = order.drawn(epoch, span)[1]
            carried = placement.devices[rows]
            left = {
                device: examples.taken(placement.rows[rows[carried == device]])
                for device, examples in buffer.shards.items()
            }
            yield span, buffer
            del buffer

    return buffers
