"""Whole numbers and finite ones are let through, converted; whatever else is refused by its name and value."""

import math

import numpy as np
import pytest

import thalweg as tw
from thalweg.core.kinds import check_count, check_kind, check_number, is_count

NO_COUNTS = [0, -1, True, False, 1.0, 2.5, "3", None, float("nan"), [1], np.float64(2.0), np.bool_(True), 2 + 0j]


@pytest.mark.parametrize("value", NO_COUNTS, ids=repr)
def test_what_is_no_count(value):
    assert not is_count(value)
    with pytest.raises(tw.ArgumentError, match=r"^n is .*; it must be a whole number of at least 1$"):
        check_count("n", value)


@pytest.mark.parametrize("value", [1, 7, 2**62, np.int8(3), np.uint64(5)], ids=repr)
def test_what_is_a_count(value):
    found = check_count("n", value)
    assert (found, type(found)) == (int(value), int)


@pytest.mark.parametrize(("low", "high", "bounds"), [(0, None, "of at least 0"), (2, 5, "from 2 to 5")])
def test_bounds_belong_to_the_range(low, high, bounds):
    assert check_count("n", low, low, high) == low
    assert check_count("n", 5, low, high) == 5
    wrong = [low - 1] + ([] if high is None else [high + 1])
    for value in wrong:
        with pytest.raises(tw.ArgumentError, match=f"^n is {value}; it must be a whole number {bounds}$"):
            check_count("n", value, low, high)


def test_a_number_is_finite_and_not_below_its_bound():
    assert check_number("l2", np.float32(0.5)) == 0.5
    assert type(check_number("l2", 1)) is float
    assert check_number("goal", -3, at_least=-math.inf) == -3.0
    for value, says in [
        (-1e-9, "it must be a finite number of at least 0"),
        (math.inf, "finite"),
        (math.nan, "finite"),
        ("low", "it must be a number"),
        (None, "it must be a number"),
    ]:
        with pytest.raises(tw.ArgumentError, match=f"^l2 is {value!r}; .*{says}"):
            check_number("l2", value)


@pytest.mark.parametrize(
    ("value", "error", "told"),
    [
        (np.array(2.0), tw.ArgumentError, r"P is array\(2\.\), without a dimension; it must be an array"),
        (2.0, tw.ArgumentError, r"P is 2\.0; it must be an array"),
        ({"a": [1, 2]}, tw.DataError, "P is a dict; it must be an array, or a list of rows"),
    ],
)
def test_what_is_no_array_is_told_by_what_it_lacks(value, error, told):
    with pytest.raises(error, match=f"^{told}$"):
        check_kind("P", value, "ArrayLike")
