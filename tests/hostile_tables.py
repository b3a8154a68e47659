"""Tables in every format, and how a damaged one is read: prepared, where it can be."""

from __future__ import annotations

import gzip
import io
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import polars as pl

ROWS = 24
FRAME = pl.DataFrame(
    {
        "size": [k / 8 for k in range(ROWS)],
        "day": [f"2024-0{1 + k % 9}-1{k % 8}" for k in range(ROWS)],
        "<b>": ["ab"[k % 2] for k in range(ROWS)],
    }
)


def written(write: Callable[[io.BytesIO], object]) -> bytes:
    """The bytes that something writes into a file."""
    out = io.BytesIO()
    write(out)
    return out.getvalue()


def table(suffix: str) -> bytes:
    """A table in a format."""
    from scipy.io import savemat
    from workbooks import workbook

    columns = {"X": np.arange(ROWS * 2.0).reshape(ROWS, 2), "kind": np.arange(ROWS) % 2}
    rows = [FRAME.columns, *map(list, FRAME.rows())]
    match suffix:
        case ".csv" | ".csv.gz":
            text = FRAME.write_csv().encode()
            return gzip.compress(text) if suffix == ".csv.gz" else text
        case ".tsv" | ".tsv.gz":
            text = FRAME.write_csv(separator="\t").encode()
            return gzip.compress(text) if suffix == ".tsv.gz" else text
        case ".json":
            return FRAME.write_json().encode()
        case ".ndjson" | ".jsonl":
            return FRAME.write_ndjson().encode()
        case ".parquet":
            return written(FRAME.write_parquet)
        case ".arrow" | ".feather" | ".ipc":
            return written(FRAME.write_ipc)
        case ".npz":
            return written(lambda out: np.savez(out, **columns))
        case ".mat":
            return written(lambda out: savemat(out, columns, oned_as="column"))
        case ".xlsx" | ".xlsm":
            return workbook({"sheet": rows})
    raise AssertionError(f"write a table as {suffix}")


def _kinds() -> pl.DataFrame:
    """A table of many types."""
    texts = pl.Series(["fig", "plum", None] * 8)
    return FRAME.with_columns(
        pl.Series("n", [None, *range(1, ROWS)], dtype=pl.Int16),
        pl.Series("c", texts, dtype=pl.Categorical),
        pl.Series("d", ["2024-01-02", None] * 12).str.to_date(),
        pl.Series("t", range(ROWS)).cast(pl.Datetime("ms")),
        pl.Series("l", [[1, 2], None] * 12),
        pl.Series("o", [{"x": 1, "y": "a"}, {"x": None, "y": "b"}] * 12),
        pl.Series("w", ["long" * 40, "é"] * 12),
        pl.Series("b", [True, None] * 12),
        pl.Series("g", [b"\0", b"x" * 40] * 12),
    )


def _compressed(write: str, ways: Sequence[str]) -> list[bytes]:
    frame = _kinds()
    return [written(lambda out, way=way: getattr(frame, write)(out, compression=way)) for way in ways]


def read_table(path: Path) -> object:
    """Read a table, and prepare what can be prepared."""
    from thalweg.data import prepare
    from thalweg.data.reading import open_table
    from thalweg.errors import DataError

    frame = open_table(path).frame
    if path.stat().st_size % 3:  # preparing takes longer than all the rest
        return frame
    with suppress(DataError):  # a table that is read, and none to train with
        prepare(frame, target=frame.columns[-1])
    return frame


def trial_of_table(path: Path) -> object:
    """The trial that a child process makes of a table, here."""
    from thalweg.data import column_files
    from thalweg.data.limits import allowed

    raw = path.read_bytes()
    given = sys.argv, sys.stdin, sys.stdout
    sys.argv, sys.stdin = ["trial", path.suffix, str(allowed(len(raw), None))], io.TextIOWrapper(io.BytesIO(raw))
    sys.stdout = io.StringIO()
    try:
        exec(compile(column_files._TRIAL, "trial", "exec"), {})
    except SystemExit as ended:
        from thalweg.errors import FileError

        raise FileError(f"ends with {ended.code}") from ended
    finally:
        sys.argv, sys.stdin, sys.stdout = given
    return raw


def tables(suffix: str) -> tuple[bytes, ...]:
    more = {
        ".csv": [
            b"a;b;c\n" + b"1,5;x;\xe4\n2,0;y;z\n" * 9,
            b'"a b","c""d"\r\n' + b'1,"two\nlines"\r\n' * 9,
            "x\ty\n1\t2\n".encode("utf-16") * 3,
        ],
        ".tsv": [b"# note\na\tb\n" + b"1.5e3\tJan-24\n-2\tFeb-24\n" * 9],
        ".ndjson": [b'{"a": {"b": [1, 2]}, "c": "x"}\n{"a": null, "c": NaN}\n' * 9],
        ".json": [b'[{"a": 1, "b": "x"},\n{"a": 2.5, "b": null}]'],
        ".parquet": _compressed("write_parquet", ("uncompressed", "snappy", "zstd", "gzip", "brotli", "lz4")),
        ".arrow": _compressed("write_ipc", ("uncompressed", "lz4", "zstd")),
        ".npz": [
            written(
                lambda out: np.savez_compressed(
                    out, a=np.array(["x", "yy"]), d=np.array(["2024-01-01", "NaT"], "M8[D]")
                )
            )
        ],
    }
    if suffix == ".mat":
        from scipy.io import savemat

        columns = {
            "X": np.eye(3),
            "s": np.array(["ab", "c", "d"], dtype=object),
            "t": np.array([["text"], ["else"], ["once"]], dtype=object),
        }
        more[suffix] = [
            written(lambda out, k=k: savemat(out, columns, do_compression=k, oned_as="column")) for k in (True, False)
        ]
    return (table(suffix), *more.get(suffix, []))
