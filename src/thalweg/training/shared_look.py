"""What one passage through blocks has seen, of which each process passes through its share alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..core.arrays import tree_map
from ..core.losses import Loss
from ..core.network import Network
from ..errors import ArgumentError
from .agreement import check_alike, exchanged_arrays, exchanged_data, raised_in_all
from .block_look import Look, Looker, check_some, stride_of, thinned, weights_in_some
from .block_reader import BlockReader, look
from .blocks import Blocks
from .devices import DeviceMesh
from .example_stream import joined
from .placement import Placement, dealt
from .readers import other_given, shares_of
from .sharded_buffer import ShardedBuffer


def look_together(
    net: Network, loss: Loss, blocks: Blocks, dtype: str, mesh: DeviceMesh
) -> tuple[Look, ShardedBuffer | None]:
    """What all processes have seen of blocks, the same in each; and the examples if all of them fit in the memory.

    Blocks that come in order alone are seen by each process whole. Raises, in all of them, what one of them raises;
    ArgumentError where they are given other blocks, or fewer than there are processes.
    """
    count, processes = blocks.count, max(mesh.processes) + 1
    check_alike({"blocks": count, "memory": blocks.memory, "files": blocks.digest}, other_given)
    if count is None:
        return look_each(net, loss, blocks, dtype), None
    if count < processes:
        raise ArgumentError(
            f"{processes} processes read a share of the blocks each, of which there are {count}: give smaller blocks, "
            "or start fewer processes"
        )
    shares = shares_of(blocks.sizes or [1] * count, processes)
    own, looker = shares[mesh.processes[mesh.own[0]]], Looker(blocks)
    with raised_in_all():
        for number, examples in zip(own, BlockReader(net, loss, blocks, dtype)(own), strict=True):
            looker.add(number, examples)
    names = ("counts", "weighed", "weights", "digests")
    told = exchanged_data({name: getattr(looker, name) for name in names})
    for share, one in zip(shares, told, strict=True):
        if one["weighed"] != told[0]["weighed"]:
            raise weights_in_some(blocks, share[0])
    counts = tuple(count for one in told for count in one["counts"])
    check_some(counts)
    stride = stride_of(counts)
    some = joined([thinned(one, stride // looker.stride) for one in looker.sample])
    sample = tree_map(lambda values: np.concatenate(exchanged_arrays(values)), some)
    digests = tuple(one for each in told for one in each["digests"])
    weight = sum(one for each in told for one in each["weights"])
    seen = Look(counts, None, sample, looker.capacity, weight, digests)
    if looker.kept is None or sum(counts) > seen.capacity:
        return seen, None
    return seen, _kept(looker, own, shares, seen, mesh)


def look_each(net: Network, loss: Loss, blocks: Blocks, dtype: str) -> Look:
    """What each process has seen of all blocks; raises as `look_together`."""
    with raised_in_all():
        seen = look(net, loss, blocks, dtype)
    check_alike({"blocks": len(seen.counts), "examples": seen.counts}, other_given)
    return seen


def _kept(looker: Looker, own: Sequence[int], shares: Sequence[range], seen: Look, mesh: DeviceMesh) -> ShardedBuffer:
    """All examples, those of a process' share on its devices."""
    owners = np.zeros(len(seen.counts), int)
    for process, share in enumerate(shares):
        devices = [number for number, one in enumerate(mesh.processes) if one == process]
        owners[list(share)] = np.take(devices, dealt([seen.counts[block] for block in share], len(devices)))
    blank = seen.sample.taken(np.arange(0))
    parts = {device: [blank] for device in mesh.own}
    for number, examples in zip(own, looker.kept or (), strict=True):
        parts[int(owners[number])].append(examples)
    placement = Placement.of(np.repeat(owners, seen.counts), mesh.count)
    return ShardedBuffer({device: joined(some) for device, some in parts.items()}, placement)
