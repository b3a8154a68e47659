"""How the rows of a table are dealt out to its parts: at random, by groups, or by time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from thalweg.errors import DataError

from .equal_rows import split_together
from .group_split import joined, split_groups, split_times
from .notes import Importance, Note
from .split import STRATIFIABLE, Split
from .values import counted, tidy


@dataclass(frozen=True)
class Rows:
    """What is known of the rows to be dealt out, (rows,) each or None.

    `first` is as `equal_rows` gives it; `strata` are those of a column that was named for it.
    """

    targets: tuple[pl.Series, ...]
    classifies: bool
    first: np.ndarray | None = None
    groups: np.ndarray | None = None
    times: np.ndarray | None = None
    strata: np.ndarray | None = None

    @property
    def classes(self) -> list[np.ndarray]:
        """The number of each row's class, by targets; none if these are measured."""
        return [_numbered(target) for target in self.targets] if self.classifies else []

    @property
    def proportions(self) -> np.ndarray | None:
        """What every part is to have in the same proportions: the strata, or else the classes; several together."""
        if self.strata is not None:
            return self.strata
        classes = self.classes
        if len(classes) < 2:
            return classes[0] if classes else None
        return np.unique(np.column_stack(classes), axis=0, return_inverse=True)[1].ravel()


def deal(rows: Rows, fractions: Sequence[float], seed: int, roles: dict[str, str]) -> Split:
    """The rows of the three parts: by time if there are times, in whole groups if there are groups, else at random.

    Rows that are equal stay together unless time parts them. Training has a row of every class, but for a split by
    time. `roles` are the names of the columns by their parts, as in `Roles.columns`.

    >>> rows = Rows((pl.Series("y", range(40)),), False, groups=np.repeat(np.arange(20), 2))
    >>> split = deal(rows, (0.7, 0.15, 0.15), 0, {"group": "patient"})
    >>> split.notes
    ("no 'patient' is in two parts: of 20 groups 14 train, 3 validate, 3 test",)
    """
    if rows.times is not None:
        return split_times(rows.times, fractions, roles["time"])
    if rows.groups is None and rows.strata is None and len(rows.targets) == 1:
        return split_together(tidy(rows.targets[0]), rows.first, fractions, seed, stratify=rows.classifies)
    strata = rows.proportions
    strata = None if strata is None else _pooled(strata)
    if rows.groups is None:
        dealt = pl.Series(np.zeros(len(rows.targets[0]), dtype=np.int64) if strata is None else strata)
        split = split_together(dealt, rows.first, fractions, seed, stratify=strata is not None)
        return _with_every_class(split, rows, rows.first)
    together = joined(rows.groups, rows.first, fractions)
    split = split_groups(together, strata, fractions, seed, roles["group"])
    merged = len(np.unique(rows.groups)) - len(np.unique(together))
    if merged:
        told = f"{counted(merged, 'group')} of {roles['group']!r} stay with others that have an equal row"
        split = replace(split, notes=(*split.notes, Note(told, Importance.ASIDE)))
    return _with_every_class(split, rows, together)


def _with_every_class(split: Split, rows: Rows, together: np.ndarray | None) -> Split:
    """The split after each class that training lacks has brought it one row, with those that stay with that."""
    train, validation, test = split.train, split.validation, split.test
    whole = np.arange(len(rows.targets[0])) if together is None else together
    moved = 0
    for codes in rows.classes:
        for code in np.setdiff1d(codes, codes[train]):
            held = [part for part in (validation, test) if (codes[part] == code).any()]
            pool = max(held, key=len)
            bring = np.isin(whole, whole[pool[codes[pool] == code][:1]])
            train, validation, test = (
                np.flatnonzero(bring | np.isin(np.arange(len(whole)), train)),
                validation[~bring[validation]],
                test[~bring[test]],
            )
            moved += 1
    if not moved:
        return split
    if (len(split.validation) and not len(validation)) or (len(split.test) and not len(test)):
        raise DataError(
            "the rows of a class are so few, or in so few groups, that they are all needed for training and leave a "
            "part without rows: add rows, or give parts of 0 such as --split 100/0/0"
        )
    told = f"{counted(moved, 'class', 'classes')} had no training row: one of each was moved to training"
    return Split(train, validation, test, (*split.notes, Note(told, Importance.ASIDE)))


def _pooled(strata: np.ndarray) -> np.ndarray:
    """The strata, those of fewer than `STRATIFIABLE` rows put together, and with the largest if still so few."""
    counts = np.bincount(strata)
    pooled = np.where(counts[strata] < STRATIFIABLE, len(counts), strata)
    few = pooled == len(counts)
    pooled = np.where(few, counts.argmax(), strata) if few.sum() < STRATIFIABLE else pooled
    return np.unique(pooled, return_inverse=True)[1]


def _numbered(column: pl.Series) -> np.ndarray:
    return tidy(column).rank("dense").to_numpy().astype(np.int64) - 1
