"""Arrays as a table: which column of an array is which column of an encoding, and the answers as arrays again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from ..core.arrays import float_array, not_finite
from ..errors import ArgumentError, DataError, transposed


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

        Raises ArgumentError for another number of columns, DataError for what holds no numbers, or infinite ones.
        """
        P = read_matrix("P", P)
        if P.shape[1] != len(self.inputs):
            hint = transposed("P", P.shape, len(self.inputs))
            raise ArgumentError(f"P has {P.shape[1]} columns; the model has {len(self.inputs)} inputs{hint}")
        columns = {name: pl.Series(P[:, place]).fill_nan(None) for place, name in enumerate(self.inputs)}
        return pl.DataFrame(columns)


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
