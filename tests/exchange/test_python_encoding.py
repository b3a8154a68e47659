"""The table's side of a module in Python: features equal to those of the encoding, for every kind of column."""

import datetime
import hashlib
import zoneinfo

import numpy as np
import polars as pl
import pytest
from to_export import COLUMNS, hostile, table

from thalweg.data import Encoding
from thalweg.exchange.features import encoded
from thalweg.exchange.python_encoding import columns_of, dates_of, encoding_source

LIBRARIES = {"np": np, "datetime": datetime, "zoneinfo": zoneinfo, "hashlib": hashlib}


def encode(encoding, dtype="float64"):
    names = dict(LIBRARIES)
    exec(encoding_source(encoded(encoding), dtype), names)
    return names["encode"]


@pytest.mark.parametrize("column", COLUMNS)
def test_the_features_of_a_column_are_those_of_the_encoding(column):
    frame = hostile().select(column)
    if column == "far":
        frame = frame.filter(pl.col(column).is_nan().not_() | pl.col(column).is_null())
    encoding = Encoding.fit(table().select(column, "price"), "price")
    expected = encoding.inputs_of(frame)[0]
    np.testing.assert_allclose(encode(encoding)(frame.to_dict(as_series=False)), expected, rtol=1e-12, atol=1e-12)


def test_many_texts_are_hashed_alike():
    frame = pl.DataFrame({"zip": [f"z{row % 80}" for row in range(200)] + [None] * 4, "y": np.arange(204.0) % 7})
    encoding = Encoding.fit(frame, "y", "regression", many_texts="hash")
    rows = pl.DataFrame({"zip": ["z1", None, "unseen", "grün"]})
    np.testing.assert_allclose(encode(encoding)(rows.to_dict(as_series=False)), encoding.inputs_of(rows)[0], rtol=1e-12)


def test_a_row_that_overflows_in_the_type_of_the_network_is_refused_by_number():
    encoding = Encoding.fit(pl.DataFrame({"x": [1.0, 2.0, 3.0], "y": [1.0, 2.0, 2.5]}), "y")
    rows = {"x": [1.0, 1e39, 2.0]}
    assert np.isfinite(encode(encoding)(rows)).all()
    with pytest.raises(ValueError, match="row 2 has values too far from the training rows"):
        encode(encoding, "float32")(rows)


def test_columns_are_told_by_what_they_hold():
    found = encoded(Encoding.fit(table().select(*COLUMNS, "price"), "price"))
    told = columns_of(found)
    assert dates_of(found) == {"sold", "zoned", "opens"}
    assert (told["size"], told["colour"], told["zoned"]) == ("a number", "a text", "a date or time")
    assert tuple(told) == COLUMNS
