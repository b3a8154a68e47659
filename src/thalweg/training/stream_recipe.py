"""The recipe of a run on blocks: that of arrays if they fit in memory, else with a stream of buffers."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.checked import check_network
from ..core.kinds import is_count
from ..core.losses import LOSSES, Loss
from ..core.network import Network
from ..errors import ArgumentError, shown
from ..optimizers.full_batch import FullBatchRule
from ..optimizers.interop import as_rule
from ..registry import title_of
from .agreement import raised_in_all
from .arguments import default_batch_size, default_loss
from .batch_order import make_batch_order
from .block_reader import BlockReader, InOrder, look
from .blocks import Blocks
from .devices import count_devices, device_mesh
from .example_stream import ExampleStream, joined
from .examples import Examples
from .kept_stream import KeptStream
from .passages import Passage, Passages
from .readers import ALONE, Readers
from .sharded_buffer import sharded_buffers
from .shared_look import look_each, look_together
from .stream_order import StreamOrder

if TYPE_CHECKING:
    from .options import TrainingOptions


def in_memory(net: Network, options: TrainingOptions) -> tuple[TrainingOptions, Passages | None]:
    """The options with sets that came as blocks, to validate and test, in memory.

    Of those that do not fit samples stand there, and what passes through them. Raises ArgumentError and DataError for
    blocks that cannot be judged by.
    """
    changes: dict[str, Any] = {}
    passages: dict[str, Passage] = {}
    for name in ("validation", "test"):
        blocks = getattr(options, name)
        if isinstance(blocks, Blocks):
            found, passage = _judging_set(net, blocks, options)
            passages |= {} if passage is None else {name: passage}
            inputs = found.inputs
            P = next(iter(inputs.values())) if len(inputs) == 1 else inputs
            changes[name] = (P, found.T, *([] if found.weight is None else [found.weight]))
    told = dataclasses.replace(options, **changes) if changes else options
    return told, Passages(**passages) if passages else None


def _judging_set(net: Network, blocks: Blocks, options: TrainingOptions) -> tuple[Examples, Passage | None]:
    """The examples of a set to judge by, or a sample of them and what passes through all.

    Processes share its blocks, if there are as many.
    """
    loss, dtype = _judging(net, options)
    mesh = device_mesh(count_devices(options.devices))
    readers = Readers.of(options.devices) if mesh.spans_processes else ALONE
    everything = None
    if readers.count == 1:
        seen = look(net, loss, blocks, dtype)
    elif (blocks.count or 0) < readers.count:
        seen = look_each(net, loss, blocks, dtype)
    else:
        seen, everything = look_together(net, loss, blocks, dtype, mesh)
    if everything is not None:
        return everything.taken(np.arange(sum(seen.counts))), None
    if seen.all is not None:
        return seen.all, None
    seen.check_largest(blocks)
    reader = BlockReader(net, loss, blocks, dtype, seen)
    read: Callable[[], Iterator[Examples]] = reader.in_order
    if readers.count > 1 and blocks.at_random:
        own = readers.share(blocks.sizes or [1] * len(seen.counts))
        read = partial(reader, own)
    elif readers.count > 1:
        read = partial(_every, reader, readers)
    return seen.sample, Passage(read, seen.weight, max(seen.counts), seen.digest, readers)


def _every(reader: BlockReader, readers: Readers) -> Iterator[Examples]:
    """Of blocks that come in order alone, those of this process in turn with the others."""
    return islice(reader.in_order(), readers.number, None, readers.count)


def gathered(
    net: Network, blocks: Blocks, options: TrainingOptions
) -> tuple[Examples, ExampleStream | KeptStream | None, Any, str]:
    """The examples of blocks and no stream, or a sample of them, the stream and the order of its batches; and a digest.

    Raises ArgumentError for a rule or an option that needs all examples at once where they are more than fit, and
    DataError for blocks that cannot be trained on.
    """
    check_network(net)
    for name in ("sample_weight", "target_weight"):
        if getattr(options, name) is not None:
            raise ArgumentError(f"{name} goes with arrays; blocks bring theirs: give (P, T, sample_weight)")
    if options.targets != "complete":
        raise ArgumentError(f"targets={options.targets!r} goes with arrays: leave rows without a target out of blocks")
    loss, dtype = _judging(net, options)
    mesh = device_mesh(count_devices(options.devices))
    if mesh.spans_processes:
        seen, everything = look_together(net, loss, blocks, dtype, mesh)
    else:
        seen, everything = look(net, loss, blocks, dtype), None
    if seen.all is not None:
        return seen.all, None, None, seen.digest
    total = sum(seen.counts)
    rule = as_rule(options.optimizer)
    size = default_batch_size(rule, total) if options.batch_size is None else options.batch_size
    if everything is not None:
        if isinstance(rule, FullBatchRule) or options.order not in ("shuffle", "sequential") or size in ("all", total):
            reader = BlockReader(net, loss, blocks, dtype, seen)
            return read_whole(reader, len(seen.counts)), None, None, seen.digest
        order = make_batch_order(total, size, options.order, options.seed)
        return seen.sample, KeptStream(everything), order, seen.digest
    told = f"the blocks hold {total:,} examples, of which memory holds {seen.capacity:,}"
    if isinstance(rule, FullBatchRule) or size == "all" or (isinstance(size, int) and size >= total):
        what = title_of(rule) if isinstance(rule, FullBatchRule) or options.batch_size is None else "batch_size='all'"
        raise ArgumentError(
            f"{what} needs all examples in each update, and {told}: give more memory (tw.blocks(..., memory='8GB'), or "
            "--memory 8GB), or train adam with a batch_size"
        )
    if options.order not in ("shuffle", "sequential"):
        raise ArgumentError(
            f"order {options.order!r} needs all examples at hand, and {told}: use 'shuffle', or give more memory"
        )
    if not is_count(size):
        raise ArgumentError(f"batch_size is {shown(size)}; it must be 'all' or a whole number of at least 1")
    if size > seen.capacity:
        raise ArgumentError(f"batch_size is {size}, and {told}: give more memory, or smaller batches")
    seen.check_largest(blocks)
    order = StreamOrder(
        total, int(size), options.order, options.seed, counts=seen.counts, capacity=seen.capacity,
        in_order=not blocks.at_random, in_turn=mesh.count == 1,
    )  # fmt: skip
    reader = BlockReader(net, loss, blocks, dtype, seen)
    read = reader if blocks.at_random else InOrder(reader, len(seen.counts))
    if mesh.count == 1:
        return seen.sample, ExampleStream(order, read), order, seen.digest
    buffers = sharded_buffers(mesh.count, mesh.own, seen.sample.taken(np.arange(0)))
    agrees = raised_in_all if mesh.spans_processes else nullcontext
    return seen.sample, ExampleStream(order, read, buffers, agrees), order, seen.digest


def read_whole(reader: BlockReader, count: int) -> Examples:
    """All blocks, in each of several processes; raises, in all of them, what one raises."""
    found: list[Examples] = []
    with raised_in_all():
        found.extend(reader(range(count)))
    return joined(found)


def _judging(net: Network, options: TrainingOptions) -> tuple[Loss, str]:
    """The loss and the number type, as `make_recipe` takes them."""
    loss: Loss = LOSSES.get(default_loss(net) if options.loss is None else options.loss)
    full = isinstance(as_rule(options.optimizer), FullBatchRule)
    return loss, options.dtype or ("float64" if full else "float32")
