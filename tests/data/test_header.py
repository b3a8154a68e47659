import numpy as np
import polars as pl
import pytest

from thalweg.data.delimited import delimited
from thalweg.data.dialect import dialect_of
from thalweg.data.header import check_header, named, totals_row
from thalweg.data.text import Text
from thalweg.errors import DataError, FileError

IRIS = "5.1,3.5,1.4,0.2,setosa\n4.9,3.0,1.4,0.2,setosa\n7.0,3.2,4.7,1.4,versicolor\n6.3,3.3,6.0,2.5,virginica\n"


def check(text: str) -> tuple[str, ...]:
    return check_header(dialect_of(text.encode(), "t.csv", ","), "t.csv")


@pytest.mark.parametrize(
    "text",
    [
        "7.0,3.8,big\n2.4,3.1,small\n5.4,3.1,big\n",
        "0,0,1,0,0\n1,0,0,0,1\n0,1,1,1,1\n",
        IRIS,
        "1999,red\n2004,blue\n1970,red\n2010,green\n",
        "2024-01-01,5.2\n2024-01-02,5.1\n2024-01-03,6.0\n",
        "p,x,s\np,x,y\ne,b,s\ne,x,s\n",
        "?,3.8,big\n2.4,3.1,small\n5.4,3.9,big\n",
        "3;1,5\n4;2,5\n2;0,5\n",
    ],
)
def test_a_first_line_that_is_data(text: str):
    """Field case 10-no-header."""
    with pytest.raises(DataError, match=r"^t\.csv: line 1 looks like data, not names .*: put the names"):
        check(text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("size,price\n1,2\n3,4\n", False),
        ("id,2019,2020\n1,5,6\n2,7,8\n", False),
        ("name,colour\nann,red\nbob,blue\n", False),
        ("2019,2020\n5,6\n7,8\n", True),
        ("0,1,2,class\n5,6,7,a\n7,8,1,b\n", True),
        ("400,402.5,405,class\n0.1,0.2,0.3,a\n0.2,0.1,0.3,b\n", True),
        ("0,1\n0.5,0.7\n0.1,0.2\n", True),
        ("x\n", False),
    ],
)
def test_a_first_line_of_names(text: str, told: bool):
    assert bool(check(text)) == told


def test_equal_names():
    with pytest.raises(DataError, match=r"line 1: more than one column is called 'a'"):
        check("a,b,a\n1,2,3\n")


def test_unnamed_columns():
    frame, notes = named(pl.DataFrame({"1": ["u", "v"], "2": [1, 1], "3": [None, None]}), ["", "x", ""], "t.csv", 1)
    assert frame.columns == ["x"]
    assert ["tells the rows apart" in notes[0], "neither a name nor values" in notes[1]] == [True, True]
    with pytest.raises(DataError, match=r"column 2 has no name: give it one in line 4"):
        named(pl.DataFrame({"1": [1, 2], "2": [3, 4]}), ["x", ""], "t.csv", 4)
    with pytest.raises(DataError, match=r"column 1 has no name"):
        named(pl.DataFrame({"1": [1, 1], "2": [3, 4]}), ["", "x"], "t.csv", 1)


@pytest.mark.parametrize("word", ["Total", "TOTALS:", "Grand total", "Summe", "sum", "Gesamt"])
def test_totals(word: str):
    rng = np.random.default_rng(0)
    values = rng.normal(10, 3, 30).round(2)
    frame = pl.DataFrame({"shop": [f"s{i}" for i in range(30)] + [word], "sold": [*values, round(values.sum(), 2)]})
    assert "sums" in (totals_row(frame) or "")
    assert totals_row(frame.with_columns(pl.col("sold") * 1.5).head(30)) is None
    assert totals_row(frame.with_columns(sold=pl.Series([*values, values.sum() * 1.1]))) is None
    assert totals_row(frame.with_columns(shop=pl.lit(word))) is None


@pytest.mark.parametrize(
    "text", ["7.0,3.8,big\n2.4,3.1,small\n5.4,3.1,big\n", "?,3.8,big\n2.4,3.1,small\n5.4,3.9,big\n", "p,x\ne,y\np,z\n"]
)
def test_a_table_without_names(text: str):
    """Field case 10-no-header: what is refused with a header is read without one."""
    frame, layout, notes = delimited(Text(text.encode()), "t.csv", ",", header=False)
    lines = text.splitlines()
    assert (frame.height, frame.columns) == (3, [f"column {k}" for k in range(1, lines[0].count(",") + 2)])
    assert (layout.line, layout.header, notes) == (0, False, ())
    with pytest.raises(FileError, match=r"line 4 has 1 field where line 1 has"):
        delimited(Text((text + "7\n").encode()), "t.csv", ",", header=False)


def test_names_where_none_were_said_to_be():
    with pytest.raises(DataError, match=r"line 2 looks like names, not data \('size' above numbers\): leave --no-head"):
        delimited(Text(b"# made by hand\nsize,kind\n1,a\n2,b\n"), "t.csv", ",", header=False)
    frame, layout, _ = delimited(Text(b"# made by hand\n1,a\n2,b\n"), "t.csv", ",", header=False)
    assert (frame.rows(), layout.line) == ([(1, "a"), (2, "b")], 1)
    assert delimited(Text(b"sep=|\n1|a\n2|b\n"), "t.csv", ",", header=False)[0].width == 2


def test_equal_names_that_are_numbers_may_be_data():
    with pytest.raises(DataError, match=r"called '0': rename all but one, or say --no-header"):
        check("0,0,a\n5,7,x\n8,9,y\n")


def test_a_date_above_dates_is_data():
    with pytest.raises(DataError, match=r"'2024-01-01' above dates\): put the names .* or say --no-header"):
        check("2024-01-01,s\n2024-01-02,m\n2024-01-01,s\n")
    assert not check("kind,2024-01-01,2024-02-01\na,5,6\nb,7,8\n")


def test_a_stray_text_in_the_first_row_is_no_name():
    """Else the two messages would send a person in a circle."""
    assert delimited(Text(b"unknown,1.5,a\n5,2.5,b\n6,3.5,a\n"), "t.csv", ",", header=False)[0].height == 3
