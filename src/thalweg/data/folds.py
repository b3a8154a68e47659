"""Rows dealt out to folds, each of which validates what the others train."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from thalweg.errors import DataError

from .equal_rows import FEWEST, equal_rows
from .notes import Importance, Note
from .prepared import Part
from .values import counted


@dataclass(frozen=True)
class Folds:
    """The rows that train and those that validate in each fold, by their places among all, and notes on them.

    A row validates in one fold at most: one whose class has no other row trains in all, and so does the oldest part of
    a table that is split by time.
    """

    train: tuple[np.ndarray, ...]
    validation: tuple[np.ndarray, ...]
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.train)

    @property
    def validated(self) -> np.ndarray:
        """The rows that validate in some fold, in ascending order."""
        return np.sort(np.concatenate(self.validation))


def most_folds(part: Part) -> int:
    """How many folds the rows can be dealt out to: as many as there are groups, or rows that differ."""
    if part.times is not None:
        return len(np.unique(part.times)) - 1
    groups = _groups(part)
    return len(part.T) if groups is None else len(np.unique(groups))


def make_folds(part: Part, folds: int, seed: int, stratify: bool) -> Folds:
    """Deal rows out to folds by scikit-learn's splitters; the same seed gives the same folds.

    Classes are in the same proportions in all folds if `stratify`, and so are `part.strata` if there are any; rows of a
    group, and rows that are equal, come into one fold; with `part.times` each fold is validated on the rows that follow
    those it is trained on. Raises DataError for more folds than there are rows, or groups.

    >>> part = Part(np.arange(10.0)[:, None], np.arange(10.0)[:, None], np.arange(10), np.arange(10.0))
    >>> folds = make_folds(part, 5, 0, stratify=False)
    >>> [len(rows) for rows in folds.validation], folds.validated.tolist() == list(range(10))
    ([2, 2, 2, 2, 2], True)
    """
    rows, most = len(part.T), most_folds(part)
    if folds > most:
        what = "different rows to train on" if part.groups is None else "groups of rows"
        if part.times is not None:
            what = "times beside the oldest"
        raise DataError(f"folds is {folds}, and there are {most} {what}: give at most {most} folds, or more rows")
    if part.times is not None:
        return _by_time(part.times, folds)
    strata = _strata(part) if stratify or part.strata is not None else None
    groups = _groups(part)
    single = np.zeros(rows, dtype=bool)
    notes: tuple[str, ...] = ()
    if strata is not None:
        counts = np.bincount(strata)
        single = counts[strata] < 2
        few = int(((counts > 1) & (counts < folds)).sum())
        if few:
            told = (
                f"{counted(few, 'class has', 'classes have')} fewer rows than there are folds: not every fold has one"
            )
            notes = (Note(told, Importance.ASIDE),)
        if single.any():
            told = f"{counted(int(single.sum()), 'class has', 'classes have')} one row, which no fold validates"
            notes = (*notes, Note(told, Importance.ASIDE))
    dealt = np.flatnonzero(~single)
    if len(dealt) < folds:
        raise DataError(f"folds is {folds}, and only {len(dealt)} rows have a class with others: give fewer folds")
    number = np.full(rows, -1)
    number[dealt] = _dealt(
        None if strata is None else strata[dealt], None if groups is None else groups[dealt], len(dealt), folds, seed
    )
    places = np.arange(rows)
    return Folds(
        tuple(places[number != k] for k in range(folds)), tuple(places[number == k] for k in range(folds)), notes
    )


def _dealt(strata: np.ndarray | None, groups: np.ndarray | None, rows: int, folds: int, seed: int) -> np.ndarray:
    """The fold of each row (rows,)."""
    from sklearn import model_selection as splits

    shuffled: dict[str, Any] = {"n_splits": folds, "shuffle": True, "random_state": seed % 2**32}
    first = None
    if groups is not None:
        _, first, groups = np.unique(groups, return_index=True, return_inverse=True)
        if len(first) > rows / 2 and len(first) >= folds:  # mostly single rows: the groups are dealt out as rows are
            own = None if strata is None else strata[first]
            return _dealt(own, None, len(first), folds, seed)[groups]
    if strata is not None and (np.bincount(strata)[np.unique(strata)] < folds).all():
        strata = None
    if groups is None:
        splitter = splits.KFold(**shuffled) if strata is None else splits.StratifiedKFold(**shuffled)
    else:
        splitter = splits.GroupKFold(**shuffled) if strata is None else splits.StratifiedGroupKFold(**shuffled)
    number = np.zeros(rows, dtype=np.intp)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a class rarer than the folds: told by a note
        for fold, (_, validation) in enumerate(splitter.split(np.zeros((rows, 1)), strata, groups)):
            number[validation] = fold
    return number


def _by_time(times: np.ndarray, folds: int) -> Folds:
    """Each fold trains on the past and is validated on what follows; rows of one time stay together."""
    from sklearn.model_selection import TimeSeriesSplit

    moments, at = np.unique(times, return_inverse=True)
    parts = list(TimeSeriesSplit(folds).split(moments))
    return Folds(
        tuple(np.flatnonzero(np.isin(at, train)) for train, _ in parts),
        tuple(np.flatnonzero(np.isin(at, validation)) for _, validation in parts),
    )


def _strata(part: Part) -> np.ndarray:
    """The numbers that folds keep in proportion: those of the part, else those of the classes."""
    given = part.strata if part.strata is not None else part.T
    return np.unique(given, axis=0, return_inverse=True)[1].ravel()


def _groups(part: Part) -> np.ndarray | None:
    """The groups of the part; without any, of equal rows; None if all differ, or hardly any do."""
    if part.groups is not None:
        return part.groups
    equal = equal_rows([pl.Series(values) for values in np.hstack([part.P, part.T]).T])
    return None if equal is None or len(np.unique(equal)) < FEWEST else equal
