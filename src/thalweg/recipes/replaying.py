"""The run of a recipe made anew from its file and its arrays as a table, so that any of its updates can be opened."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from ..core.initializers import INITIALIZERS
from ..core.kinds import takes_kinds
from ..data.encoding import check_name
from ..data.frames import as_frame
from ..data.given_table import GivenTable
from ..data.one_hot_columns import with_classes
from ..data.values import is_missing
from ..errors import ArgumentError, DataError, ThalwegError
from ..files.model import Model
from ..files.record import damaged_record, object_at, texts_at
from ..optimizers import RULES
from ..tables.record import ignores_missing
from ..tables.steps import open_step as open_step_of
from ..training.options import TrainingOptions
from ..training.recipe import Recipe, make_recipe
from ..worked.calculation import WorkedStep
from .choices import Choices
from .examples import examples_of_classes, examples_of_values
from .fitting import rows_of_rule, training_options


@takes_kinds
def open_step(model: Model, frame: GivenTable, number: int) -> WorkedStep:
    """Update `number`, counted from 1, of the run inside a model of `fitnet` or its like, as a worked calculation.

    `frame` has the arrays that it was fitted to as a table, whose columns are named as the model names them (`thalweg
    show` tells): x1, x2, ..., y1, ..., or as the frames that were given. Raises ArgumentError where the file does not
    hold all that the run was made from, DataError for other arrays, FileError for a damaged record.

    >>> import numpy as np, polars as pl, thalweg as tw
    >>> P = np.linspace(-1, 1, 30)
    >>> fit = tw.fitnet(P, P**2, 3, "trainlm", epochs=4)
    >>> open_step(fit.model, pl.DataFrame({"x1": P, "y": P**2}), 2).title
    'Update 2 of a run with trainlm'
    """
    table = as_frame(frame).table
    table = table if model.encoding is None else with_classes(model.encoding, table)
    return open_step_of(model, table, number, recipe_from=replayed)


def replayed(model: Model, frame: GivenTable, *, validation: GivenTable | None = None) -> Recipe:
    """The recipe of the run inside a model of `fitnet` or its like, from its arrays as a table.

    Its `rows` are those of the table, from 0. Raises as `open_step` does.

    >>> import numpy as np, polars as pl, thalweg as tw
    >>> P = np.linspace(-1, 1, 30)
    >>> fit = tw.fitnet(P, P**2, 3, epochs=4)
    >>> recipe = replayed(fit.model, pl.DataFrame({"x1": P, "y": P**2}))
    >>> recipe.epochs, len(recipe.rows)
    (4, 22)
    """
    told = object_at(model.record, "recipe")
    if not told:
        raise ArgumentError("this model was not fitted to arrays by a recipe: open its steps by `thalweg step`")
    if validation is not None:
        raise ArgumentError("a model of arrays was validated on some of their rows: leave the validation table out")
    away, described = texts_at(model.record, "recipe", "not_in_file"), object_at(model.record, "recipe", "rule")
    if away:
        row = ", or a step on a row, --row 1" if described else ""
        raise ArgumentError(
            f"the file of this model does not hold what its training was given as {' and '.join(away)}, so that "
            f"its updates cannot be replayed: open them where it was trained, fit.run.step(k){row}"
        )
    if not described:
        raise damaged_record("'recipe.rule' is missing")
    try:
        table = as_frame(frame).table
        P, T = _arrays(model, table)
        rule, choices = RULES.build(described), _choices(model, told)
        read = examples_of_values if model.encoding and model.encoding.task == "regression" else examples_of_classes
        examples = read(P, T, choices)
        same = examples.fingerprint == told["fingerprint"]
        rows = rows_of_rule(rule, examples.rows)
        options = training_options(model.network, examples, choices, rule, rows)
        options = TrainingOptions(**options) if same else None
        recipe = options and make_recipe(model.network, examples.X[rows.train], examples.T[rows.train], options)
    except (ThalwegError, LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        if isinstance(error, ArgumentError | DataError):
            raise
        raise damaged_record(error) from error
    if recipe is None:
        raise DataError("the table holds other numbers than the arrays that the model was fitted to: give those")
    kept = rows.train if recipe.rows is None else rows.train[recipe.rows]
    return dataclasses.replace(recipe, rows=kept)


def _choices(model: Model, told: Mapping[str, Any]) -> Choices:
    initializer = told["initializer"]
    return Choices(
        told["hidden"],
        told["train"],
        divide=told["divide"],
        ratios=told["ratios"],
        indices=told["indices"],
        scaling=told["scaling"],
        initializer=INITIALIZERS.build(initializer) if isinstance(initializer, Mapping) else initializer,
        loss=model.loss,
        batch_size=told["batch_size"],
        seed=told["seed"],
        options={**told["options"], "engine": model.record["engine"], "verbose": False},
    )


def _arrays(model: Model, table: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """The columns of a table as the arrays of a recipe: of classes one-hot rows, or one column of 0 and 1."""
    encoding = model.encoding
    assert encoding is not None
    assert encoding.layout is not None
    P = np.column_stack([_numbers(table, name, "column") for name in encoding.layout.inputs])
    if encoding.task == "classification":
        return P, encoding.targets_of(table, some=ignores_missing(model))
    return P, np.column_stack([_numbers(table, name, "target") for name in encoding.target_names])


def _numbers(table: pl.DataFrame, name: str, role: str) -> np.ndarray:
    """A column in float64, missing as NaN."""
    check_name(table, name, role)
    if not (table[name].dtype.is_numeric() or is_missing(table[name])):
        raise DataError(f"{role} {name!r} holds {table[name].dtype}, and the arrays held numbers: give these")
    return table[name].cast(pl.Float64).to_numpy()
