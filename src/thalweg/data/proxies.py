"""Columns that tell a target all by themselves: a copy of it in another unit, or a code of its classes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from .notes import Importance, Note
from .values import ignoring, tidy

FEWEST = 30
"""Of fewer rows it is not asked."""
TELLS = 1e-5
"""What of a number's variance another column may leave unexplained, for it to be the same in another unit."""
_CODES = 2
"""A code of classes has at most so many times as many values."""


def proxy_notes(columns: Sequence[pl.Series], targets: Sequence[pl.Series], classes: bool) -> tuple[Note, ...]:
    """A note for each column that alone tells a target: then it may be known only when the target is.

    Of numbers by a straight line that leaves at most `TELLS` of the variance; of classes by values of which each has
    one class, and that are few. A table's only column is not asked about.

    >>> price = pl.Series("price", np.linspace(1.0, 9.0, 40) ** 2)
    >>> for note in proxy_notes([price.alias("in cents") * 100, pl.Series("size", range(40))], [price], False):
    ...     print(note)
    column 'in cents' alone tells 'price' (correlation 1.000000): if it is not known before, leave it out, --ignore \
'in cents'
    """
    if len(columns) < 2:
        return ()
    notes = []
    for target in targets:
        for column in columns:
            told = _as_classes(column, target) if classes else _on_a_line(column, target)
            if told:
                text = (
                    f"column {column.name!r} alone tells {target.name!r} ({told}): if it is not known before, leave "
                    f"it out, {ignoring(column.name)}"
                )
                notes.append(Note(text, Importance.MAY_BE_WRONG))
    return tuple(notes)


def _on_a_line(column: pl.Series, target: pl.Series) -> str:
    """How a number is the target by a straight line; empty if it is not."""
    pair = pl.DataFrame({"x": tidy(column), "t": tidy(target)}).drop_nulls()
    if len(pair) < FEWEST or not all(kind.is_numeric() for kind in pair.dtypes):
        return ""
    x, t = (pair[name].cast(pl.Float64).to_numpy() for name in pair.columns)
    if not (np.isfinite(x).all() and np.isfinite(t).all()):
        return ""
    with np.errstate(all="ignore"):
        x, t = ((v - v.mean()) / v.std() for v in (x, t))
        r = float(np.mean(x * t))
    return f"correlation {r:.6f}" if 1.0 - r * r <= TELLS else ""


def _as_classes(column: pl.Series, target: pl.Series) -> str:
    """How few values of a column have one class each; empty if they have not."""
    pair = pl.DataFrame({"x": column.cast(pl.String), "t": target.cast(pl.String)}).drop_nulls()
    codes, kinds = pair["x"].n_unique(), pair["t"].n_unique()
    if len(pair) < FEWEST or kinds < 2 or not kinds <= codes <= _CODES * kinds or 2 * codes > len(pair):
        return ""
    return f"each of its {codes} values has one class" if pair.unique().height == codes else ""
