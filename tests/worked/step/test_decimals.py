"""Rounding as by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thalweg.worked.step.decimals import round_half_up, rounded_tree


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        (0.125, 2, 0.13), (-0.125, 2, -0.13), (0.285, 2, 0.29), (1.005, 2, 1.01), (2.5, 0, 3.0), (1e-9, 4, 0.0),
        (-1e-9, 4, 0.0), (0.37750000000000006, 4, 0.3775), (123456.0, 2, 123456.0), (1e300, 4, 1e300),
    ],
)  # fmt: skip
def test_halves_go_up_by_the_digits_that_are_read(value, decimals, expected):
    found = round_half_up(value, decimals)
    assert found == expected
    assert math.copysign(1.0, found) == (math.copysign(1.0, value) if expected else 1.0)


@given(st.floats(-1e6, 1e6), st.integers(0, 6))
def test_it_is_near_and_stays(value, decimals):
    found = round_half_up(value, decimals)
    assert abs(found - value) <= 0.5 * 10.0**-decimals * (1 + 1e-6) + 1e-9
    assert round_half_up(found, decimals) == found


def test_what_is_no_number_stays():
    assert math.isnan(round_half_up(math.nan, 2))
    assert round_half_up(math.inf, 2) == math.inf
    np.testing.assert_array_equal(rounded_tree({"a": np.array([0.125])}, 2)["a"], [0.13])
