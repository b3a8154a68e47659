"""What one passage through blocks sees: how many examples each has, a sample of them, and all if they are few."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence

import numpy as np

from ..core.arrays import tree_map
from ..core.weighing import total_weight
from ..errors import ArgumentError, DataError
from .blocks import Blocks
from .checkpoint_file import add_array
from .example_stream import joined
from .examples import Examples

COPIES = 6
"""Buffers that the memory holds: in use, on the device, ready, being made, and its pieces as they were read (twice)."""
SAMPLE = 20_000
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
    digests: tuple[str, ...]
    """Of the examples of each block."""

    @property
    def digest(self) -> str:
        """Of all examples, block by block."""
        return hashlib.sha256("".join(self.digests).encode()).hexdigest()

    def check_largest(self, blocks: Blocks) -> None:
        """Raise ArgumentError for a block that is more than a buffer holds."""
        largest = max(self.counts)
        if largest > self.capacity:
            place = blocks.place(self.counts.index(largest)).removesuffix(": ")
            verb = "has" if place.startswith("block") else "hold"
            raise ArgumentError(
                f"{place} {verb} {largest:,} examples, and memory holds a buffer of {self.capacity:,}: give smaller "
                "blocks, or more memory"
            )


class Looker:
    """Sees blocks one after another."""

    def __init__(self, blocks: Blocks) -> None:
        self._blocks = blocks
        self.counts: list[int] = []
        self.kept: list[Examples] | None = []
        """The examples of each block, while they are no more than the memory holds."""
        self.sample: list[Examples] = []
        """The examples of each block that stand for all: every so many, by `stride`."""
        self.digests: list[str] = []
        self.weights: list[float] = []
        """How many examples each block amounts to."""
        self.stride, self.capacity, self._total = 1, 0, 0

    @property
    def weighed(self) -> bool:
        """Whether the blocks bring weights."""
        return bool(self.sample) and self.sample[0].weight is not None

    def add(self, number: int, examples: Examples) -> None:
        """A block; raises DataError for weights in some blocks alone."""
        if not self.counts:
            self.capacity = max(1, self._blocks.memory // (COPIES * bytes_of_a_row(examples)))
        elif self.weighed != (examples.weight is not None):
            raise weights_in_some(self._blocks, number)
        self.counts.append(len(examples.T))
        self._total += len(examples.T)
        weight = examples.weight
        self.weights.append(len(examples.T) if weight is None else float(total_weight(weight.astype(np.float64))))
        self.digests.append(digest_of_block(examples))
        if self.kept is not None:
            self.kept.append(examples)
            if self._total > self.capacity:
                self.kept = None
        self.sample.append(thinned(examples, self.stride))
        if is_too_much(sum(len(one.T) for one in self.sample)):
            self.sample, self.stride = [thinned(one, 2) for one in self.sample], 2 * self.stride

    def seen(self) -> Look:
        """All that was seen; raises DataError if there was no example that counts."""
        check_some(self.counts)
        everything = None if self.kept is None else joined(self.kept)
        found = joined(self.sample), self.capacity, sum(self.weights), tuple(self.digests)
        return Look(tuple(self.counts), everything, *found)


def digest_of_block(examples: Examples) -> str:
    """A digest of the examples of a block, by which it is known again."""
    digest = hashlib.sha256()
    tree_map(lambda values: add_array(digest, "", values), examples)
    return digest.hexdigest()


def check_some(counts: Sequence[int]) -> None:
    """Raise DataError for blocks without an example."""
    if not sum(counts):
        raise DataError("the blocks hold no example that counts")


def weights_in_some(blocks: Blocks, number: int) -> DataError:
    """The error of a block that brings weights where others do not, or does not where they do."""
    return DataError(f"{blocks.place(number)}weights are there in some blocks alone: give them in all")


def thinned(examples: Examples, stride: int) -> Examples:
    """One of so many examples."""
    return examples.taken(np.arange(0, len(examples.T), stride))


def is_too_much(examples: int) -> bool:
    """Whether a sample of so many is to be thinned."""
    return examples > 2 * SAMPLE


def stride_of(counts: Sequence[int]) -> int:
    """Every how many examples stand for all where so many come in blocks, one after another.

    >>> stride_of([15_000] * 3), stride_of([15_000])
    (2, 1)
    """
    stride, held = 1, 0
    for number, rows in enumerate(counts):
        held += -(-rows // stride)
        if is_too_much(held):
            stride *= 2
            held = sum(-(-rows // stride) for rows in counts[: number + 1])
    return stride


def bytes_of_a_row(examples: Examples) -> int:
    """The bytes that an example takes."""
    sizes: list[int] = []
    tree_map(lambda values: sizes.append(values.dtype.itemsize * int(np.prod(values.shape[1:]))), examples)
    return sum(sizes) + (examples.T.dtype.itemsize if examples.weight is None else 0)
