import dataclasses
from typing import Any, cast

import pytest

import thalweg as tw
from thalweg.errors import ArgumentError

LOOKED_UP = ("loss", "optimizer", "order", "dtype")
"""Parts, or names of them, which the training looks up."""
FIELDS = [field for field in dataclasses.fields(tw.Settings) if field.name not in LOOKED_UP]


@pytest.mark.parametrize("field", FIELDS, ids=[field.name for field in FIELDS])
def test_a_value_of_another_kind_is_refused_by_its_name(field: dataclasses.Field[Any]):
    with pytest.raises(ArgumentError, match=f"^{field.name} is .*; it must be "):
        tw.Settings(**{field.name: cast(Any, object())})
