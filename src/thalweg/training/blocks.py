"""Examples that come block by block, as files or from an iterable: what does not fit in memory trains from them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias, cast, runtime_checkable

from ..core.arrays import Array, Inputs
from ..core.kinds import check_count
from ..data.limits import parse_size
from ..errors import ArgumentError, DataError, shown


@runtime_checkable
class _ByNumber(Protocol):
    """Blocks of which any can be had by its number, counted from 0."""

    def at(self, number: int) -> GivenBlock: ...


GivenBlock: TypeAlias = Sequence[Inputs]
"""(P, T) or (P, T, sample_weight)."""
Source: TypeAlias = Iterable[GivenBlock] | Callable[[], Iterable[GivenBlock]] | _ByNumber
"""What can be begun again and gives blocks, or gives them by their numbers."""
Block: TypeAlias = tuple[Inputs, Array, Array | None]
"""P, T and the weights, or None."""


@dataclass(frozen=True, eq=False)
class Blocks:
    """Blocks of examples, `blocks` makes them.

    `memory` are the bytes that their examples may take while a network is trained.
    """

    source: Source
    memory: int

    @property
    def at_random(self) -> bool:
        """Whether any block can be had without those before it."""
        return isinstance(self.source, Sequence | _ByNumber)

    @property
    def count(self) -> int | None:
        """How many there are; None where only going through them tells."""
        return len(self.source) if self.at_random and isinstance(self.source, Sized) else None

    @property
    def sizes(self) -> Sequence[int] | None:
        """About how much each holds, if the source says it."""
        return getattr(self.source, "sizes", None)

    @property
    def digest(self) -> str | None:
        """What tells the files that blocks come from, if they do, from others."""
        return getattr(self.source, "digest", None)

    def __iter__(self) -> Iterator[Block]:
        """P, T and the weights, or None, of one block after another."""
        found = self.source() if callable(self.source) else self.source
        if not isinstance(found, Iterable):
            raise DataError(f"blocks are {shown(found)}, of which there are none: give a function that returns blocks")
        for number, block in enumerate(found, start=1):
            yield _block(block, number)

    def at(self, number: int) -> Block:
        """A block by its number, counted from 0, of those of which any can be had; raises DataError for others."""
        if isinstance(self.source, _ByNumber):
            return _block(self.source.at(number), number + 1)
        if not isinstance(self.source, Sequence):
            raise DataError(f"blocks of {shown(self.source)} come one after another: none can be had by its number")
        return _block(self.source[number], number + 1)

    def place(self, number: int) -> str:
        """What messages call a block, counted from 0."""
        named = getattr(self.source, "place", None)
        return f"block {number + 1}: " if named is None else named(number)

    def check(self) -> None:
        """Raise where a file that the blocks come from has changed since it was first looked at."""
        check = getattr(self.source, "check", None)
        if check is not None:
            check()


def blocks(
    source: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | Source,
    *,
    target: str | Sequence[str] | None = None,
    inputs: Sequence[str] | None = None,
    sample_weight: str | None = None,
    memory: str | int = "1GB",
) -> Blocks:
    """Examples that come block by block, for `tw.train(net, tw.blocks(...))`: as many as there are, in bounded memory.

    What fits in `memory` is trained on as arrays are, to the bit. Of more, a part of the blocks is in memory at a time,
    in an order drawn anew each epoch, and the examples of that part are shuffled; the next part is read meanwhile. The
    same seed, memory and blocks give the same run.

    Args:
        source: A Parquet, Arrow, CSV, TSV or NDJSON file, a folder or a pattern (`"data/*.parquet"`) of them, or a
            list of such; of texts some may be packed (`.csv.gz`), and then all come in their order. Or what can be
            begun again and gives (P, T) or (P, T, sample_weight): a list, an object whose `__iter__` begins anew, or a
            function without arguments that returns an iterator. The blocks of a list, or of another sequence, are taken
            in random order, others in the order in which they come.
        target: The column, or columns, of the files that hold the targets, numbers as `tw.train` takes them.
        inputs: Their columns of inputs, in the order of the network's; all others if left out.
        sample_weight: Their column of what each row counts, if it is not the same.
        memory: What the examples may take, such as "2GB" or a number of bytes: a sixth of it is a buffer. Several
            processes take it together, each about its share. The program itself takes its 0.3 to 0.6 GB besides.

    Raises ArgumentError for what is no such source, FileError for files that cannot be read.

    >>> import numpy as np, thalweg as tw
    >>> P = np.linspace(-1, 1, 1000)[:, None]
    >>> parts = [(P[i : i + 100], P[i : i + 100] ** 2) for i in range(0, 1000, 100)]
    >>> net = tw.mlp(1, 5, 1)
    >>> streamed = tw.train(net, tw.blocks(parts), epochs=3)
    >>> bool((net.ravel(streamed.params) == net.ravel(tw.train(net, P, P**2, epochs=3).params)).all())
    True
    >>> tw.train(net, tw.blocks(parts, memory="12kB"), epochs=3).updates  # a buffer of 166 examples
    96
    """
    most = parse_size(memory, "memory") if isinstance(memory, str) else check_count("memory", memory)
    if _is_path(source) or (
        isinstance(source, Sequence) and not isinstance(source, str) and len(source) and all(map(_is_path, source))
    ):
        from ..data.stream_arrays import file_blocks

        if target is None:
            raise ArgumentError("target is missing: name the column of the files that holds the targets")
        return Blocks(file_blocks(source, target, inputs, sample_weight, most), most)
    if isinstance(source, Sequence) and not isinstance(source, str | bytes) and any(map(_is_path, source)):
        raise ArgumentError("blocks are files, or (P, T) each, not both in one list: name files alone")
    for name, value in (("target", target), ("inputs", inputs), ("sample_weight", sample_weight)):
        if value is not None:
            raise ArgumentError(f"{name} names columns of files, and these blocks are arrays: leave it out")
    if isinstance(source, Iterator) or not (callable(source) or isinstance(source, Iterable)):
        raise ArgumentError(
            f"blocks of {shown(source)} cannot be begun again, as each epoch does: give a list, a function that "
            "returns an iterator, or an object whose __iter__ does"
        )
    if isinstance(source, Mapping | str | bytes):
        raise ArgumentError(f"blocks are (P, T) or (P, T, sample_weight) each, not {shown(source)}")
    return Blocks(cast("Source", source), most)


def _is_path(value: object) -> bool:
    return isinstance(value, str | Path | os.PathLike)


def _block(block: object, number: int) -> Block:
    if not isinstance(block, tuple | list) or len(block) not in (2, 3):
        raise DataError(f"block {number} is {shown(block)}; it must be (P, T) or (P, T, sample_weight)")
    P, T, *weight = block
    return P, T, weight[0] if weight else None
