"""A table from a file: the suffix says the format."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from thalweg.errors import DataError, FileError

from .delimited import read_delimited

if TYPE_CHECKING:
    from collections.abc import Callable


def read_table(path: str | Path) -> pl.DataFrame:
    """The table in a file, its format told by the suffix (the keys of `FORMATS`).

    CSV and TSV (also gzipped: `.csv.gz`, `.tsv.gz`) are read as `read_delimited` says. NDJSON holds one object a line;
    its ISO dates become dates. NPZ holds arrays with the same first dimension: a 1-D array becomes the column of its
    name, a 2-D array `X` with k columns becomes X_0 .. X_{k-1}.

    Raises FileError for a file that is missing, empty, damaged or of an unknown format, DataError for a table
    without rows, with unnamed or duplicate columns, or with arrays that do not fit together.
    """
    path = Path(path).expanduser()
    name = str(path)
    if path.is_dir():
        raise FileError(f"{name}: this is a folder: name a file in it")
    if not path.exists():
        raise FileError(f"{name}: no such file: check the path")
    read = FORMATS.get(_format(path))
    if read is None:
        found = f"suffix {path.suffix!r}" if path.suffix else "no suffix"
        raise FileError(f"{name}: {found} says no known format: use one of {', '.join(FORMATS)}")
    raw = _bytes(path)
    if not raw:
        raise FileError(f"{name}: the file is empty: it needs the names of the columns and at least one row")
    try:
        frame = read(raw, name)
    except (FileError, DataError):
        raise
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, *_DAMAGE) as error:
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        raise FileError(
            f"{name}: damaged, or not a {path.suffix} file ({reason}): write or download it again"
        ) from error
    if frame.width == 0:
        raise DataError(f"{name}: the table has no columns: it needs a target and at least one input")
    if frame.height == 0:
        raise DataError(f"{name}: the table has a header but no rows: add at least one row")
    if "" in frame.columns:
        raise DataError(f"{name}: column {frame.columns.index('') + 1} has no name: give it one")
    return frame


_DAMAGE = (ValueError, OSError, EOFError, KeyError, zipfile.BadZipFile, zlib.error, NotImplementedError)


def _format(path: Path) -> str:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    return "".join(suffixes[-2:]) if suffixes[-1:] == [".gz"] else "".join(suffixes[-1:])


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise FileError(f"{path}: cannot be read ({error.strerror}): check its permissions") from error


def _csv(raw: bytes, name: str) -> pl.DataFrame:
    return read_delimited(raw, name, ",")


def _tsv(raw: bytes, name: str) -> pl.DataFrame:
    return read_delimited(raw, name, "\t")


def _parquet(raw: bytes, name: str) -> pl.DataFrame:
    return pl.read_parquet(io.BytesIO(raw))


def _ipc(raw: bytes, name: str) -> pl.DataFrame:
    return pl.read_ipc(io.BytesIO(raw))


def _ndjson(raw: bytes, name: str) -> pl.DataFrame:
    frame = pl.read_ndjson(io.BytesIO(raw), infer_schema_length=None)
    return frame.with_columns(_moments(column) for column in frame.iter_columns() if column.dtype == pl.String)


def _moments(column: pl.Series) -> pl.Series:
    """A text column as dates or date-times, if every value of it is one in ISO 8601."""
    if column.null_count() == len(column) or not column.drop_nulls().str.contains(r"^\d{4}-\d{2}-\d{2}").all():
        return column
    for parse in (lambda: column.str.to_date("%Y-%m-%d"), column.str.to_datetime):
        try:
            return parse()
        except pl.exceptions.PolarsError:
            continue
    return column


def _npz(raw: bytes, name: str) -> pl.DataFrame:
    if not zipfile.is_zipfile(io.BytesIO(raw)):
        raise FileError(f"{name}: damaged, or not an .npz file: write it with numpy.savez")
    with np.load(io.BytesIO(raw), allow_pickle=False) as archive:
        columns: list[pl.Series] = []
        first: tuple[str, int] | None = None
        for key in archive.files:
            array = _array(archive, key, name)
            first = first or (key, len(array))
            if len(array) != first[1]:
                raise DataError(
                    f"{name}: array {key!r} has {len(array)} rows and {first[0]!r} has {first[1]}: all need as many"
                )
            parts = {key: array} if array.ndim == 1 else {f"{key}_{i}": array[:, i] for i in range(array.shape[1])}
            columns += [pl.Series(part, values) for part, values in parts.items()]
    names = Counter(column.name for column in columns)
    duplicates = sorted(column for column, count in names.items() if count > 1)
    if duplicates:
        raise DataError(f"{name}: more than one column is called {', '.join(map(repr, duplicates))}: rename an array")
    return pl.DataFrame(columns)


def _array(archive: np.lib.npyio.NpzFile, key: str, name: str) -> np.ndarray:
    """One array of an archive, refused unless it is a column or a matrix of numbers, text, booleans or dates."""
    try:
        array = archive[key]
    except ValueError as error:
        if "allow_pickle" not in str(error):
            raise
        raise DataError(
            f"{name}: array {key!r} holds Python objects, which are not read: save it as numbers or text"
        ) from error
    if array.dtype.kind not in "biufUMm":
        raise DataError(f"{name}: array {key!r} is of type {array.dtype}: save it as numbers, text, booleans or dates")
    if array.ndim not in (1, 2):
        raise DataError(f"{name}: array {key!r} has shape {array.shape}: it needs 1 or 2 dimensions")
    if array.dtype.kind == "f" and array.dtype.itemsize not in (4, 8):
        return array.astype(np.float64)
    return array


FORMATS: dict[str, Callable[[bytes, str], pl.DataFrame]] = {
    ".csv": _csv,
    ".tsv": _tsv,
    ".csv.gz": _csv,
    ".tsv.gz": _tsv,
    ".parquet": _parquet,
    ".arrow": _ipc,
    ".feather": _ipc,
    ".ipc": _ipc,
    ".ndjson": _ndjson,
    ".jsonl": _ndjson,
    ".npz": _npz,
}
"""The reader of each known suffix: bytes and the file's name in, table out."""
