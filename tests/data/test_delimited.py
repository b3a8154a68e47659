import csv
import gzip
import io
from datetime import date, datetime, time

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thalweg.data import read_table
from thalweg.data.delimited import delimited, read_delimited
from thalweg.data.header import MISSING
from thalweg.data.text import decoded
from thalweg.data.written import as_written
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
        ("a,b,a,c,b\n1,2,3,4,5\n", DataError, ["'a', 'b'", "rename"]),
        ("a, a\n1, 2\n", DataError, ["called 'a'", "rename"]),
        ("a,,c\n1,2,3\n", DataError, ["column 2 has no name", "line 1"]),
        ("\n\n", FileError, ["empty"]),
        ('a,b\n1,2\n3,"x\n4,5\n', FileError, ["line 3", "quotes"]),
        ('a,b\n1,"x"y\n', FileError, ["line 2", "quotes"]),
        ("a,b\n1,é\n2,".encode() + b"caf\xe9\n", FileError, ["line 3", "UTF-8", "0xe9"]),
        (",a\n0,5\n0,7\n", DataError, ["column 1 has no name", "line 1"]),
        ("# made\na,b\n1,2\n3\n", FileError, ["line 4", "1 field"]),
        ("sep=;\na;b\n1;2\n3;4;5\n", FileError, ["line 4", "3 fields"]),
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


def all_of(text: str | bytes) -> tuple[dict, tuple[str, ...]]:
    raw = text.encode() if isinstance(text, str) else text
    frame, _, notes = delimited(decoded(raw, "t.csv"), "t.csv", ",")
    return frame.to_dict(as_series=False), notes


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ('"depth, m";yield\n5.1;15\n9.5;28\n', {"depth, m": [5.1, 9.5], "yield": [15, 28]}),
        ('"depth\n(m)";yield\n5.1;15\n', {"depth\n(m)": [5.1], "yield": [15]}),
        ("sep=;\ndepth;yield\n5.1;15\n", {"depth": [5.1], "yield": [15]}),
        ('"sep=|"\r\na|b\r\n1|2\r\n', {"a": [1], "b": [2]}),
        ("a|b\n1|x\n2|y, z\n", {"a": [1, 2], "b": ["x", "y, z"]}),
        ("a\tb\n1\tx\n", {"a": [1], "b": ["x"]}),
        ("a;b\n1,5;2,5\n", {"a": ["1,5"], "b": ["2,5"]}),
        ("a,b\r1,2\r3,4\r", {"a": [1, 3], "b": [2, 4]}),
        ("a,b\r\n1,2\r\n3,4", {"a": [1, 3], "b": [2, 4]}),
        ('a,b\n1,5" pipe\n2,6" pipe\n', {"a": [1, 2], "b": ['5" pipe', '6" pipe']}),
        ('a,b\n1,x "y"\n2,z\n', {"a": [1, 2], "b": ['x "y"', "z"]}),
        ('a,b\n1,"x\n\n# y"\n', {"a": [1], "b": ["x\n\n# y"]}),
        ('"a","b"\n"1","x"\n"2","y"\n', {"a": [1, 2], "b": ["x", "y"]}),
        ("a,b\n1,\n2,\n\n\n", {"a": [1, 2], "b": [None, None]}),
        ("\n\na,b\n1,2\n", {"a": [1], "b": [2]}),
    ],
)
def test_read_as_it_is_meant_without_a_word(text: str, columns: dict):
    """Field cases 15-semicolon-headers and others of the kind."""
    assert all_of(text) == (columns, ())


@pytest.mark.parametrize(
    ("text", "columns", "words"),
    [
        ("a,b\n1,2\n\n3,4\n", {"a": [1, 3], "b": [2, 4]}, ["1 line of t.csv left out (3): blank"]),
        ("a,b\n1,x\n#c\n#d, e, f\n3,y\n", {"a": [1, 3], "b": ["x", "y"]}, ["2 lines", "(3, 4)", "begin with #"]),
        ("a,b\n1,x\na,b\n3,y\n", {"a": [1, 3], "b": ["x", "y"]}, ["(3): the names of the columns again", "line 1"]),
        ("# made\n# today, x\na,b\n1,2\n", {"a": [1], "b": [2]}, ["2 lines before the names"]),
        ("# a,b\n1,2\n3,4\n", {"a": [1, 3], "b": [2, 4]}, ["behind a #"]),
        ("a;b,c\n1;2\n3;4\n", {"a": [1, 3], "b,c": [2, 4]}, ["semicolons separate"]),
        ("a,b,\n1,2,\n3,4,\n", {"a": [1, 3], "b": [2, 4]}, ["column 3 has neither a name nor values"]),
        ("a,b\n1,2,\n3,4,\n", {"a": [1, 3], "b": [2, 4]}, ["end in a separator that line 1 lacks"]),
        (",a\n0,5\n1,7\n", {"a": [5, 7]}, ["column 1 has no name", "index"]),
        ('"","a"\n"x",5\n"y",7\n', {"a": [5, 7]}, ["column 1 has no name", "index"]),
        ("a,b\nx,1\ny,2\nTotal,3\n", {"a": ["x", "y"], "b": [1, 2]}, ["(4): totals", "'Total'", "sums"]),
        ("id,b\n1,1.5\n2,2\nAverage,1.75\n", {"id": [1, 2], "b": [1.5, 2.0]}, ["(4): totals", "means"]),
        (b"a,b\n1,caf\xe9\n", {"a": [1], "b": ["café"]}, ["cp1252", "line 2", "0xe9"]),
        ("a,b\n1,é\n".encode("utf-16"), {"a": [1], "b": ["é"]}, ["utf-16-le", "mark"]),
        ("2019,2020\n5,6\n7,8\n", {"2019": [5, 7], "2020": [6, 8]}, ["line 1 has numbers for names (2019, 2020)"]),
    ],
)
def test_what_is_left_out_or_guessed_is_told(text: str | bytes, columns: dict, words: list[str]):
    found, notes = all_of(text)
    assert found == columns
    assert len(notes) == 1
    assert all(word in notes[0] for word in words), notes


def test_a_last_category_is_no_total():
    assert all_of("a,b\nx,1\nTotal,2\ny,2\nTotal,5\n")[1] == ()
    found, (told,) = all_of("a,b\nx,1\ny,2\nTotal,9\n")
    assert found == {"a": ["x", "y", "Total"], "b": [1, 2, 9]}
    assert told.startswith("'Total' in column 'a', row 3, may be a row of totals")


VALUE = st.text(st.sampled_from('ab, ;"\n\r#'), max_size=4)


@settings(max_examples=150)
@given(st.lists(st.lists(VALUE, min_size=2, max_size=2), min_size=1, max_size=5), st.sampled_from(["\n", "\r\n"]))
def test_odd_quotes_are_read_as_the_csv_module_reads_them_or_refused(rows: list[list[str]], end: str):
    text = end.join(["p,q", *(",".join(row) for row in rows)]) + end
    try:
        frame = read(text)
    except (FileError, DataError):
        return
    records = csv.reader(io.StringIO(text.rstrip("\r\n"), newline=""), skipinitialspace=True, strict=True)
    fields = [[field.strip(" ") for field in record] or [""] for record in records]
    commented = [record for record in fields[1:] if record[0].startswith("#") and len(record) != 2]
    expected = [r[:2] for r in fields[1:] if r not in ([""], ["p", "q"]) and r not in commented]
    assert [[value or "" for value in row] for row in frame.rows()] == expected


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\x00\r", exclude_categories=["Cs"]), max_size=6)


@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=6))
def test_what_csv_writes_is_read_back(rows: list[tuple[str, str]]):
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([("a", "b"), *((f"x{a}", f"x{b}") for a, b in rows)])
    frame = read(out.getvalue())
    assert frame["a"].to_list() == [f"x{a}".strip(" ") for a, _ in rows]
    assert frame["b"].to_list() == [f"x{b}".strip(" ") for _, b in rows]


@pytest.mark.parametrize("marker", ["NULL", "n/a", "#N/A", "<NA>"])
def test_markers_of_programs_are_no_class_and_no_category(tmp_path, marker):
    path = tmp_path / "t.csv"
    path.write_text("ripe,soil\n" + f"true,clay\nfalse,sand\n{marker},{marker}\n" * 3)
    frame = read_table(path)
    assert frame["ripe"].to_list() == [True, False, None] * 3
    assert frame["soil"].to_list() == ["clay", "sand", None] * 3


def test_names_that_begin_as_compressed_bytes_do():
    assert read("x^2,y\n1,2\n3,4\n").rows() == [(1, 2), (3, 4)]


def test_wide_digits_are_digits():
    frame = read("x,y\n" + "".join(f"１{i},{i}\n" for i in range(10)))
    assert as_written(frame, ["x"]).frame["x"].to_list() == [10 + i for i in range(10)]


def test_codes_with_zeros_in_front_and_a_power():
    """Of the kind of field case 16-leading-zeros: 01E4 is no 10000."""
    frame = read("x,y\n" + "".join(f"0{i}E4,{i}\n" for i in range(9)))
    written = as_written(frame, ["x"])
    assert written.frame["x"].to_list() == [f"0{i}E4" for i in range(9)]
    assert "zeros in front" in written.notes[0]
    assert read("x,y\n0.5E3,1\n1E3,2\n")["x"].to_list() == [500, 1000]


def test_marks_at_the_beginning_are_no_part_of_a_name():
    """Of the kind of field case 17-ndjson-bom: written twice by tools that kept the first."""
    assert read(b"\xef\xbb\xbf" * 2 + b"x,y\n1,2\n").columns == ["x", "y"]
