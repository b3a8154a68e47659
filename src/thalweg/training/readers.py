"""Processes that read files together, each its share of the blocks, and tell one another what they found."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np

from .agreement import check_alike, exchanged_arrays, exchanged_data, raised_in_all
from .processes import joined


@dataclass(frozen=True)
class Readers:
    """How many processes read together, and which of them this is; a process alone reads all.

    >>> Readers(1, 2).share([10, 10, 10, 30])
    range(3, 4)
    >>> Readers().share([10, 10]), Readers().data("found")
    (range(0, 2), ['found'])
    """

    number: int = 0
    count: int = 1

    @classmethod
    def of(cls, devices: Any) -> Readers:
        """Those of a run on so many devices: all processes that have joined, unless it is this one's alone."""
        found = joined()
        return cls() if found is None or devices is None else cls(*found)

    def share(self, sizes: Sequence[float]) -> range:
        """The numbers of the blocks that this process reads, by how much there is to each."""
        return shares_of(sizes, self.count)[self.number]

    def agreeing(self) -> AbstractContextManager[None]:
        """What each does with its share: where one fails, all end with its message."""
        return raised_in_all() if self.count > 1 else nullcontext()

    def check_alike(self, told: Any) -> None:
        """Raise ArgumentError, in all of them, where one was given others of these things, by their names."""
        if self.count > 1:
            check_alike(told, other_given)

    def data(self, found: Any) -> list[Any]:
        """The plain data that each has found, in their order."""
        return exchanged_data(found) if self.count > 1 else [found]

    def arrays(self, found: np.ndarray) -> list[np.ndarray]:
        """The rows that each has found, in their order."""
        return exchanged_arrays(found) if self.count > 1 else [found]


ALONE = Readers()


def shares_of(sizes: Sequence[float], processes: int) -> list[range]:
    """The blocks of each process, one after another: about as much of all in each, and one block if there are as many.

    >>> shares_of([10, 10, 10, 30], 2), shares_of([9, 1, 1], 3)
    ([range(0, 3), range(3, 4)], [range(0, 1), range(1, 2), range(2, 3)])
    >>> shares_of([10], 2)
    [range(0, 1), range(1, 1)]
    """
    some = min(processes, len(sizes))
    middles = np.cumsum(sizes) - np.asarray(sizes) / 2
    starts = np.searchsorted(middles, np.sum(sizes) * np.arange(some) / max(some, 1)).tolist()
    for process in range(1, some):
        starts[process] = max(starts[process], starts[process - 1] + 1)
    starts = [min(start, len(sizes) - some + process) for process, start in enumerate(starts)]
    starts += [len(sizes)] * (processes - some)
    return [range(start, stop) for start, stop in zip(starts, [*starts[1:], len(sizes)], strict=True)]


def other_given(first: dict[str, Any], other: dict[str, Any], number: int) -> str:
    """The message where process 0 and another were given other things by the same names."""
    name = next(name for name in first if first[name] != other[name])
    plain = isinstance(first[name], int) and isinstance(other[name], int)
    many = f": {other[name]}, not {first[name]}" if plain else ""
    return (
        f"the processes were given other {name} (process {number} than process 0{many}): start all with the "
        "same command, on the same files"
    )
