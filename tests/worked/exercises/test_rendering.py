"""The forms of an exercise by name."""

import pytest

from thalweg.errors import ArgumentError


def test_an_unknown_form_is_told_and_so_is_none_to_a_page(two):
    with pytest.raises(ArgumentError, match="unknown form 'markdwon': did you mean 'markdown'"):
        two.sheet("markdwon")
    with pytest.raises(ArgumentError, match="per_page"):
        two.sheet("html", per_page=0)
