"""A table whose rows follow each other in time, which a random split lets leak from the future into the past."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from .notes import Importance, Note
from .values import tidy

FEWEST = 30
"""Of fewer different times it is not asked."""
ALIKE = 0.5
"""A correlation of each target with the next in time from which on neighbours tell of each other."""


def leak_note(columns: Sequence[pl.Series], targets: Sequence[pl.Series]) -> tuple[str, ...]:
    """A note if a target is much alike in rows that are near in time, by one of the columns that is of dates.

    Then a random split leaks: the neighbours of a test row are training rows. Told from a correlation of `ALIKE` of
    the target with the next one in time, where most times are different.

    >>> from datetime import date, timedelta
    >>> days = pl.Series("day", [date(2024, 1, 1) + timedelta(days=k) for k in range(60)])
    >>> print(leak_note([days], [pl.Series("level", np.sin(np.arange(60) / 10))])[0])  # doctest: +ELLIPSIS
    'level' is much alike in rows near each other in 'day', so a random split scores too well: --time day tests on ...
    """
    for column in columns:
        if column.dtype not in (pl.Date, pl.Datetime):
            continue
        known = column.is_not_null().to_numpy()
        times = column.to_physical().cast(pl.Float64).to_numpy()[known]
        if len(np.unique(times)) < max(FEWEST, len(times) / 2):
            continue
        order = np.argsort(times, kind="stable")
        for target in targets:
            if _follows(target.filter(pl.Series(known))[order.tolist()]):
                told = (
                    f"{target.name!r} is much alike in rows near each other in {column.name!r}, so a random split "
                    f"scores too well: --time {_quoted(column.name)} tests on the future"
                )
                return (Note(told, Importance.ASIDE),)
    return ()


def _quoted(name: str) -> str:
    import shlex

    return shlex.quote(name)


def _follows(target: pl.Series) -> bool:
    """Whether each value of a target in order of time is much like the one before."""
    kept = tidy(target).drop_nulls()
    codes = kept if kept.dtype.is_numeric() else kept.rank("dense")
    values = codes.cast(pl.Float64).to_numpy()
    if len(values) < FEWEST or not np.isfinite(values).all():
        return False
    indicators = values[:, None] if kept.dtype.is_numeric() else values[:, None] == np.unique(values)
    deviations = indicators - indicators.mean(axis=0)
    total = float(np.sum(deviations**2))
    return total > 0 and float(np.sum(deviations[1:] * deviations[:-1])) > ALIKE * total
