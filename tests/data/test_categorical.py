from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.preprocessing import OneHotEncoder

from thalweg.data.categorical import CategoricalColumn, too_many
from thalweg.errors import DataError


def colour(values: list, dtype: pl.DataType | type[pl.DataType] = pl.String) -> pl.Series:
    return pl.Series("colour", values, dtype=dtype)


@given(st.lists(st.sampled_from(["red", "blue", "Zoë", "", "10", "9"]), min_size=12, max_size=40), st.data())
def test_agrees_with_scikit_learn(values: list[str], data: st.DataObject):
    new = data.draw(st.lists(st.sampled_from(["red", "blue", "teal"]), min_size=1))
    features, _ = CategoricalColumn.fit(colour(values)).encode(colour(new))
    oracle = OneHotEncoder(handle_unknown="ignore", sparse_output=False).fit(np.array(values, dtype=object)[:, None])
    np.testing.assert_array_equal(features, oracle.transform(np.array(new, dtype=object)[:, None]))


@pytest.mark.parametrize("dtype", [pl.String, pl.Categorical, pl.Enum(["red", "blue", "never"])])
def test_every_text_type_is_read_alike(dtype: pl.DataType):
    column = CategoricalColumn.fit(colour(["red", "blue", None, "red"], dtype))
    assert column.feature_names == ("colour=blue", "colour=red", "colour is missing")
    features, notes = column.encode(colour([None, "red", "blue"], dtype))
    np.testing.assert_array_equal(features, [[0, 0, 1], [0, 1, 0], [1, 0, 0]])
    assert notes == ()


def test_new_categories_and_newly_missing_are_zeros_and_counted():
    column = CategoricalColumn.fit(colour(["red", "blue", "red"]))
    features, notes = column.encode(colour(["teal", "teal", "ochre", "pink", "grey", None, "red"]))
    np.testing.assert_array_equal(features, [[0, 0]] * 6 + [[0, 1]])
    assert notes == (
        "column 'colour': 5 rows have a category not seen in training ('teal', 'ochre', 'pink', ...)",
        "column 'colour': 1 value is missing, as in no training row, and belongs to no category",
    )


@pytest.mark.parametrize("values", [[1, 12], [date(2024, 1, 2)], [True]])
def test_other_types_are_read_as_text_with_a_note(values: list):
    series = pl.Series("colour", values)
    column = CategoricalColumn.fit(colour(["a", "b", *series.cast(pl.String).to_list(), "a"]))
    features, notes = column.encode(series)
    assert (features.sum(axis=1) == 1).all()
    assert f"is {series.dtype} here and was read as text" in notes[0]


def test_all_missing_of_another_type():
    column = CategoricalColumn.fit(colour(["red", "blue", None, "red"]))
    assert column.encode(pl.Series("colour", [None, None]))[0].tolist() == [[0, 0, 1]] * 2


def test_nested_is_refused():
    with pytest.raises(DataError, match="'colour' is of type List"):
        CategoricalColumn.fit(colour(["a", "b", "a"])).encode(pl.Series("colour", [[1]]))


@pytest.mark.parametrize(
    "values",
    [
        [f"c{i % 50}" for i in range(60)],
        [f"c{i % 51}" for i in range(510)],
        [f"c{i % 1000}" for i in range(10_000)],
        ["a", None],
    ],
)
def test_accepted_numbers_of_categories(values: list):
    assert too_many(colour(values)) is None


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (["a", "b", "c"], "a different text in every row"),
        (["a", "b", "c", None], "a different text in every row"),
        ([f"c{i % 51}" for i in range(509)], "51 different texts in 509 rows"),
        ([f"c{i % 1001}" for i in range(20_000)], "1001 different texts in 20000 rows"),
    ],
)
def test_too_many_categories_are_told(values: list, words: str):
    assert too_many(colour(values)) == words


def test_detail_shows_the_first_categories():
    assert CategoricalColumn.fit(colour([*"abcdefghij"] * 2)).detail == "a, b, c, d, e, f, g, h, ..."
