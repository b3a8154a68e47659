"""Blocks as checked examples of a network, by number or one after another; and the first passage through them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from ..core.losses import Loss
from ..core.network import Network
from ..errors import DataError
from .arguments import read_examples
from .block_look import Look, Looker, digest_of_block
from .blocks import Blocks
from .buffer import Part, Whole
from .column_part import ColumnPart
from .examples import Examples
from .read_ahead import read_ahead

if TYPE_CHECKING:
    from ..data.stream_arrays import ArrayFiles

_BESIDE = max(1, min(3, (os.cpu_count() or 2) - 1))
"""Blocks of files that are read at once where the device waits for them; a core is left to it."""


class BlockReader:
    """Blocks as checked examples of a network and a number type, without those of weight 0.

    Once they were `seen` others are refused. (Files are watched by what the system tells of them.)
    """

    def __init__(self, net: Network, loss: Loss, blocks: Blocks, dtype: str, seen: Look | None = None) -> None:
        self._net, self._loss, self._blocks, self._dtype = net, loss, blocks, dtype
        self._counts = () if seen is None else seen.counts
        self._digests = () if seen is None or self._are_files else seen.digests

    @property
    def _are_files(self) -> bool:
        return hasattr(self._blocks.source, "place")

    def __call__(self, numbers: Sequence[int]) -> Iterator[Examples]:
        """The blocks of these numbers, in turn; of a source that gives them in order alone, the next ones."""
        for number in numbers:
            yield self._as_seen(number, self._checked(number, self._blocks.at(number)))

    def parts(self, numbers: Sequence[int], hurried: Callable[[], bool]) -> Iterator[Part]:
        """The same as they are had fastest: of files, which are what they were when they were looked through, columns.

        While `hurried` says so, blocks of files are read beside what is done with those before.
        """
        source = self._blocks.source
        by_column = hasattr(source, "columns_at") and len(self._net.inputs) == 1
        if not self._are_files:  # any of which can be read beside others
            yield from map(Whole, self(numbers))
            return
        read = self._by_column if by_column else lambda number: Whole(self._one(number))
        with closing(read_ahead(read, numbers, lambda: _BESIDE if hurried() else 0)) as parts:
            yield from parts

    def _by_column(self, number: int) -> Part:
        columns = cast("ArrayFiles", self._blocks.source).columns_at(number)
        if columns is None:
            return Whole(self._one(number))
        name = next(iter(self._net.inputs))
        return ColumnPart(columns.inputs, columns.targets, name, self._dtype, partial(self._one, number))

    def _one(self, number: int) -> Examples:
        return next(self([number]))

    def in_order(self) -> Iterator[Examples]:
        """All blocks, as they come."""
        number = -1
        for number, block in enumerate(self._blocks):
            yield self._as_seen(number, self._checked(number, block))
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

    def _as_seen(self, number: int, examples: Examples) -> Examples:
        told, found = None, len(examples.T)
        if self._counts and number >= len(self._counts):
            told = f"more blocks came than the {len(self._counts)} before"
        elif self._counts and found != self._counts[number]:
            told = f"{found} examples now, and {self._counts[number]} before"
        elif self._digests and digest_of_block(examples) != self._digests[number]:
            told = "other examples, or weights, than before"
        if told:
            raise DataError(f"{self._blocks.place(number)}{told}: give the same in each epoch")
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
            if number + 1 == self._pieces:
                next(self._open, None)  # which is refused if it comes
            yield found

    def parts(self, numbers: Sequence[int], hurried: Callable[[], bool]) -> Iterator[Part]:
        """The same as parts, one after another."""
        return map(Whole, self(numbers))


def look(net: Network, loss: Loss, blocks: Blocks, dtype: str) -> Look:
    """Pass once through blocks; raises DataError, with the block and the row, for what cannot be trained on."""
    looker = Looker(blocks)
    for number, examples in enumerate(BlockReader(net, loss, blocks, dtype).in_order()):
        looker.add(number, examples)
    return looker.seen()
