"""The row groups of Parquet files, as they were written; and blocks that follow them, with the values of the files."""

import datetime

import numpy as np
import polars as pl
import pytest

from thalweg.data import stream_arrays
from thalweg.data.row_groups import row_groups
from thalweg.data.stream_arrays import ArrayFiles


@pytest.mark.parametrize(("rows", "size"), [(1, 10), (1000, 300), (700, 100), (0, 10)])
def test_row_groups_are_those_that_were_written(rows, size, tmp_path):
    """In a footer with statistics of every kind, nested columns, and names that are not ASCII."""
    numbers = pl.int_range(rows, eager=True)
    frame = pl.DataFrame(
        {
            "größe": numbers / 3,
            "text": numbers.cast(pl.String),
            "yes": numbers % 2 == 0,
            "when": pl.Series([datetime.datetime(2026, 1, 1)] * rows, dtype=pl.Datetime),
            "none": pl.Series([None] * rows, dtype=pl.Int8),
            "list": pl.Series([[1, 2]] * rows, dtype=pl.List(pl.Int64)),
            "struct": pl.Series([{"a": 1.5, "b": "x"}] * rows, dtype=pl.Struct({"a": pl.Float32, "b": pl.String})),
        }
    )
    path = tmp_path / "table.parquet"
    frame.write_parquet(path, row_group_size=size, statistics="full")
    written = [min(size, rows - before) for before in range(0, rows, size)] or [0]
    assert row_groups(path, rows) == written
    assert row_groups(path, rows + 1) == [rows + 1]  # not what the file is taken to hold


def test_a_damaged_footer_is_one_row_group(tmp_path):
    path = tmp_path / "table.parquet"
    pl.DataFrame({"a": np.arange(90.0)}).write_parquet(path, row_group_size=30)
    content = path.read_bytes()
    footer = int.from_bytes(content[-8:-4], "little")
    for place in range(len(content) - 8 - footer, len(content)):
        for value in (0xFF, content[place] ^ 0x10) if place % 2 else (0,):
            path.write_bytes(content[:place] + bytes([value]) + content[place + 1 :])
            found = row_groups(path, 90)
            assert sum(found) == 90
            assert min(found) >= 0
    for other in (b"", b"PAR1", content[:-9], content[-8:], b"\x19\xff\xff\xff\xff\xff\x0f" + content[-8:]):
        path.write_bytes(other)
        assert row_groups(path, 90) == [90]
    assert row_groups(tmp_path / "gone.parquet", 90) == [90]


@pytest.mark.parametrize(
    ("group", "memory", "blocks"),
    [
        (100, 24 * 12 * 100, [100] * 9),  # a row group is half of a buffer of float64 numbers
        (100, 24 * 12 * 99, [50] * 18),  # a part of one is read by reading all of it: as few parts as can be
        (20, 24 * 48 * 50, [40] * 22 + [20]),  # small ones are read together
        (900, 24 * 12 * 1000, [900]),
    ],
)
@pytest.mark.parametrize("kind", ["float32", "int64", "mixed"])
def test_blocks_are_row_groups(group, memory, blocks, kind, tmp_path, monkeypatch):
    monkeypatch.setattr(stream_arrays, "check_column_files", lambda paths: None)  # a process for each
    columns = {"p": np.arange(900.0) - 300, "t": np.arange(900.0)[::-1] / 2}
    types = {"float32": (pl.Float32, pl.Int16), "int64": (pl.Int64, pl.Float32), "mixed": (pl.Float64, pl.Boolean)}[
        kind
    ]
    frame = pl.DataFrame(columns).select(pl.col("p").cast(types[0]), pl.col("t").cast(types[1]))
    frame.write_parquet(tmp_path / "table.parquet", row_group_size=group)
    found = ArrayFiles.found([tmp_path / "table.parquet"], "t", None, None, memory // (8 * 48))
    assert [rows for _, _, rows in found.pieces] == blocks
    P, T = (np.concatenate([block[k] for block in found]) for k in (0, 1))
    assert P.dtype == T.dtype == ("float32" if kind == "float32" else "float64")
    np.testing.assert_array_equal(P[:, 0], frame["p"].cast(pl.Float64))
    np.testing.assert_array_equal(T[:, 0], frame["t"].cast(pl.Float64))
