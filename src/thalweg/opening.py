"""The steps of a model, now and of the run that made it; whether its gradient is right, and what ails it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from .diagnosis import Diagnosis, LossCurve, diagnose_network
from .diagnosis.training import MOST_ROWS as MOST_DIAGNOSED
from .diagnosis.training import diagnose_recipe
from .errors import ArgumentError, DataError
from .files.model import Model
from .gradient_check import check_network
from .gradient_check.network import MOST_WEIGHTS
from .pipeline import build_rule, count_in, damaged_record, recipe_of, replay_model, schedule_numbers, settings_of
from .training.arguments import check_count, default_batch_size
from .worked.replayed import step_of
from .worked.worked_step import WorkedStep, worked_step

if TYPE_CHECKING:
    import polars as pl

    from .gradient_check.verdict import GradientCheck

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


def diagnose_model(
    model: Model, frame: pl.DataFrame, *, validation: pl.DataFrame | None = None, rows: int = MOST_DIAGNOSED
) -> Diagnosis:
    """What ails the training of a model, from its record and a table: `tw.diagnose` of what the file holds.

    Over the training rows, if the table is the one that the model was trained on (with its `validation` table, if it
    had one); else over all rows, and a note says so. Of more than `rows`, on so many spread over them. Raises
    ArgumentError for a model that was not trained on a table, DataError for a table that does not fit it, and
    FileError if its record is damaged.

    >>> import polars as pl, thalweg as tw
    >>> frame = pl.DataFrame({"x": list(range(40)), "y": [2.0 * x + 1 for x in range(40)]})
    >>> trained = tw.train_table(frame, "y", tw.Settings(hidden=(8,), epochs=10))
    >>> found = diagnose_model(trained.model, frame)
    >>> found.examples, found.notes[0]
    (28, 'over the 28 training rows of the table')
    """
    if model.encoding is None:
        raise ArgumentError("this model was trained on arrays, not on a table: use tw.diagnose_network with the arrays")
    loss_curve, updates = _loss_curve(model)
    try:
        recipe = recipe_of(model, frame, validation=validation)
    except (ArgumentError, DataError) as error:
        if validation is not None:
            raise
        return _over_all_rows(model, frame, loss_curve, updates, rows, str(error))
    found = diagnose_recipe(recipe, model.params, loss_curve, updates, rows=rows)
    note = f"over the {len(recipe.examples.T):,} training rows of the table"
    return dataclasses.replace(found, notes=(note, *found.notes))


def _over_all_rows(
    model: Model, frame: pl.DataFrame, loss_curve: LossCurve | None, updates: int, rows: int, why: str
) -> Diagnosis:
    assert model.encoding is not None
    P, notes = model.encoding.inputs_of(frame)
    T = model.encoding.targets_of(frame)
    if not len(T):
        raise DataError("the table has no rows: a diagnosis needs some")
    rule, l2, batch_size = None, 0.0, "all"
    if model.record.get("settings") is not None:
        settings = settings_of(model)
        try:
            trained_on = count_in(model.record["split"], "train")
        except (KeyError, TypeError) as error:
            raise damaged_record(error) from error
        rule, l2 = build_rule(settings)
        batch_size = settings.batch_size or default_batch_size(rule, trained_on)
        rule = schedule_numbers(rule, settings, trained_on)
    found = diagnose_network(
        model.network, model.loss, model.params, P, T, rule,
        batch_size=batch_size, updates=updates, l2=l2, loss_curve=loss_curve, rows=rows,
    )  # fmt: skip
    note = f"over all {len(T):,} rows of the table, since its training rows are not known: {why}"
    return dataclasses.replace(found, notes=(note, *found.notes, *notes))


def _loss_curve(model: Model) -> tuple[LossCurve | None, int]:
    """The losses in a model's record, None for one without, and the number of its updates."""
    record = model.record
    if record.get("history") is None:
        return None, 0
    try:
        loss, validation = (_numbers(record["history"][name]) for name in ("loss", "validation_loss"))
        if loss is None:
            raise ValueError("no training loss")
        if validation is not None and len(validation) != len(loss):
            raise ValueError(f"{len(loss)} losses and {len(validation)} validation losses")
        loss_curve = LossCurve(loss, validation, str(record["stopped_because"]), count_in(record, "best_epoch"))
        return loss_curve, count_in(record, "updates")
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise damaged_record(error) from error


def _numbers(values: Any) -> np.ndarray | None:
    """Losses as they come from a file, where one that is not finite is None."""
    return None if values is None else np.array([np.nan if value is None else float(value) for value in values])
