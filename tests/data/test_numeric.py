from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from thalweg.data.numbers_written import NumberWriting
from thalweg.data.numeric import NumericColumn
from thalweg.errors import DataError


def x(values: list, dtype: pl.DataType | type[pl.DataType] | None = None) -> pl.Series:
    return pl.Series("x", values, dtype=dtype, strict=False)


@given(st.lists(st.none() | st.integers(-1000, 1000).map(float), min_size=3, max_size=40))
def test_agrees_with_scikit_learn(values: list[float | None]):
    present = {value for value in values if value is not None}
    if len(present) < 2:
        return
    matrix = np.array([np.nan if value is None else value for value in values])[:, None]
    pipeline = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    column = NumericColumn.fit(x(values, pl.Float64))
    features, notes = column.encode(x(values, pl.Float64))
    np.testing.assert_allclose(features[:, :1], pipeline.fit_transform(matrix), atol=1e-9)
    assert column.indicator == (None in values)
    if column.indicator:
        np.testing.assert_array_equal(features[:, 1], np.isnan(matrix[:, 0]))
    assert notes == ()


@pytest.mark.parametrize(
    "series",
    [
        x([1, 2, 6], pl.UInt8),
        x([1, 2, 6], pl.Int128),
        x([1, 2, 6], pl.Float32),
        x([Decimal("1.0"), Decimal("2.0"), Decimal("6.0")]),
        x([timedelta(seconds=1), timedelta(seconds=2), timedelta(seconds=6)]),
        x(["1", " 2", "6.0 "]),
    ],
)
def test_every_numeric_type_is_read_alike(series: pl.Series):
    column = NumericColumn.fit(x([1.0, 2.0, 6.0]))
    features, notes = column.encode(series)
    np.testing.assert_allclose(features[:, 0], (np.array([1, 2, 6]) - 3) / np.std([1, 2, 6]))
    assert features.dtype == np.float64
    assert notes == (
        () if series.dtype != pl.String else ("column 'x': its numbers are written as text and were read as numbers",)
    )


def test_large_unsigned_integers():
    column = NumericColumn.fit(x([2**64 - 1, 0], pl.UInt64))
    np.testing.assert_allclose(column.encode(x([2**64 - 1, 0], pl.UInt64))[0][:, 0], [1, -1])


def test_nan_is_missing():
    column = NumericColumn.fit(x([1.0, float("nan"), 3.0]))
    assert column.median == 2.0
    assert column.encode(x([float("nan")]))[0].tolist() == [[0.0, 1.0]]


def test_missing_only_at_prediction_takes_the_median_and_is_noted():
    column = NumericColumn.fit(x([1.0, 2.0, 6.0]))
    features, notes = column.encode(x([None, 2.0, None], pl.Float64))
    assert features.shape == (3, 1)
    assert features[0] == features[1]
    assert "column 'x': 2 values are missing" in notes[0]
    assert "median, 2" in notes[0]


@pytest.mark.parametrize("dtype", [pl.Null, pl.String, pl.Boolean, pl.Date, pl.Int8])
def test_an_all_missing_column_of_any_type_is_missing_numbers(dtype: type[pl.DataType]):
    column = NumericColumn.fit(x([1.0, None, 3.0]))
    assert column.encode(x([None, None], dtype))[0].tolist() == [[0.0, 1.0]] * 2


@pytest.mark.parametrize(
    ("series", "words"),
    [
        (x(["1", None, "two"]), ["'x'", "numeric in training", "'two'", "row 3"]),
        (x([None, True]), ["'x'", "numeric in training", "Boolean", "row 2", "True"]),
        (x([date(2024, 1, 2)]), ["'x'", "Date", "row 1", "2024-01-02"]),
        (x([1.0, float("-inf")]), ["'x'", "infinite", "row 2"]),
        (x(["1", "inf"]), ["'x'", "infinite", "row 2"]),
    ],
)
def test_other_types_and_values_are_refused_with_row_and_value(series: pl.Series, words: list[str]):
    with pytest.raises(DataError) as caught:
        NumericColumn.fit(x([1.0, 2.0])).encode(series)
    assert all(word in str(caught.value) for word in words)


def test_a_value_that_overflows_at_prediction():
    column = NumericColumn.fit(x([1e-6, 2e-6]))
    with pytest.raises(DataError, match=r"'x' is too far from the training values in row 2"):
        column.encode(x([1.0, 1e307]))


def test_values_too_large_at_training():
    with pytest.raises(DataError, match="'x' holds values too large"):
        NumericColumn.fit(x([1.7e308, 1.7e308, 1.0]))


def test_words_for_people():
    column = NumericColumn.fit(x([1.0, 3.0, None]))
    assert column.feature_names == ("x", "x is missing")
    assert column.detail == "mean 2, sd 0.8165; missing: 2 and a mark"


COMMAS = NumberWriting(",", ".", "", "")


def test_numbers_are_read_as_they_were_written_in_training():
    column = replace(NumericColumn.fit(x([1.5, 2.0, 1234.5])), writing=COMMAS)
    plain = column.encode(x([1.5, 1234.0]))
    written = column.encode(x(["1,5", "1.234"]))
    np.testing.assert_array_equal(plain[0], written[0])
    assert written[1] == plain[1] == ()
    with pytest.raises(DataError, match=r"is '1.5' in row 2: write 1,5 there, as in training"):
        column.encode(x(["2,5", "1.5"]))


def test_a_marker_at_prediction_is_missing_and_told():
    column = NumericColumn.fit(x([1.0, 2.0, None]))
    features, notes = column.encode(x(["1", "NULL", "-"]))
    assert features[:, 1].tolist() == [0, 1, 1]
    assert notes == ("column 'x': 2 values ('NULL' in row 2, '-') are taken as missing",)


@pytest.mark.parametrize(
    ("value", "right"),
    [
        ("1,5", "write 1.5 there"),
        ("12 %", "write it without '%', in the unit of training"),
        ("1,234", "write a number there"),
    ],
)
def test_a_number_written_otherwise_than_in_training_is_refused(value: str, right: str):
    with pytest.raises(DataError, match=f"is '{value}' in row 2: {right}"):
        NumericColumn.fit(x([1.0, 2.0])).encode(x(["1", value]))


def test_plain_numbers_where_training_had_percent_are_told():
    column = replace(NumericColumn.fit(x([1.5, 2.0])), writing=NumberWriting(after="%"))
    assert column.encode(x(["1.5%"]))[1] == ()
    assert "was read as %" in column.encode(x([1.5]))[1][0]


# shared/field/11-missing-value-code
def test_far_values_do_not_ruin_the_scale():
    usual = [float(age) for age in range(20, 61)]
    column = NumericColumn.fit(x([*usual, 999999.0, 999999.0]))
    assert column.scale == NumericColumn.fit(x(usual)).scale
    assert column.feature_names == ("x", "x is far off")
    features, _ = column.encode(x([60.0, 999999.0, 65.0]))
    assert features[:, 1].tolist() == [0, 1, 0]
    assert features[1, 0] == features[0, 0] < features[2, 0]
    clean = NumericColumn.fit(x(usual))
    assert clean.limits is None
    assert "far outside the training rows (row 2: 999999)" in clean.encode(x([20.0, 999999.0]))[1][0]
