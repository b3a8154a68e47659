from datetime import UTC, date, datetime, time

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from thalweg.data.dates_written import DateWriting, date_readings
from thalweg.errors import DataError

DAYS = st.dates(date(1970, 1, 1), date(2067, 12, 31))
STRFTIME = {
    "year-month-day": "%Y-%m-%d",
    "year/month/day": "%Y/%m/%d",
    "day/month/year": "%d/%m/%Y",
    "day.month.year": "%d.%m.%Y",
    "day-month-year": "%d-%m-%Y",
    "month/day/year": "%m/%d/%Y",
    "month-day-year": "%m-%d-%Y",
    "day, name of month, year": "%d %b %Y",
    "name of month, day, year": "%B %d, %Y",
}


@given(st.lists(DAYS, min_size=1, max_size=10), st.sampled_from(list(STRFTIME)))
@settings(max_examples=20)
def test_against_the_standard_library(days: list[date], form: str):
    texts = pl.Series([day.strftime(STRFTIME[form]) for day in days])
    assert DateWriting(form).read(texts).to_list() == days
    found = date_readings(texts)
    assert form in [writing.form for writing in found] or found[0].read(texts).to_list() == days
    decided = any(day.day > 12 for day in days)
    assert len(found) == 1 or not decided


@given(st.lists(DAYS, min_size=1, max_size=10))
@example([date(1969, 1, 1), date(2068, 12, 31)])
def test_two_digits_of_a_year_are_of_1969_to_2068(days: list[date]):
    texts = pl.Series([day.strftime("%d.%m.%y") for day in days])
    assert DateWriting("day.month.year").read(texts).to_list() == days


@given(st.lists(st.datetimes(datetime(1970, 1, 1), datetime(2067, 1, 1)), min_size=1, max_size=8))
@settings(max_examples=15)
def test_times_of_day(moments: list[datetime]):
    moments = [moment.replace(microsecond=0) for moment in moments]
    texts = pl.Series([moment.strftime("%d/%m/%Y %I:%M:%S %p") for moment in moments])
    assert DateWriting("day/month/year").read(texts).to_list() == moments


@pytest.mark.parametrize(
    ("texts", "values"),
    [
        (["2024-03", "2024-12"], [date(2024, 3, 1), date(2024, 12, 1)]),
        (["03/2024"], [date(2024, 3, 1)]),
        (["March 2024"], [date(2024, 3, 1)]),
        (["3-MAR-24", "03 March 2024"], [date(2024, 3, 3)] * 2),
        (["3. März 2024"], [date(2024, 3, 3)]),
        (["3 juin 2024", "3 juil. 2024", "4 févr. 2024"], [date(2024, 6, 3), date(2024, 7, 3), date(2024, 2, 4)]),
        (["Mon 4 Mar 2024", "Tuesday, 5 March 2024"], [date(2024, 3, 4), date(2024, 3, 5)]),
        (["Jan-24", "Dec-99"], [date(2024, 1, 1), date(1999, 12, 1)]),
        (["2024-W05-2", "2024W053"], [date(2024, 1, 30), date(2024, 1, 31)]),
        (["98-05-31"], [date(1998, 5, 31)]),
        (["9:05", "9:05 pm", "12:00 AM"], [time(9, 5), time(21, 5), time(0)]),
        (["2024-03-04", "2024-03-04 10:30"], [datetime(2024, 3, 4), datetime(2024, 3, 4, 10, 30)]),
        (["2024-03-04T10:30:00+02:00"], [datetime(2024, 3, 4, 8, 30, tzinfo=UTC)]),
        (["2024-03-04T10:30:00.5Z"], [datetime(2024, 3, 4, 10, 30, 0, 500000, tzinfo=UTC)]),
        (["2024-02-29", "2023-02-29"], [date(2024, 2, 29), None]),
    ],
)
def test_ways_to_write(texts: list[str], values: list):
    (found,) = date_readings(pl.Series(texts))
    assert found.read(pl.Series(texts)).to_list() == values


@pytest.mark.parametrize("form", ["{y}-Q{q}", "{y} q{q}", "{y}Q{q}", "Q{q} {y}", "Q{q}/{y}", "{q}Q{y}"])
def test_quarters_count_as_their_first_day(form: str):
    quarters = [(year, quarter) for year in (1999, 2024) for quarter in (1, 2, 3, 4)]
    texts = pl.Series([form.format(y=year, q=quarter) for year, quarter in quarters])
    (reading,) = date_readings(texts)
    assert reading.read(texts).to_list() == [date(year, 3 * quarter - 2, 1) for year, quarter in quarters]


@pytest.mark.parametrize("form", ["{y}-W{w:02}", "{y}W{w:02}", "{y} w{w}"])
def test_weeks_count_as_their_first_day(form: str):
    weeks = [(2020, 53), (2021, 1), (2024, 9), (2026, 1)]
    texts = pl.Series([form.format(y=year, w=week) for year, week in weeks])
    (reading,) = date_readings(texts)
    assert reading.read(texts).to_list() == [date.fromisocalendar(year, week, 1) for year, week in weeks]
    assert reading.read(pl.Series(["2021-W53", "2021-W00"])).to_list() == [None, None]


@pytest.mark.parametrize(
    "text",
    [
        "1/2",
        "Q5 2024",
        "2024-Q0",
        "Q1 24",
        "12-13",
        "1.2.3",
        "2024-13",
        "abc 2024",
        "31/02/2024",
        "12",
        "25:00",
        "5 May",
    ],
)
def test_others_are_none(text: str):
    assert not date_readings(pl.Series([text]))


def test_moments_of_other_zones_are_those_of_utc():
    texts = [f"2024-01-31T12:30:00{zone}" for zone in ("+00:00", "-05:30", "+05:45", "-00:15", "+1300", "Z")]
    read = DateWriting("year-month-day").read(pl.Series(texts)).to_list()
    assert read == [datetime.fromisoformat(text).astimezone(UTC) for text in texts]


@pytest.mark.parametrize("years", [5, 9])
def test_few_years_of_two_digits_do_not_come_first(years: int):
    """Up to eight last numbers may be years as well, though they vary more than the first."""
    texts = pl.Series([f"{10 + k % 3}-01-{1 + k % years:02}" for k in range(45)])
    first = date_readings(texts)[0].read(texts)[1]
    assert first == (date(2002, 1, 11) if years == 5 else date(2011, 1, 2))


def test_the_order_can_be_set():
    texts = pl.Series(["03/04/2024"])
    assert [writing.form for writing in date_readings(texts, "day-first")] == ["day/month/year"]
    assert [writing.form for writing in date_readings(texts, "month-first")] == ["month/day/year"]
    assert date_readings(texts, "iso") == []


def test_a_form_of_another_version_is_refused():
    with pytest.raises(DataError, match="not known"):
        DateWriting("year of the dragon")


def test_years_of_two_digits_come_first_where_they_vary_less_than_days():
    texts = pl.Series([f"2{day % 3}-0{day % 9 + 1}-{day:02d}" for day in range(1, 29)])
    assert [writing.form for writing in date_readings(texts)] == ["year-month-day, years of two digits"]
    other = pl.Series([f"{day:02d}-0{day % 9 + 1}-2{day % 3}" for day in range(1, 29)])
    assert [writing.form for writing in date_readings(other)] == ["day-month-year"]
    assert [writing.form for writing in date_readings(texts, "day-first")] == ["day-month-year"]
