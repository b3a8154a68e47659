import polars as pl
import pytest

from thalweg.data.markers import is_marker


# The kinds of markers of shared/field/03-marker-makes-numbers-categories.
@pytest.mark.parametrize(
    "text",
    ["NULL", "null", "None", "none", "-", "--", ".", "#N/A", "#DIV/0!", "#WERT!", "<NA>", "n/a", "nil", "missing",
     "unknown", "nicht bekannt", "k.A.", "\u2013", "\u2212", "?", "N.D.", "#NAME?", "\\N", "NaN"],
)  # fmt: skip
def test_words_for_unknown(text: str):
    assert is_marker(pl.Series([text])).to_list() == [True]


@pytest.mark.parametrize("text", ["0", "-1", "12", "no", "yes", "n", "low", "#5", "hash!", "a-b", "null island"])
def test_values_are_none(text: str):
    assert is_marker(pl.Series([text])).to_list() == [False]
