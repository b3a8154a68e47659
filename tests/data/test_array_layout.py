"""Arrays as the columns of an encoding: shapes, missing values, and the hint that one is turned."""

import numpy as np
import pytest

import thalweg as tw
from thalweg.data.array_layout import ArrayLayout, read_matrix
from thalweg.data.records import from_record, to_record


def test_columns_by_name_and_nan_as_missing():
    frame = ArrayLayout(("x1", "x2")).frame([[1, 2], [3, float("nan")]])
    assert frame.to_dict(as_series=False) == {"x1": [1.0, 3.0], "x2": [2.0, None]}
    assert ArrayLayout(("x1",)).frame([1, 2, 3]).height == 3


def test_it_is_plain_data():
    layout = ArrayLayout(("x1", "x2"), "mapminmax", single=True)
    assert from_record(ArrayLayout, to_record(layout)) == layout


@pytest.mark.parametrize(
    ("P", "error", "told"),
    [
        (np.zeros((2, 200)), tw.ArgumentError, "P has 200 columns; the model has 2 inputs: transposed. .*give P.T$"),
        (np.zeros((3, 200)), tw.ArgumentError, "P has 200 columns; the model has 2 inputs$"),
        (np.zeros((1, 1, 2)), tw.ArgumentError, r"P has shape \(1, 1, 2\)"),
        ([["a", "b"]], tw.DataError, "it must hold numbers"),
        ([[np.nan, -np.inf]], tw.DataError, "P has -inf at row 0, column 1"),
    ],
)
def test_what_is_no_such_array(P, error, told):
    with pytest.raises(error, match=told):
        ArrayLayout(("x1", "x2")).frame(P)


def test_a_vector_is_a_column():
    assert read_matrix("T", np.arange(3)).shape == (3, 1)
