import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thalweg.data.json_rows import DEEPEST, objects, read_json
from thalweg.data.text import Text
from thalweg.errors import DataError, FileError


def read(text: str) -> dict:
    return read_json(Text(text.encode()), "t.json", ".json")[0].to_dict(as_series=False)


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "b": "x"}\n{"a": 2, "b": "y]"}\n',
        '{"a":1,"b":"x"}\r\n{"a":2,"b":"y]"}',
        '[{"a": 1, "b": "x"}, {"a": 2, "b": "y]"}]',
        ' [\n  {\n    "a": 1,\n    "b": "x"\n  },\n  {\n    "a": 2,\n    "b": "y]"\n  }\n]\n',
        '{\n "a": 1,\n "b": "x"\n}\n{\n "a": 2,\n "b": "y]"\n}\n',
    ],
)
def test_one_object_a_line_or_one_array(text: str):
    """Field case 17-ndjson-bom: one JSON array."""
    assert read(text) == {"a": [1, 2], "b": ["x", "y]"]}


def test_nan_is_missing():
    assert read('{"a": 1.5, "b": 1}\n{"a": NaN, "b": 2}\n') == {"a": [1.5, None], "b": [1, 2]}


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ('{"a": 1}\n{"a": }\n', FileError, ["damaged", "line 2"]),
        ('[{"a": 1},\n{"a": 2}', FileError, ["damaged", "line 2"]),
        ('[{"a": 1} {"a": 2}]', FileError, ["damaged", "','"]),
        ('[{"a": 1},]', FileError, ["damaged"]),
        ('[{"a": 1}] [2]', FileError, ["damaged", "one array"]),
        ("[1, 2]", DataError, ["line 1", "int", "object"]),
        ('{"a": 1}\n[2]\n', DataError, ["line 2", "list"]),
        ('{"a": 1}\n{"a": Infinity}\n', DataError, ["line 2", "'a' is infinite"]),
        ('{"a": [1, 2], "b": [3, 4]}', DataError, ["one object of columns", "records"]),
        ("[]", DataError, ["empty"]),
        ("{" + '"a":{' * 600 + "}" * 600 + "}", DataError, ["line 1", "601 levels"]),
        ('[{"a":' + "[" * 5000 + "]" * 5000 + "}]", DataError, ["deep"]),
    ],
)
def test_what_is_no_table(text: str, error: type[Exception], words: list[str]):
    """Field case h02-ndjson-nested, and its kin."""
    started = time.process_time()
    with pytest.raises(error) as caught:
        read(text)
    assert time.process_time() - started < 2
    assert all(word in str(caught.value) for word in ["t.json: ", *words]), caught.value


def test_brackets_in_a_string_are_no_depth():
    assert read('{"a": "' + "[" * 99 + '\\"{"}\n') == {"a": ["[" * 99 + '"{']}
    assert read('{"b":2,"a":' + '{"a":' * (DEEPEST - 1) + "1" + "}" * DEEPEST)["b"] == [2]


VALUES = st.dictionaries(st.text(max_size=3), st.none() | st.integers() | st.floats(allow_nan=False) | st.text())


@given(st.lists(VALUES), st.sampled_from([None, 2]))
def test_objects_are_found_where_they_stand(rows: list[dict], indent: int | None):
    text = json.dumps(rows, indent=indent)
    found = list(objects(text))
    assert [value for _, _, value in found] == rows
    assert all(json.loads(text[start:end]) == value for start, end, value in found)


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "y": 2}\n{"a": 1, "a": 3, "y": 2}\n',
        '{"a": 1, "y": 2}\n{"a": 1, "a": 3}\n',
        '[{"a": 1, "y": 2},\n{"a" : 1, "a": 3, "y": 2}]',
    ],
)
def test_a_key_that_an_object_has_twice_is_refused(text):
    with pytest.raises(DataError, match=r"t\.json: line 2 has the key 'a' twice"):
        read_json(Text(text.encode()), "t.json", ".json")
    alike = text.replace('"a": 3', '"b": 3').encode()
    assert read_json(Text(alike), "t.json", ".json")[0].width == 3
