from datetime import date, timedelta

import polars as pl
import pytest

from thalweg.data import infer_task
from thalweg.data.task import check_task
from thalweg.errors import ArgumentError, DataError


@pytest.mark.parametrize(
    ("task", "values", "reason"),
    [
        ("classification", ["a", "b", None], "text with 2 distinct values"),
        ("classification", [True, False], "true or false"),
        ("classification", [0, 1, 1, 0], "whole numbers with 2 distinct values in 4 rows"),
        ("classification", [-1.0, 1.0], "whole numbers"),
        ("classification", [*range(20)] * 5, "20 distinct values in 100 rows"),
        ("classification", [1.0, 2.0, 3.0, None] * 5, "3 distinct values in 15 rows"),
        ("regression", [*range(21)] * 50, "21 distinct values"),
        ("regression", [*range(20)] * 4, "20 distinct values in 80 rows"),
        ("regression", [1, 2, 3], "3 distinct values in 3 rows"),
        ("regression", [0.5, 1.0] * 50, "fractions"),
    ],
)
def test_the_rule(task: str, values: list, reason: str):
    inferred, said = infer_task(pl.Series("y", values))
    assert inferred == task
    assert said.startswith("target 'y' ")
    assert reason in said


@pytest.mark.parametrize("dtype", [pl.Categorical, pl.Enum(["a", "b"])])
def test_categories_are_classes(dtype: pl.DataType):
    assert infer_task(pl.Series("y", ["a", "b"], dtype=dtype))[0] == "classification"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([date(2024, 1, 1)], "type Date: predict a number"),
        ([timedelta(1)], "Duration"),
        ([None, None], "no values"),
        ([float("nan")], "no values"),
        ([1.0, float("inf")], "infinite in row 2"),
        ([[1], [2]], "List"),
    ],
)
def test_what_can_be_no_target(values: list, words: str):
    with pytest.raises(DataError, match=f"'y'.*{words}"):
        infer_task(pl.Series("y", values))


def test_an_unknown_task():
    with pytest.raises(ArgumentError, match="unknown task 'regresion': did you mean 'regression'"):
        check_task("regresion")
