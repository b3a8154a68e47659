"""MATLAB's files, beside SciPy's reader where that does not end the process."""

import io

import numpy as np
import pytest
import scipy.io
from hypothesis import given
from hypothesis import strategies as st

from thalweg.data.array_files import read_mat
from thalweg.data.mat_file import Unread, read_mat_file
from thalweg.errors import ArgumentError, DataError, FileError

MOST = 1 << 20
VARIABLES = {
    "X": np.arange(6.0).reshape(2, 3),
    "deep": np.arange(24).reshape(2, 3, 4),
    "short": np.array([[1, -2]], dtype=np.int16),
    "single": np.array([[0.5], [0.25]], dtype=np.float32),
    "complex": np.array([[1 + 2j]]),
    "empty": np.zeros((0, 3)),
    "word": "tansig",
}


def saved(compressed: bool = False, **variables: object) -> bytes:
    out = io.BytesIO()
    scipy.io.savemat(out, variables, do_compression=compressed)
    return out.getvalue()


@pytest.mark.parametrize("compressed", [False, True])
def test_arrays_are_scipys(compressed: bool) -> None:
    raw = saved(compressed, **VARIABLES)
    theirs, ours = scipy.io.loadmat(io.BytesIO(raw)), read_mat_file(raw, MOST)
    for name in VARIABLES:
        np.testing.assert_array_equal(np.asarray(ours[name]).reshape(theirs[name].shape), theirs[name], strict=True)


def test_cells_structs_and_what_is_not_read() -> None:
    sparse = scipy.sparse.csc_array(np.eye(2))
    found = read_mat_file(saved(c=np.array([["a", 1.0]], dtype=object), s={"a": 1.0, "b": "x"}, m=sparse), MOST)
    assert found["c"].tolist() == [["a", [[1.0]]]]
    assert (found["s"]["a"].tolist(), found["s"]["b"]) == ([[1.0]], "x")
    assert isinstance(found["m"], Unread)


def test_texts_are_a_column() -> None:
    labels = np.array(["low", "high", "low"], dtype=object)
    for kept in (labels.reshape(-1, 1), labels.astype(str)):  # a cell of texts, and a matrix of letters
        assert read_mat(saved(y=kept), "t.mat", MOST)["y"].to_list() == labels.tolist()


def test_whole_numbers_that_matlab_stores_as_integers_are_integers() -> None:
    """MATLAB stores doubles so; a column of class numbers is then one of classes, as from a text."""
    raw = bytearray(saved(y=np.array([[1], [2], [1]], dtype=np.uint8)))
    flags = raw.index(bytes([6, 0, 0, 0, 8, 0, 0, 0]), 128) + 8
    assert raw[flags] == 9  # the class of uint8
    raw[flags] = 6  # that of double
    assert read_mat_file(bytes(raw), MOST)["y"].dtype == np.float64
    assert read_mat(bytes(raw), "t.mat", MOST)["y"].dtype.is_integer()


def test_a_variable_that_is_there_twice() -> None:
    raw = saved(y=np.zeros((2, 1)))
    with pytest.raises(FileError, match=r"t\.mat: variable 'y' is there twice"):
        read_mat(raw + raw[128:], "t.mat", MOST)


def test_more_than_is_allowed() -> None:
    with pytest.raises(FileError, match="its variables unpack to more bytes"):
        read_mat_file(saved(True, X=np.zeros((500, 500))), MOST)


@given(st.booleans(), st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=4))
def test_damaged_files_end_in_our_errors(compressed: bool, flips: list[tuple[int, int]]) -> None:
    """SciPy's reader ends the process by a signal for some of them."""
    raw = bytearray(saved(compressed, **VARIABLES, c=np.array([["a", 1.0]], dtype=object), s={"a": 1.0}))
    for place, value in flips:
        raw[place % len(raw)] = value
    told = []
    for damaged in (raw, raw[: flips[0][0] % len(raw)]):
        for read in (lambda raw: read_mat_file(raw, MOST), lambda raw: read_mat(raw, "t.mat", MOST)):
            try:
                read(bytes(damaged))
            except (ArgumentError, DataError, FileError) as error:
                told.append(str(error))
    assert not [line for line in told if "\n" in line]
