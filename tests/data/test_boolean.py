import polars as pl
import pytest

from thalweg.data.boolean import BooleanColumn
from thalweg.errors import DataError


def ripe(values: list, dtype: type[pl.DataType] | None = None) -> pl.Series:
    return pl.Series("ripe", values, dtype=dtype)


def test_without_missing_values():
    column = BooleanColumn.fit(ripe([True, False, False]))
    assert column.feature_names == ("ripe",)
    assert column.encode(ripe([True, False]))[0].tolist() == [[1.0], [0.0]]
    features, notes = column.encode(ripe([None, True]))
    assert features.tolist() == [[0.0], [1.0]]
    assert "1 value is missing" in notes[0]
    assert "most common training value, false" in notes[0]


def test_with_missing_values():
    column = BooleanColumn.fit(ripe([True, False, True, None]))
    assert column.feature_names == ("ripe", "ripe is missing")
    assert column.most_common
    features, notes = column.encode(ripe([None, False]))
    assert features.tolist() == [[1.0, 1.0], [0.0, 0.0]]
    assert notes == ()
    assert column.encode(ripe([None], pl.String))[0].tolist() == [[1.0, 1.0]]
    assert column.detail == "false 0, true 1; missing: true and a mark"


def test_of_equally_common_values_true_is_the_most_common():
    assert BooleanColumn.fit(ripe([False, True])).most_common
    assert not BooleanColumn.fit(ripe([False, True, False, None])).most_common


@pytest.mark.parametrize(("series", "value"), [(ripe([1, 0]), "1"), (ripe(["true"]), "'true'")])
def test_other_types_are_refused(series: pl.Series, value: str):
    with pytest.raises(DataError, match=rf"'ripe' was boolean in training.*row 1: {value}"):
        BooleanColumn.fit(ripe([True, False])).encode(series)
