"""Columns that say what the rows count and how they are split: weights, groups, times, strata."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from thalweg.errors import ArgumentError, DataError

from .encoding import check_name
from .values import is_missing, refuse_nested, shown, tidy

QUANTILES = 10
"""Strata of a column that is measured."""
_MOST_VALUES = 20
"""A column of more different numbers is measured."""
_TOLD = {"sample_weight": "sample weight", "group": "group", "time": "time", "stratify": "stratify column"}

LARGEST_WEIGHT = 1e12
"""The largest weight of a table's rows, and one over the least that it may be: float32 still adds them up."""


@dataclass(frozen=True)
class Roles:
    """Columns with a part of their own in a training, None for none; and the weights of the classes.

    `sample_weight` says what each row counts, in the loss and in the scores; `group` that rows stay together, `time`
    that the past trains and the future tests, `stratify` what all parts have in the same proportions. Weights and
    groups are no inputs. `class_weight` is "balanced", or a weight for each class, by targets if there are several.
    """

    sample_weight: str | None = None
    group: str | None = None
    time: str | None = None
    stratify: str | None = None
    class_weight: str | Mapping[str, Any] | None = None

    @property
    def no_inputs(self) -> tuple[str, ...]:
        """The columns that are no inputs for their part."""
        return tuple(dict.fromkeys(name for name in (self.sample_weight, self.group) if name is not None))

    @property
    def columns(self) -> dict[str, str]:
        """What each column is called in messages, by the parts that there are."""
        given = {part: getattr(self, part) for part in _TOLD}
        return {_TOLD[part]: name for part, name in given.items() if name is not None}

    def check(self, frame: pl.DataFrame, targets: Sequence[str]) -> None:
        """Raise DataError for a name that is no column or cannot have its part, ArgumentError for parts that exclude
        each other.
        """
        columns = self.columns
        for part, name in columns.items():
            check_name(frame, name, part)
            if name in targets and part != "stratify column":
                raise DataError(f"{part} {name!r} is also the target: it cannot be both; choose another column")
        if self.time is not None and (self.group is not None or self.stratify is not None):
            other = "group" if self.group is not None else "stratify"
            raise ArgumentError(f"time and {other} both say how the rows are split: leave one of them out")
        taken: dict[str, str] = {}
        for part, name in columns.items():
            if name in taken:
                raise DataError(f"column {name!r} is both {taken[name]} and {part}: it cannot be both; leave one out")
            taken[name] = part


@dataclass(frozen=True)
class Marks:
    """What the columns with a part of their own say of rows (rows,), None where there is no such column."""

    weight: np.ndarray | None = None
    groups: np.ndarray | None = None
    times: np.ndarray | None = None
    strata: np.ndarray | None = None

    @classmethod
    def of(cls, frame: pl.DataFrame, roles: Roles, rows: np.ndarray) -> Marks:
        """Those of these rows of a table; raises DataError, with the row, for what cannot be used."""
        return cls(
            None if roles.sample_weight is None else weights_of(frame[roles.sample_weight], rows),
            None if roles.group is None else groups_of(frame[roles.group], rows),
            None if roles.time is None else times_of(frame[roles.time], rows),
            None if roles.stratify is None else strata_of(frame[roles.stratify], rows),
        )


def weights_of(series: pl.Series, rows: np.ndarray, *, may_vanish: bool = False) -> np.ndarray:
    """The sample weights of these rows of a column; raises DataError, with the row, for what is no weight, and for
    weights that sum to zero, unless they may, as those of a few of many rows.

    >>> weights_of(pl.Series("times", [1, 2, 0]), np.array([1, 2]))
    array([2., 0.])
    """
    place = f"sample weight {series.name!r}"
    remedy = "give each row a number of at least 0, 0 to leave it out"
    values = _numbers(series, rows, place, "is no number", remedy)
    negative = values < 0
    if negative.any():
        at = int(negative.argmax())
        raise DataError(f"{place} is {values[at]:g} in row {rows[at] + 1}, which is negative: {remedy}")
    at = int(values.argmax()) if len(values) else 0
    largest = float(values[at]) if len(values) else 0.0
    if may_vanish and not largest:
        return values
    if not largest > 0:
        raise DataError(f"{place} is 0 in every row: give at least one row a weight above 0")
    if not 1 / LARGEST_WEIGHT <= largest <= LARGEST_WEIGHT:
        raise DataError(
            f"{place} is at most {largest:g}, in row {rows[at] + 1}: scale the weights, so that the largest is from "
            f"{1 / LARGEST_WEIGHT:g} to {LARGEST_WEIGHT:g}"
        )
    return values


def groups_of(series: pl.Series, rows: np.ndarray) -> np.ndarray:
    """The number of the group of each of these rows; raises DataError, with the row, for one without a group.

    >>> groups_of(pl.Series("patient", ["a", "b", "a"]), np.arange(3))
    array([0, 1, 0])
    """
    refuse_nested(series)
    kept = tidy(series).gather(rows)
    _refuse_missing(kept, rows, f"group {series.name!r}", "say which group it belongs to, or leave the row out")
    return kept.rank("dense").to_numpy().astype(np.int64) - 1


def times_of(series: pl.Series, rows: np.ndarray) -> np.ndarray:
    """When each of these rows was, as numbers that rise with time; raises DataError, with the row, for what is no time.

    >>> times_of(pl.Series("year", [2020, 2021]), np.arange(2))
    array([2020., 2021.])
    """
    place = f"time {series.name!r}"
    if series.dtype in (pl.Date, pl.Datetime):
        series = series.cast(pl.Datetime("us")).to_physical()
    elif series.dtype in (pl.Time, pl.Duration):
        series = series.to_physical()
    return _numbers(
        series, rows, place, "is neither a date nor a number",
        "choose a column of dates, or of numbers that rise with time", "say when it was, or leave the row out",
    )  # fmt: skip


def strata_of(series: pl.Series, rows: np.ndarray) -> np.ndarray:
    """The number of the stratum of each of these rows: its value, or that tenth of the values in which it lies where
    these are measured; rows without one are a stratum, too.

    >>> strata_of(pl.Series("region", ["north", None, "south"]), np.arange(3)).tolist()
    [0, 2, 1]
    """
    refuse_nested(series)
    kept = tidy(series).gather(rows)
    if (kept.dtype.is_numeric() or kept.dtype.is_temporal()) and kept.n_unique() > _MOST_VALUES:
        values = kept.to_physical().cast(pl.Float64).to_numpy()
        edges = np.nanquantile(values, np.arange(1, QUANTILES) / QUANTILES)
        codes = np.where(np.isnan(values), QUANTILES, np.searchsorted(edges, values))
    else:
        codes = kept.rank("dense").fill_null(kept.n_unique()).to_numpy()
    return np.unique(codes.astype(np.int64), return_inverse=True)[1]


def _numbers(
    series: pl.Series, rows: np.ndarray, place: str, wrong: str, remedy: str, of_missing: str = ""
) -> np.ndarray:
    """The numbers of these rows; raises DataError, with the row, for what is none."""
    kept = tidy(series).gather(rows)
    _refuse_missing(kept, rows, place, remedy if not of_missing or is_missing(kept) else of_missing)
    if not (kept.dtype.is_numeric() or kept.dtype == pl.Duration):
        raise DataError(f"{place} is {shown(kept[0])} in row {rows[0] + 1}, which {wrong}: {remedy}")
    values = kept.cast(pl.Float64).to_numpy()
    if not np.isfinite(values).all():
        row = int(np.isfinite(values).argmin())
        raise DataError(f"{place} is {values[row]:g} in row {rows[row] + 1}, which {wrong}: {remedy}")
    return values


def _refuse_missing(kept: pl.Series, rows: np.ndarray, place: str, remedy: str) -> None:
    if kept.null_count():
        row = int(rows[int(kept.is_null().arg_max() or 0)]) + 1
        raise DataError(f"{place} is missing in {'every row' if is_missing(kept) else f'row {row}'}: {remedy}")


def check_apart(roles: Roles, earlier: tuple[pl.DataFrame, str], later: tuple[pl.DataFrame, str]) -> None:
    """Raise DataError for a group that two tables have, and for a later one with a time before the earlier one ends.

    >>> patients = pl.DataFrame({"patient": ["a", "b"]})
    >>> check_apart(Roles(group="patient"), (patients, "training"), (patients[1:], "test"))
    Traceback (most recent call last):
    thalweg.errors.DataError: test table: group 'patient' 'b' is among the training rows, too: leave it out of one
    """
    (one, name), (other, place) = earlier, later
    if roles.group is not None:
        known = set(map(str, tidy(one[roles.group]).to_list()))
        both = next((value for value in tidy(other[roles.group]).to_list() if str(value) in known), None)
        if both is not None:
            told = f"{place} table: group {roles.group!r} {shown(both)}"
            raise DataError(f"{told} is among the {name} rows, too: leave it out of one")
    if roles.time is not None:
        ends, begins = (times_of(table[roles.time], np.arange(table.height)) for table in (one, other))
        if begins.min() < ends.max():
            first, last = other[roles.time][int(begins.argmin())], one[roles.time][int(ends.argmax())]
            told = f"{place} table: time {roles.time!r} begins with {shown(first)}, before the {name} rows end"
            raise DataError(f"{told} ({shown(last)}): give a table of later rows")
