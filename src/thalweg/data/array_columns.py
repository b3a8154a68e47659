"""The columns of a frame that are inputs, targets and weights, as arrays of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
import polars as pl

from thalweg.errors import ArgumentError, DataError, nearest

Arrays: TypeAlias = tuple[np.ndarray, np.ndarray, np.ndarray | None]
"""P, T and the weights of some rows, or None."""

_EXACT = {pl.Float32, pl.Float64, pl.Int8, pl.Int16, pl.Int32, pl.UInt8, pl.UInt16, pl.UInt32}
"""The types whose values NumPy rounds to float32 as Polars does on the way by float64."""
_FLOAT32 = {pl.Float32, pl.Int8, pl.Int16, pl.UInt8, pl.UInt16, pl.Boolean}
"""The types whose values are float32 numbers, too."""


class ChosenColumns(NamedTuple):
    """The names of the inputs, the targets, and the column of weights, if there is one."""

    inputs: tuple[str, ...]
    targets: tuple[str, ...]
    sample_weight: str | None

    @property
    def names(self) -> tuple[str, ...]:
        """All of them, in turn."""
        return (*self.inputs, *self.targets, *([self.sample_weight] if self.sample_weight else ()))

    @property
    def width(self) -> int:
        """The numbers of a row, its weight among them."""
        return len(self.inputs) + len(self.targets) + 1


def chosen_columns(
    schema: pl.Schema, name: str, target: str | Sequence[str], inputs: Sequence[str] | None, weight: str | None
) -> ChosenColumns:
    """The columns of a file; raises ArgumentError for one that there is not, DataError for one of no numbers."""
    if isinstance(inputs, str):
        raise ArgumentError(f"inputs is the text {inputs!r} and should be a list of columns: [{inputs!r}]")
    targets = (target,) if isinstance(target, str) else tuple(target)
    for role, column in [
        *(("target", one) for one in targets),
        *(("input", one) for one in inputs or ()),
        *([("sample_weight", weight)] if weight else []),
    ]:
        if column not in schema:
            near = nearest(column, list(schema), cutoff=0.5)
            hint = f"did you mean {near!r}?" if near else f"the columns are {', '.join(list(schema)[:20])}"
            raise ArgumentError(f"{role} {column!r} is not a column of {name}: {hint}")
    taken = tuple(inputs) if inputs is not None else tuple(c for c in schema if c not in (*targets, weight))
    if not taken:
        raise ArgumentError(f"no column of {name} is left as input: name some, inputs=[...]")
    for column in (*taken, *targets, *([weight] if weight else ())):
        kind = schema[column]
        if not (kind.is_numeric() or kind == pl.Boolean):
            raise DataError(
                f"{name}: column {column!r} is of type {kind}; blocks of arrays hold numbers: encode it first, or name "
                "the inputs without it, inputs=[...]"
            )
    return ChosenColumns(taken, targets, weight)


class ColumnArrays(NamedTuple):
    """The inputs and the targets of some rows, column by column, as they lie in a frame."""

    inputs: tuple[np.ndarray, ...]
    targets: tuple[np.ndarray, ...]


def column_arrays(frame: pl.DataFrame, columns: ChosenColumns) -> ColumnArrays | None:
    """The columns as arrays of numbers without a copy; None where a value is missing, or they bring weights.

    >>> frame = pl.DataFrame({"p": [1.0, 2.0], "y": [3, None]})
    >>> column_arrays(frame, ChosenColumns(("p",), ("y",), None)) is None
    True
    """
    if columns.sample_weight or any(series.null_count() for series in frame):
        return None
    values = (frame[name] for name in columns.names)
    found = [(one if one.dtype in _EXACT else one.cast(pl.Float64)).to_numpy() for one in values]
    return ColumnArrays(tuple(found[: len(columns.inputs)]), tuple(found[len(columns.inputs) :]))


def arrays_of(frame: pl.DataFrame, columns: ChosenColumns, name: str, before: int) -> Arrays:
    """Rows of a file, before which so many stand; raises DataError, with column and row, for what is no number."""
    lacks = next((column for column in columns.names if column not in frame.columns), None)
    if lacks is not None:
        raise DataError(f"{name}: column {lacks!r} is missing from row {before + 1} on: fill it in")
    values = frame.select(columns.names)
    values = values.cast(pl.Float32 if _FLOAT32.issuperset(values.dtypes) else pl.Float64, strict=False)
    P, T = (values.select(names).to_numpy(order="c") for names in (columns.inputs, columns.targets))
    weight = values[columns.sample_weight].to_numpy() if columns.sample_weight else None
    if not all(np.isfinite(one).all() for one in (P, T, weight) if one is not None):
        for column in columns.names:
            _check_numbers(frame[column], name, before)
    return P, T, weight


def _check_numbers(series: pl.Series, name: str, before: int) -> None:
    """Raise DataError for the first value that is missing or not finite."""
    values = series.cast(pl.Float64, strict=False).to_numpy()
    wrong = ~np.isfinite(values)
    if wrong.any():
        row = int(wrong.argmax())
        told = "missing" if series[row] is None else repr(series[row])
        told = f"{values[row]}" if series.dtype.is_numeric() and series[row] is not None else told
        raise DataError(
            f"{name}: column {series.name!r} is {told} in row {before + row + 1}: fill it in, or leave the row out"
        )
