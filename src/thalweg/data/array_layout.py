"""Arrays as a table: which column of an array is which column of an encoding, and the answers as arrays again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from ..core.arrays import float_array, not_finite
from ..errors import ArgumentError, DataError, transposed

_SHOWN = 5
"""So many names are told."""


@dataclass(frozen=True)
class ArrayLayout:
    """The names of the columns of an array P (examples, inputs), those that are no input of the network too.

    `single` says that a class is told by one number, the probability of the second of two, and not by one for each.

    >>> ArrayLayout(("x1", "x2")).frame(np.array([[1.0, np.nan]]))["x2"].to_list()
    [None]
    """

    inputs: tuple[str, ...]
    scaling: str = "standard"
    """How the inputs are scaled; "mapminmax": to ±1 by the lowest and highest training value."""
    single: bool = False

    def detail(self, column: Any) -> str:
        """What was learnt of a column of numbers, for people: as it says itself, or by its range."""
        if self.scaling == "standard":
            return column.detail
        missing = f"; missing: {column.median:.4g} and a mark" if column.indicator else ""
        if self.scaling == "none":
            return f"as it is{missing}"
        low, high = column.scale.undo(np.array([-1.0, 1.0]))
        return f"{low:.4g} to {high:.4g} as -1 to 1{missing}"

    def frame(self, P: Any) -> pl.DataFrame:
        """The columns of P as a table, NaN as missing.

        The columns of a frame of Polars or pandas are taken by their names, unless the layout's are those of arrays and
        the frame's others. Raises ArgumentError for another number of columns, DataError for other names, for what
        holds no numbers, or infinite ones.
        """
        order = self._order(column_names("P", P))
        vector = np.ndim(P) == 1
        one = "P[None]" if isinstance(P, np.ndarray) else "[P]"
        P = read_matrix("P", P)
        P = P if order is None else P[:, order]
        if P.shape[1] != len(self.inputs):
            hint = transposed("P", P.shape, len(self.inputs))
            if vector:
                hint = f": one example? examples are rows here, give {one}" if len(P) == len(self.inputs) else ""
            raise ArgumentError(f"P has {P.shape[1]} columns; the model has {len(self.inputs)} inputs{hint}")
        columns = {name: pl.Series(P[:, place]).fill_nan(None) for place, name in enumerate(self.inputs)}
        return pl.DataFrame(columns)

    def _order(self, given: tuple[str, ...] | None) -> list[int] | None:
        """Where each input stands among the names that were given; None: they stand as they are."""
        if given is None or given == self.inputs:
            return None
        if set(given) == set(self.inputs):
            return [given.index(name) for name in self.inputs]
        if self.inputs == names_of_arrays(len(self.inputs)) and not set(given) & set(self.inputs):
            return None
        lacking = [repr(name) for name in self.inputs if name not in given]
        extra = [repr(name) for name in given if name not in self.inputs]
        told = [
            f"{what} {', '.join(names[:_SHOWN])}{', ...' if len(names) > _SHOWN else ''}"
            for what, names in (("lacks", lacking), ("has", extra))
            if names
        ]
        raise DataError(f"P {' and '.join(told)}, unlike the frame of the training: give the columns that it had")


def names_of_arrays(columns: int) -> tuple[str, ...]:
    """What the columns of an array are called: x1, x2, ..."""
    return tuple(f"x{number}" for number in range(1, columns + 1))


def column_names(place: str, values: Any) -> tuple[str, ...] | None:
    """The names of the columns of a frame of Polars or pandas, None for an array; raises DataError for one name twice.

    Numbers are no names: a frame of pandas that was made of an array has such.

    >>> column_names("P", pl.DataFrame({"b": [1.0], "a": [2.0]}))
    ('b', 'a')
    """
    if isinstance(values, np.ndarray) or not hasattr(values, "columns"):
        return None
    names = tuple(values.columns)
    if not names or not all(isinstance(name, str) for name in names):
        return None
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise DataError(f"{place} has {names.count(twice)} columns {twice!r}: rename all but one")
    return names


def read_matrix(place: str, values: Any) -> np.ndarray:
    """Numbers in float64 as (examples, columns), a vector as one column; NaN where one is missing.

    Raises ArgumentError for other shapes, DataError for what holds no numbers, or infinite ones.

    >>> read_matrix("P", [1, 2]).shape
    (2, 1)
    """
    array = float_array(place, values)
    array = array[:, None] if array.ndim == 1 else array
    if array.ndim != 2:
        raise ArgumentError(f"{place} has shape {array.shape}; it must be (examples, columns)")
    if np.isinf(array).any():
        raise DataError(not_finite(place, np.where(np.isnan(array), 0.0, array)))
    return array
