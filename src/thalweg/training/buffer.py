"""The examples of a stream that are in memory together, each part of them written to where the updates take it."""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np

from ..core.arrays import tree_map
from .examples import Examples

_ALIGNED = 64
"""Bytes to a multiple of which XLA wants an array on a CPU to begin."""
Places: TypeAlias = slice | np.ndarray
"""Rows of arrays, as many as there are examples."""


class Part(Protocol):
    """Examples that came together."""

    @property
    def rows(self) -> int:
        """How many there are."""
        ...

    @property
    def weighed(self) -> bool:
        """Whether they bring weights."""
        ...

    def like(self) -> Examples:
        """Examples of the same shapes and types, with weights, of which the rows do not matter."""
        ...

    def put(self, into: Examples, places: Places) -> None:
        """Write them to these rows of arrays."""
        ...


@dataclass(frozen=True, eq=False)
class Whole:
    """Examples in arrays as a `Part`."""

    examples: Examples

    @property
    def rows(self) -> int:
        """How many there are."""
        return len(self.examples.T)

    @property
    def weighed(self) -> bool:
        """Whether they bring weights."""
        return self.examples.weight is not None

    def like(self) -> Examples:
        """Examples of the same shapes and types, with weights."""
        examples = self.examples
        return examples if self.weighed else examples._replace(weight=np.ones(0, examples.T.dtype))

    def put(self, into: Examples, places: Places) -> None:
        """Write them to these rows of arrays."""
        weighed = self.examples if self.weighed else self.examples._replace(weight=np.ones(self.rows, into.T.dtype))
        tree_map(lambda to, values: put_rows(to, values, places), into, weighed)


class Buffer(Examples):
    """The examples of a span in the order of its updates, at the beginning of arrays with room for more."""

    filled: Examples
    """The arrays whole: behind the examples are zeros of weight 0."""
    start: int
    """The update of its epoch with which the first of the buffer's begins."""


class BufferRoom:
    """Room for buffers of so many rows; memory is used again once nobody has a buffer in it any more.

    `hurried` says whether the device had to wait for the last one.

    >>> one = Whole(Examples({"input": np.ones((2, 1))}, np.array([[5.0], [7.0]]), None))
    >>> buffer = BufferRoom(6).buffer([one, one], 4, np.array([3, 1, 0, 2]))
    >>> buffer.T.ravel(), buffer.weight, buffer.filled.weight
    (array([5., 7., 7., 5.]), None, array([1., 1., 1., 1., 0., 0.]))
    """

    def __init__(self, rows: int) -> None:
        self._rows, self.hurried = rows, False
        self._free: dict[int, list[np.ndarray]] = {}

    def buffer(self, parts: Iterable[Part], rows: int, places: np.ndarray | None, start: int = 0) -> Buffer:
        """The examples of parts, so many in all, at these places; None: one behind another.

        The first is waited for before memory is taken, which by then the device may have given back.
        """
        filled: Any = None
        at, weighed = 0, False
        for part in parts:
            if filled is None:
                filled = tree_map(lambda values: self._zero_behind(rows, values), part.like())
            end = at + part.rows
            part.put(filled, slice(at, end) if places is None else places[at:end])
            at, weighed = end, weighed or part.weighed
        assert at == rows
        inputs, T, weight = tree_map(lambda values: values[:rows], filled)
        buffer = Buffer(inputs, T, weight if weighed else None)
        buffer.filled, buffer.start = filled, start
        return buffer

    def _zero_behind(self, rows: int, like: np.ndarray) -> np.ndarray:
        """An array of such rows, the first so many of them as they come, the others 0; XLA may read it as it lies."""
        shape = max(self._rows, rows), *like.shape[1:]
        size = int(np.prod(shape)) * like.dtype.itemsize
        free = self._free.setdefault(size, [])
        memory = free.pop() if free else np.empty(size + _ALIGNED, np.uint8)
        lent = np.frombuffer(memory.data, np.uint8)  # what all arrays that are made of it hold on to
        weakref.finalize(lent, free.append, memory).atexit = False
        start = -memory.ctypes.data % _ALIGNED
        whole = lent[start : start + size].view(like.dtype).reshape(shape)
        whole[rows:] = 0
        return whole


def put_rows(to: np.ndarray, values: np.ndarray, places: Places) -> None:
    """Write rows to places of an array of such rows; a row is moved as one, which takes NumPy a quarter of the time.

    >>> to = np.zeros((3, 2))
    >>> put_rows(to, np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([2, 0]))
    >>> to
    array([[3., 4.],
           [0., 0.],
           [1., 2.]])
    """
    if (
        isinstance(places, slice)
        or not (to.flags.c_contiguous and values.flags.c_contiguous)
        or to.dtype != values.dtype
    ):
        to[places] = values
    elif len(places):
        _as_one(to)[places] = _as_one(values)


def _as_one(values: np.ndarray) -> np.ndarray:
    """Each row as one value."""
    width = int(np.prod(values.shape[1:]))
    return (
        values.reshape(-1)
        if width == 1
        else values.reshape(len(values), width).view(f"V{width * values.itemsize}")[:, 0]
    )
