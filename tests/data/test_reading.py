import gzip
import io
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from workbooks import workbook

from thalweg.data import FORMATS, column_files, read_table
from thalweg.data.reading import SHEETS
from thalweg.errors import ArgumentError, DataError, FileError

FRAME = pl.DataFrame(
    {
        "x": [1.5, None, 3.0],
        "s": ["a", None, "c"],
        "ok": [True, False, None],
        "day": [date(2024, 1, 2), None, date(2024, 5, 6)],
    }
)


@pytest.fixture
def untried(monkeypatch: pytest.MonkeyPatch):
    """Parquet and Arrow files are not tried first in a process of their own, as in test_column_files.py."""
    monkeypatch.setattr(column_files, "_tried", lambda *_: None)


def write(frame: pl.DataFrame, path: Path) -> Path:
    writers: dict[str, Callable[[Path], object]] = {
        ".csv": frame.write_csv,
        ".tsv": lambda file: frame.write_csv(file, separator="\t"),
        ".parquet": frame.write_parquet,
        ".arrow": frame.write_ipc,
        ".feather": frame.write_ipc,
        ".ipc": frame.write_ipc,
        ".ndjson": frame.write_ndjson,
        ".jsonl": frame.write_ndjson,
        ".json": frame.write_json,
        **dict.fromkeys(SHEETS, lambda file: file.write_bytes(workbook({"Sheet1": [frame.columns, *frame.rows()]}))),
    }
    writers[path.suffix](path)
    return path


@pytest.mark.parametrize(
    "suffix", [suffix for suffix in FORMATS if suffix not in (".npz", ".mat", ".csv.gz", ".tsv.gz")]
)
def test_formats_agree(tmp_path: Path, suffix: str, untried: None):
    assert read_table(write(FRAME, tmp_path / f"t{suffix}")).equals(FRAME)


def test_path_as_text_upper_case_and_pattern_characters(tmp_path: Path):
    path = write(FRAME, tmp_path / "a[1]*.csv").rename(tmp_path / "a[1]*.CSV")
    assert read_table(str(path)).equals(FRAME)


def test_ndjson_dates_only_where_every_value_is_one(tmp_path: Path):
    path = tmp_path / "t.ndjson"
    path.write_text(
        '{"d": "2024-01-02", "t": "2024-01-02T03:04:05", "z": "2024-01-02T03:04:05Z", "s": "2024-01-02", "n": null}\n'
        '{"d": null, "t": "2024-01-02 03:04:05", "z": "2024-01-02T03:04:05+02:00", "s": "soon", "n": null}\n'
        '{"d": "2024-12-31", "t": "2024-01-02T03:04:06", "z": null, "s": "2024-99-99"}\n'
    )
    frame = read_table(path)
    assert frame["d"].to_list() == [date(2024, 1, 2), None, date(2024, 12, 31)]
    assert frame["t"][0] == datetime(2024, 1, 2, 3, 4, 5)
    assert frame["z"].dtype == pl.Datetime("us", "UTC")
    assert frame["s"].to_list() == ["2024-01-02", "soon", "2024-99-99"]


def test_npz_columns_and_matrices(tmp_path: Path):
    path = tmp_path / "t.npz"
    np.savez(
        path,
        X=np.arange(6.0).reshape(3, 2),
        half=np.array([1, 2, 3], dtype=np.float16),
        name=np.array(["a", "b", "c"]),
        ok=np.array([True, False, True]),
        day=np.array(["2024-01-02"] * 3, dtype="datetime64[D]"),
    )
    frame = read_table(path)
    assert frame.columns == ["X_0", "X_1", "half", "name", "ok", "day"]
    assert frame["X_1"].to_list() == [1.0, 3.0, 5.0]
    assert frame["half"].to_list() == [1.0, 2.0, 3.0]
    assert frame.dtypes[3:] == [pl.String, pl.Boolean, pl.Date]


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"a": np.arange(3), "b": np.arange(2)}, ["'b' has 2 rows", "'a' has 3"]),
        ({"a": np.array([{}, 1], dtype=object)}, ["'a'", "Python objects", "numbers or text"]),
        ({"a": np.zeros((2, 2, 2))}, ["'a'", "(2, 2, 2)", "dimensions"]),
        ({"a": np.array(1.0)}, ["'a'", "()", "dimensions"]),
        ({"a": np.array([1j])}, ["'a'", "complex128"]),
        ({"X": np.zeros((2, 2)), "X_1": np.zeros(2)}, ["'X_1'", "rename"]),
        ({}, ["no columns"]),
        ({"a": np.zeros(0)}, ["no rows"]),
        ({"a": np.zeros((3, 0))}, ["no columns"]),
    ],
)
def test_npz_that_is_no_table(tmp_path: Path, arrays: dict[str, np.ndarray], words: list[str]):
    path = tmp_path / "t.npz"
    np.savez(path, **arrays)  # pyright: ignore[reportArgumentType]
    with pytest.raises(DataError) as caught:
        read_table(path)
    assert all(word in str(caught.value) for word in [str(path), *words])


def one_array() -> bytes:
    out = io.BytesIO()
    np.save(out, np.arange(3))
    return out.getvalue()


@pytest.mark.parametrize("suffix", list(FORMATS))
def test_empty_file(tmp_path: Path, suffix: str):
    path = tmp_path / f"t{suffix}"
    path.write_bytes(b"")
    with pytest.raises(FileError, match=r"the file is empty: it needs"):
        read_table(path)


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".parquet"])
def test_header_only(tmp_path: Path, suffix: str, untried: None):
    with pytest.raises(DataError, match=r"header but no rows: add"):
        read_table(write(FRAME.clear(), tmp_path / f"t{suffix}"))


FOREIGN = [b"not at all this format\n", b"\x00" * 64, one_array()]


@pytest.mark.parametrize(
    ("suffix", "content"),
    [
        *((suffix, content) for suffix in (".ndjson", ".npz") for content in FOREIGN),
        *zip((".arrow", ".parquet", ".ipc"), FOREIGN, strict=True),  # each is tried in a process of its own
    ],
)
def test_foreign_file(tmp_path: Path, suffix: str, content: bytes):
    path = tmp_path / f"t{suffix}"
    path.write_bytes(content)
    with pytest.raises(FileError, match=r"damaged, or not an? \.\w+ file") as caught:
        read_table(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("suffix", "kept"),
    [(".arrow", 0.3), (".parquet", 0.95), (".ndjson", 0.3), (".ndjson", 0.95), (".npz", 0.3), (".npz", 0.95)],
)
def test_truncated_file(tmp_path: Path, suffix: str, kept: float):
    path = tmp_path / f"t{suffix}"
    if suffix == ".npz":
        np.savez(path, X=np.arange(100.0))
    else:
        write(FRAME, path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(FileError, match="damaged"):
        read_table(path)


def test_damaged_array_in_a_whole_archive(tmp_path: Path):
    path = tmp_path / "t.npz"
    np.savez(path, X=np.arange(100.0))
    raw = bytearray(path.read_bytes())
    raw[300] ^= 0xFF
    path.write_bytes(raw)
    with pytest.raises(FileError, match=r"damaged.*CRC"):
        read_table(path)


def test_unnamed_column(tmp_path: Path, untried: None):
    path = tmp_path / "t.parquet"
    pl.DataFrame({"a": [1], "": [2]}).write_parquet(path)
    with pytest.raises(DataError, match="column 2 has no name"):
        read_table(path)


def test_places_that_are_no_table(tmp_path: Path):
    for name in ("none.csv", "none.xlsx", "none"):
        with pytest.raises(FileError, match=rf"{name}: no such file"):
            read_table(tmp_path / name)
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(FileError, match=r"folder\.csv: this is a folder"):
        read_table(tmp_path / "folder.csv")
    for name in ("t.png", "t", "t.gz"):
        (tmp_path / name).write_text("x")
        with pytest.raises(FileError, match=r"use one of \.csv, \.tsv.*\.npz") as caught:
            read_table(tmp_path / name)
        assert str(tmp_path / name) in str(caught.value)


@pytest.mark.parametrize(
    ("name", "words"),
    [("t.xlsx", "not a .xlsx file"), ("t.ods", "or its sheet as CSV"), ("t.data", "rename it to .csv")],
)
def test_what_to_do_about_other_files(tmp_path: Path, name: str, words: str):
    (tmp_path / name).write_text("x")
    with pytest.raises(FileError, match=words):
        read_table(tmp_path / name)


@pytest.mark.parametrize(
    ("suffix", "content", "words"),
    [
        (".csv", b"PK\x03\x04 a workbook", "a zip file or workbook"),
        (".csv", b"PAR1 a table", r"a \.parquet file, not a \.csv file: rename it"),
        (".json", b"ARROW1 a table", r"a \.arrow file"),
    ],
)
def test_a_suffix_that_is_not_true(tmp_path: Path, suffix: str, content: bytes, words: str):
    path = tmp_path / f"t{suffix}"
    path.write_bytes(content)
    with pytest.raises(FileError, match=words):
        read_table(path)


@pytest.mark.parametrize("suffix", [".ndjson", ".json"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_before_json(tmp_path: Path, suffix: str, encoding: str):
    """Field case 17-ndjson-bom."""
    path = tmp_path / f"t{suffix}"
    path.write_bytes('{"x": 1, "s": "é"}\n{"x": 2, "s": "b"}\n'.encode(encoding))
    assert read_table(path).to_dict(as_series=False) == {"x": [1, 2], "s": ["é", "b"]}


def test_a_date_outside_the_calendar(tmp_path: Path, untried: None):
    """Field case h04-date-out-of-range."""
    path = tmp_path / "dates.parquet"
    pl.DataFrame({"sold": pl.Series([2**31 - 1, 0], dtype=pl.Int32).cast(pl.Date)}).write_parquet(path)
    with pytest.raises(DataError, match=r"dates\.parquet: column 'sold', row 1: a date or time outside"):
        read_table(path)


@pytest.mark.parametrize(
    ("path", "words"),
    [("a" * 300 + ".csv", "cannot be opened"), ("~nosuchuser/x.csv", "cannot be opened"), ("x\0.csv", "null byte")],
)
def test_names_that_cannot_be_opened(path: str, words: str):
    """Field case h24-special-files."""
    with pytest.raises(FileError, match=words):
        read_table(path)


def test_what_a_compressed_file_unpacks_to_has_a_limit(tmp_path: Path):
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n" + b"1,2\n" * 10**5, mtime=0))
    assert read_table(path).height == 10**5
    with pytest.raises(FileError, match=r"t\.csv\.gz: it unpacks to more bytes, more than the 1,000 bytes"):
        read_table(path, largest=1000)


def test_notes_are_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    path = tmp_path / "t.csv"
    path.write_bytes(b"a,b\n1,caf\xe9\n")
    read_table(path)
    assert "cp1252" in caplog.text


@pytest.mark.parametrize(
    ("raw", "columns"),
    [
        (b"a,b\n1,2\n", ["a", "b"]),
        (b'\xef\xbb\xbf{"a": 1}\n', ["a"]),
        (gzip.compress(b"a;b\n1;2\n", mtime=0), ["a", "b"]),
        (b"", None),
    ],
)
def test_the_standard_input(monkeypatch: pytest.MonkeyPatch, raw: bytes, columns: list[str] | None):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw)))
    if columns is None:
        with pytest.raises(FileError, match="the standard input: the file is empty"):
            read_table("-")
    else:
        assert read_table("-").columns == columns


@pytest.mark.parametrize("suffix", [".parquet", ".arrow"])
def test_a_binary_table_on_the_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, untried: None
):
    raw = write(FRAME, tmp_path / f"t{suffix}").read_bytes()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw)))
    assert read_table("-").equals(FRAME)


def test_a_terminal_is_not_waited_for(monkeypatch: pytest.MonkeyPatch):
    stream = io.TextIOWrapper(io.BytesIO())
    monkeypatch.setattr(stream, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stdin", stream)
    with pytest.raises(FileError, match="the standard input is a terminal"):
        read_table("-")


def test_a_folder_without_a_suffix_is_called_a_folder(tmp_path: Path):
    with pytest.raises(FileError, match="this is a folder"):
        read_table(tmp_path)


def test_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = write(FRAME, tmp_path / "t.csv")

    def refuse(self: Path, mode: str) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(FileError, match=r"cannot be read \(Permission denied\)"):
        read_table(path)


def test_polars_without_threads_is_told_by_the_variable(tmp_path, monkeypatch):
    path = tmp_path / "t.csv"
    path.write_text("a\n1\n")
    monkeypatch.setenv("POLARS_MAX_THREADS", "0")
    with pytest.raises(ArgumentError, match="POLARS_MAX_THREADS='0' in the environment"):
        read_table(path)
