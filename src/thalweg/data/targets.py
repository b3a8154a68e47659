"""Target columns, one or several: all measured, or all of two classes, their outputs side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import polars as pl

from thalweg.errors import ArgumentError, DataError

from .target import TargetEncoding
from .task import check_task, infer_task
from .values import counted, tidy

Targets: TypeAlias = "tuple[TargetEncoding, ...]"

MOST_TOLD = 5
"""Of more targets, so many are named."""


def target_names(target: str | Sequence[str]) -> tuple[str, ...]:
    """The names of one target or of several; raises ArgumentError for none, and for one that is given twice.

    >>> target_names("fat"), target_names(["water", "fat"])
    (('fat',), ('water', 'fat'))
    """
    names = (target,) if isinstance(target, str) else tuple(target)
    if not names:
        raise ArgumentError("no target is given: name the column to predict, or several")
    twice = next((name for place, name in enumerate(names) if name in names[:place]), None)
    if twice is not None:
        raise ArgumentError(f"target {twice!r} is given twice: name each target once")
    return names


def targets_told(names: Sequence[str]) -> str:
    """The names in a text.

    >>> targets_told(["fat"]), targets_told(["water", "fat", "protein"])
    ("'fat'", "'water', 'fat' and 'protein'")
    """
    quoted = [repr(name) for name in names[:MOST_TOLD]]
    if len(names) > MOST_TOLD:
        quoted.append(f"{len(names) - MOST_TOLD} more")
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"


def infer_tasks(frame: pl.DataFrame, names: Sequence[str], task: str | None) -> tuple[str, str]:
    """The one task of all targets, as `infer_task` tells it or as it was asked for, and the reason.

    Raises DataError for targets of two kinds, and as `infer_task` does; ArgumentError for an unknown task.

    >>> infer_tasks(pl.DataFrame({"water": [0.5, 1.5], "fat": [2.5, 3.0]}), ["water", "fat"], None)
    ('regression', "target 'water' holds numbers with fractions; target 'fat' holds numbers with fractions")
    """
    found = [infer_task(frame[name]) for name in names]
    kinds = list(dict.fromkeys(kind for kind, _ in found))
    reasons = [reason for _, reason in found]
    told = "; ".join(reasons[:MOST_TOLD]) + (f"; and {len(names) - MOST_TOLD} more" if len(names) > MOST_TOLD else "")
    if task is not None and [check_task(task)] != kinds:
        return task, f"{task} was asked for; without that it would be {' or '.join(kinds)}: {told}"
    if len(kinds) > 1:
        firsts = [next(reason for kind, reason in found if kind == one) for one in kinds]
        numeric = all(frame[name].dtype.is_numeric() for name in names)
        remedy = "say --task regression if all are measured, or train them apart" if numeric else "train them apart"
        raise DataError(
            f"the targets ask for {' and '.join(kinds)} ({'; '.join(firsts)}): several are all measured, or all of two "
            f"classes; {remedy}"
        )
    return kinds[0], told


def fit_targets(frame: pl.DataFrame, names: Sequence[str], task: str) -> Targets:
    """The encoding of each target; raises DataError as `TargetEncoding.fit` does, and for one of several with more
    than two classes.
    """
    targets = tuple(TargetEncoding.fit(frame[name], task) for name in names)
    for target in targets if len(targets) > 1 else ():
        if len(target.classes) > 2:
            numeric = "say --task regression if all are measured, or " if frame[target.name].dtype.is_numeric() else ""
            raise DataError(
                f"target {target.name!r} has {len(target.classes)} classes, and several targets are all measured, or "
                f"all of two classes: {numeric}train it alone"
            )
    return targets


def encode_targets(targets: Targets, frame: pl.DataFrame) -> np.ndarray:
    """The targets (rows, outputs) in float64, NaN where one is missing; raises as `TargetEncoding.encode` does."""
    return np.hstack([target.encode(frame[target.name]) for target in targets])


def labels_of(targets: Targets, frame: pl.DataFrame) -> np.ndarray:
    """The labels or values of rows that have them: (rows,), or (rows, targets) of several; NaN of a measured one that
    is missing."""
    return side_by_side([target.labels(frame[target.name]) for target in targets])


def side_by_side(columns: Sequence[np.ndarray]) -> np.ndarray:
    """Labels or values of one target as they are, of several as (rows, targets); as objects if they are no numbers.

    >>> side_by_side([np.array(["yes", "no"]), np.array([True, False])]).tolist()
    [['yes', True], ['no', False]]
    """
    if len(columns) == 1:
        return columns[0]
    if all(column.dtype.kind == "f" for column in columns):
        return np.column_stack(columns)
    return np.array([column.astype(object) for column in columns]).T


def outputs_of(targets: Targets, outputs: np.ndarray) -> list[np.ndarray]:
    """The outputs (rows, its outputs) of each target; raises DataError for outputs of another width.

    >>> water, fat = (TargetEncoding.fit(pl.Series(name, [0.5, 1.5]), "regression") for name in ("water", "fat"))
    >>> [part.tolist() for part in outputs_of((water, fat), np.array([[1.0, 2.0]]))]
    [[[1.0]], [[2.0]]]
    """
    widths = [target.outputs for target in targets]
    if len(targets) > 1 and (outputs.ndim != 2 or outputs.shape[1] != sum(widths)):
        raise DataError(f"{len(targets)} targets need outputs of shape (rows, {sum(widths)}), not {outputs.shape}")
    return [outputs] if len(targets) == 1 else np.split(outputs, np.cumsum(widths)[:-1], axis=1)


def present_rows(targets: Sequence[pl.Series], *, some: bool = False) -> tuple[np.ndarray, list[str]]:
    """The rows (ascending indices) in which every target is, or `some`, and what is missing, a text a target.

    >>> present_rows([pl.Series("water", [1.0, None, 2.0]), pl.Series("fat", [1.0, 2.0, 3.0])])
    (array([0, 2]), ["1 of 3 rows left out: target 'water' is missing there"])
    """
    every, one = np.ones(len(targets[0]), dtype=bool), np.zeros(len(targets[0]), dtype=bool)
    told = []
    for column in targets:
        present = tidy(column).is_not_null().to_numpy()
        every, one = every & present, one | present
        missing = int((~present).sum())
        if missing:
            rows = counted(len(column), "row")
            what = "have no target {0!r}, which is ignored there" if some else "left out: target {0!r} is missing there"
            told.append(f"{missing} of {rows} {what.format(column.name)}")
    if some and not one.all():
        told.append(f"{int((~one).sum())} of {counted(len(one), 'row')} left out: no target is there")
    return np.flatnonzero(one if some else every), told
