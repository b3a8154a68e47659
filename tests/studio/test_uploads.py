"""Tables that are brought: what the commands read, within limits; messages without paths."""

import tempfile

import pytest
from workbooks import workbook

from thalweg.errors import ArgumentError, DataError, FileError, ThalwegError
from thalweg.studio import uploads
from thalweg.studio.building import build
from thalweg.studio.spec import Spec
from thalweg.studio.uploads import plain_name, read_table_file, sheets_of, table_from

GOOD = b"size,kind\n" + b"".join(b"%d,%s\n" % (k, b"ab"[k % 2 : k % 2 + 1]) for k in range(40))


def test_a_table_is_read_as_the_commands_read_it(tmp_path):
    path = tmp_path / "fruit.csv"
    path.write_bytes(GOOD)
    from thalweg.data.reading import open_table

    own = table_from("fruit.csv", GOOD)
    assert own.frame.equals(open_table(path).frame)
    assert own.name == "fruit.csv"


def test_what_cannot_be_read_is_told_by_its_name_alone():
    for name, content in {
        "broken.csv": b'a,b\n1,2,3\n"x\n',
        "empty.csv": b"",
        "head.csv": b"a,b\n",
        "no.xyz": b"a,b\n1,2\n",
        "bad.parquet": b"PAR1 no",
        "zip.xlsx": b"PK\x03\x04 no",
        "nulls.csv": b"\x00\x01\x02\xff" * 30,
    }.items():
        with pytest.raises(ThalwegError) as caught:
            table_from(f"/home/somebody/{name}", content)
        told = str(caught.value)
        assert told.startswith(name), told
        assert "somebody" not in told
        assert tempfile.gettempdir() not in told
        assert "\n" not in told


def test_too_large_and_too_many_rows_are_told(monkeypatch):
    monkeypatch.setattr(uploads, "LARGEST_FILE", 100)
    with pytest.raises(FileError, match=r"fruit\.csv: 0 MiB, and the page takes at most"):
        table_from("fruit.csv", GOOD)
    monkeypatch.undo()
    monkeypatch.setattr(uploads, "MOST_ROWS", 10)
    with pytest.raises(DataError, match=r"fruit\.csv: 40 rows and 2 columns"):
        table_from("fruit.csv", GOOD)


def test_nothing_is_left_in_the_temporary_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    table_from("fruit.csv", GOOD)
    with pytest.raises(ThalwegError):
        table_from("../../out.csv", b"")
    assert list(tmp_path.iterdir()) == []
    assert not (tmp_path.parent / "out.csv").exists()


@pytest.mark.parametrize(
    "name", ["../x.csv", "C:\\x.csv", "/etc/passwd", "a\x00b.csv", "..", "<img src=x>.csv", "x" * 300]
)
def test_names_are_plain(name):
    plain = plain_name(name)
    assert not set('/\\<>"\x00') & set(plain)
    assert 0 < len(plain) <= 80
    assert not plain.startswith(".")


BOOK = workbook({"one": [["a", "b"], [1, 2], [3, 4]], "none": [], "two": [["c", "d"], [5.5, "x"], [6.5, "y"]]})


def test_a_sheet_of_a_workbook_is_chosen():
    assert sheets_of("b.xlsx", BOOK) == ("one", "two")
    assert sheets_of("fruit.csv", GOOD) == ()
    with pytest.raises(FileError, match=r"^b\.xlsx: it has 2 sheets with cells"):
        table_from("b.xlsx", BOOK)
    own = table_from("b.xlsx", BOOK, sheet="two")
    assert (own.frame.columns, own.sheet, own.sheets) == (["c", "d"], "two", ("one", "two"))
    assert own.read_as(header=True, sheet="one").frame.columns == ["a", "b"]
    assert own.read_as(header=True, sheet=None) is own
    with pytest.raises(ArgumentError, match=r"^b\.xlsx has no sheet 'tow': did you mean 'two'"):
        own.read_as(header=True, sheet="tow")


def test_a_table_without_names_of_columns(tmp_path):
    path = tmp_path / "plain.csv"
    path.write_bytes(GOOD.partition(b"\n")[2])
    own = read_table_file(path, header=False)
    assert own.frame.columns == ["column 1", "column 2"]
    assert build(Spec(data="table", no_header=True, engine="numpy"), own).target == ("column 2",)
    with pytest.raises(DataError, match=r"^plain\.csv: line 1 looks like data"):
        own.read_as(header=True, sheet=None)
    words = table_from("words.csv", b"a,b\n" + b"x,y\nz,y\n" * 20)
    assert words.read_as(header=True, sheet=None) is words
    assert words.may_lack_names
    assert build(Spec(data="table", no_header=True, engine="numpy"), words).frame.height == 41
    with pytest.raises(FileError, match="upload it again"):
        uploads.OwnTable("t.csv", words.frame).read_as(header=False, sheet=None)
    named = table_from("fruit.csv", GOOD)
    with pytest.raises(DataError, match=r"^fruit\.csv: line 1 looks like names"):
        named.read_as(header=False, sheet=None)
    parquet = tmp_path / "p.parquet"
    named.frame.write_parquet(parquet)
    with pytest.raises(ArgumentError, match=r"^p\.parquet: a \.parquet file names its columns"):
        read_table_file(parquet).read_as(header=False, sheet=None)
