"""Classes in a table as the arrays of a recipe had them: a column of 0 and 1 for each, or one named y."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from ..errors import DataError
from .target import TargetEncoding

if TYPE_CHECKING:
    from .encoding import Encoding

_TOLD = 6


def with_classes(encoding: Encoding, frame: pl.DataFrame) -> pl.DataFrame:
    """The table with its classes in one column, where a model of arrays has them as columns of 0 and 1, or as `y`.

    Any other table is given back as it is. Raises DataError for a row that is not one 1 among zeros.
    """
    target = encoding.targets[0]
    if encoding.layout is None or encoding.several or target.scale is not None or target.name in frame.columns:
        return frame
    free = [name for name in frame.columns if name not in encoding.layout.inputs]
    if "y" in free:
        return frame.rename({"y": target.name})
    for names in names_of(target):
        if set(names) <= set(free):
            labels = pl.Series(target.name, _labels(target, frame.select(names)))
            return frame.drop(names).with_columns(labels)
    return frame


def names_of(target: TargetEncoding) -> tuple[list[str], ...]:
    """The names that columns of 0 and 1 may have: y1, y2, ..., or those of the classes.

    >>> names_of(TargetEncoding("class", "classification", (1, 2, 3), None))
    (['y1', 'y2', 'y3'], ['1', '2', '3'])
    """
    return [f"y{k + 1}" for k in range(len(target.classes))], [str(name) for name in target.classes]


def columns_told(target: TargetEncoding) -> str:
    """Which columns tell the classes, for a table that has none.

    >>> columns_told(TargetEncoding("class", "classification", (1, 2, 3), None))
    "a column 'class' of 1, 2, 3, or columns of 0 and 1, y1, y2, y3"
    """
    numbered, _ = names_of(target)
    classes, columns = (
        ", ".join(map(str, some[:_TOLD])) + (", ..." if len(some) > _TOLD else "")
        for some in (target.classes, numbered)
    )
    return f"a column {target.name!r} of {classes}, or columns of 0 and 1, {columns}"


def _labels(target: TargetEncoding, columns: pl.DataFrame) -> list[object]:
    names = columns.columns
    for name in names:
        if not (columns[name].dtype.is_numeric() or columns[name].dtype in (pl.Boolean, pl.Null)):
            raise DataError(f"target {name!r} holds {columns[name].dtype}; it must be 0 or 1 for its class")
    values = columns.cast(pl.Float64).fill_null(np.nan).to_numpy()
    none: np.ndarray = np.any(np.isnan(values), axis=1)
    wrong = ~none & (((values != 0) & (values != 1)).any(axis=1) | (values.sum(axis=1) != 1))
    if wrong.any():
        row = int(wrong.argmax())
        told = ", ".join(f"{value:g}" for value in values[row])
        raise DataError(f"{', '.join(names)} are {told} in row {row + 1}; they must be one 1 among 0s")
    found = values.argmax(axis=1)
    return [None if lacks else target.classes[k] for k, lacks in zip(found, none, strict=True)]
