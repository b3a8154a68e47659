"""Columns that tell a target all by themselves."""

import numpy as np
import polars as pl
import pytest

import thalweg as tw
from thalweg.data.proxies import proxy_notes

RNG = np.random.default_rng(5)
PRICE = pl.Series("price", RNG.normal(100, 30, 60))
SIZE = pl.Series("size", RNG.normal(0, 1, 60))
CLASSES = pl.Series("kind", [("a", "b", "c")[k % 3] for k in range(60)])


@pytest.mark.parametrize(
    "copy", [PRICE * 100, PRICE * -0.9 + 3, PRICE.round(1), PRICE.cast(pl.Int64) * 1.0 + PRICE % 1]
)
def test_a_number_in_another_unit(copy):
    (note,) = proxy_notes([copy.alias("cents"), SIZE], [PRICE], False)
    assert "column 'cents' alone tells 'price' (correlation" in note
    assert note.endswith("leave it out, --ignore cents")


@pytest.mark.parametrize(
    "other",
    [
        PRICE + RNG.normal(0, 3, 60),
        PRICE**2,
        PRICE.clip(90, 110),
        pl.Series("flat", [1.0] * 60),
        pl.Series("text", ["a"] * 60),
    ],
)
def test_numbers_that_say_less(other):
    assert proxy_notes([other.alias("other"), SIZE], [PRICE], False) == ()


def test_a_code_of_the_classes():
    code = CLASSES.replace_strict({"a": 10, "b": 20, "c": 30}).alias("code")
    (note,) = proxy_notes([code, SIZE], [CLASSES], True)
    assert "column 'code' alone tells 'kind' (each of its 3 values has one class)" in note
    finer = pl.Series("finer", [f"{kind}{k % 2}" for k, kind in enumerate(CLASSES)])
    assert len(proxy_notes([finer, SIZE], [CLASSES], True)) == 1


def test_columns_of_classes_that_say_less():
    wrong_once = pl.Series("code", ["b", *CLASSES[1:]])
    merged = CLASSES.replace({"c": "b"}).alias("merged")
    rows = pl.Series("row", range(60))
    assert proxy_notes([wrong_once, merged, rows, SIZE], [CLASSES], True) == ()


def test_gaps_are_no_difference():
    copy = pl.Series("cents", [None if k % 7 == 0 else value * 100 for k, value in enumerate(PRICE)])
    assert len(proxy_notes([copy, SIZE], [PRICE], False)) == 1


def test_a_training_tells_it_first_of_all():
    frame = pl.DataFrame([PRICE, SIZE, (PRICE * 100).alias("cents"), CLASSES]).with_columns(
        pl.when(pl.int_range(60) < 4).then(None).otherwise(pl.col("price")).alias("price")
    )
    with_it, without = (
        tw.train_table(frame, "price", tw.Settings(hidden=(2,), epochs=1, ignore=ignore)).prepared.notes
        for ignore in ((), ("cents",))
    )
    assert "'cents' alone tells 'price'" in with_it[0]
    assert not any("alone tells" in note for note in without)
