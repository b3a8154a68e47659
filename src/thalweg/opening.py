"""The steps of a model, now and of the run that made it, and whether its gradient is right."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Literal

import numpy as np

from .errors import ArgumentError
from .files.model import Model
from .landscape import check_network
from .landscape.network_check import MOST_WEIGHTS
from .pipeline import build_rule, replay_model, settings_of
from .training.arguments import check_count
from .worked.replayed import step_of
from .worked.step import WorkedStep, worked_step

if TYPE_CHECKING:
    import polars as pl

    from .landscape.checking.verdict import GradientCheck

MOST_ROWS = 200
"""As many rows a gradient is checked on, unless told otherwise."""


def open_row(model: Model, frame: pl.DataFrame, row: int, name: str = "the table") -> WorkedStep:
    """The first step of the model's rule from its parameters on one row of a table, counted from 1.

    Raises ArgumentError for a row that there is not and a model that was not trained on a table, and DataError for a
    table that does not fit the model.

    >>> import polars as pl, thalweg as tw
    >>> frame = pl.DataFrame({"x": list(range(40)), "y": [2.0 * x + 1 for x in range(40)]})
    >>> trained = tw.train_table(frame, "y", tw.Settings(hidden=(8,), epochs=10))
    >>> open_row(trained.model, frame, 17).examples
    1
    """
    if model.encoding is None:
        raise ArgumentError("this model was trained on arrays, not on a table: open a step of its run, run.step(k)")
    if not 1 <= row <= frame.height:
        raise ArgumentError(f"row {row}: the table has {frame.height:,} rows, counted from 1")
    P, notes = model.encoding.inputs_of(frame)
    T = model.encoding.targets_of(frame)
    rule, l2 = build_rule(settings_of(model))
    dtype = np.dtype(model.dtype).name
    return worked_step(
        model.network,
        model.loss,
        model.params,
        P[row - 1 : row].astype(dtype),
        T[row - 1 : row].astype(dtype),
        rule.at(0),
        l2=l2,
        title=f"A step on row {row:,} of {name}, with {type(rule).__name__}",
        notes=("The inputs and the target are as the model's encoding makes them from the row.", *notes),
    )


def check_model(
    model: Model,
    frame: pl.DataFrame,
    *,
    rows: int | Literal["all"] = MOST_ROWS,
    weights: int | Literal["all"] = MOST_WEIGHTS,
) -> GradientCheck:
    """The gradient of a model on the rows of a table, with the penalty of its training, beside central differences.

    In float64, whatever the type of the model; of more than `rows` rows, on so many that are spread over the table.
    Raises ArgumentError for a model that was not trained on a table, and DataError for a table that does not fit it.

    >>> import polars as pl, thalweg as tw
    >>> frame = pl.DataFrame({"x": list(range(40)), "y": [2.0 * x + 1 for x in range(40)]})
    >>> trained = tw.train_table(frame, "y", tw.Settings(hidden=(8,), epochs=10))
    >>> check_model(trained.model, frame).passed
    True
    """
    if model.encoding is None:
        raise ArgumentError("this model was trained on arrays, not on a table: use tw.check_network with the arrays")
    if rows != "all":
        check_count("rows", rows)
    P, notes = model.encoding.inputs_of(frame)
    T = model.encoding.targets_of(frame)
    l2 = build_rule(settings_of(model))[1] if model.record.get("settings") is not None else 0.0
    count = len(T) if rows == "all" else min(len(T), rows)
    chosen = np.linspace(0, len(T) - 1, count).round().astype(int)
    check = check_network(model.network, model.loss, model.params, P[chosen], T[chosen], l2=l2, weights=weights)
    told = [*check.notes, *notes]
    if count < len(T):
        told.append(f"{count:,} of {len(T):,} rows were used, spread over the table")
    if l2:
        told.append(f"the error has the l2 penalty of the training, {l2:g}")
    if np.dtype(model.dtype) != np.float64:
        told.append(f"the model's {np.dtype(model.dtype).name} parameters were checked in float64")
    return dataclasses.replace(check, notes=tuple(told))


def open_step(model: Model, frame: pl.DataFrame, number: int, *, validation: pl.DataFrame | None = None) -> WorkedStep:
    """Update `number`, counted from 1, of the run that made the model from the table, replayed and opened.

    Raises what `pipeline.replay_model` raises.
    """
    return step_of(replay_model(model, frame, number, validation=validation))
