"""What a table's encoding does to a row, in the few kinds of features that every format can write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from ..data.boolean import BooleanColumn
from ..data.categorical import CategoricalColumn
from ..data.columns import Column
from ..data.datetimes import PERIODS, DatetimeColumn
from ..data.hashed import HashedColumn
from ..data.numeric import NumericColumn
from ..data.plain import PlainColumn
from ..data.scale import Limits, Scale
from ..errors import ArgumentError

if TYPE_CHECKING:
    import polars as pl

    from ..data import Encoding


@dataclass(frozen=True)
class Source:
    """What a row is given by: a number (NaN where it is missing), or a text."""

    name: str
    kind: Literal["number", "text"]
    word: str
    """What it is, for people."""
    column: str
    """The table's column that it comes from."""
    missing: str | None = None
    """Of a text, where the format has no missing values: what stands for one."""


@dataclass(frozen=True)
class Standard:
    """(x - mean) / deviation, x being `fill` where it is missing, and the nearer limit where it is far beyond one.

    Without a `fill` nothing is known of missing values: NaN stays, and no answer is made of it.
    """

    source: int
    fill: float | None
    scale: Scale
    limits: Limits | None


@dataclass(frozen=True)
class Missing:
    """1 where the source is missing, else 0."""

    source: int


@dataclass(frozen=True)
class Beyond:
    """1 where the source is far beyond the limits, else 0."""

    source: int
    limits: Limits


@dataclass(frozen=True)
class Flag:
    """0 or 1; `fill` where it is missing."""

    source: int
    fill: float


@dataclass(frozen=True)
class OneHot:
    """1 for the row's own category, 0 for the others; missing is one of them if `missing` says so."""

    source: int
    categories: tuple[str, ...]
    missing: bool


@dataclass(frozen=True)
class Circle:
    """sin and cos of 2π (x - first) / length; of the angle `fill` where `of`, the moment itself, is missing."""

    source: int
    of: int
    first: float
    length: float
    fill: float


@dataclass(frozen=True)
class Hashed:
    """The frequency of a text in training and a hash of it, as data/hashed.py has them; missing if there is a mark."""

    source: int
    column: HashedColumn


Feature: TypeAlias = Standard | Missing | Beyond | Flag | OneHot | Circle | Hashed

_CIRCLES = {
    "month of year": (1.0, 12.0, "the month of the year, 1 to 12", lambda moments: moments.dt.month()),
    "day of week": (1.0, 7.0, "the day of the week, 1 (Monday) to 7", lambda moments: moments.dt.weekday()),
    "hour of day": (
        0.0, 24.0, "the hour of the day with its fraction, 0 to 24",
        lambda moments: moments.dt.hour() + moments.dt.minute() / 60,
    ),
}  # fmt: skip
"""Of each period the number at its begin, its length, what it is given by, and that of moments."""
_MARKERS = ("", "<missing>", "<not there>")


@dataclass(frozen=True)
class Encoded:
    """The sources of a table's rows, and the features that the network takes, in their order."""

    sources: tuple[Source, ...]
    features: tuple[Feature, ...]
    width: int

    @property
    def needs_all(self) -> bool:
        """Whether there is no answer to a row that lacks a value."""
        return any(isinstance(feature, Standard) and feature.fill is None for feature in self.features)

    def refuse_hashed(self, language: str) -> None:
        """Raise ArgumentError, naming the column, if a text is hashed, which few languages can do."""
        for feature in self.features:
            if isinstance(feature, Hashed):
                raise ArgumentError(
                    f"column {feature.column.name!r} is hashed, which {language} cannot do: export a .py file, or "
                    "train without --many-texts hash"
                )


def encoded(encoding: Encoding) -> Encoded:
    """The sources and features of an encoding; raises ArgumentError, naming the column, for a kind of no known form.

    >>> import polars as pl
    >>> from thalweg.data import Encoding
    >>> frame = pl.DataFrame({"size": [1.0, 3.0], "ripe": [True, False], "fruit": ["fig", "plum"]})
    >>> found = encoded(Encoding.fit(frame, "fruit"))
    >>> [source.name for source in found.sources], [type(feature).__name__ for feature in found.features]
    (['size', 'ripe'], ['Standard', 'Flag'])
    """
    sources: list[Source] = []
    features: list[Feature] = []
    for column in encoding.inputs:
        at = len(sources)
        more, found = _of_column(column, at)
        sources += more
        features += found
    names = [source.name for source in sources]
    twice = next((name for place, name in enumerate(names) if name in names[:place]), None)
    if twice is not None:
        raise ArgumentError(f"two inputs of the export would be called {twice!r}: rename that column and train again")
    return Encoded(tuple(sources), tuple(features), len(encoding.feature_names))


def _of_column(column: Column, at: int) -> tuple[list[Source], list[Feature]]:
    match column:
        case NumericColumn():
            after = column.writing.after if column.writing is not None else ""
            word = f"a number, in {after}" if after else "a number"
            own = Source(column.name, "number", word, column.name)
            return [own], _standard(column, at, None if isinstance(column, PlainColumn) else column.median)
        case BooleanColumn():
            own = Source(column.name, "number", "1 for true, 0 for false", column.name)
            marks: list[Feature] = [Missing(at)] if column.indicator else []
            return [own], [Flag(at, float(column.most_common)), *marks]
        case CategoricalColumn():
            own = Source(column.name, "text", "a text", column.name, _marker(column.categories))
            return [own], [OneHot(at, column.categories, column.missing)]
        case HashedColumn():
            return [Source(column.name, "text", "a text", column.name, "")], [Hashed(at, column)]
        case DatetimeColumn():
            return _of_dates(column, at)
    raise ArgumentError(f"column {column.name!r} is encoded by {type(column).__name__}, which no export can write")


def _standard(column: NumericColumn | DatetimeColumn, at: int, fill: float | None, *circles: Feature) -> list[Feature]:
    found: list[Feature] = [Standard(at, fill, column.scale, column.limits), *circles]
    if column.indicator:
        found.append(Missing(at))
    if column.limits is not None:
        found.append(Beyond(at, column.limits))
    return found


def _of_dates(column: DatetimeColumn, at: int) -> tuple[list[Source], list[Feature]]:
    clock = f" on the clock of {column.zone}" if column.zone else ""
    since = "since midnight" if column.time_only else f"since 1970-01-01 00:00{' UTC' if column.zone else ''}"
    own = Source(column.name, "number", f"the seconds {since}", column.name)
    sources, circles = [own], []
    for place, period in enumerate(column.periods, start=1):
        first, length, word, _ = _CIRCLES[period]
        sources.append(Source(f"{column.name} {period}", "number", word + clock, column.name))
        fill = 2.0 * np.pi * float(PERIODS[period](_median_moment(column))[0])
        circles.append(Circle(at + place, at, first, length, fill))
    return sources, _standard(column, at, column.median / 1e6, *circles)


def _median_moment(column: DatetimeColumn) -> pl.Series:
    import polars as pl

    return _clock(pl.Series([column.median], dtype=pl.Int64).cast(pl.Datetime("us")), column.zone)


def _clock(moments: pl.Series, zone: str | None) -> pl.Series:
    return moments.dt.replace_time_zone("UTC").dt.convert_time_zone(zone) if zone else moments


def _marker(categories: tuple[str, ...]) -> str:
    """What can stand for a missing text, none of the categories."""
    free = (marker for marker in (*_MARKERS, *(f"<missing {number}>" for number in range(2, 10_000))))
    return next(marker for marker in free if marker not in categories)


def source_values(encoding: Encoding, frame: pl.DataFrame) -> dict[str, np.ndarray]:
    """The values (rows,) of the sources for the rows of a table: float64, NaN where missing; texts with None.

    Of a column of numbers that are written as text, of dates and of booleans they are read as `predict` reads them.

    >>> import polars as pl
    >>> from thalweg.data import Encoding
    >>> frame = pl.DataFrame({"size": [1.0, 2.0, 3.0, None], "ripe": ["no", "yes"] * 2, "fruit": ["fig", "plum"] * 2})
    >>> found = source_values(Encoding.fit(frame, "fruit"), frame.tail(2))
    >>> found["size"].tolist(), found["ripe"].tolist()
    ([3.0, nan], ['no', 'yes'])
    """
    import polars as pl

    from ..data.values import is_missing, tidy

    values: dict[str, Any] = {}
    for column in encoding.inputs:
        series = frame[column.name]
        match column:
            case NumericColumn():
                values[column.name] = column.read(series)[0]
            case BooleanColumn():
                column.encode(series)  # which refuses another type
                values[column.name] = (
                    np.full(len(series), np.nan) if is_missing(series) else series.cast(pl.Float64).to_numpy()
                )
            case DatetimeColumn():
                microseconds = column.read(series)[0]
                values[column.name] = (microseconds.cast(pl.Float64) / 1e6).to_numpy()
                moments = _clock(microseconds.cast(pl.Datetime("us")), column.zone)
                for period in column.periods:
                    passed = _CIRCLES[period][3](moments)
                    values[f"{column.name} {period}"] = passed.cast(pl.Float64).to_numpy()
            case _:
                values[column.name] = np.array(tidy(series).cast(pl.String).to_list(), dtype=object)
    return values
