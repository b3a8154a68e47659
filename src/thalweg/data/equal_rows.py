"""Rows that are equal in all columns in use: kept in one part of a split, and told where they stand in two."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from .notes import Importance, Note
from .split import Split, split_rows
from .values import counted, tidy

if TYPE_CHECKING:
    from collections.abc import Sequence

FEWEST = 30
"""A table with fewer different rows than this is a list of cases that repeat: its rows are dealt out one by one."""


def equal_rows(columns: Sequence[pl.Series]) -> np.ndarray | None:
    """The number of the first row that each row of a table is equal to (rows,); None if all rows differ.

    >>> equal_rows([pl.Series("x", [5, 7, 5]), pl.Series("y", ["a", "b", "a"])])
    array([0, 1, 0], dtype=uint32)
    """
    frame = pl.DataFrame([tidy(column).alias(str(number)) for number, column in enumerate(columns)])
    if not frame.is_duplicated().any():
        return None
    return frame.with_row_index("row").select(pl.col("row").first().over(frame.columns)).to_series().to_numpy()


def split_together(
    target: pl.Series, first: np.ndarray | None, fractions: Sequence[float], seed: int, stratify: bool
) -> Split:
    """As `split_rows`, but rows that are equal (`first` as `equal_rows` gives it) come into one part.

    The different rows are dealt out; each brings those equal to it along. Rows that repeat more often than a part has
    room for go to training. Where fewer than `FEWEST` rows differ all are dealt out one by one. A note tells each.

    >>> first = np.array([*range(40), *range(40)])
    >>> split = split_together(pl.Series(first * 0.5), first, (0.7, 0.15, 0.15), 0, stratify=False)
    >>> len(split.test), set(first[split.train]) & set(first[split.test])
    (12, set())
    """
    if first is None or max(fractions[1:]) == 0:
        return split_rows(target, fractions, seed, stratify)
    rows = len(first)
    counts = np.bincount(first, minlength=rows)
    room = rows * min(part for part in fractions[1:] if part > 0)
    dealt = np.flatnonzero((counts > 0) & (counts <= max(room, 1)))
    if len(dealt) < FEWEST:
        different = int(np.count_nonzero(counts))
        note = (
            f"only {counted(different, 'row')} of {rows} differ: equal rows stand in all parts, whose scores say "
            "little about new rows"
        )
        split = split_rows(target, fractions, seed, stratify)
        return dataclasses.replace(split, notes=(*split.notes, Note(note, Importance.MAY_BE_WRONG)))
    split = split_rows(target.gather(dealt), fractions, seed, stratify)
    parts = [np.isin(first, dealt[part]) for part in (split.train, split.validation, split.test)]
    parts[0] |= ~np.logical_or.reduce(parts)
    copies = rows - int(np.count_nonzero(counts))
    if copies * 100 <= rows:  # none of them stands in two parts
        return Split(*map(np.flatnonzero, parts), notes=split.notes)
    note = f"{counted(copies, 'row is', 'rows are')} equal to another row: equal rows stay in one part of the split"
    return Split(*map(np.flatnonzero, parts), notes=(*split.notes, Note(note, Importance.ASIDE)))


def shared_rows(one: tuple[np.ndarray, np.ndarray], other: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Which rows of the other examples, inputs and targets, are among those of the one (rows of the other,).

    >>> P, T = np.array([[1.0], [2.0]]), np.array([[0.0], [1.0]])
    >>> shared_rows((P, T), (np.array([[2.0], [2.0]]), np.array([[1.0], [0.0]])))
    array([ True, False])
    """
    known, asked = (pl.DataFrame(np.hstack(part)).hash_rows(seed=0).to_numpy() for part in (one, other))
    return np.isin(asked, known)
