from datetime import date, datetime, time, timedelta

import polars as pl
import pytest

from thalweg.data.calendar import check_calendar
from thalweg.errors import DataError

KINDS = [pl.Date, pl.Datetime("ms"), pl.Datetime("us"), pl.Datetime("ns"), pl.Datetime("us", "UTC")]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", [2**31 - 1, -(2**31), 2**62, -(2**62)])
def test_out_of_the_calendar(kind: pl.DataType, value: int):
    """Field case h04-date-out-of-range: told where Python has no such date, and only there."""
    physical = pl.Int32 if kind == pl.Date else pl.Int64
    if kind == pl.Date and abs(value) > 2**31:
        return
    series = pl.Series("sold", [0, None, value], dtype=physical).cast(kind)
    try:
        series.to_list()
    except (ValueError, OverflowError, pl.exceptions.PanicException):
        with pytest.raises(DataError, match=r"column 'sold', row 3: a date or time outside"):
            check_calendar([series])
    else:
        check_calendar([series])


def test_the_ends_of_the_calendar_are_in_it():
    check_calendar(
        [
            pl.Series("d", [date.min, date.max]),
            pl.Series("t", [datetime.min, datetime.max]),
            pl.Series("c", [time.min, time.max]),
            pl.Series("l", [timedelta(days=-9999), timedelta(days=99999)]),
            pl.Series("n", [None], dtype=pl.Date),
            pl.Series("x", [2**62]),
        ]
    )
