import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime

import numpy as np
import pytest
import scipy.io

from thalweg.data.array_files import read_mat, read_npz
from thalweg.errors import DataError, FileError

MOST = 2**29


def npz(**arrays: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.savez(out, **arrays)  # pyright: ignore[reportArgumentType]
    return out.getvalue()


def mat(**arrays: object) -> bytes:
    out = io.BytesIO()
    scipy.io.savemat(out, arrays)
    return out.getvalue()


def claiming(shape: tuple[int, ...]) -> bytes:
    """An archive with an array that says to have another shape than its one number."""
    array = io.BytesIO()
    np.lib.format.write_array_header_1_0(array, {"descr": "<f8", "fortran_order": False, "shape": shape})
    array.write(bytes(8))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("y.npy", array.getvalue())
    return out.getvalue()


def with_a_note() -> bytes:
    out = io.BytesIO(npz(y=np.arange(3)))
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("README.txt", "see the paper")
    return out.getvalue()


def encrypted() -> bytes:
    """The flag of an encrypted member set in both of its headers."""
    raw = bytearray(npz(y=np.arange(3)))
    raw[6] |= 1
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    return bytes(raw)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (with_a_note, DataError, ["'README.txt' is no array"]),
        (encrypted, FileError, ["array 'y' is encrypted"]),
        (lambda: claiming((2 * 10**12,)), FileError, ["array 'y' claims 16,000,000,000,000 bytes and has"]),
        (lambda: claiming((2**62, 2**62)), FileError, ["'y' claims"]),
        (lambda: npz(y=np.array([None])), DataError, ["'y' holds Python objects"]),
        (lambda: npz(y=np.array([2**62], dtype="datetime64[s]")), DataError, ["'y' holds times"]),
    ],
)
def test_members_that_are_no_columns(make: Callable[[], bytes], error: type[Exception], words: list[str]):
    """Field case h12-npz-members."""
    with pytest.raises(error) as caught:
        read_npz(make(), "t.npz", MOST)
    assert all(word in str(caught.value) for word in ["t.npz: ", *words])
    assert "\n" not in str(caught.value)


def test_arrays_larger_than_is_allowed_are_refused_before_they_are_unpacked():
    out = io.BytesIO()
    np.savez_compressed(out, a=np.zeros(10**6))
    assert len(out.getvalue()) < 10**5
    with pytest.raises(FileError, match=r"t\.npz: its arrays take 7\.63 MiB, more than the 1 MiB"):
        read_npz(out.getvalue(), "t.npz", 2**20)


@pytest.mark.parametrize("unit", ["Y", "M", "D", "h", "m", "s", "ms", "us", "ns"])
def test_times_in_any_unit(unit: str):
    when = np.array(["2024-01-01", "NaT"], dtype=f"datetime64[{unit}]")
    first, second = read_npz(npz(t=when), "t.npz", MOST)["t"].to_list()
    assert first == (date(2024, 1, 1) if unit in "YMD" else datetime(2024, 1, 1))
    assert second is None


def test_matlab_arrays():
    frame = read_mat(mat(X=np.arange(6.0).reshape(3, 2), y=np.array([[1], [2], [3]])), "t.mat", MOST)
    assert frame.to_dict(as_series=False) == {"X_0": [0, 2, 4], "X_1": [1, 3, 5], "y": [1, 2, 3]}


@pytest.mark.parametrize(
    ("raw", "error", "words"),
    [
        (mat(X=np.zeros((2, 3)), y=np.zeros((3, 1))), DataError, ["'y' has 3 rows and 'X' has 2"]),
        (mat(s={"a": 1}), DataError, ["'s' is a table, cell or struct", "writetable"]),
        (mat(c=np.array([["a", 1]], dtype=object)), DataError, ["'c' is a table, cell or struct"]),
        (b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM" + b"\x89HDF" * 9, FileError, ["-v7"]),
        (b"no such thing", FileError, ["damaged, or not a .mat file"]),
        (mat(X=np.zeros((9, 9)))[:200], FileError, ["damaged"]),
    ],
)
def test_matlab_files_that_are_no_table(raw: bytes, error: type[Exception], words: list[str]):
    with pytest.raises(error) as caught:
        read_mat(raw, "t.mat", MOST)
    assert all(word in str(caught.value) for word in ["t.mat: ", *words]), caught.value


def test_an_array_that_is_there_twice(tmp_path):
    """Of the kind of field case h12-npz-members: one of them would be taken without a word."""
    np.save(tmp_path / "y.npy", np.arange(3.0))
    with zipfile.ZipFile(tmp_path / "t.npz", "w") as archive:
        archive.write(tmp_path / "y.npy", "y.npy")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.write(tmp_path / "y.npy", "y.npy")
    with pytest.raises(DataError, match="array 'y' is there twice"):
        read_npz((tmp_path / "t.npz").read_bytes(), "t.npz", 10**6)
