"""Formats by the end of a name: each has its function, and a name that is nearly one is told."""

import pytest

from thalweg.exchange.exporting import FORMATS
from thalweg.exchange.formats import format_by_name, suffix_meant
from thalweg.exchange.reading import READERS


@pytest.mark.parametrize("formats", [FORMATS, READERS])
def test_every_format_is_known_by_its_name_and_has_a_function(formats):
    for one in formats:
        for name in (f"net{one.suffix}", f"a.b{one.suffix.upper()}"):
            assert format_by_name(name, formats) == one
        assert callable(one.function())
    assert format_by_name("net.h5", formats) is None
    assert format_by_name(".onnx", formats) is None


def test_a_name_that_is_nearly_one_is_told():
    assert suffix_meant("net.onx", FORMATS) == ".onnx"
    assert suffix_meant("net", FORMATS) is None
    assert suffix_meant("net.png", FORMATS) is None
