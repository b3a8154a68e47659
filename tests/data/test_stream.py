"""Tables in blocks: the same rows as from the whole, in order, and what is refused names the row in the whole."""

import gzip
import io
import os

import numpy as np
import polars as pl
import pytest

import thalweg as tw
from thalweg.data import column_files, stream
from thalweg.data.stream import GatheredNotes, table_blocks

COLOURS = ('a ""fine"", long\nblue', "red", "red")
TEXT = "size,colour,when\n" + "".join(
    f'{row / 8},"{COLOURS[row % 3]}",2024-01-{row % 28 + 1:02}\n' for row in range(300)
)


@pytest.fixture(name="files")
def _files(tmp_path):
    """One table in each format."""
    (tmp_path / "t.csv").write_bytes(b"\xef\xbb\xbf" + TEXT.encode())
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(TEXT.encode()))
    frame = tw.read_table(tmp_path / "t.csv")
    frame.write_csv(tmp_path / "t.tsv", separator="\t")
    frame.write_parquet(tmp_path / "t.parquet", row_group_size=70)
    frame.write_ipc(tmp_path / "t.arrow")
    frame.write_ndjson(tmp_path / "t.ndjson")
    return tmp_path


@pytest.fixture
def untried(monkeypatch):
    """Parquet files are not tried first in a process of their own, as in test_column_files.py."""
    monkeypatch.setattr(column_files, "_tried", lambda *_: None)
    monkeypatch.setattr(stream, "check_column_files", lambda paths: None)


@pytest.mark.usefixtures("untried")
@pytest.mark.parametrize("suffix", ["csv", "csv.gz", "tsv", "parquet", "ndjson"])
def test_blocks_are_the_rows_of_the_whole_in_order(files, suffix):
    path = files / f"t.{suffix}"
    blocks = list(table_blocks(path, block=900))
    assert len(blocks) > 3
    assert [block.before for block in blocks] == np.cumsum([0, *(b.table.frame.height for b in blocks[:-1])]).tolist()
    assert pl.concat([block.table.frame for block in blocks]).equals(tw.read_table(path))


def test_a_bad_line_is_named_in_the_whole(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n" + "1,2\n" * 500 + "1\n" + "1,2\n" * 500)
    with pytest.raises(tw.FileError, match="line 502 has 1 field where the header has 2"):
        list(table_blocks(path, block=200))
    path.write_bytes(b"a,b\n" + b"1,2\n" * 500 + b"1,\xff\n")
    with pytest.raises(tw.FileError, match="line 502 is not UTF-8"):
        list(table_blocks(path, block=200))
    path = tmp_path / "t.ndjson"
    path.write_text('{"a": 1}\n' * 500 + "{\n" + '{"a": 1}\n' * 500)
    with pytest.raises(tw.FileError, match=r"line 50[12]"):
        list(table_blocks(path, block=200))


@pytest.mark.usefixtures("untried")
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_file_that_changes_or_vanishes_is_told(files, suffix):
    path = files / f"t.{suffix}"
    blocks = table_blocks(path, block=900)
    next(blocks)
    os.utime(path, ns=(1, 1))
    with pytest.raises(tw.FileError, match="changed while it was read"):
        list(blocks)
    if suffix == "parquet":
        blocks = table_blocks(path, block=900)
        next(blocks)
        path.unlink()
        with pytest.raises(tw.FileError, match="vanished while it was read"):
            list(blocks)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("t.csv", b"", "the file is empty"),
        ("t.csv", b"a,b\n", "has a header but no rows"),
        ("t.csv", "a,b\n1,2\n".encode("utf-16"), "utf-16-le text is not streamed"),
        ("t.json", b"[]", "is not streamed"),
        ("t.ndjson", b'[{"a": 1}]', "one array of objects is not streamed"),
        ("t.parquet", b"PAR1" + bytes(100), "damaged, or not a Parquet or Arrow file"),
        ("t.csv.gz", gzip.compress(b"a,b\n" + b"1,2\n" * 999, mtime=0)[:-9], "damaged"),
        ("t.csv", b'a,b\n"1,2\n' + b"1,2\n" * 999, "line 2 is not valid"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path, name, content, told):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(tw.ThalwegError, match=told):
        list(table_blocks(tmp_path / name, block=900))


def test_of_notes_that_differ_in_numbers_the_first_is_told():
    notes = GatheredNotes()
    notes.add(["column 'x': 2 values are missing (row 3)"], 0)
    notes.add(["column 'x': 5 values are missing (row 1)", "another in row 2"], 100)
    assert list(notes) == [
        "column 'x': 2 values are missing (row 3); likewise in 1 block of rows more",
        "another in row 102",
    ]


def test_large_files_are_streamed_by_themselves(tmp_path, monkeypatch):
    monkeypatch.setattr(stream, "LARGE", 10)
    (tmp_path / "t.csv").write_text("a,b\n1,2\n3,4\n")
    assert stream.is_large(tmp_path / "t.csv")
    assert not stream.is_large(tmp_path / "none.csv")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b'{"a": 1}\n{"a": 2}\n')))
    assert [block.table.frame["a"].to_list() for block in table_blocks("-", block=9)] == [[1], [2]]
