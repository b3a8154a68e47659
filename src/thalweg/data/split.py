"""Rows dealt out to training, validation and test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from thalweg.errors import ArgumentError, DataError

from .notes import Importance, Note
from .random_cut import cut_at_random
from .values import counted, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

STRATIFIABLE = 3
"""A class with fewer rows than this goes to training whole: it cannot be in all three parts."""


@dataclass(frozen=True)
class Split:
    """The rows (ascending indices) of three disjoint parts that cover a table, and notes on how they were drawn."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    notes: tuple[str, ...] = ()


def parse_fractions(text: str) -> tuple[float, float, float]:
    """The fractions of training, validation and test rows, from percentages or from fractions.

    Raises ArgumentError for anything but three numbers, not negative, the first positive, that sum to 100 or to 1.

    >>> parse_fractions("70/15/15"), parse_fractions("0.8/0.2/0")
    ((0.7, 0.15, 0.15), (0.8, 0.2, 0.0))
    """
    right = "write training/validation/test, such as 70/15/15"
    try:
        train, validation, test = (float(part) for part in text.split("/"))
    except ValueError as error:
        raise ArgumentError(f"split {text!r} is not three numbers: {right}") from error
    total = train + validation + test
    whole = next((whole for whole in (1, 100) if abs(total - whole) < 1e-6 * whole), None)
    if whole is None:
        raise ArgumentError(f"split {text!r} sums to {total:g} and should sum to 100 or to 1: {right}")
    return check_fractions((train / whole, validation / whole, test / whole))


def check_fractions(fractions: Sequence[float]) -> tuple[float, float, float]:
    """Three fractions themselves; raises ArgumentError unless they sum to 1, none negative and the first positive."""
    values = tuple(float(fraction) for fraction in fractions)
    if len(values) != 3 or not abs(sum(values) - 1) < 1e-6 or min(values) < 0 or values[0] == 0:
        raise ArgumentError(
            f"split {'/'.join(f'{value:g}' for value in values)}: it needs three fractions that sum to 1, "
            "a positive one for training and none negative"
        )
    return values[0], values[1], values[2]


def split_rows(target: pl.Series | np.ndarray, fractions: Sequence[float], seed: int, stratify: bool) -> Split:
    """Deal the rows of a table out at random; the same seed gives the same split.

    A part whose fraction is positive gets at least one row. If `stratify`, the parts have the classes in the same
    proportions as far as whole rows allow, and training has at least one row of every class: a class with fewer than
    `STRATIFIABLE` rows goes to training whole, and notes say so.

    Raises ArgumentError for unusable fractions, DataError for too few rows.

    >>> split = split_rows(np.arange(10), (0.6, 0.2, 0.2), seed=0, stratify=False)
    >>> len(split.train), len(split.validation), len(split.test)
    (6, 2, 2)
    """
    fractions = check_fractions(fractions)
    rows = len(target)
    validation, test = (max(1, round(rows * part)) if part > 0 else 0 for part in fractions[1:])
    if rows <= validation + test:
        raise too_few(rows, fractions)
    labels = _codes(target) if stratify else np.zeros(rows, dtype=np.int64)
    rare = np.bincount(labels)[labels] < STRATIFIABLE if stratify else np.zeros(rows, dtype=bool)
    if rows - rare.sum() < validation + test:
        rare[:] = False
    notes = _rare_note(target, rare)
    common = np.flatnonzero(~rare)
    kept, held, plain = _cut(common, labels, validation + test, seed)
    validation_rows, test_rows, plain_too = _cut(held, labels, test, seed)
    if plain or plain_too:
        notes += (
            Note(
                "the classes are too many for the rows held out to keep their proportions: those were drawn at random",
                Importance.ASIDE,
            ),
        )
    train = np.concatenate([np.flatnonzero(rare), kept])
    split = _completed(Split(train, validation_rows, test_rows, notes), labels)
    if (validation and not len(split.validation)) or (test and not len(split.test)):
        raise too_few(rows, fractions)
    return split


def too_few(rows: int, fractions: Sequence[float]) -> DataError:
    """The error of a table of too few rows to split so."""
    return DataError(
        f"{counted(rows, 'row')}: too few to split {'/'.join(f'{100 * part:g}' for part in fractions)}; "
        "add rows, or give parts of 0 such as --split 100/0/0"
    )


def _codes(target: pl.Series | np.ndarray) -> np.ndarray:
    values = np.asarray(target.to_list()) if isinstance(target, pl.Series) else target
    return np.unique(values, return_inverse=True)[1]


def _rare_note(target: pl.Series | np.ndarray, rare: np.ndarray) -> tuple[str, ...]:
    if not rare.any():
        return ()
    classes = sorted({shown(label) for label in np.asarray(target)[rare].tolist()})
    names = ", ".join(classes[:5]) + (", ..." if len(classes) > 5 else "")
    few = counted(len(classes), "class has", "classes have")
    return (Note(f"{few} fewer than {STRATIFIABLE} rows and went to training whole: {names}", Importance.ASIDE),)


def _cut(rows: np.ndarray, labels: np.ndarray, size: int, seed: int) -> tuple[np.ndarray, np.ndarray, bool]:
    """Cut `size` of the rows off, the classes in proportion if there is room; whether there was none comes third."""
    if size == 0:
        return rows, rows[:0], False
    if size == len(rows):
        return rows[:0], rows, False
    strata = _strata(labels[rows])
    room = min(size, len(rows) - size) >= len(np.unique(strata))
    kept, cut = cut_at_random(rows, size, seed % 2**32, strata if room else None)
    return kept, cut, not room


def _strata(labels: np.ndarray) -> np.ndarray:
    """The classes, those of a single row put together, and with the largest class if still single."""
    counts = np.bincount(labels)
    strata = np.where(counts[labels] < 2, len(counts), labels)
    single = strata == len(counts)
    return np.where(single, counts.argmax(), strata) if single.sum() == 1 else strata


def _completed(split: Split, labels: np.ndarray) -> Split:
    """The split in ascending order, after each class that training lacks has given it one row."""
    train, validation, test = split.train, split.validation, split.test
    lacking = np.setdiff1d(labels, labels[train])
    for label in lacking:
        pool = max(validation, test, key=lambda part: len(part) if label in labels[part] else -1)
        row = pool[labels[pool] == label][:1]
        train = np.concatenate([train, row])
        validation, test = np.setdiff1d(validation, row), np.setdiff1d(test, row)
    notes = split.notes
    if len(lacking):
        moved = counted(len(lacking), "class", "classes")
        notes += (Note(f"{moved} had no training row: one row of each was moved to training", Importance.ASIDE),)
    return Split(np.sort(train), np.sort(validation), np.sort(test), notes)
