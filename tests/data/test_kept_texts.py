from datetime import date

import polars as pl
import pytest

from thalweg.data.delimited import read_delimited


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("02139", "02139"),
        ("0", 0),
        ("0.5", 0.5),
        ("03/04/2024", "03/04/2024"),
        ("2024-04-03", date(2024, 4, 3)),
        ("2024/04/03", date(2024, 4, 3)),
        ("3.4.2024", "3.4.2024"),
        ("007.5", 7.5),
    ],
)
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("rows", [1, 20_000])
def test_fields_that_may_mean_something_else_stay(field: str, value: object, separator: str, rows: int):
    text = separator.join("xyz") + "\n" + (separator.join(["1", field, "1.5"]) + "\n") * rows
    assert read_delimited(text.encode(), "t.csv", ",")["y"][-1] == value


@pytest.mark.parametrize(("separator", "kept"), [(",", False), (";", True), ("\t", True)])
def test_points_between_thousands_stay_where_commas_do_not_separate(separator: str, kept: bool):
    text = f"x{separator}y\n1.234{separator}1\n12{separator}2\n"
    assert (read_delimited(text.encode(), "t.csv", ",")["x"].dtype == pl.String) == kept
    text = f"x{separator}y\n1.234{separator}1\n0.250{separator}2\n"
    assert read_delimited(text.encode(), "t.csv", ",")["x"].to_list() == [1.234, 0.25]
