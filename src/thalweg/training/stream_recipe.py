"""The recipe of a run on blocks: that of arrays if they fit in memory, else with a stream of buffers."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.arrays import tree_map
from ..core.checked import check_network
from ..core.kinds import is_count
from ..core.losses import LOSSES, Loss
from ..core.network import Network
from ..core.weighing import total_weight
from ..errors import ArgumentError, DataError, shown
from ..optimizers.full_batch import FullBatchRule
from ..optimizers.interop import as_rule
from ..registry import title_of
from .arguments import default_batch_size, default_loss, read_examples
from .blocks import Blocks
from .checkpoint_file import add_array
from .example_stream import ExampleStream, joined
from .examples import Examples
from .passages import Passage, Passages
from .stream_order import StreamOrder

if TYPE_CHECKING:
    from .options import TrainingOptions

COPIES = 6
"""Buffers that the memory holds: in use, on the device, ready, being made, and its pieces as they were read (twice)."""
_SAMPLE = 20_000
"""Examples that stand for all of a stream where a run is looked at in the end."""


@dataclasses.dataclass(frozen=True)
class Look:
    """What one passage through blocks has seen: how many examples count in each, and the examples if they are few."""

    counts: tuple[int, ...]
    all: Examples | None
    """None if they are more than the memory holds."""
    sample: Examples
    capacity: int
    weight: float
    """How many examples they amount to."""
    digest: str
    """Of all examples."""

    def check_largest(self, blocks: Blocks) -> None:
        """Raise ArgumentError for a block that is more than a buffer holds."""
        largest = max(self.counts)
        if largest > self.capacity:
            place = blocks.place(self.counts.index(largest)).removesuffix(": ")
            raise ArgumentError(
                f"{place} has {largest:,} examples, and memory holds a buffer of {self.capacity:,}: give smaller "
                "blocks, or more memory"
            )


class BlockReader:
    """Blocks as checked examples of a network and a number type, without those of weight 0."""

    def __init__(self, net: Network, loss: Loss, blocks: Blocks, dtype: str, counts: Sequence[int] = ()) -> None:
        self._net, self._loss, self._blocks, self._dtype, self._counts = net, loss, blocks, dtype, counts

    def __call__(self, numbers: Sequence[int]) -> Iterator[Examples]:
        """The blocks of these numbers, in turn; of a source that gives them in order alone, the next ones."""
        for number in numbers:
            yield self._counted(number, self._checked(number, self._blocks.at(number)))

    def in_order(self) -> Iterator[Examples]:
        """All blocks, as they come."""
        number = -1
        for number, block in enumerate(self._blocks):
            yield self._counted(number, self._checked(number, block))
        if self._counts and number + 1 < len(self._counts):
            raise DataError(f"blocks: {number + 1} came, and {len(self._counts)} before: give the same in each epoch")

    def _checked(self, number: int, block: tuple[Any, Any, Any]) -> Examples:
        P, T, weight = block
        if not np.size(T) and np.shape(T)[:1] == (0,):
            return self._nothing(weight is not None)
        if weight is not None and not np.asarray(weight).any():
            weight = np.asarray(weight)
            if len(weight) == len(T):  # nothing of it counts
                examples = read_examples(self._net, self._loss, P, T, None, self._dtype, self._blocks.place(number))
                return examples._replace(weight=np.zeros(len(T), self._dtype)).taken(np.arange(0))
        examples = read_examples(self._net, self._loss, P, T, weight, self._dtype, self._blocks.place(number))
        kept = examples.counted
        return examples if kept is None else examples.taken(np.flatnonzero(kept))

    def _nothing(self, weighed: bool) -> Examples:
        """A block without examples."""
        inputs = {name: np.zeros((0, size), self._dtype) for name, size in self._net.inputs.items()}
        weight = np.zeros(0, self._dtype) if weighed else None
        return Examples(inputs, np.zeros((0, self._net.output.size), self._dtype), weight)

    def _counted(self, number: int, examples: Examples) -> Examples:
        found = len(examples.T)
        if self._counts and (number >= len(self._counts) or found != self._counts[number]):
            before = self._counts[number] if number < len(self._counts) else 0
            raise DataError(
                f"{self._blocks.place(number)}{found} examples now, and {before} before: give the same in each epoch"
            )
        return examples


class InOrder:
    """Reads blocks that come in order only: one iterator for each epoch."""

    def __init__(self, reader: BlockReader, pieces: int) -> None:
        self._reader, self._pieces = reader, pieces
        self._open: Iterator[Examples] | None = None

    def __call__(self, numbers: Sequence[int]) -> Iterator[Examples]:
        """The next blocks, of which 0 begins anew."""
        for number in numbers:
            if number == 0 or self._open is None:
                self._open = self._reader.in_order()
            found = next(self._open, None)
            if found is None:
                raise DataError(f"blocks: they ended after {number}, sooner than before: give the same in each epoch")
            yield found
            if number + 1 == self._pieces and next(self._open, None) is not None:
                raise DataError("blocks: more came than before: give the same in each epoch")


def look(net: Network, loss: Loss, blocks: Blocks, dtype: str) -> Look:
    """Pass once through blocks; raises DataError, with the block and the row, for what cannot be trained on."""
    kept: list[Examples] | None = []
    sample: list[Examples] = []
    counts: list[int] = []
    capacity, stride, weight = 0, 1, 0.0
    digest = hashlib.sha256()
    for examples in BlockReader(net, loss, blocks, dtype).in_order():
        rows = len(examples.T)
        if not counts:
            capacity = max(1, blocks.memory // (COPIES * bytes_of_a_row(examples)))
        elif (sample[0].weight is None) != (examples.weight is None):
            raise DataError(f"{blocks.place(len(counts))}weights are there in some blocks alone: give them in all")
        counts.append(rows)
        weight += rows if examples.weight is None else float(total_weight(examples.weight.astype(np.float64)))
        tree_map(lambda values: add_array(digest, "", values), examples)
        if kept is not None:
            kept.append(examples)
            if sum(counts) > capacity:
                kept = None
        sample.append(examples.taken(np.arange(0, rows, stride)))
        if sum(len(one.T) for one in sample) > 2 * _SAMPLE:
            sample, stride = [one.taken(np.arange(0, len(one.T), 2)) for one in sample], 2 * stride
    if not sum(counts):
        raise DataError("the blocks hold no example that counts")
    all_ = None if kept is None else joined(kept)
    return Look(tuple(counts), all_, joined(sample), capacity, weight, digest.hexdigest())


def bytes_of_a_row(examples: Examples) -> int:
    """The bytes that an example takes."""
    sizes: list[int] = []
    tree_map(lambda values: sizes.append(values.dtype.itemsize * int(np.prod(values.shape[1:]))), examples)
    return sum(sizes) + (examples.T.dtype.itemsize if examples.weight is None else 0)


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
            loss, dtype = _judging(net, options)
            seen = look(net, loss, blocks, dtype)
            found = seen.all
            if found is None:
                found = seen.sample
                seen.check_largest(blocks)
                reader = BlockReader(net, loss, blocks, dtype, seen.counts)
                passages[name] = Passage(reader.in_order, seen.weight, max(seen.counts), seen.digest)
            inputs = found.inputs
            P = next(iter(inputs.values())) if len(inputs) == 1 else inputs
            changes[name] = (P, found.T, *([] if found.weight is None else [found.weight]))
    told = dataclasses.replace(options, **changes) if changes else options
    return told, Passages(**passages) if passages else None


def gathered(net: Network, blocks: Blocks, options: TrainingOptions) -> tuple[Examples, ExampleStream | None, Any]:
    """The examples of blocks and no stream, or a sample of them, the stream and the order of its batches.

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
    seen = look(net, loss, blocks, dtype)
    if seen.all is not None:
        return seen.all, None, None
    total = sum(seen.counts)
    rule = as_rule(options.optimizer)
    size = default_batch_size(rule, total) if options.batch_size is None else options.batch_size
    told = f"the blocks hold {total:,} examples, of which memory holds {seen.capacity:,}"
    if isinstance(rule, FullBatchRule) or size == "all" or (isinstance(size, int) and size >= total):
        what = title_of(rule) if isinstance(rule, FullBatchRule) or options.batch_size is None else "batch_size='all'"
        raise ArgumentError(
            f"{what} needs all examples in each update, and {told}: give more memory, tw.blocks(..., memory='8GB'), or "
            "train adam with a batch_size"
        )
    if options.order not in ("shuffle", "sequential"):
        raise ArgumentError(
            f"order {options.order!r} needs all examples at hand, and {told}: use 'shuffle', or give more memory"
        )
    if options.devices not in (None, 1):
        raise ArgumentError(f"devices={options.devices!r} share examples in memory, and {told}: use one device")
    if not is_count(size):
        raise ArgumentError(f"batch_size is {shown(size)}; it must be 'all' or a whole number of at least 1")
    if size > seen.capacity:
        raise ArgumentError(f"batch_size is {size}, and {told}: give more memory, or smaller batches")
    seen.check_largest(blocks)
    order = StreamOrder(
        total, int(size), options.order, options.seed, counts=seen.counts, capacity=seen.capacity,
        in_order=not blocks.at_random,
    )  # fmt: skip
    reader = BlockReader(net, loss, blocks, dtype, seen.counts)
    stream = ExampleStream(order, reader if blocks.at_random else InOrder(reader, len(seen.counts)), seen.digest)
    return seen.sample, stream, order


def _judging(net: Network, options: TrainingOptions) -> tuple[Loss, str]:
    """The loss and the number type, as `make_recipe` takes them."""
    loss: Loss = LOSSES.get(default_loss(net) if options.loss is None else options.loss)
    full = isinstance(as_rule(options.optimizer), FullBatchRule)
    return loss, options.dtype or ("float64" if full else "float32")
