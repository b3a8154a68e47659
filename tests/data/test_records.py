import json
import math
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thalweg.data.records import from_record, to_record
from thalweg.data.scale import Scale
from thalweg.errors import DataError


@dataclass(frozen=True)
class Everything:
    text: str
    whole: int
    number: float
    flag: bool
    maybe: str | None
    scale: Scale
    maybe_scale: Scale | None
    labels: tuple[str | int | float | bool, ...]
    scales: tuple[Scale, ...]


FINITE = st.floats(allow_nan=False, allow_infinity=False)
SCALES = st.builds(Scale, FINITE, st.floats(min_value=1e-300, max_value=1e300))
LABELS = st.one_of(st.text(), st.integers(), FINITE, st.booleans())


@given(
    st.builds(
        Everything,
        *(st.text(), st.integers(), FINITE, st.booleans(), st.none() | st.text(), SCALES, st.none() | SCALES),
        *(st.lists(LABELS).map(tuple), st.lists(SCALES).map(tuple)),
    )
)
def test_round_trip_through_json_is_exact(thing: Everything):
    again = from_record(Everything, json.loads(json.dumps(to_record(thing), allow_nan=False)))
    assert again == thing
    assert list(map(type, again.labels)) == list(map(type, thing.labels))
    assert math.copysign(1, again.number) == math.copysign(1, thing.number)


GOOD: dict[str, Any] = to_record(Everything("t", 1, 2.0, True, None, Scale(0, 1), None, ("a", 1), (Scale(0, 1),)))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(
            ("text", 1),
            ("text", None),
            ("whole", 1.0),
            ("whole", True),
            ("whole", "1"),
            ("number", "2"),
            ("number", True),
        ),
        *(("number", math.nan), ("number", math.inf), ("flag", 1), ("flag", "true"), ("maybe", 3), ("scale", None)),
        *(("scale", {"mean": 1.0}), ("scale", {"mean": 1.0, "deviation": 0.0}), ("scale", []), ("maybe_scale", 1)),
        *(("labels", "ab"), ("labels", {}), ("labels", [[]]), ("labels", [None]), ("scales", [1]), ("scales", None)),
    ],
)
def test_a_field_of_another_type_is_refused(field: str, value: object):
    with pytest.raises(DataError):
        from_record(Everything, {**GOOD, field: value})


def test_lacking_unknown_and_foreign():
    with pytest.raises(DataError, match="lacks 'text'"):
        from_record(Everything, {field: value for field, value in GOOD.items() if field != "text"})
    with pytest.raises(DataError, match="unknown field 'extra'"):
        from_record(Everything, {**GOOD, "extra": 1})
    for thing in (None, 3, "text", [], [GOOD]):
        with pytest.raises(DataError, match="table of its fields"):
            from_record(Everything, thing)


def test_a_whole_number_is_a_float():
    scale = from_record(Scale, {"mean": 1, "deviation": 2})
    assert scale == Scale(1.0, 2.0)
    assert isinstance(scale.mean, float)
