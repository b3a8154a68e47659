"""JSON: one object a line (NDJSON), or one array of objects; looked at before Polars reads it."""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from thalweg.errors import DataError, FileError

from .limits import A_COLUMN, LARGEST, check_claim, check_columns
from .text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

DEEPEST = 20
"""Values nested deeper than this are refused; Polars' time grows with the cube of the depth."""

_SPACE = re.compile(r"[ \t\r\n]*")
_SPACE_OR_COMMA = re.compile(r"[ \t\r\n]*,?[ \t\r\n]*")
_APART = re.compile(rb'"\s+:')
"""A key and its colon, with space between."""
_KEY = re.compile(rb'"([^"\\]*(?:\\.[^"\\]*)*)"\s*:')
_CHUNK = 1 << 20
_A_PLACE = 8
"""Bytes of a value in a table, though it is missing."""
_OPENING = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|([\[{])|([\]}])', re.DOTALL)


@dataclass(frozen=True)
class JsonLayout:
    """The text of a table in JSON; its rows are its objects, in turn."""

    text: Text


def read_json(text: Text, name: str, suffix: str, most: int = LARGEST) -> tuple[pl.DataFrame, JsonLayout]:
    """The table whose rows are the objects of a text, one a line or in one array.

    NaN is a missing value. Raises FileError, with the line, for what is no JSON, DataError for rows that are no
    objects, for objects nested deeper than `DEEPEST`, and for one object of columns; FileError for a table that would
    take more than `most` bytes.

    >>> read_json(Text(b'[{"a": 1}, {"a": 2}]'), "t.json", ".json")[0]["a"].to_list()
    [1, 2]
    """
    content = text.content
    array = content.lstrip()[:1] == b"["
    lines = _from_array(content, name, suffix) if array else content
    _refuse_depth(lines, name, "object" if array else "line")
    _check_size(lines, name, most)
    try:
        frame = pl.read_ndjson(io.BytesIO(lines), infer_schema_length=None)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        frame = pl.read_ndjson(io.BytesIO(_plain_lines(content, name, suffix)), infer_schema_length=None)
    _refuse_equal_keys(content, frame, name)
    if frame.height == 1 and frame.width and all(kind.is_nested() for kind in frame.dtypes):
        raise DataError(f"{name}: one object of columns: give one object a row (pandas: df.to_json(orient='records'))")
    return frame, JsonLayout(text)


def objects(text: str, decoder: json.JSONDecoder | None = None) -> Iterator[tuple[int, int, Any]]:
    """Where each value of an array, or of a row of values, begins and ends, and the value.

    Raises json.JSONDecodeError for what is no JSON.

    >>> [(start, end) for start, end, _ in objects('[{"a": 1}, {}]')]
    [(1, 9), (11, 13)]
    """
    decode = (decoder or json.JSONDecoder()).raw_decode
    place = _SPACE.match(text).end()  # pyright: ignore[reportOptionalMemberAccess]
    array = text[place : place + 1] == "["
    place = _SPACE.match(text, place + array).end()  # pyright: ignore[reportOptionalMemberAccess]
    while place < len(text) and not (array and text[place] == "]"):
        value, end = decode(text, place)
        yield place, end, value
        between = _SPACE_OR_COMMA.match(text, end)
        assert between is not None
        if array and between.end() < len(text) and ("," in between[0]) == (text[between.end()] == "]"):
            raise json.JSONDecodeError("Expecting ',' and a value, or ']'", text, end)
        place = between.end()
    if array and (place >= len(text) or text[place + 1 :].strip()):
        raise json.JSONDecodeError("Expecting the end of one array", text, min(place + 1, len(text)))


def _from_array(content: bytes, name: str, suffix: str) -> bytes:
    """The objects of an array, one a line."""
    text = content.decode()
    try:
        return "\n".join(
            text[start:end].replace("\r", " ").replace("\n", " ") for start, end, _ in objects(text)
        ).encode()
    except json.JSONDecodeError as error:
        raise _damaged(name, suffix, error.lineno, error.msg) from error
    except RecursionError as error:
        raise _nested(name, "a value", "hundreds of levels") from error


def _plain_lines(content: bytes, name: str, suffix: str) -> bytes:
    """The objects as Python reads and writes them, NaN as null; raises for what is no table, with its line."""
    text = content.decode()
    out: list[str] = []
    line, before = 1, 0
    try:
        for start, _, value in objects(text):
            line, before = line + text.count("\n", before, start), start
            if not isinstance(value, dict):
                raise DataError(
                    f"{name}: line {line} holds {type(value).__name__} where an object is needed: "
                    'give one object a row, such as {"size": 1.5, "price": 20}'
                )
            for key, field in value.items():
                if field in (float("inf"), float("-inf")):
                    raise DataError(f"{name}: line {line}: {key!r} is infinite: write a number there, or null")
                if field != field:  # noqa: PLR0124 - NaN alone differs from itself
                    value[key] = None
            out.append(json.dumps(value))
    except json.JSONDecodeError as error:
        raise _damaged(name, suffix, error.lineno, error.msg) from error
    except RecursionError as error:
        raise _nested(name, f"line {line}", "hundreds of levels") from error
    if not out:
        raise DataError(f"{name}: the array is empty: it needs at least one object")
    return "\n".join(out).encode()


def _check_size(lines: bytes, name: str, most: int) -> None:
    """Raise FileError for a table that would be too large: each row has a place for each key of all of them."""
    rows, keys = lines.count(b"\n") + 1, lines.count(b":")
    if max(rows * _A_PLACE, A_COLUMN) * keys <= most:
        return
    known: set[bytes] = set()
    start = 0
    while start < len(lines):
        end = lines.find(b"\n", start + _CHUNK)
        end = len(lines) if end < 0 else end
        known.update(_KEY.findall(lines, start, end))
        start = end
        check_columns(len(known), most, name)
        check_claim(rows * len(known) * _A_PLACE, most, name, f"its {rows:,} rows of {len(known):,} keys would take")


def _refuse_equal_keys(content: bytes, frame: pl.DataFrame, name: str) -> None:
    """Raise DataError, with the line, for an object that has a key twice, of which Polars would take the last.

    Where there are as many keys as fields, and all fields have values, each object has each key once.
    """
    missing = sum(frame.null_count().row(0)) if frame.width else 0
    keys = content.count(b'":') if not _APART.search(content) else -1
    if not missing and keys == frame.height * frame.width:
        return

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            keys = [key for key, _ in pairs]
            raise _TwiceError(next(key for number, key in enumerate(keys) if key in keys[:number]))
        return found

    text, end = content.decode(), 0
    try:
        for _, end, _ in objects(text, json.JSONDecoder(object_pairs_hook=once)):  # noqa: B007 - the last one's
            pass
    except _TwiceError as error:
        between = _SPACE_OR_COMMA.match(text, end)
        line = 1 + text.count("\n", 0, between.end() if between else end)
        raise DataError(f"{name}: line {line} has the key {error.args[0]!r} twice: keep one of them") from None
    except (json.JSONDecodeError, RecursionError):
        return  # what Polars reads, and Python does not


class _TwiceError(Exception):
    """A key that an object has twice."""


def _damaged(name: str, suffix: str, line: int, reason: str) -> FileError:
    return FileError(f"{name}: damaged, or not a {suffix} file (line {line}: {reason}): write or download it again")


def _nested(name: str, place: str, depth: str) -> DataError:
    return DataError(
        f"{name}: {place} nests values {depth} deep, which is not read: give each number, text or time a column of "
        "its own"
    )


def _refuse_depth(content: bytes, name: str, what: str) -> None:
    """Raise DataError, with the line, for values nested deeper than `DEEPEST`; the strings among them do not count."""
    data = np.frombuffer(content, np.uint8)
    ends = np.append(np.flatnonzero(data == ord("\n")), len(data))
    opening = np.flatnonzero((data == ord("{")) | (data == ord("[")))
    counts = np.diff(np.searchsorted(opening, ends), prepend=0)
    for number in np.flatnonzero(counts > DEEPEST):
        start = ends[number - 1] if number else 0
        depth = deepest = 0
        for match in _OPENING.finditer(content[start : ends[number]]):
            depth += (match[1] is not None) - (match[2] is not None)
            deepest = max(deepest, depth)
        if deepest > DEEPEST:
            raise _nested(name, f"{what} {number + 1}", f"{deepest} levels")
