"""Dates and times as people write them: the form of a whole column, told from all of its values."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from thalweg.errors import DataError

from .markers import is_marker
from .numbers_written import tidied

_Y4, _Y, _M, _D = r"(?P<y>\d{4})", r"(?P<y>\d{4}|\d{2})", r"(?P<m>\d{1,2})", r"(?P<d>\d{1,2})"
_Q = r"(?P<q>[1-4])"
_WEEKDAY = r"(?:(?i:mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so)\p{L}*\.?,? )?"
_NAME = r"(?P<b>\p{L}{3,9})\.?"
_CLOCK = r"(?P<H>\d{1,2}):(?P<M>\d{2})(?::(?P<S>\d{2})(?:[.,](?P<f>\d{1,9}))?)?(?: ?(?P<p>[AaPp])\.?[Mm]\.?)?"
_TIME = rf"(?:(?:T|,? ){_CLOCK} ?(?P<z>Z|UTC|[+-]\d{{2}}:?\d{{2}})?)?"
_DAY_FIRST = {f"day{mark}month{mark}year": rf"{_D}[{mark}] ?{_M}[{mark}] ?{_Y}" for mark in "/-. "}
_MONTH_FIRST = {f"month{mark}day{mark}year": rf"{_M}[{mark}]{_D}[{mark}]{_Y}" for mark in "/-. "}
_YEAR_FIRST = {f"year{mark}month{mark}day": rf"{_Y4}[{mark}]{_M}[{mark}]{_D}" for mark in "-/. "}

FORMS: dict[str, str] = {
    **_YEAR_FIRST,
    **_DAY_FIRST,
    **_MONTH_FIRST,
    "day, name of month, year": rf"{_D}(?:\.|st|nd|rd|th)?[ /-]?{_NAME},?[ /-]?{_Y}",
    "name of month, day, year": rf"{_NAME}[ -]{_D}(?:st|nd|rd|th)?,?[ -]{_Y4}",
    "year, name of month, day": rf"{_Y4}[ /-]{_NAME}[ /-]{_D}",
    (_SHORT := "year-month-day, years of two digits"): rf"(?P<y>\d{{2}})-{_M}-{_D}",
}
"""A regular expression for each form of a date, after which a time of day may come."""

MONTHS: dict[str, str] = {
    "year-month": rf"{_Y4}[-/]{_M}",
    "month/year": rf"{_M}[-/]{_Y4}",
    "name of month, year": rf"{_NAME},?[ /-]?{_Y4}",
    "year, name of month": rf"{_Y4}[ /-]?{_NAME}",
    "name of month, year of two digits": rf"{_NAME}[-' ]{{1,2}}(?P<y>\d{{2}})",
    "year, quarter": rf"{_Y4}[ /-]?[Qq]{_Q}",
    "quarter, year": rf"[Qq]{_Q}[ /-]?{_Y4}",
    "number of quarter, year": rf"{_Q}[Qq][ /-]?{_Y4}",
    "year, week": rf"{_Y4}[ /-]?[Ww](?P<w>\d{{1,2}})",
    "year, week, day": rf"{_Y4}-?[Ww](?P<w>\d{{2}})-?(?P<u>[1-7])",
}
"""A regular expression for each form of a month, quarter or week (ISO 8601), which counts as its first day."""

COMPACT: dict[str, str] = {
    "yearmonthday": r"(?P<y>(?:19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})",
    "yearmonth": r"(?P<y>(?:19|20)\d{2})(?P<m>\d{2})",
}
"""A regular expression for each form of a date that is one whole number."""

CLOCK = "time of day"

FORMS_OF: dict[str, frozenset[str]] = {
    "day-first": frozenset(_DAY_FIRST),
    "month-first": frozenset(_MONTH_FIRST),
    "iso": frozenset({*_YEAR_FIRST, _SHORT}),
}
"""The forms that are meant by each of `DATE_ORDERS`, for dates of three numbers."""

_MONTH_NAMES = {
    **{"jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10},
    **{"nov": 11, "dec": 12, "mär": 3, "mrz": 3, "mai": 5, "okt": 10, "dez": 12},
    **{"fév": 2, "fev": 2, "avr": 4, "aoû": 8, "aou": 8, "déc": 12, "ene": 1, "abr": 4, "ago": 8, "dic": 12, "maj": 5},
}
_SAMPLE = 200
_FEW = 8
"""Of so many different years or fewer nothing is concluded."""
_FIRST_YEARS = 69
"""Years of two digits from this on are of the last century, as in POSIX."""


@dataclass(frozen=True)
class DateWriting:
    """How the dates or times of a column are written: a key of `FORMS`, `MONTHS` or `COMPACT`, or `CLOCK`.

    >>> DateWriting("day/month/year").read(pl.Series(["3/4/2024", "31/4/2024", "-"])).to_list()
    [datetime.date(2024, 4, 3), None, None]
    """

    form: str

    def __post_init__(self) -> None:
        if self.form not in (*FORMS, *MONTHS, *COMPACT, CLOCK):
            raise DataError(f"the form of a date {self.form!r} is not known: the record is of another version")

    @property
    def compact(self) -> bool:
        """Whether each date is one whole number."""
        return self.form in COMPACT

    @property
    def pattern(self) -> str:
        """The regular expression of what is written so."""
        if self.form == CLOCK:
            return f"^{_CLOCK}$"
        form = {**FORMS, **MONTHS, **COMPACT}[self.form]
        return f"^{_WEEKDAY}{form}{_TIME if self.form in FORMS else ''}$"

    def read(self, series: pl.Series) -> pl.Series:
        """The dates, date-times (if a value has a time; in UTC if all have a zone) or times of day; null where none."""
        if self.form == CLOCK:
            return self._clock(tidied(series)).alias(series.name)
        parts = tidied(series).str.extract_groups(self.pattern).struct.unnest()
        has = set(parts.columns)
        if "w" in has:
            days = parts["u"] if "u" in has else pl.Series(["1"] * len(series), dtype=pl.String)
            weeks = _joined("-", parts["y"], parts["w"].str.zfill(2), days)
            return weeks.str.strptime(pl.Date, "%G-%V-%u", strict=False).alias(series.name)
        year = parts["y"].cast(pl.Int32)
        year = year.zip_with(parts["y"].str.len_bytes() != 2, year + 2000 - 100 * (year >= _FIRST_YEARS).cast(pl.Int32))
        month = _month_numbers(parts["b"]) if "b" in has else _first_months(parts["q"]) if "q" in has else parts["m"]
        day = parts["d"] if "d" in has else pl.Series(["1"] * len(series), dtype=pl.String)
        days = _joined("-", year.cast(pl.String).str.zfill(4), month.str.zfill(2), day.str.zfill(2))
        dates = days.str.strptime(pl.Date, "%Y-%m-%d", strict=False).alias(series.name)
        if "H" not in has or parts["H"].null_count() == len(series):
            return dates
        moments = _joined(" ", days, _clock_text(parts.with_columns(pl.col("H").fill_null("0")))).str.strptime(
            pl.Datetime("us"), "%Y-%m-%d %H:%M:%S%.f", strict=False
        )
        if parts["z"].null_count() == len(series):
            return moments.alias(series.name)
        return _utc(moments, parts["z"]).alias(series.name)

    def _clock(self, texts: pl.Series) -> pl.Series:
        parts = texts.str.extract_groups(self.pattern).struct.unnest()
        return _clock_text(parts).str.strptime(pl.Time, "%H:%M:%S%.f", strict=False)


def _joined(mark: str, *texts: pl.Series) -> pl.Series:
    return pl.select(pl.concat_str([pl.lit(text) for text in texts], separator=mark)).to_series()


def _month_numbers(names: pl.Series) -> pl.Series:
    short = names.str.to_lowercase().str.replace("^juin", "jun").str.replace("^juil", "jul").str.slice(0, 3)
    return short.replace_strict(_MONTH_NAMES, default=None, return_dtype=pl.Int64).cast(pl.String)


def _first_months(quarters: pl.Series) -> pl.Series:
    return (3 * quarters.cast(pl.Int64) - 2).cast(pl.String)


def _clock_text(parts: pl.DataFrame) -> pl.Series:
    """Hours, minutes and seconds on a clock of 24 hours."""
    hours = parts["H"].cast(pl.Int64)
    half = parts["p"].str.to_lowercase()
    shift = 12 * ((half == "p") & (hours < 12)).cast(pl.Int64) - 12 * ((half == "a") & (hours == 12)).cast(pl.Int64)
    hours = (hours + shift.fill_null(0)).cast(pl.String).str.zfill(2)
    seconds = _joined(".", parts["S"].fill_null("00"), parts["f"].fill_null("0"))
    return _joined(":", hours, parts["M"].fill_null("00"), seconds)


def _utc(moments: pl.Series, zones: pl.Series) -> pl.Series:
    """The moments in UTC, null where a zone is not written."""
    signed = zones.str.replace("^(?:Z|UTC)$", "+00:00").str.replace(":", "", literal=True)
    minutes = signed.str.slice(1, 2).cast(pl.Int64) * 60 + signed.str.slice(3, 2).cast(pl.Int64)
    minutes = minutes.zip_with(signed.str.starts_with("+"), -minutes)
    return (moments - (minutes * 60_000_000).cast(pl.Duration("us"))).dt.replace_time_zone("UTC")


def date_readings(series: pl.Series, order: str | None = None) -> list[DateWriting]:
    """The forms by which most of a column's texts are dates, as many by each, those that differ in a value.

    `order` is one of `DATE_ORDERS`, None for any; dates with points have the month first only if that is said.

    >>> date_readings(pl.Series(["03/04/2024", "13/04/2024"]))
    [DateWriting(form='day/month/year')]
    >>> [reading.form for reading in date_readings(pl.Series(["03/04/2024"]))]
    ['day/month/year', 'month/day/year']
    """
    texts = tidied(series)
    texts = texts.filter(texts.is_not_null() & ~is_marker(texts))
    some = texts.unique(maintain_order=True).head(_SAMPLE)
    some = some.filter(some.str.contains(r"\d"))
    found: list[tuple[int, DateWriting, pl.Series]] = []
    for writing in map(DateWriting, _forms(order) if len(some) else ()):
        alike = some.filter(some.str.contains(writing.pattern))
        if not len(alike) or writing.read(alike).null_count() == len(alike):
            continue
        values = writing.read(texts)
        found.append((len(values) - values.null_count(), writing, values))
    most = max((count for count, _, _ in found), default=0)
    kept: list[tuple[DateWriting, pl.Series]] = []
    for count, writing, values in found:
        if count == most and not any(values.equals(other, null_equal=True) for _, other in kept):
            kept.append((writing, values))
    if any(writing.form == _SHORT for writing, _ in kept[1:]):  # where days can come first they do, if they vary more
        years, days = kept[0][1].dt.year().n_unique(), kept[0][1].dt.day().n_unique()
        kept = [one for one in kept if (one[0].form == _SHORT) == (years > max(days, _FEW))]
    return [writing for writing, _ in kept]


def _forms(order: str | None) -> list[str]:
    if order is None:
        return [form for form in (*FORMS, *MONTHS, CLOCK) if form not in ("month.day.year", "month day year")]
    others = frozenset().union(*FORMS_OF.values()) - FORMS_OF[order]
    return [form for form in (*FORMS, *MONTHS, CLOCK) if form not in others]
