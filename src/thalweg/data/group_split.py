"""Rows dealt out so that groups stay whole, and rows cut by time so that the past trains and the future tests."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
import polars as pl

from thalweg.errors import DataError

from .notes import Importance, Note
from .split import Split, check_fractions, too_few
from .values import counted, shown

FOLDS = 20
"""Groups are dealt out to so many folds, of which each part takes some: shares of 5 percent."""
FEW_GROUPS = 1000
"""More groups are drawn at random: they are so many that sizes and classes are even by themselves."""


def joined(groups: np.ndarray, first: np.ndarray | None, fractions: Sequence[float]) -> np.ndarray:
    """The groups (rows,), those put together that have equal rows (`first` as `equal_rows` gives it).

    Where that would chain so many together that one does not fit into the training part, the groups as they are.

    >>> joined(np.array([0, 0, 1, 2]), np.array([0, 1, 1, 3]), (0.75, 0.25, 0.0)).tolist()
    [0, 0, 0, 2]
    """
    if first is None:
        return groups
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    rows = len(groups)
    links = coo_array((np.ones(rows, dtype=np.int8), (groups, groups[first])), shape=(rows, rows))
    number = connected_components(links, directed=False)[1]
    leading = np.unique(number[groups], return_index=True)[1]
    together = groups[leading][np.unique(number[groups], return_inverse=True)[1]]
    return together if np.bincount(together).max() <= max(fractions[0] * rows, np.bincount(groups).max()) else groups


def split_groups(
    groups: np.ndarray, strata: np.ndarray | None, fractions: Sequence[float], seed: int, name: str = "group"
) -> Split:
    """Deal groups (rows,) out at random, each whole; the same seed gives the same split.

    By scikit-learn's `StratifiedGroupKFold`, so that the parts have the rows of each of the `strata` (rows,) in
    proportion as far as whole groups allow; more than `FEW_GROUPS` groups by its `GroupShuffleSplit`. A group larger
    than a part's share goes to training if there is another. Raises DataError for fewer groups than parts.

    >>> groups = np.repeat(np.arange(10), 4)
    >>> split = split_groups(groups, None, (0.6, 0.2, 0.2), seed=0)
    >>> [len(part) for part in (split.train, split.validation, split.test)], set(groups[split.test]).isdisjoint(
    ...     groups[split.train])
    ([24, 8, 8], True)
    """
    fractions = check_fractions(fractions)
    rows = len(groups)
    different = len(np.unique(groups))
    wanted = [part > 0 for part in fractions]
    if different < sum(wanted):
        raise DataError(
            f"group {name!r} has {counted(different, 'value')}, too few for {sum(wanted)} parts without one in two: "
            "choose another column, or give parts of 0 such as --split 100/0/0"
        )
    if sum(wanted) == 1:
        return Split(np.arange(rows), np.arange(0), np.arange(0))
    deal = _folds if different <= FEW_GROUPS else _drawn
    parts = deal(groups, np.zeros(rows, dtype=np.int64) if strata is None else strata, fractions, seed)
    counts = [len(np.unique(groups[part])) for part in parts]
    told = ", ".join(
        f"{count} {part}" for count, part in zip(counts, ("train", "validate", "test"), strict=True) if count
    )
    note = Note(f"no {name!r} is in two parts: of {counted(different, 'group')} {told}", Importance.ASIDE)
    return Split(*parts, notes=(note,))


def _folds(groups: np.ndarray, strata: np.ndarray, fractions: Sequence[float], seed: int) -> list[np.ndarray]:
    """The parts as folds taken at random, as many as fit a part's share, and at least one."""
    from sklearn.model_selection import StratifiedGroupKFold

    number = min(FOLDS, len(np.unique(groups)), int(np.bincount(strata).max()))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The least populated class")
        dealing = StratifiedGroupKFold(number, shuffle=True, random_state=seed % 2**32)
        folds = [held for _, held in dealing.split(groups, strata, groups)]
    order = np.random.default_rng(seed).permutation(number).tolist()
    parts: list[np.ndarray] = [np.arange(0), np.arange(0)]
    left = order
    for place in (1, 0):
        share = fractions[place + 1] * len(groups)
        if share == 0:
            continue
        taken: list[int] = []
        size = 0
        for fold in left:
            enough = size + len(folds[fold]) / 2 > share
            if not enough and len(left) - len(taken) > 1 + place * (fractions[1] > 0):
                taken.append(fold)
                size += len(folds[fold])
        taken = taken or [min(left, key=lambda fold: len(folds[fold]))]
        left = [fold for fold in left if fold not in taken]
        parts[place] = np.sort(np.concatenate([folds[fold] for fold in taken]))
    return [np.sort(np.concatenate([folds[fold] for fold in left])), *parts]


def _drawn(groups: np.ndarray, strata: np.ndarray, fractions: Sequence[float], seed: int) -> list[np.ndarray]:
    """The parts as so many groups drawn at random."""
    from sklearn.model_selection import GroupShuffleSplit

    rest = np.arange(len(groups))
    held: list[np.ndarray] = []
    for place, share in ((2, fractions[2]), (1, fractions[1] / (1 - fractions[2]))):
        if fractions[place] == 0:
            held.append(rest[:0])
            continue
        dealing = GroupShuffleSplit(1, test_size=share, random_state=(seed + place) % 2**32)
        kept, out = next(dealing.split(rest, groups=groups[rest]))
        held.append(rest[out])
        rest = rest[kept]
    return [rest, held[1], held[0]]


def split_times(times: np.ndarray, fractions: Sequence[float], name: str = "time") -> Split:
    """Cut rows by their times (rows,): the first train, the next validate, the last test; equal times stay together.

    Raises DataError for fewer different times than parts.

    >>> split = split_times(np.array([5.0, 1.0, 2.0, 4.0, 3.0]), (0.6, 0.2, 0.2))
    >>> split.train.tolist(), split.validation.tolist(), split.test.tolist()
    ([1, 2, 4], [3], [0])
    """
    fractions = check_fractions(fractions)
    rows = len(times)
    values, counts = np.unique(times, return_counts=True)
    wanted = sum(part > 0 for part in fractions)
    if len(values) < wanted:
        raise DataError(
            f"time {name!r} has {counted(len(values), 'value')}, too few for {wanted} parts, the past before the "
            "future: choose another column, or give parts of 0 such as --split 100/0/0"
        )
    if rows < wanted:
        raise too_few(rows, fractions)
    before = np.concatenate([[0], np.cumsum(counts)])
    last = len(values)
    test = _cut(before, rows * (1 - fractions[2]), 1 + (fractions[1] > 0), last - 1) if fractions[2] else last
    validation = _cut(before, rows * fractions[0], 1, test - 1) if fractions[1] else test
    places = np.searchsorted(values, times)
    parts = (places < validation, (places >= validation) & (places < test), places >= test)
    train, held, tested = map(np.flatnonzero, parts)
    return Split(train, held, tested)


def times_note(times: pl.Series, parts: Sequence[np.ndarray]) -> tuple[str, ...]:
    """A note on where in time each part, given by its rows, begins and ends.

    >>> times_note(pl.Series("year", [2020, 2021, 2022]), [np.array([0, 1]), np.array([], dtype=int), np.array([2])])
    ("split by 'year': training from 2020 to 2021, test from 2022 to 2022",)
    """
    told = [
        f"{name} from {shown(own.min())} to {shown(own.max())}"
        for name, part in zip(("training", "validation", "test"), parts, strict=True)
        if len(own := times.gather(part))
    ]
    return (Note(f"split by {times.name!r}: {', '.join(told)}", Importance.ASIDE),)


def _cut(before: np.ndarray, rows: float, low: int, high: int) -> int:
    """The number of times from `low` to `high` before which most nearly so many rows are."""
    return int(np.clip(np.abs(before - rows).argmin(), low, high))
