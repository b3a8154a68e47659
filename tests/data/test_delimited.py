import csv
import gzip
import io
from datetime import date, datetime, time

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thalweg.data.delimited import MISSING, read_delimited
from thalweg.errors import DataError, FileError


def read(text: str | bytes, separator: str = ",") -> pl.DataFrame:
    return read_delimited(text.encode() if isinstance(text, str) else text, "t.csv", separator)


def test_types_are_inferred_from_the_entire_file():
    rows = "".join(f"{i},{i},true,a,2024-01-02,2024-01-02T10:30:00,10:30:00\n" for i in range(2000))
    frame = read(
        "whole,mixed,yes,text,day,moment,clock\n" + rows + "1,2.5,false,b,2024-02-03,2024-02-03T00:00:00,23:00:00\n"
    )
    assert [dtype.base_type() for dtype in frame.dtypes] == [
        *(pl.Int64, pl.Float64, pl.Boolean, pl.String, pl.Date, pl.Datetime, pl.Time)
    ]
    assert frame.row(0) == (0, 0.0, True, "a", date(2024, 1, 2), datetime(2024, 1, 2, 10, 30), time(10, 30))


LATE = {"1.5": 1.5, "2024-01-02": "2024-01-02", "99999999999999999999": 99999999999999999999, "x": "x"}


@pytest.mark.parametrize("last", list(LATE))
@pytest.mark.parametrize("first", ["1", ""])
def test_types_hold_for_values_far_down(first: str, last: str):
    frame = read("a,b\n" + f"{first},0\n" * 10_100 + f"{last},0\n")
    expected = date(2024, 1, 2) if (first, last) == ("", "2024-01-02") else LATE[last]
    assert frame["a"][-1] == expected
    assert str(frame["a"][0] or "") in (first, "1.0")


@pytest.mark.parametrize("marker", MISSING)
def test_markers_are_missing(marker: str):
    frame = read(f"x,s\n1,a\n{marker},{marker}\n2.5,b\n")
    assert frame["x"].to_list() == [1.0, None, 2.5]
    assert frame["s"].to_list() == ["a", None, "b"]


def test_spaces_around_fields_do_not_count():
    frame = read('x, s ,"t"\n 1 , red , "a, b"\n 2.5,blue ," c"\n ? , NA,d\n')
    assert frame.to_dict(as_series=False) == {"x": [1, 2.5, None], "s": ["red", "blue", None], "t": ["a, b", "c", "d"]}


def test_separators():
    assert read("a;b\n1;2,5\n").to_dict(as_series=False) == {"a": [1], "b": ["2,5"]}
    assert read("a,b;c\n1,2\n").columns == ["a", "b;c"]
    assert read("a\tb\n1\tx, y\n", "\t").to_dict(as_series=False) == {"a": [1], "b": ["x, y"]}


def test_byte_order_mark_line_ends_quotes_and_gzip():
    text = '\ufeffa,b\r\n1,"é\nü"\r\n2,"say ""no"""\r\n\r\n\r\n'
    expected = {"a": [1, 2], "b": ["é\nü", 'say "no"']}
    assert read(text).to_dict(as_series=False) == expected
    assert read(gzip.compress(text.encode())).to_dict(as_series=False) == expected


def test_a_blank_line_within_one_column_is_a_missing_value():
    assert read("a\n1\n\n2\n")["a"].to_list() == [1, None, 2]


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("a,b\n1,2\n3\n", FileError, ["line 3", "1 field", "header has 2"]),
        ("a,b\n1,2,3\n", FileError, ["line 2", "3 fields", "header has 2"]),
        ('a,b\n"x\ny",2\n3\n', FileError, ["line 4", "1 field"]),
        ("a,b\n1,2\n\n3,4\n", FileError, ["line 3 is blank", "remove"]),
        ("a, b\n1, 2\n\n3, 4\n", FileError, ["line 3 is blank"]),
        ("a,b,a,c,b\n1,2,3,4,5\n", DataError, ["'a', 'b'", "rename"]),
        ("a, a\n1, 2\n", DataError, ["called 'a'", "rename"]),
        ("a,,c\n1,2,3\n", DataError, ["column 2 has no name", "line 1"]),
        ("\n1,2\n", DataError, ["line 1 is blank"]),
        ("\n\n", FileError, ["empty"]),
        ('a,b\n1,2\n3,"x\n4,5\n', FileError, ["line 3", "quotes"]),
        ('a,b\n1,"x"y\n', FileError, ["line 2", "quotes"]),
        (b"a,b\n1,x\n2,caf\xe9\n", FileError, ["line 3", "UTF-8", "0xe9"]),
        ("a,b\n1,2\n".encode("utf-16"), FileError, ["line 1", "UTF-8"]),
        ("a,b\r1,2\r3,4\r", FileError, ["2 rows", "line ends"]),
        (gzip.compress(b"a,b\n1,2\n" * 50, mtime=0)[:-10], FileError, ["gzip", "again"]),
    ],
)
def test_bad_text_is_one_clear_line(text: str | bytes, error: type[Exception], words: list[str]):
    with pytest.raises(error) as caught:
        read(text)
    message = str(caught.value)
    assert message.startswith("t.csv: ")
    assert "\n" not in message
    for word in words:
        assert word in message


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\x00\r", exclude_categories=["Cs"]), max_size=6)


@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=6))
def test_what_csv_writes_is_read_back(rows: list[tuple[str, str]]):
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([("a", "b"), *((f"x{a}", f"x{b}") for a, b in rows)])
    frame = read(out.getvalue())
    assert frame["a"].to_list() == [f"x{a}".strip(" ") for a, _ in rows]
    assert frame["b"].to_list() == [f"x{b}".strip(" ") for _, b in rows]
