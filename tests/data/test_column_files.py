import io
import subprocess
import sys

import polars as pl
import pytest

from thalweg.data import column_files
from thalweg.data.column_files import read_columns
from thalweg.errors import FileError

FRAME = pl.DataFrame({"x": [1.5, 2.5], "s": ["a", "b"], "c": pl.Series(["u", "v"], dtype=pl.Categorical)})


def raw(suffix: str) -> bytes:
    out = io.BytesIO()
    (FRAME.write_parquet if suffix == ".parquet" else FRAME.write_ipc)(out)
    return out.getvalue()


@pytest.mark.parametrize("suffix", [".parquet", ".arrow"])
def test_a_table_keeps_its_types(suffix: str):
    read = read_columns(raw(suffix), "t", suffix, 2**20)
    assert read.equals(FRAME)
    assert read.dtypes == FRAME.dtypes


@pytest.mark.parametrize("suffix", [".parquet", pytest.param(".arrow", marks=pytest.mark.thorough)])
def test_a_process_that_ends_over_a_file_is_told_in_one_line(suffix: str, monkeypatch: pytest.MonkeyPatch):
    """Field case h27-flipped-bits-abort: the child dies, this process does not read."""
    monkeypatch.setattr(column_files, "_TRIAL", "import os; os.abort()")
    with pytest.raises(FileError, match=rf"^t: damaged, or not a \{suffix} file \(reading it ends the process"):
        read_columns(raw(suffix), "t", suffix, 2**20)


@pytest.mark.parametrize(
    ("suffix", "quarter"),
    [
        pytest.param(suffix, quarter, marks=[] if (suffix == ".arrow") == (quarter == 1) else pytest.mark.thorough)
        for suffix in (".parquet", ".arrow")
        for quarter in (1, 3)
    ],
)
def test_flipped_bytes_never_end_this_process(suffix: str, quarter: int):
    flipped = bytearray(raw(suffix))
    flipped[len(flipped) * quarter // 4] ^= 0xFF
    told = ""
    try:
        read_columns(bytes(flipped), "t", suffix, 2**20)
    except FileError as error:
        told = str(error)
    assert "\n" not in told


def test_rows_that_are_claimed():
    """Field case h12-npz-members has claims of arrays; a Parquet file of one value repeated claims rows likewise."""
    out = io.BytesIO()
    pl.DataFrame({"x": pl.repeat(1, 10**6, eager=True)}).write_parquet(out)
    assert len(out.getvalue()) < 10**5
    with pytest.raises(FileError, match=r"unpacks to more bytes, more than the 1,000 bytes"):
        read_columns(out.getvalue(), "t", ".parquet", 1000)


def test_without_an_interpreter_the_file_is_read_all_the_same(monkeypatch: pytest.MonkeyPatch):
    def none(*_, **__):
        raise OSError

    monkeypatch.setattr(subprocess, "run", none)
    assert read_columns(raw(".arrow"), "t", ".arrow", 2**20).equals(FRAME)
    monkeypatch.setattr(sys, "executable", "")
    assert read_columns(raw(".parquet"), "t", ".parquet", 2**20).equals(FRAME)
