"""What a split leaves of the targets: values that vary to learn, and to judge by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from thalweg.errors import DataError

from .notes import Importance, Note
from .values import counted, shown, tidy

if TYPE_CHECKING:
    from .prepared import Part
    from .targets import Targets

FEWEST = 8
"""Of fewer validation rows nothing is told that are all the same."""


def check_training_targets(columns: Sequence[pl.Series], rows: np.ndarray) -> None:
    """Raise DataError for a target that varies in the table, and not in these rows, which are to train.

    >>> check_training_targets([pl.Series("y", [3.0, 3.0, 4.0])], np.array([0, 1]))
    Traceback (most recent call last):
    thalweg.errors.DataError: target 'y' is 3.0 in both training rows, though not in all 3 rows: split the rows \
otherwise, or give more of them
    """
    for column in columns:
        values = tidy(column).drop_nulls()
        own = tidy(column.gather(rows)).drop_nulls()
        if len(own) and own.n_unique() == 1 and values.n_unique() > 1:
            where = {1: "the only training row", 2: "both training rows"}.get(
                len(own), f"all {len(own):,} training rows"
            )
            raise DataError(
                f"target {column.name!r} is {shown(own[0])} in {where}, though not in all "
                f"{counted(len(values), 'row')}: split the rows otherwise, or give more of them"
            )


def target_notes(targets: Targets, train: Part | None, validation: Part | None) -> tuple[Note, ...]:
    """Notes on classes whose training rows count nothing, and on targets that are the same in all validation rows."""
    told: list[str] = []
    for place, target in enumerate(targets):
        if target.classes and train is not None and train.sample_weight is not None:
            codes = target.codes(_of(train, place))
            rows, weights = (np.bincount(codes, each, len(target.classes)) for each in (None, train.sample_weight))
            told += [
                f"target {target.name!r}: all training rows of {shown(target.classes[code])} have the weight 0, so "
                "that it is not learnt"
                for code in np.flatnonzero((rows > 0) & (weights == 0)).tolist()
            ]
        if validation is not None:
            told += _same_in_all(target.name, _of(validation, place), validation.sample_weight)
    return tuple(Note(one, Importance.MAY_BE_WRONG) for one in told)


def _of(part: Part, place: int) -> np.ndarray:
    return part.labels if part.labels.ndim == 1 else part.labels[:, place]


def _same_in_all(name: str, values: np.ndarray, weight: np.ndarray | None) -> list[str]:
    """That values are the same in all validation rows that count, if so."""
    there = ~np.isnan(values) if values.dtype.kind == "f" else np.ones(len(values), bool)
    there &= True if weight is None else weight > 0
    kept = values[there]
    if len(kept) < FEWEST or not (kept == kept[0]).all():
        return []
    value = f"{kept[0]:.4g}" if values.dtype.kind == "f" else shown(kept[:1].tolist()[0])
    return [
        f"target {name!r} is {value} in all {len(kept):,} validation rows: their loss, by which the epoch is chosen, "
        "says nothing of other values; split the rows otherwise, or give a table to validate on (--validation)"
    ]
