from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from thalweg.data import fingerprint, read_table

COLUMNS: dict[str, list] = {
    "whole": [1, None, 3],
    "number": [0.5, None, -0.0],
    "flag": [True, None, False],
    "text": ["ab", None, ""],
    "day": [date(2024, 1, 1), None, date(2024, 1, 2)],
    "clock": [time(1), None, time(2)],
    "lap": [timedelta(1), None, timedelta(2)],
    "money": [Decimal("1.5"), None, Decimal("2.5")],
    "list": [[1, 2], None, [3]],
    "bytes": [b"a", None, b"b"],
}
FRAME = pl.DataFrame(COLUMNS)


def test_it_is_stable():
    assert fingerprint(pl.DataFrame({"x": [1, 2], "s": ["a", None]})) == (
        "a59ddd1cd05b3892b1d892df31d45905e3ab95cc2b1e910a8faadd73251ed105"
    )


def test_it_does_not_depend_on_memory_layout_or_format(tmp_path: Path):
    assert fingerprint(pl.concat([FRAME[:1], FRAME[1:]], rechunk=False)) == fingerprint(FRAME)
    FRAME.write_parquet(tmp_path / "t.parquet")
    assert fingerprint(read_table(tmp_path / "t.parquet")) == fingerprint(FRAME)
    missing = [pl.DataFrame({"x": [1.0, value]}) for value in (None, float("nan"))]
    assert fingerprint(missing[0]) == fingerprint(missing[1])


@pytest.mark.parametrize("name", list(COLUMNS))
def test_every_change_shows(name: str):
    values = COLUMNS[name]
    dtype = FRAME[name].dtype
    changes = [
        FRAME.rename({name: "other"}),
        FRAME.drop(name),
        FRAME.reverse(),
        FRAME.with_columns(pl.Series(name, [values[2], None, values[2]], dtype=dtype)),
        FRAME.with_columns(pl.Series(name, [values[0], values[0], values[2]], dtype=dtype)),
        FRAME.with_columns(pl.Series(name, [None, None, None], dtype=dtype)),
        FRAME.select(reversed(FRAME.columns)),
        FRAME.head(2),
    ]
    digests = [fingerprint(frame) for frame in (FRAME, *changes)]
    assert len(set(digests)) == len(digests)


def test_neighbouring_texts_are_told_apart():
    assert fingerprint(pl.DataFrame({"s": ["ab", "c"]})) != fingerprint(pl.DataFrame({"s": ["a", "bc"]}))
    assert fingerprint(pl.DataFrame({"s": ["", None]})) != fingerprint(pl.DataFrame({"s": [None, ""]}))
    assert fingerprint(pl.DataFrame({"x": [1]})) != fingerprint(pl.DataFrame({"x": [1.0]}))
