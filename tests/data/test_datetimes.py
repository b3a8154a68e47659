from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thalweg.data.dates_written import DateWriting
from thalweg.data.datetimes import DatetimeColumn
from thalweg.errors import DataError

MOMENTS = st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1))
ROME = "Europe/Rome"


def when(values: list, dtype: pl.DataType | type[pl.DataType] | None = None) -> pl.Series:
    return pl.Series("when", values, dtype=dtype)


def standardised(values: list[float]) -> np.ndarray:
    return (np.array(values) - np.mean(values)) / np.std(values)


@given(st.lists(MOMENTS, min_size=2, max_size=20, unique=True), st.sampled_from([None, "UTC", ROME]))
def test_against_the_standard_library(moments: list[datetime], zone: str | None):
    if zone:
        moments = [moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)) for moment in moments]
    series = when(moments, pl.Datetime("us", zone))
    column = DatetimeColumn.fit(series)
    features, notes = column.encode(series)
    by_name = dict(zip(column.feature_names, features.T, strict=True))
    epoch = datetime(1970, 1, 1, tzinfo=UTC if zone else None)
    seconds = [(moment - epoch).total_seconds() for moment in moments]
    if np.std(seconds) > 1:
        np.testing.assert_allclose(by_name["when"], standardised(seconds), atol=1e-6)
    fractions = {
        "month of year": [(moment.month - 1) / 12 for moment in moments],
        "day of week": [moment.weekday() / 7 for moment in moments],
        "hour of day": [(moment.hour + moment.minute / 60) / 24 for moment in moments],
    }
    for period, fraction in fractions.items():
        assert (period in column.periods) == (len(set(fraction)) > 1)
        if period in column.periods:
            angle = 2 * np.pi * np.array(fraction)
            np.testing.assert_allclose(by_name[f"when {period} sin"], np.sin(angle), atol=1e-12)
            np.testing.assert_allclose(by_name[f"when {period} cos"], np.cos(angle), atol=1e-12)
    assert notes == ()


def test_dates_are_midnights():
    days = [date(2024, 1, 1), date(2024, 1, 2), date(2024, 1, 4)]
    column = DatetimeColumn.fit(when(days))
    assert column.feature_names == ("when", "when day of week sin", "when day of week cos")
    features, _ = column.encode(when(days))
    np.testing.assert_allclose(features[:, 0], standardised([0, 1, 3]))
    midnights = when([datetime(day.year, day.month, day.day) for day in days], pl.Datetime("ms"))
    np.testing.assert_array_equal(column.encode(midnights)[0], features)


def test_times_of_day():
    clock = when([time(0), time(6), time(18, 30)])
    column = DatetimeColumn.fit(clock)
    assert column.periods == ("hour of day",)
    features, _ = column.encode(clock)
    np.testing.assert_allclose(features[:, 0], standardised([0, 6, 18.5]))
    np.testing.assert_allclose(features[1, 1:], [1, 0], atol=1e-12)
    assert column.imputed == "the training median, 06:00:00"


def test_missing_takes_the_median_and_a_mark():
    column = DatetimeColumn.fit(when([date(2024, 1, 1), None, date(2024, 1, 3), date(2024, 1, 5)]))
    features, notes = column.encode(when([None, date(2024, 1, 3)]))
    np.testing.assert_allclose(features[0, 0], standardised([1, 3, 3, 5])[1], atol=1e-12)  # with the imputed one
    later, _ = column.encode(when([date(2024, 1, 5)]))
    np.testing.assert_allclose(later[0, 0], standardised([1, 3, 3, 5])[3], atol=1e-12)
    np.testing.assert_array_equal(features[0, :-1], features[1, :-1])
    assert features[:, -1].tolist() == [1.0, 0.0]
    assert notes == ()
    assert column.encode(when([None], pl.String))[0].shape == (1, 4)
    without = DatetimeColumn.fit(when([date(2024, 1, 1), date(2024, 1, 3)]))
    features, notes = without.encode(when([None, date(2024, 1, 2)]))
    np.testing.assert_array_equal(features[0], features[1])
    assert "1 value is missing" in notes[0]
    assert "2024-01-02" in notes[0]


def test_another_time_zone_is_the_same_moment():
    moments = [datetime(2024, 1, 1, 23, 30, tzinfo=UTC) + timedelta(hours=9 * i) for i in range(5)]
    rome = when(moments, pl.Datetime("us", "UTC")).dt.convert_time_zone(ROME)
    column = DatetimeColumn.fit(rome)
    np.testing.assert_array_equal(column.encode(rome)[0], column.encode(rome.dt.convert_time_zone("Asia/Tokyo"))[0])
    assert ROME in column.detail


@pytest.mark.parametrize(
    ("trained", "given_", "words"),
    [
        ([date(2024, 1, 1), date(2024, 1, 2)], when(["soon"]), ["a date or time", "'soon' in row 1"]),
        ([date(2024, 1, 1), date(2024, 1, 2)], when([None, 3]), ["Int64", "row 2: 3"]),
        ([date(2024, 1, 1), date(2024, 1, 2)], when([time(1)]), ["Time"]),
        ([time(1), time(2)], when([date(2024, 1, 1)]), ["time of day", "Date"]),
        ([datetime(2024, 1, 1), datetime(2024, 1, 2)], when([datetime(2024, 1, 1, tzinfo=UTC)]), ["UTC"]),
        ([datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 2, tzinfo=UTC)], when([date(2024, 1, 1)]), ["zone UTC"]),
    ],
)
def test_other_types_are_refused(trained: list, given_: pl.Series, words: list[str]):
    with pytest.raises(DataError) as caught:
        DatetimeColumn.fit(when(trained)).encode(given_)
    assert all(word in str(caught.value) for word in ["'when'", *words])


def test_impossible_records_are_refused():
    column = DatetimeColumn.fit(when([date(2024, 1, 1), date(2024, 1, 2)]))
    with pytest.raises(DataError, match="time zone 'No/Where'"):
        replace(column, zone="No/Where")
    with pytest.raises(DataError, match="periods"):
        replace(column, periods=("century",))


DAYS = [date(2024, 1, 1) + timedelta(days=9 * i) for i in range(40)]


def test_dates_are_read_as_they_were_written_in_training():
    column = replace(DatetimeColumn.fit(when(DAYS)), writing=DateWriting("day/month/year"))
    typed = column.encode(when(DAYS))
    for texts in ([f"{day:%d/%m/%Y}" for day in DAYS], [f"{day}" for day in DAYS]):
        np.testing.assert_array_equal(column.encode(when(texts))[0], typed[0])
    with pytest.raises(DataError, match="'03/25/2024' in row 2, which is month/day/year"):
        column.encode(when(["03/04/2024", "03/25/2024"]))
    with pytest.raises(DataError, match="'31/02/2024' in row 1"):
        column.encode(when(["31/02/2024", "03/04/2024"]))
    assert "('NULL' in row 2) is taken as missing" in column.encode(when(["03/04/2024", "NULL"]))[1][0]


def test_compact_dates_are_read_as_in_training():
    column = replace(DatetimeColumn.fit(when(DAYS)), writing=DateWriting("yearmonthday"))
    numbers = [int(f"{day:%Y%m%d}") for day in DAYS]
    np.testing.assert_array_equal(column.encode(when(numbers))[0], column.encode(when(DAYS))[0])
    with pytest.raises(DataError, match="20240230 in row 2"):
        column.encode(when([20240229, 20240230]))


def test_a_far_date_does_not_ruin_the_scale():
    column = DatetimeColumn.fit(when([*DAYS, date(9999, 12, 31)]))
    assert column.scale == DatetimeColumn.fit(when(DAYS)).scale
    far, latest = column.encode(when([date(9999, 12, 31), max(DAYS)]))[0]
    assert (far[-1], latest[-1]) == (1, 0)
    assert far[0] == latest[0]  # taken as the nearest of the others
