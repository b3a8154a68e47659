"""Dates and times: when it was, on a standardised scale, and where in the year, the week and the day as a circle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import polars as pl

from thalweg.errors import DataError

from .dates_written import CLOCK, DateWriting, date_readings
from .far_values import far_values
from .markers import is_marker
from .numbers_written import tidied
from .scale import Limits, Scale
from .values import counted, finite, is_missing, markers_told, retyped, shown

if TYPE_CHECKING:
    from collections.abc import Callable

PERIODS: dict[str, Callable[[pl.Series], pl.Series]] = {
    "month of year": lambda moments: (moments.dt.month() - 1) / 12,
    "day of week": lambda moments: (moments.dt.weekday() - 1) / 7,
    "hour of day": lambda moments: (moments.dt.hour() + moments.dt.minute() / 60) / 24,
}
"""The fraction of each period that has passed, in [0, 1)."""


@dataclass(frozen=True)
class DatetimeColumn:
    """How a column of dates, date-times or times of day is encoded.

    The features are the standardised seconds; for each period that varied in training sin 2πf and cos 2πf of its
    passed fraction f, by the clock of the training column's time zone; and 1 where the value was missing if training
    had such. A missing value is taken as the training median.

    >>> from datetime import date
    >>> column = DatetimeColumn.fit(pl.Series("sold", [date(2024, 1, 1), date(2024, 1, 8), date(2024, 4, 1)]))
    >>> column.feature_names
    ('sold', 'sold month of year sin', 'sold month of year cos')
    """

    kind: ClassVar[str] = "datetime"
    name: str
    scale: Scale
    median: int
    """In microseconds since 1970-01-01 (UTC if the column has a time zone), or since midnight."""
    periods: tuple[str, ...]
    time_only: bool
    zone: str | None
    indicator: bool
    writing: DateWriting | None = None
    """How the dates were written where they were text or whole numbers; None: year-month-day."""
    limits: Limits | None = None
    """Between which seconds most training values lay, if a few were so far off as to ruin the scale."""

    def __post_init__(self) -> None:
        if not set(self.periods) <= set(PERIODS):
            raise DataError(f"column {self.name!r}: periods {self.periods} are not all of {', '.join(PERIODS)}")
        try:
            moments_of(pl.Series([self.median], dtype=pl.Int64), self.zone)
        except pl.exceptions.PolarsError as error:
            raise DataError(f"column {self.name!r}: the time zone {self.zone!r} is not known") from error

    @classmethod
    def fit(cls, series: pl.Series) -> DatetimeColumn:
        """The encoding of the training rows' column, not all missing; the scale is that after imputation."""
        zone = series.dtype.time_zone if isinstance(series.dtype, pl.Datetime) else None
        microseconds = _microseconds(series)
        present = microseconds.drop_nulls()
        far = None if series.dtype == pl.Time else far_values(_seconds(present))
        limits = far.others if far and far.ruinous else None
        if limits is not None:
            usual = ~limits.beyond(_seconds(present))
            present = present.filter(pl.Series(usual))
        median = int(np.median(present.to_numpy()))
        moments = moments_of(present, zone)
        periods = tuple(period for period, fraction in PERIODS.items() if fraction(moments).n_unique() > 1)
        seconds = _seconds(microseconds.fill_null(median))
        scale = Scale.of(seconds if limits is None else seconds[~limits.beyond(seconds)], f"column {series.name!r}")
        indicator = series.null_count() > 0
        return cls(series.name, scale, median, periods, series.dtype == pl.Time, zone, indicator, limits=limits)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The names of the features, in the order of their columns."""
        circles = tuple(f"{self.name} {period} {wave}" for period in self.periods for wave in ("sin", "cos"))
        names = (self.name, *circles, f"{self.name} is missing") if self.indicator else (self.name, *circles)
        return names if self.limits is None else (*names, f"{self.name} is far off")

    @property
    def detail(self) -> str:
        """What was learnt from the training rows, for people."""
        missing = "; missing: median and a mark" if self.indicator else ""
        zone = f" ({self.zone})" if self.zone else ""
        return ", ".join(("seconds", *self.periods)) + zone + missing

    @property
    def imputed(self) -> str:
        """What stands in for a missing value, for people."""
        moment = moments_of(pl.Series([self.median], dtype=pl.Int64), self.zone)[0]
        return f"the training median, {moment.time() if self.time_only else moment}"

    def encode(self, series: pl.Series) -> tuple[np.ndarray, tuple[str, ...]]:
        """The features (rows, features) of a column, and notes on what was imputed.

        A date counts as its midnight. Another time zone is converted, while having one or none must be as in training.
        Raises DataError for a column of another type, with row and value.
        """
        microseconds, notes = self.read(series)
        missing = microseconds.is_null().to_numpy()
        if missing.any() and not self.indicator:
            count = counted(int(missing.sum()), "value is", "values are")
            notes += (f"column {self.name!r}: {count} missing, as in no training row, and taken as {self.imputed}",)
        microseconds = microseconds.fill_null(self.median)
        seconds = _seconds(microseconds)
        features = [self.scale.apply(seconds if self.limits is None else self.limits.clip(seconds))]
        moments = moments_of(microseconds, self.zone)
        for period in self.periods:
            angle = 2 * np.pi * PERIODS[period](moments).to_numpy()
            features += [np.sin(angle), np.cos(angle)]
        if self.indicator:
            features.append(missing.astype(np.float64))
        if self.limits is not None:
            features.append(self.limits.beyond(seconds).astype(np.float64))
        return finite(np.column_stack(features), self.name), notes

    def read(self, series: pl.Series) -> tuple[pl.Series, tuple[str, ...]]:
        """The microseconds of a column (rows,), as `median` counts them, null where missing, and notes."""
        notes: tuple[str, ...] = ()
        if is_missing(series):
            return pl.Series(self.name, [None] * len(series), dtype=pl.Int64), notes
        if series.dtype == pl.String or (self.writing and self.writing.compact and series.dtype.is_numeric()):
            series, notes = self._dates(series)
        zoned = isinstance(series.dtype, pl.Datetime) and series.dtype.time_zone is not None
        expected = (pl.Time,) if self.time_only else (pl.Date, pl.Datetime)
        if series.dtype not in expected or zoned != (self.zone is not None):
            kind = (
                "a time of day" if self.time_only else f"a time in zone {self.zone}" if self.zone else "a date or time"
            )
            raise retyped(self.name, kind, series)
        return _microseconds(series), notes

    def _dates(self, series: pl.Series) -> tuple[pl.Series, tuple[str, ...]]:
        """A column of texts or whole numbers as dates, written as in training or year-month-day all of them."""
        whole = series.cast(pl.Int64, strict=False) if series.dtype.is_numeric() else series
        texts = tidied(whole)
        marked = is_marker(texts)
        texts = pl.select(pl.when(~marked).then(texts)).to_series()
        usual = DateWriting(CLOCK if self.time_only else "year-month-day")
        found = [(writing, writing.read(texts)) for writing in (self.writing, usual) if writing is not None]
        for _, values in found:
            if values.null_count() == texts.null_count():
                return values, (f"column {self.name!r}: {markers_told(series, marked)}",) if marked.any() else ()
        writing, values = found[0]
        row = int((values.is_null() & texts.is_not_null()).arg_max() or 0)
        others = [other.form for other in date_readings(texts[row : row + 1]) if other.form != writing.form]
        looks = f", which is {others[0]}" if len(others) == 1 else ""
        raise DataError(
            f"column {self.name!r} was a date or time in training, written {writing.form}, and is "
            f"{shown(series[row])} in row {row + 1}{looks}: write it as in training, or leave it empty if unknown"
        )


def _microseconds(series: pl.Series) -> pl.Series:
    """Since 1970-01-01, in UTC if the column has a time zone; of a time of day, since midnight."""
    if series.dtype == pl.Time:
        return series.cast(pl.Int64) // 1000
    if series.dtype == pl.Date:
        series = series.cast(pl.Datetime("us"))
    return series.dt.epoch("us")


def moments_of(microseconds: pl.Series, zone: str | None) -> pl.Series:
    """The date-times on the clock of a zone."""
    moments = microseconds.cast(pl.Datetime("us"))
    return moments.dt.replace_time_zone("UTC").dt.convert_time_zone(zone) if zone else moments


def _seconds(microseconds: pl.Series) -> np.ndarray:
    return microseconds.to_numpy().astype(np.float64) / 1e6
