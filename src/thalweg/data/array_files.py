"""Arrays as columns: NumPy's .npz and MATLAB's .mat, each array looked at before its memory is taken."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections import Counter
from math import prod
from typing import IO, TYPE_CHECKING

import numpy as np
import polars as pl

from thalweg.errors import ArgumentError, DataError, FileError, shown

from .limits import check_claim, check_columns
from .mat_file import read_mat_file
from .values import counted

if TYPE_CHECKING:
    from collections.abc import Iterator


def read_npz(raw: bytes, name: str, most: int) -> pl.DataFrame:
    """The arrays of an .npz file as columns, all with the same first dimension.

    A 1-D array becomes the column of its name, a 2-D array `X` with k columns X_0 .. X_{k-1}. Raises FileError for a
    damaged or encrypted file and for arrays of more than `most` bytes, DataError for what is no array of numbers,
    text, booleans or dates, and for arrays that do not fit together.
    """
    return _frame(npz_arrays(raw, name, most), name, most)


def npz_arrays(raw: bytes, name: str, most: int) -> dict[str, np.ndarray]:
    """The arrays of an .npz file by their names; raises FileError and DataError as `read_npz` does."""
    if not zipfile.is_zipfile(io.BytesIO(raw)):
        raise FileError(f"{name}: damaged, or not an .npz file: write it with numpy.savez")
    return dict(_members(raw, name, most))


def read_mat(raw: bytes, name: str, most: int) -> pl.DataFrame:
    """The arrays of a MATLAB file of version 5 to 7 as columns; an array of one column is the column of its name."""
    if b"\x89HDF" in raw[:1024]:
        raise FileError(f"{name}: MATLAB wrote it with -v7.3 (HDF5): save it with -v7, or as CSV")
    try:
        found = read_mat_file(raw, most, as_stored=True)
    except ArgumentError as error:
        raise FileError(f"{name}: {error}") from error
    arrays: dict[str, np.ndarray] = {}
    for key, value in found.items():
        array = np.array([[value]]) if isinstance(value, str) else value
        if isinstance(array, np.ndarray) and array.dtype.kind == "O" and all(isinstance(v, str) for v in array.flat):
            array = array.astype(str)
        if not isinstance(array, np.ndarray) or array.dtype.kind not in "biufU":
            raise DataError(
                f"{name}: variable {shown(key)} is a table, cell or struct, which is not read: save arrays, or use "
                "writetable(t, 'table.csv')"
            )
        arrays[key] = array
    check_claim(sum(array.nbytes for array in arrays.values()), most, name, "its arrays take")
    return _frame({key: array[:, 0] if array.shape[1:] == (1,) else array for key, array in arrays.items()}, name, most)


def _members(raw: bytes, name: str, most: int) -> Iterator[tuple[str, np.ndarray]]:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        total = 0
        seen: set[str] = set()
        for member in archive.infolist():
            key = member.filename.removesuffix(".npy")
            if member.flag_bits & 1:
                raise FileError(f"{name}: array {shown(key)} is encrypted: write it with numpy.savez")
            if key in seen:
                raise DataError(f"{name}: array {shown(key)} is there twice: write it with numpy.savez")
            seen.add(key)
            total += member.file_size
            check_claim(total, most, name, "its arrays take")
            with archive.open(member) as file:
                if file.read(6) != b"\x93NUMPY":
                    raise DataError(f"{name}: {shown(member.filename)} is no array: leave it out of the file")
            with archive.open(member) as file:
                yield key, _array(file, member.file_size, key, name)


def _array(file: IO[bytes], size: int, key: str, name: str) -> np.ndarray:
    """One array of an archive, its claim compared with the bytes that there are."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what NumPy says of headers that Python 2 wrote
        read_header = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
        version = np.lib.format.read_magic(file)
        if version in read_header:
            shape, _, dtype = read_header[version](file)
            if dtype.hasobject:
                raise DataError(
                    f"{name}: array {shown(key)} holds Python objects, which are not read: save numbers or text"
                )
            claimed = prod(int(n) for n in shape) * dtype.itemsize
            if claimed > size:
                raise FileError(
                    f"{name}: array {shown(key)} claims {claimed:,} bytes and has {size:,}: write or download it again"
                )
        file.seek(0)
        return np.lib.format.read_array(file, allow_pickle=False)


def _frame(arrays: dict[str, np.ndarray], name: str, most: int) -> pl.DataFrame:
    check_columns(sum(array.shape[1] if array.ndim == 2 else 1 for array in arrays.values()), most, name)
    columns: list[pl.Series] = []
    first: tuple[str, int] | None = None
    for key, given in arrays.items():
        array = _column(given, key, name)
        first = first or (key, len(array))
        if len(array) != first[1]:
            raise DataError(
                f"{name}: array {shown(key)} has {counted(len(array), 'row')} and {shown(first[0])} has {first[1]}: "
                "all need as many"
            )
        parts = {key: array} if array.ndim == 1 else {f"{key}_{i}": array[:, i] for i in range(array.shape[1])}
        columns += [pl.Series(part, values) for part, values in parts.items()]
    names = Counter(column.name for column in columns)
    duplicates = sorted(column for column, count in names.items() if count > 1)
    if duplicates:
        raise DataError(
            f"{name}: more than one column is called {', '.join(map(shown, duplicates[:5]))}: rename an array"
        )
    return pl.DataFrame(columns)


def _column(array: np.ndarray, key: str, name: str) -> np.ndarray:
    """An array as Polars takes it; raises DataError unless it holds columns of numbers, text, booleans or dates."""
    kind = array.dtype.kind
    if kind not in "biufUMm":
        raise DataError(
            f"{name}: array {shown(key)} is of type {array.dtype}: save it as numbers, text, booleans or dates"
        )
    if array.ndim not in (1, 2):
        raise DataError(f"{name}: array {shown(key)} has shape {array.shape}: it needs 1 or 2 dimensions")
    if kind == "f" and array.dtype.itemsize not in (4, 8):
        with np.errstate(all="ignore"):  # what is none, or too large, is told by its row
            return array.astype(np.float64)
    if kind not in "Mm" or np.datetime_data(array.dtype) in (("ms", 1), ("us", 1), ("ns", 1)):
        return array
    unit = np.datetime_data(array.dtype)[0]
    days = kind == "M" and unit in ("Y", "M", "W", "D")
    plain = array.astype(f"{kind}8[{'D' if days else 'ms'}]")
    if unit != "generic" and ((plain.astype(array.dtype) != array) & ~np.isnat(array)).any():
        raise DataError(f"{name}: array {shown(key)} holds times that milliseconds cannot: cast it to datetime64[ms]")
    return plain
