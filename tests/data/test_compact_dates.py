from datetime import date, timedelta

import polars as pl
import pytest

from thalweg.data.compact_dates import compact_dates, serial_note
from thalweg.errors import DataError

NUMBERS = [20240304, 20240229, 20231231, 19991231]


@pytest.mark.parametrize("dtype", [pl.Int64, pl.Int32, pl.Float64])
def test_whole_numbers_of_any_type(dtype: type[pl.DataType]):
    values, writing, notes = compact_dates(pl.Series("day", [*NUMBERS, None], dtype=dtype))
    assert values.to_list() == [date(2024, 3, 4), date(2024, 2, 29), date(2023, 12, 31), date(1999, 12, 31), None]
    assert writing is not None
    assert "20240304 in row 1 is 2024-03-04" in notes[0]


@pytest.mark.parametrize(
    "values",
    [[20240304, 20240305], [20240304, 5, 7], [2019, 2020, 2021], [1.5, 2.5, 3.5], [202403, 202404], [31200000, 1, 2]],
)
def test_other_numbers_stay(values: list):
    series = pl.Series("day", values)
    assert compact_dates(series)[0].equals(series)


def test_one_that_is_no_date_is_named():
    with pytest.raises(DataError, match="row 13: 20240230"):
        compact_dates(pl.Series("day", [*NUMBERS * 3, 20240230]))


def test_a_target_is_refused_unless_it_is_to_be_measured():
    with pytest.raises(DataError, match="--task regression"):
        compact_dates(pl.Series("day", NUMBERS), "target")
    assert compact_dates(pl.Series("day", NUMBERS), "target", "regression")[0].to_list() == NUMBERS


def test_days_as_a_spreadsheet_counts_them():
    days = [date(2024, 1, 1) + timedelta(days=7 * k) for k in range(20)]
    serials = pl.Series("Order Date", [(day - date(1899, 12, 30)).days for day in days])
    (note,) = serial_note(serials)
    assert f"{serials[0]} in row 1, which may be 2024-01-01" in note
    for other in (
        serials.alias("weight"),
        serials.alias("updates"),
        serials * 2,
        pl.Series("day", [45_000] * 9),
    ):
        assert not serial_note(other)


@pytest.mark.parametrize(("wrong", "told"), [(2, True), (3, False)])
def test_where_more_than_a_tenth_are_no_dates_they_are_numbers(wrong: int, told: bool):
    days = [int(f"{date(2024, 1, 1) + timedelta(days=k):%Y%m%d}") for k in range(20 - wrong)] + [20240230] * wrong
    series = pl.Series("day", days)
    if told:
        with pytest.raises(DataError, match="but for 2 values"):
            compact_dates(series)
    else:
        assert compact_dates(series)[0].equals(series)
