import pytest

from thalweg.data.dialect import dialect_of
from thalweg.errors import FileError


@pytest.mark.parametrize(
    ("text", "own", "separator", "start", "line"),
    [
        ("a,b\n1,2\n", ",", ",", 0, 1),
        ("a;b\n1;2\n", ",", ";", 0, 1),
        ('"depth, m";yield\n1;2\n', ",", ";", 0, 1),
        ('"depth\n(m)";yield\n1;2\n', ",", ";", 0, 1),
        ("depth, m;yield\n1.5;2.5\n", ",", ";", 0, 1),
        ("sep=;\r\na;b\r\n", ",", ";", 7, 2),
        ("SEP=\t\na\tb\n", ",", "\t", 6, 2),
        ("a\tb\n1,5\t2\n", ",", "\t", 0, 1),
        ("a|b\n", ",", "|", 0, 1),
        ("a,b\n1,2\n", "\t", ",", 0, 1),
        ("a\tb, c\n1\t2, 3\n", "\t", "\t", 0, 1),
        ("a,b;c\n1,2\n", ",", ",", 0, 1),
        ("a\nx, y\nz\n", ",", ",", 0, 1),
        ("# one\n\n# two\na,b\n1,2\n", ",", ",", 13, 4),
        ("# a,b\n1,2\n", ",", ",", 0, 1),
        ("# see\n#a,b\n1,2\n", ",", ",", 6, 2),
    ],
)
def test_separator_and_header(text: str, own: str, separator: str, start: int, line: int):
    """Field case 15-semicolon-headers."""
    found = dialect_of(text.encode(), "t.csv", own)
    assert (found.separator, found.start, found.line) == (separator, start, line)


def test_a_wide_header_and_a_cut_sample():
    text = ",".join(f"c{i}" for i in range(40_000)) + "\n" + (",".join(["1"] * 40_000) + "\n") * 30
    assert len(dialect_of(text.encode(), "t.csv", ",").columns) == 40_000
    long = "a;b\n" + "1;2\n" * 100_000
    assert len(dialect_of(long.encode(), "t.csv", ",").sample) == 200


@pytest.mark.parametrize("text", ["", "\n\n", "# made by a program\n", "sep=;\n"])
def test_nothing_in_it(text: str):
    with pytest.raises(FileError, match="the file is empty"):
        dialect_of(text.encode(), "t.csv", ",")


BODY = "".join(f"{i},{i / 4},{'ab'[i % 2]}\n" for i in range(30))


@pytest.mark.parametrize(
    "titles", ["Report of 2024\n", "Report\n\nby hand\n\n", "Report of 2024,,\n,,\n", "Report\r\n"]
)
@pytest.mark.parametrize("separator", list(",;|\t"))
def test_titles_above_the_names(titles: str, separator: str):
    """Of the kind of field case 15-semicolon-headers."""
    text = (titles + "x,z,kind\n" + BODY).replace(",", separator)
    found = dialect_of(text.encode(), "t.csv", ",")
    assert (found.columns, found.separator) == (("x", "z", "kind"), separator)
    assert found.line == titles.count("\n") + 1
    assert found.notes[-1].partition(" (")[0].endswith("above the names of the columns left out")


@pytest.mark.parametrize(
    "text", ["name\nann,red\nbob,blue\nc,d\n", "x\n1,2\n3,4\n5,6\n", ",x\n0,1\n1,2\n2,3\n", "x,,\n1,,\n2,,\n"]
)
def test_what_is_no_title(text: str):
    assert dialect_of(text.encode(), "t.csv", ",").line == 1


def test_single_quotes_around_the_names():
    """They would stand in every name and value, and make categories of numbers."""
    with pytest.raises(FileError, match="single quotes stand around the names of the columns"):
        dialect_of(b"'x','y'\n'1','2'\n", "t.csv", ",")


@pytest.mark.parametrize(
    ("text", "separator"),
    [("x;y\n9 103,64;0,1\n5 210,10;0,7\n5,2;0,3\n", ";"), ("a|b\nx,y|2\nx,z|3\nu,v|4\n", "|")],
)
def test_a_first_line_with_a_field_for_each_of_the_others_is_no_title(text: str, separator: str):
    """Of the kind of field case 05-decimal-comma-and-thousands."""
    found = dialect_of(text.encode(), "t.csv", ",")
    assert (found.line, found.separator, len(found.columns)) == (1, separator, 2)


@pytest.mark.parametrize(("mark", "words"), [(" ", "spaces"), ("   ", "spaces"), (":", "colons")])
def test_separators_that_are_not_read_are_told(mark: str, words: str):
    """Of the kind of field case 15-semicolon-headers."""
    with pytest.raises(FileError, match=f"{words} seem to separate the fields"):
        dialect_of("x,kind,y\n1.5,a,2\n3,b,4\n".replace(",", mark).encode(), "t.csv", ",")


@pytest.mark.parametrize(
    "text", ["height\n180 2\n170 3\n", "my day\n2024-01-01 10:00\n2024-01-02 11:00\n", "t\n1:2\n3:4\n"]
)
def test_one_column_with_spaces_or_colons_is_read(text: str):
    assert len(dialect_of(text.encode(), "t.csv", ",").columns) == 1
