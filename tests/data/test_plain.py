import polars as pl
import pytest

from thalweg.data.columns import column_from_dict, column_to_dict
from thalweg.data.plain import PlainColumn
from thalweg.data.scale import Scale
from thalweg.errors import DataError


def test_numbers_are_taken_as_they_are_however_large():
    features, notes = PlainColumn.of("size").encode(pl.Series("size", [1e9, -2.0]))
    assert (features.tolist(), notes) == ([[1e9], [-2.0]], ())


def test_or_by_the_scale_that_came_with_them():
    column = PlainColumn.of("size", Scale(10.0, 4.0))
    assert column.encode(pl.Series("size", [12]))[0].tolist() == [[0.5]]
    assert column.detail == "less 10, by 4"
    assert column_from_dict(column_to_dict(column)) == column


def test_missing_values_and_texts_are_refused():
    with pytest.raises(DataError, match="'size' is missing in row 2, and the network, which was not trained here"):
        PlainColumn.of("size").encode(pl.Series("size", [1.0, None]))
    with pytest.raises(DataError, match="'small' in row 1"):
        PlainColumn.of("size").encode(pl.Series("size", ["small"]))
