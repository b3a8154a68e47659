"""The gradient of a model on the rows of a table, beside differences."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from ..core.kinds import check_count
from ..data.frames import as_frame
from ..data.given_table import GivenTable
from ..errors import ArgumentError
from ..files.model import Model
from ..gradient_check import check_network
from ..gradient_check.network import MOST_WEIGHTS
from ..gradient_check.student_file import check_file
from .record import penalties_of, targets_for

if TYPE_CHECKING:
    from ..gradient_check import GradientCheck

MOST_ROWS = 200
"""As many rows a gradient is checked on, unless told otherwise."""


def check_model(
    model: Model,
    frame: GivenTable,
    *,
    rows: int | Literal["all"] = MOST_ROWS,
    weights: int | Literal["all"] = MOST_WEIGHTS,
    gradient: str | Path | None = None,
) -> GradientCheck:
    """The gradient of a model on the rows of a table, with the penalty of its training, beside central differences.

    In float64, whatever the type of the model; of more than `rows` rows, on so many that are spread over the table.
    With `gradient`, a file of a student's (`gradient_check.student_file`), that is judged, and not Thalweg's own.
    Raises ArgumentError for a model that was not trained on a table, and DataError for a table that does not fit it.

    >>> import polars as pl, thalweg as tw
    >>> frame = pl.DataFrame({"x": list(range(40)), "y": [2.0 * x + 1 for x in range(40)]})
    >>> trained = tw.train_table(frame, "y", tw.Settings(hidden=(8,), epochs=10))
    >>> check_model(trained.model, frame).passed
    True
    """
    model = model.single()
    if model.encoding is None:
        raise ArgumentError("this model was trained on arrays, not on a table: use tw.check_network with the arrays")
    if rows != "all":
        check_count("rows", rows)
    frame = as_frame(frame).table
    P, notes = model.encoding.inputs_of(frame)
    of_table = targets_for(model, frame)
    T = of_table["T"]
    l1, l2 = penalties_of(model)
    count = len(T) if rows == "all" else min(len(T), rows)
    chosen = np.linspace(0, len(T) - 1, count).round().astype(int)
    targets = of_table["targets"]
    at = model.network, model.loss, model.params, P[chosen], T[chosen]
    options = {"targets": targets, "l1": l1, "l2": l2}
    if gradient is None:
        check = check_network(*at, **options, weights=weights)
    else:
        check = check_file(gradient, *at, **options, entries=None if weights == MOST_WEIGHTS else weights)
    told = [*check.notes, *notes]
    if count < len(T):
        told.append(f"{count:,} of {len(T):,} rows were used, spread over the table")
    if l2:
        told.append(f"the error has the l2 penalty of the training, {l2:g}")
    if l1:
        told.append(f"the error has the l1 penalty of the training, {l1:g}")
    if np.dtype(model.dtype) != np.float64:
        told.append(f"the model's {np.dtype(model.dtype).name} parameters were checked in float64")
    return dataclasses.replace(check, notes=tuple(told))
