"""Slips of the pen."""

import pytest

from thalweg.worked.grading.slips import slip


@pytest.mark.parametrize(
    ("given", "right", "kind"),
    [
        (0.1324, 0.1234, "digits"),
        (1.0234, 0.1234, None),
        (0.1934, 0.1234, "digits"),
        (0.12, 0.12344, "rounding"),
        (0.1240, 0.1234, "rounding"),
        (21.5, 12.5, "digits"),
        (-0.1234, 0.1234, None),
        (0.7, 0.1234, None),
        (5.0, 0.0, None),
    ],
)
def test_slips_are_told_by_their_digits(given, right, kind):
    found = slip(given, right, 4)
    assert (found and found[0]) == kind
