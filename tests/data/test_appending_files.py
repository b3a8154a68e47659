"""Columns appended to the rows of several files, as each stands."""

import gzip
import io
import json

import polars as pl
import pytest

from thalweg.data.appending_files import appended_to_all
from thalweg.data.several_files import open_files, rows_of_files, size_told
from thalweg.errors import DataError

ADDED = [pl.Series("q", ["a", "b", "c"])]


def _opened(folder, **files):
    paths = []
    for name, content in files.items():
        path = folder / name.replace("_", ".")
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        paths.append(path)
    return open_files(paths)


def test_texts_that_are_written_alike_follow_one_another_letter_for_letter(tmp_path):
    table = _opened(tmp_path, a_csv='# of May\nx, y\n1.50, "u"\r\n\n2,v', b_csv="# of June\nx, y\n# later\n3 ,w\n")
    assert (rows_of_files(table), size_told(table)) == (
        {str(tmp_path / "a.csv"): 2, str(tmp_path / "b.csv"): 1},
        "2 files, 3 rows, 2 columns",
    )
    data, notes = appended_to_all(table, ADDED, None)
    assert data.decode() == '# of May\nx, y,q\n1.50, "u",a\r\n\n2,v,b\n# later\n3 ,w,c\n'
    assert notes == ()
    assert gzip.decompress(appended_to_all(table, ADDED, ".csv.gz")[0]) == data
    with pytest.raises(DataError, match="has a column 'x' already"):
        appended_to_all(table, [ADDED[0].alias("x")], None)


def test_other_separators_orders_encodings_and_totals_take_the_way_of_the_first(tmp_path):
    told = "x,name,q\n1.50,Köln,a\n2,Ulm,b\n3.0,Bonn,c\n"
    parts = {"a_csv": "x,name\n1.50,Köln\n2,Ulm\n", "b_csv": "name;x\nBonn;3.0\n"}
    for changed in (parts, {**parts, "b_csv": "\ufeffx,name\n3.0,Bonn\n"}, {**parts, "b_csv": "name,x\nBonn,3.0\n"}):
        assert appended_to_all(_opened(tmp_path, **changed), ADDED, None)[0].decode() == told
    totals = "x,name\n1.50,Köln\n2,Ulm\n3.50,Total\n"
    table = _opened(tmp_path, a_csv=totals, b_csv="x,name\n3.0,Bonn\n")
    assert appended_to_all(table, ADDED, None)[0].decode() == told
    numbers = [pl.Series("q", [0.5, 1.5, 2.5])]
    data, notes = appended_to_all(_opened(tmp_path, **parts), numbers, ".tsv", decimal=",")
    assert data.decode() == "x\tname\tq\n1.50\tKöln\t0,5\n2\tUlm\t1,5\n3.0\tBonn\t2,5\n"
    assert notes == ("numbers are written with ',', as those of the table",)


def test_values_of_several_files_have_types_by_all_their_rows(tmp_path):
    table = _opened(tmp_path, a_csv="x,day\n1,2024-01-31\n2,2024-02-01\n", b_csv="day,x\n,0.5\n")
    frame = pl.read_parquet(io.BytesIO(appended_to_all(table, ADDED, ".parquet")[0]))
    assert frame["x"].to_list() == [1.0, 2.0, 0.5]
    assert frame.schema["day"] == pl.Date
    assert frame["q"].to_list() == ["a", "b", "c"]
    pl.DataFrame({"day": ["2024-03-01"], "x": [4]}).write_parquet(tmp_path / "c.parquet")
    mixed = open_files([tmp_path / "a.csv", tmp_path / "c.parquet"])
    rows = [json.loads(line) for line in appended_to_all(mixed, ADDED, ".ndjson")[0].decode().splitlines()]
    assert [(row["x"], row["day"], row["q"]) for row in rows] == [
        (1, "2024-01-31", "a"),
        (2, "2024-02-01", "b"),
        (4, "2024-03-01", "c"),
    ]


def test_objects_of_several_files_are_lines_or_one_array(tmp_path):
    table = _opened(tmp_path, a_ndjson='{"x": 1.50}\n{"x":2}', b_json='[{"x": 3}]')
    assert appended_to_all(table, ADDED, None)[0] == b'{"x": 1.50,"q":"a"}\n{"x":2,"q":"b"}\n{"x": 3,"q":"c"}\n'
    assert json.loads(appended_to_all(table, ADDED, ".json")[0]) == [
        {"x": 1.5, "q": "a"},
        {"x": 2, "q": "b"},
        {"x": 3, "q": "c"},
    ]
