"""What columns hold, learnt in one pass of blocks: exact counts, means and deviations; medians by a sample."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from .boolean import BooleanColumn
from .categorical import FEW, MANY, CategoricalColumn
from .columns import Column, far_told, kind_of, with_writing
from .datetimes import PERIODS, DatetimeColumn, moments_of
from .far_values import FarValues
from .moments import MergedMoments, Moments
from .notes import Importance, Note
from .numeric import NumericColumn
from .scale import Limits, Scale
from .value_ranges import ValueRanges
from .values import counted, shown, tidy
from .written import Writing

SAMPLE = 1 << 16
"""Values of a column that are kept, those of the rows of the smallest hashes: a median among them is exact up to as
many rows, and beyond at a rank within 0.4 % of the middle, nineteen times of twenty (0.98 / sqrt of them)."""
_UNIT = Scale(0.0, 1.0)


class HashedSample:
    """The values of the rows with the smallest hashes: the same rows in whatever order they come."""

    def __init__(self, most: int = SAMPLE) -> None:
        self._most, self._hashes, self._values = most, np.zeros(0, np.uint64), np.zeros(0)

    def add(self, values: np.ndarray, hashes: np.ndarray) -> None:
        """Values, and the hashes of their rows."""
        if len(self._hashes) >= self._most:
            below = hashes < self._hashes.max()
            values, hashes = values[below], hashes[below]
        self._hashes, self._values = (
            np.concatenate([self._hashes, hashes]),
            np.concatenate([self._values, values]),
        )
        if len(self._hashes) > self._most:
            kept = np.argpartition(self._hashes, self._most - 1)[: self._most]
            self._hashes, self._values = self._hashes[kept], self._values[kept]

    def median(self) -> float:
        """Of the values that are kept."""
        return float(np.median(self._values))

    def kept(self) -> tuple[np.ndarray, np.ndarray]:
        """The values that are kept, and the hashes of their rows."""
        return self._values, self._hashes


class ColumnStatistics:
    """What an input column holds; `series` are some of its values, which tell its kind, `writing` how it is written."""

    def __init__(self, series: pl.Series, writing: Writing | None) -> None:
        self.name = series.name
        self._kind = kind_of(series)
        self._missing = 0
        self._moments, self._sample = MergedMoments(), HashedSample()
        self._least, self._most = np.inf, -np.inf
        self._counts: Counter[Any] = Counter()
        self._many = False
        self._periods: dict[str, set[float]] = {period: set() for period in PERIODS}
        zone = series.dtype.time_zone if isinstance(series.dtype, pl.Datetime) else None
        self._series, self._writing = series.clear(), writing
        self._ranges, self._ranges_apart = ValueRanges(), ValueRanges()
        """Of the values that are taken, and of the others."""
        self._limits: Limits | None = None
        self._beyond = self._beyond_taken = 0
        self._found: FarValues | None = None
        self._reader: Any = None
        if self._kind is NumericColumn:
            self._reader = with_writing(NumericColumn(self.name, _UNIT, 0.0, True), writing)
        elif self._kind is DatetimeColumn:
            bare = DatetimeColumn(self.name, _UNIT, 0, tuple(PERIODS), series.dtype == pl.Time, zone, True)
            self._reader = with_writing(bare, writing)

    @property
    def holds_texts(self) -> bool:
        """Whether its values are names."""
        return self._kind is CategoricalColumn

    def add(self, series: pl.Series, hashes: np.ndarray, taken: np.ndarray | None = None) -> None:
        """The values of some rows, or of those of them that are `taken` by a mask.

        Raises DataError, with the row, for what is not of the column's kind, be it taken or not.
        """
        taken = np.ones(len(series), bool) if taken is None else taken
        if self._kind is NumericColumn:
            values = self._reader.read(series)[0]
            taken = self._usual(values, taken)
            self._add_numbers(values[taken], hashes[taken])
        elif self._kind is DatetimeColumn:
            microseconds = self._reader.read(series)[0]
            values = microseconds.cast(pl.Float64).to_numpy()
            taken = self._usual(values / 1e6, taken)
            self._add_numbers(values[taken], hashes[taken], 1e-6)
            self._add_periods(microseconds.filter(pl.Series(taken)).drop_nulls())
        else:
            if self._kind is BooleanColumn:
                BooleanColumn(self.name, True, True).encode(series)  # refuses what is no truth value
            values = tidy(series).filter(pl.Series(taken))
            values = values if self._kind is BooleanColumn else values.cast(pl.String)
            self._missing += values.null_count()
            if not self._many:
                found = values.drop_nulls().value_counts()
                self._counts.update(dict(zip(*found.to_dict(as_series=False).values(), strict=True)))
                self._many = len(self._counts) > MANY

    def told(self) -> dict[str, Any]:
        """All but the sample as plain data, for `merge`."""
        return {
            "missing": self._missing,
            "moments": self._moments.told(),
            "range": [float(self._least), float(self._most)],
            "counts": list(self._counts.items())[: MANY + 1],
            "many": self._many,
            "periods": {name: sorted(seen) for name, seen in self._periods.items()},
            "ranges": [self._ranges.told(), self._ranges_apart.told()],
            "beyond": [self._beyond, self._beyond_taken],
        }

    def sampled(self) -> tuple[np.ndarray, np.ndarray]:
        """The values of the sample, and the hashes of their rows."""
        return self._sample.kept()

    @property
    def samples(self) -> bool:
        """Whether it keeps a sample of its values, as of numbers."""
        return self._reader is not None

    def merge(self, told: dict[str, Any]) -> None:
        """Take in what another one, of other rows of the column, has `told`."""
        self._missing += told["missing"]
        self._moments += MergedMoments.of_told(told["moments"])
        self._least, self._most = min(self._least, told["range"][0]), max(self._most, told["range"][1])
        for value, count in told["counts"]:
            self._counts[value] += count
        self._many = self._many or told["many"] or len(self._counts) > MANY
        for name, seen in told["periods"].items():
            self._periods[name].update(seen)
        self._beyond, self._beyond_taken = self._beyond + told["beyond"][0], self._beyond_taken + told["beyond"][1]

    def hold_ranges(self, told: Sequence[dict[str, Any]]) -> None:
        """Take for the ranges those of all, of which each `told`: in one order, as it may matter."""
        self._ranges, self._ranges_apart = (ValueRanges.of_all(one["ranges"][k] for one in told) for k in (0, 1))

    def merge_sample(self, values: np.ndarray, hashes: np.ndarray) -> None:
        """Take in what such a one has `sampled`."""
        self._sample.add(values, hashes)

    def column(self) -> tuple[Column | None, tuple[str, ...]]:
        """The encoding, None for a column that says nothing, and notes, as `fit_column` gives them."""
        rows = int(self._moments.rounded.count) + self._counts.total() + self._missing + self._beyond_taken
        reason = self._useless(rows)
        if reason:
            return None, (Note(f"column {self.name!r} is left out: {reason}", Importance.LEFT_OUT),)
        column = self._column()
        if not self._missing:
            return column, self._far_told()
        count = f"{self._missing} of {counted(rows, 'training row')}"
        told = f"column {self.name!r}: missing in {count}; taken as {column.imputed}, and marked by a feature"
        return column, (Note(told, Importance.ASIDE), *self._far_told())

    def within(self) -> ColumnStatistics | None:
        """What is to learn the column again, without values that lie ruinously far off; None where there are none."""
        far = self._ranges.far()
        if far is None or not far.ruinous:
            return None
        again = ColumnStatistics(self._series, self._writing)
        again._limits, again._found = far.others, self._all_found()
        return again

    def _usual(self, values: np.ndarray, taken: np.ndarray) -> np.ndarray:
        """Of which rows the values count, by a mask of those that are taken; the values of all rows are looked at."""
        if self._limits is not None:
            beyond = self._limits.beyond(values)
            self._beyond += int(beyond.sum())
            self._beyond_taken += int((beyond & taken).sum())
            return taken & ~beyond
        if self._series.dtype != pl.Time:
            self._ranges.add(values[taken])
            self._ranges_apart.add(values[~taken])
        return taken

    def _all_found(self) -> FarValues | None:
        return (self._ranges + self._ranges_apart).far()

    def _far_told(self) -> tuple[str, ...]:
        if self._kind not in (NumericColumn, DatetimeColumn) or self._series.dtype == pl.Time:
            return ()
        found = self._all_found() if self._limits is None else self._found
        dates = None
        if self._kind is DatetimeColumn:
            dates = self._series if self._series.dtype.is_temporal() else pl.Series(dtype=pl.Date)
            found = None if found is None else _as_physical(found, dates.dtype)
        return far_told(self.name, found, self._limits, self._beyond, is_target=False, dates=dates)

    def _useless(self, rows: int) -> str | None:
        if self._missing == rows:
            return "it is missing in every training row"
        if self._many:
            return f"more than {MANY} different texts, too many to be categories"
        if self._kind in (NumericColumn, DatetimeColumn):
            same = self._least == self._most
            return f"it is {shown(self._least)} in every training row" if same and not self._missing else None
        present = rows - self._missing
        if len(self._counts) == 1 and not self._missing:
            return f"it is {shown(next(iter(self._counts)))} in every training row"
        if self._kind is CategoricalColumn and len(self._counts) == present > 1:
            return "a different text in every row, too many to be categories"
        if self._kind is CategoricalColumn and len(self._counts) > FEW and 10 * len(self._counts) > rows:
            return f"{len(self._counts)} different texts in {rows} rows, too many to be categories"
        return None

    def _column(self) -> Column:
        indicator, place = self._missing > 0, f"column {self.name!r}"
        if self._kind is BooleanColumn:
            return BooleanColumn(self.name, self._counts[True] >= self._counts[False], indicator)
        if self._kind is CategoricalColumn:
            return CategoricalColumn(self.name, tuple(sorted(self._counts)), indicator)
        median = self._sample.median()
        unit = 1e-6 if self._kind is DatetimeColumn else 1.0
        scale = (self._moments + Moments(self._missing, median * unit)).rounded.scale(place)
        reader = self._reader
        if self._kind is NumericColumn:
            return NumericColumn(self.name, scale, median, indicator, reader.writing, self._limits)
        periods = tuple(period for period, seen in self._periods.items() if len(seen) > 1)
        return DatetimeColumn(
            self.name,
            scale,
            int(median),
            periods,
            reader.time_only,
            reader.zone,
            indicator,
            reader.writing,
            self._limits,
        )

    def _add_numbers(self, values: np.ndarray, hashes: np.ndarray, unit: float = 1.0) -> None:
        there = ~np.isnan(values)
        self._missing += int((~there).sum())
        present = values[there]
        if len(present):
            self._least, self._most = min(self._least, present.min()), max(self._most, present.max())
            self._moments += Moments.of(present * unit)
            self._sample.add(present, hashes[there])

    def _add_periods(self, microseconds: pl.Series) -> None:
        moments = moments_of(microseconds, self._reader.zone)
        for period, fraction in PERIODS.items():
            seen = self._periods[period]
            if len(seen) < 2:
                seen.update(fraction(moments).unique().head(2).to_list())


def _as_physical(found: FarValues, dtype: Any) -> FarValues:
    """Seconds as the whole numbers that a type of dates has for them."""
    unit = 1 / 86_400 if dtype == pl.Date else {"ms": 1e3, "us": 1e6, "ns": 1e9}[dtype.time_unit]
    others = Limits(found.others.low * unit, found.others.high * unit)
    return found._replace(others=others, values=tuple(value * unit for value in found.values))


def place_hashes(file: str, before: int, rows: int, seed: int) -> np.ndarray:
    """A number of 64 bits for each of some rows of a file, by its name and the row alone, with a seed (rows,).

    They decide of which part a row is: whatever is read in which order, a row stays in its part.

    >>> bool((place_hashes("a", 0, 10, 1)[4:] == place_hashes("a", 4, 6, 1)).all())
    True

    Source: the mixing is that of SplitMix64: Steele, Lea and Flood (2014), OOPSLA, figure 16.
    """
    start = int.from_bytes(hashlib.blake2b(f"{seed}\0{file}".encode(), digest_size=8).digest(), "little")
    with np.errstate(over="ignore"):
        z = np.uint64(start) + np.arange(before + 1, before + rows + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))
