"""Classification or regression: what a target column asks for."""

from __future__ import annotations

import numpy as np
import polars as pl

from thalweg.errors import ArgumentError, DataError, unknown

from .choices import TASKS
from .values import counted, is_missing, numbers, refuse_nested, tidy

FEW_VALUES = 20
"""Whole numbers with more distinct values than this are measured, not classes."""

ROWS_A_VALUE = 5
"""Whole numbers with fewer rows for a value than this, on average, are measured, not classes."""


def infer_task(column: pl.Series) -> tuple[str, str]:
    """The task that a target column asks for, and the reason in a sentence.

    Text, booleans and categories are classes. Numbers with fractions are measured: regression. Whole numbers (stored
    as floats or not) are classes if there are two of them, or at most `FEW_VALUES` with on average at least
    `ROWS_A_VALUE` rows for each; else measured.

    Raises DataError as `check_target` does.

    >>> infer_task(pl.Series("rain", [0.0, 2.5, 1.0]))
    ('regression', "target 'rain' holds numbers with fractions")
    """
    check_target(column)
    name = f"target {column.name!r}"
    present = tidy(column).drop_nulls()
    if present.dtype == pl.Boolean:
        return "classification", f"{name} is true or false"
    distinct = present.n_unique()
    if present.dtype == pl.String:
        return "classification", f"{name} is text with {counted(distinct, 'distinct value')}"
    values = numbers(present)
    if not (values == np.round(values)).all():
        return "regression", f"{name} holds numbers with fractions"
    found = f"{name} holds whole numbers with {counted(distinct, 'distinct value')} in {counted(len(present), 'row')}"
    if distinct == 2 or (distinct <= FEW_VALUES and len(present) >= ROWS_A_VALUE * distinct):
        return "classification", found
    return "regression", found


def check_task(task: str) -> str:
    """The task itself; raises ArgumentError for one that is not known."""
    if task not in TASKS:
        raise ArgumentError(unknown("task", task, TASKS))
    return task


def check_target(column: pl.Series) -> None:
    """Raise DataError for a column that can be no target: nested, a date or time, all missing, infinite somewhere."""
    refuse_nested(column)
    if is_missing(column):
        raise DataError(f"target {column.name!r} has no values: give those of the rows to learn from")
    if column.dtype.is_temporal():
        raise DataError(
            f"target {column.name!r} is of type {column.dtype}: predict a number instead, such as the days since a date"
        )
    if column.dtype.is_numeric():
        numbers(column)
