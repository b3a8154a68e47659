"""Examples that came as columns, written row by row into the arrays of a buffer without a matrix between."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from .buffer import Places, Whole, put_rows
from .examples import Examples

_CHUNK = 1 << 20
"""Bytes of rows that are gathered at a time, so that they are still near when they go to their places."""


@dataclass(frozen=True, eq=False)
class ColumnPart:
    """Examples of one input as columns of numbers, rounded to the type of a run as they are written; a `Part`."""

    inputs: Sequence[np.ndarray]
    targets: Sequence[np.ndarray]
    name: str
    """The input's."""
    dtype: str
    whole: Callable[[], Examples]
    """Reads and checks them the usual way."""

    @property
    def rows(self) -> int:
        """How many there are."""
        return len(self.targets[0])

    @property
    def weighed(self) -> bool:
        """Whether they bring weights: never."""
        return False

    def like(self) -> Examples:
        """Examples of the same shapes and types, with weights."""
        blank = (np.zeros((0, len(columns)), self.dtype) for columns in (self.inputs, self.targets))
        return Examples({self.name: next(blank)}, next(blank), np.zeros(0, self.dtype))

    def put(self, into: Examples, places: Places) -> None:
        """Write them to these rows of arrays; raises what `whole` raises if a number turns out not to be finite."""
        assert into.weight is not None
        into.weight[places] = 1
        inputs = put_columns(into.inputs[self.name], self.inputs, places)
        if not (inputs and put_columns(into.T, self.targets, places)):
            Whole(self.whole()).put(into, places)


def put_columns(to: np.ndarray, columns: Sequence[np.ndarray], places: Places) -> bool:
    """Write columns to rows of an array, and say whether all numbers are finite in its type; else some are missing.

    >>> to = np.zeros((2, 2), np.float32)
    >>> put_columns(to, [np.array([1, 2]), np.array([0.5, 1e300])], np.array([1, 0]))
    False
    """
    rows, size = len(columns[0]), max(1, _CHUNK // (len(columns) * to.itemsize))
    scratch = np.empty((min(size, rows), len(columns)), to.dtype)
    for start in range(0, rows, size):
        stop = min(start + size, rows)
        some = scratch[: stop - start]
        with np.errstate(over="ignore"):
            for number, column in enumerate(columns):
                some[:, number] = column[start:stop]
        if not np.isfinite(some).all():
            return False
        put_rows(to, some, _between(places, start, stop))
    return True


def _between(places: Places, start: int, stop: int) -> Places:
    if isinstance(places, slice):
        return slice(places.start + start, places.start + stop)
    return places[start:stop]
