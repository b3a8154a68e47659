"""A folder of delimited and other files is one table: the same rows are read alike, whichever file they stand in."""

import polars as pl
import pytest

import thalweg as tw
from thalweg.data.reading import open_table
from thalweg.data.several_files import open_files
from thalweg.data.stream_files import TableFiles

ROWS = pl.DataFrame({"x": [1.5, 2.5, 3.5, 4.5], "city": [" Ulm", "NA", "Bonn", None]})
WRITERS = {"parquet": "write_parquet", "arrow": "write_ipc", "ndjson": "write_ndjson", "csv": "write_csv"}


def written(folder, *formats):
    paths = [folder / f"{number}.{name}" for number, name in enumerate(formats)]
    for path in paths:
        getattr(ROWS, WRITERS[path.suffix[1:]])(path)
    return paths


@pytest.mark.parametrize("name", ["parquet", "arrow", "ndjson"])
def test_texts_beside_delimited_ones_are_read_as_those(tmp_path, name):
    paths = written(tmp_path, name, "csv")
    table = open_files(paths)
    assert table.frame["city"].to_list() == 2 * ["Ulm", None, "Bonn", None]
    assert f"0.{name}: column 'city' of .{name} is read as that of the delimited files beside it" in str(table.notes)
    files = TableFiles(paths)
    walked = [(piece, part.frame["city"].to_list()) for piece, part in files.walk()]
    assert [texts for _, texts in walked] == 2 * [["Ulm", None, "Bonn", None]]
    assert [files.at(piece).frame["city"].to_list() for piece, _ in walked] == [texts for _, texts in walked]
    assert open_table(paths[0]).frame["city"].to_list() == ROWS["city"].to_list()  # alone it is what it says


def test_files_of_types_alone_are_what_they_say(tmp_path):
    paths = written(tmp_path, "parquet", "arrow")
    assert open_files(paths).frame["city"].to_list() == 2 * ROWS["city"].to_list()
    assert all(part.frame.equals(ROWS) and not part.notes for _, part in TableFiles(paths).walk())
    assert tw.read_table(paths[0]).equals(ROWS)
