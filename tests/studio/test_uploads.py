"""Tables that are brought: what the commands read, within limits; messages without paths."""

import random
import tempfile

import polars as pl
import pytest

from thalweg.errors import DataError, FileError, ThalwegError
from thalweg.studio import uploads
from thalweg.studio.uploads import plain_name, table_from

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


def test_five_hundred_damaged_files_are_told_in_one_line():
    rng, told = random.Random(0), []
    frame = pl.DataFrame({"a": range(30), "b": [str(k % 3) for k in range(30)]})
    texts = {".csv": GOOD, ".tsv": GOOD.replace(b",", b"\t"), ".json": frame.write_ndjson().encode()}
    for k in range(500):
        ending, content = list(texts.items())[k % 3]
        content = bytearray(content)
        for _ in range(rng.randrange(1, 12)):
            at = rng.randrange(len(content))
            content[at : at + rng.randrange(3)] = rng.randbytes(rng.randrange(4))
        try:
            table_from(f"t{ending}", bytes(content))
        except ThalwegError as error:
            told.append(str(error))
    assert len(told) > 50
    for one in told:
        assert one.startswith("t.")
        assert tempfile.gettempdir() not in one
        assert "\n" not in one
