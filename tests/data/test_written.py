from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from thalweg.data import Conventions
from thalweg.data.delimited import read_delimited
from thalweg.data.written import as_written
from thalweg.errors import ArgumentError, DataError

DOSES = [str(number * 7 % 31) for number in range(160)]
DAYS = [date(2023, 1, 1) + timedelta(days=11 * i) for i in range(60)]


def read(values: list, *, role: str = "column", others: dict[str, list] | None = None, task: str | None = None, **said):
    frame = pl.DataFrame({"x": values, **(others or {})})
    names, targets = ([], ["x"]) if role == "target" else (["x"], [])
    names += list(others or {})
    return as_written(frame, names, Conventions(**said), targets, task)


def changed(values: list, row: int, value: str) -> list:
    return [*values[:row], value, *values[row + 1 :]]


# shared/field/03-marker-makes-numbers-categories
@pytest.mark.parametrize(
    ("marker", "rows"),
    [
        *((marker, [20, 40, 60]) for marker in ("-", "#N/A", "nicht bekannt", "\u2013")),  # more: test_markers.py
        ("NULL", [20]),
        ("NULL", list(range(0, 160, 2))),
    ],
)
def test_a_marker_among_numbers_is_missing(marker: str, rows: list[int]):
    values: list[str] = [marker if row in rows else value for row, value in enumerate(DOSES)]
    written = read(values)
    assert written.frame["x"].to_list() == [None if row in rows else int(v) for row, v in enumerate(DOSES)]
    assert f"({marker!r} in row {rows[0] + 1})" in written.notes[0]
    assert "as missing" in written.notes[0]


@pytest.mark.parametrize(
    ("distinct", "stray"),
    [*((31, stray) for stray in ("<5", "12 %")), *((n, "soon") for n in (50, 51, 160))],
)
def test_a_stray_text_among_numbers_is_refused_however_many_there_are(distinct: int, stray: str):
    values = changed([str(row % distinct) for row in range(160)], 20, stray)
    with pytest.raises(DataError, match=rf"column 'x' holds numbers but for 1 value \(row 21: '{stray}'.*--text x"):
        read(values)
    if stray == "soon":
        assert read(values, text=("x",)).frame["x"].to_list() == values


def test_a_stray_text_in_half_of_the_cells_is_refused():
    with pytest.raises(DataError, match=r"80 values \(row 2: 'soon'\)"):
        read([value if row % 2 == 0 else "soon" for row, value in enumerate(DOSES)])


@pytest.mark.parametrize(
    "values",
    [["red", "blue", "-"] * 5, ["A1", "B7"] * 9, ["18-25", "26-35"] * 9, ["S", "38", "M", "L"] * 9, ["1st", "2nd"] * 9],
)
def test_texts_stay_texts(values: list[str]):
    written = read(values)
    assert written.frame["x"].to_list() == values
    assert not written.notes
    assert not written.writings


def test_a_column_of_numbers_and_many_texts_is_text_and_told():
    values = [str(row * 37) if row % 3 else f"A/5 {row}" for row in range(60)]
    written = read(values)
    assert written.frame["x"].dtype == pl.String
    assert written.notes == ("column 'x' is read as text: 20 values of 60 are no numbers (row 1: 'A/5 0')",)


def test_explicit_categories_are_not_looked_at():
    frame = pl.DataFrame({"x": pl.Series(["1", "2", "1"], dtype=pl.Categorical)})
    assert as_written(frame, ["x"]).frame.equals(frame)


# shared/field/05-decimal-comma-and-thousands
def test_a_german_table():
    text = "flaeche;zimmer;preis\n121,89;3;1.319.017,22\n192,07;2;505.118,38\n63,07;5;196.353,95\n"
    frame = read_delimited(text.encode(), "t.csv", ",")
    written = as_written(frame, ["flaeche", "zimmer"], targets=["preis"])
    assert written.frame.to_dict(as_series=False) == {
        "flaeche": [121.89, 192.07, 63.07],
        "zimmer": [3, 2, 5],
        "preis": [1319017.22, 505118.38, 196353.95],
    }
    assert written.notes == (
        "column 'flaeche' is read as numbers (decimal commas): '121,89' in row 1 is 121.89",
        "target 'preis' is read as numbers (decimal commas, '.' between thousands): "
        "'1.319.017,22' in row 1 is 1319017.22",
    )


def test_thousands_are_told_by_another_column():
    both = {"area": [1.5, 2.25]}
    assert read(["319,017", "505,118"], others=both).frame["x"].to_list() == [319017, 505118]
    assert read(["319,017", "505,118"], others={"area": ["1,5", "2"]}).frame["x"].to_list() == [319.017, 505.118]
    german = read_delimited(b"x;area\n1.234;1,5\n2.345;2,5\n", "t.csv", ",")
    assert as_written(german, ["x", "area"]).frame["x"].to_list() == [1234, 2345]
    points = read_delimited(b"x;area\n1.234;1.5\n2.345;2.5\n", "t.csv", ",")
    assert as_written(points, ["x", "area"]).frame["x"].to_list() == [1.234, 2.345]
    assert as_written(points, ["x", "area"]).notes == ()


def test_thousands_that_nothing_tells_are_refused_and_can_be_said():
    with pytest.raises(DataError, match=r"'319,017' in row 1 may be 319017 or 319\.017.*--decimal comma"):
        read(["319,017", "505,118"])
    assert read(["319,017"], decimal="comma").frame["x"].to_list() == [319.017]
    assert read(["319,017"], decimal="point").frame["x"].to_list() == [319017]
    with pytest.raises(
        DataError, match=r"'x': '2,33' in row 2 has a decimal comma, and --decimal point was said: leave"
    ):
        read(["7", "2,33", "15,08"], decimal="point")
    with pytest.raises(
        DataError, match=r"'0\.2' in row 2 has a decimal point, and --decimal comma was said: .*--text x"
    ):
        read(["2.331", "0.2"], decimal="comma")
    assert read(["$319,017"]).frame["x"].to_list() == [319017]
    (note,) = as_written(read_delimited(b"x;n\n1.234;1\n2.345;2\n", "t.csv", ","), ["x"]).notes
    assert "'1.234' in row 1 is 1.234; --decimal comma reads thousands" in note


def test_percent_and_mixed_percent():
    assert read(["35%", "100 %"]).frame["x"].to_list() == [35, 100]
    with pytest.raises(DataError, match=r"more than one way: '0\.35' in row 2, '35%' in row 1"):
        read(["35%", "0.35"] * 9)


@pytest.mark.parametrize("task", [None, "regression"])
def test_a_bad_cell_in_a_measured_target_names_its_row(task: str | None):
    values = changed([f"{row / 7:.3f}" for row in range(60)], 7, "n.v. (s. Protokoll)")
    with pytest.raises(DataError, match=r"target 'x' holds numbers but for 1 value \(row 8: .*the row is left out"):
        read(values, role="target", task=task)
    with pytest.raises(DataError, match="row 8"):
        read(values, role="target", task="classification")


def test_classes_stay_as_they_are_written():
    for values in (["1", "2"] * 30, ["007", "0042"] * 30):
        assert read(values, role="target").frame["x"].to_list() == values
    grades = ["1,0", "2,0", "1,0"] * 20
    assert read(grades, role="target", task="classification").frame["x"].to_list() == grades
    written = read(changed(["1", "2"] * 30, 7, "x"), role="target", task="classification")
    assert "but for 1 value (row 8: 'x'), and all are taken as classes" in written.notes[0]


# shared/field/16-leading-zeros
def test_digits_with_zeros_in_front_are_names():
    frame = read_delimited(b"zip,y,n\n02139,1,0\n10001,2,0.5\n60601,3,1\n", "t.csv", ",")
    written = as_written(frame, ["zip", "n"], targets=["y"])
    assert written.frame["zip"].to_list() == ["02139", "10001", "60601"]
    assert written.frame["n"].to_list() == [0, 0.5, 1]
    assert written.notes == ("column 'zip': digits with zeros in front ('02139' in row 1) are names: read as text",)


def test_one_zero_in_front_among_quantities_is_refused():
    with pytest.raises(DataError, match=r"row 21: '05', which has a zero in front"):
        read(changed(DOSES, 20, "05"))


def test_columns_of_names_can_be_said():
    assert read([10001, 60601], text=("x",)).frame["x"].to_list() == ["10001", "60601"]
    with pytest.raises(DataError, match="text column 'z' is not a column"):
        read([1, 2], text=("z",))


@pytest.mark.parametrize("form", ["%m/%d/%Y", "%d.%m.%y", "%Y-%m", "%Y%m%d", "%d %b %Y", "%H:%M"])
def test_dates_are_decided_by_the_whole_column(form: str):
    frame = read_delimited(("x,n\n" + "".join(f"{day:{form}},1\n" for day in DAYS)).encode(), "t.csv", ",")
    written = as_written(frame, ["x"])
    assert written.frame["x"].dtype.is_temporal()
    if form != "%H:%M":
        expected = [day.replace(day=1) if "%d" not in form else day for day in DAYS]
        assert written.frame["x"].to_list() == expected
        assert "is read as dates" in written.notes[0]


def test_what_no_date_tells_is_guessed_loudly_and_can_be_said():
    values = ["03/04/2024", "05/06/2024"]
    guessed = read(values)
    assert guessed.frame["x"][0] == date(2024, 4, 3)
    assert "GUESS: '03/04/2024' in row 1 may be 2024-04-03 or 2024-03-04" in guessed.notes[0]
    assert "--dates day-first or --dates month-first" in guessed.notes[0]
    assert read(values, dates="day-first").frame["x"][0] == date(2024, 4, 3)
    assert read(values, dates="month-first").frame["x"][0] == date(2024, 3, 4)
    with pytest.raises(DataError, match="is day/month/year, which is not iso"):
        read(values, dates="iso")
    told = read(values, others={"paid": ["13/04/2024", "14/04/2024"]})
    assert told.frame["x"][0] == date(2024, 4, 3)
    assert "as in the table's other dates" in told.notes[0]


@pytest.mark.parametrize("bad", ["31/02/2024", "45/01/2024", "soon", "01/25/2024"])
def test_an_impossible_date_is_named(bad: str):
    values = changed([f"{day:%d/%m/%Y}" for day in DAYS], 20, bad)
    with pytest.raises(DataError, match=rf"holds dates \(day/month/year\) but for 1 value \(row 21: '{bad}'"):
        read(values)


def test_an_impossible_compact_or_iso_date_is_named():
    with pytest.raises(DataError, match="row 21: 20240230"):
        read(changed([f"{day:%Y%m%d}" for day in DAYS], 20, "20240230"))
    frame = read_delimited(("x,n\n" + "".join(f"{day},1\n" for day in DAYS) + "2024-02-30,1\n").encode(), "t.csv", ",")
    with pytest.raises(DataError, match="row 61: '2024-02-30'"):
        as_written(frame, ["x"])


def test_dates_in_two_orders_are_refused():
    values = [f"{day:%m/%d/%Y}" if row % 2 else f"{day:%d/%m/%Y}" for row, day in enumerate(DAYS)]
    with pytest.raises(DataError, match=r"dates (written in more than one way|\(.*\) but for)"):
        read(values)


def test_dates_against_what_was_said_are_refused():
    with pytest.raises(DataError, match="is month/day/year, which is not day-first"):
        read([f"{day:%m/%d/%Y}" for day in DAYS], dates="day-first")


def test_unknown_conventions_are_refused():
    for said in ({"dates": "american"}, {"decimal": ","}, {"text": "zip"}):
        with pytest.raises(ArgumentError):
            Conventions(**said)


def test_reading_twice_changes_nothing():
    values = ["1,5", "2", "-"]
    once = read(values)
    assert as_written(once.frame, ["x"]).frame.equals(once.frame)
    assert as_written(once.frame, ["x"]).notes == ()


def test_numbers_of_any_size_come_back():
    values = np.random.default_rng(3).normal(0, 1e6, 500).round(2)
    texts = [f"{value:,.2f}".translate(str.maketrans(",.", ".,")) for value in values]
    assert read(texts).frame["x"].to_list() == values.tolist()


@pytest.mark.parametrize("form", ["{0:02d}/2{1}", "2024-01-{0:02d} 1{1}:00 CET", "{0}.5 ± 0.{1}", "0x{0:X}{1}"])
def test_texts_that_look_like_dates_or_numbers_are_told(form: str):
    """Of the kind of field case 03-marker-makes-numbers-categories."""
    frame = pl.DataFrame({"x": [form.format(row, row % 7) for row in range(1, 29)]})
    (note,) = as_written(frame, ["x"]).notes
    assert "is read as text, though its values look like" in note


@pytest.mark.parametrize(
    "forms", [("{0}.5k", "{0}.2M", "{0}"), ("{0} Mio.", "{0},5 Mrd.", "{0} Tsd."), ("{0}/7", "1 {0}/9")]
)
def test_numbers_in_several_units_are_told(forms: tuple[str, ...]):
    """Of the kind of field case 05-decimal-comma-and-thousands."""
    texts = [forms[row % len(forms)].format(row) for row in range(1, 31)]
    (note,) = as_written(pl.DataFrame({"x": texts}), ["x"]).notes
    assert "is read as text, though its values look like numbers" in note


@pytest.mark.parametrize("form", ["A{0}", "10.0.{1}.{0}", "{0}-{1}", "+49 30 {0}{1}"])
def test_names_with_digits_are_no_news(form: str):
    frame = pl.DataFrame({"x": [form.format(row, row % 7) for row in range(1, 29)]})
    assert as_written(frame, ["x"]).notes == ()
