"""Tables as people hold them, each through the door as what it is."""

import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

import thalweg as tw
from thalweg.data.frames import as_frame

DAY = datetime.datetime(2024, 1, 1)


def test_every_kind_of_column_of_pandas() -> None:
    frame = pd.DataFrame(
        {
            "float": [1.5, None, 3.0],
            "int": [1, 2, 3],
            "text": ["x", None, "y"],
            "object": np.array(["x", None, "y"], dtype=object),
            "category": pd.Categorical(["u", None, "v"], categories=["v", "u", "w"]),
            "number category": pd.Categorical([1, 2, 1]),
            "nullable": pd.array([1, None, 3], dtype="Int64"),
            "nullable float": pd.array([1.5, None, 3], dtype="Float32"),
            "nullable truth": pd.array([True, None, False], dtype="boolean"),
            "truth": [True, False, True],
            "moment": pd.to_datetime(["2024-01-01", None, "2024-03-01"]),
            "zone": pd.to_datetime(["2024-01-01", "2024-02-01", "2024-03-01"]).tz_localize("Europe/Berlin"),
            "span": pd.to_timedelta([1, 2, 3], unit="h"),
            "month": pd.period_range("2024-01", periods=3, freq="M"),
            "date": [datetime.date(2024, 1, 1), None, datetime.date(2024, 1, 2)],
        },
        index=[30, 10, 20],
    )
    made = as_frame(frame)
    assert list(made.index) == [30, 10, 20]
    assert made.table.schema == pl.Schema(
        {
            "float": pl.Float64,
            "int": pl.Int64,
            "text": pl.String,
            "object": pl.String,
            "category": pl.Enum(["v", "u", "w"]),
            "number category": pl.Enum(["1", "2"]),
            "nullable": pl.Int64,
            "nullable float": pl.Float64,
            "nullable truth": pl.Boolean,
            "truth": pl.Boolean,
            "moment": pl.Datetime("us"),
            "zone": pl.Datetime("us", "Europe/Berlin"),
            "span": pl.Duration("us"),
            "month": pl.Datetime("us"),
            "date": pl.Date,
        }
    )
    missing = {name: values.count(None) for name, values in made.table.to_dict(as_series=False).items()}
    assert {name for name, count in missing.items() if count} == {
        "float", "text", "object", "category", "nullable", "nullable float", "nullable truth", "moment", "date",
    }  # fmt: skip
    assert made.table["month"].to_list()[1] == datetime.datetime(2024, 2, 1)
    assert made.table["zone"][0].isoformat() == "2024-01-01T00:00:00+01:00"


def test_other_tables(tmp_path: Path) -> None:
    wanted = pl.DataFrame({"x": [1, 2], "y": ["a", "b"]})
    wanted.write_csv(tmp_path / "table.csv")

    class Arrow:
        def __arrow_c_stream__(self, requested_schema=None):
            return wanted.__arrow_c_stream__(requested_schema)

    for given in (
        wanted,
        wanted.lazy(),
        Arrow(),
        wanted.to_dict(as_series=False),
        wanted.to_dict(),
        {"x": np.array([1, 2]), "y": np.array(["a", "b"])},
        pd.DataFrame({"x": [1, 2], "y": ["a", "b"]}),
        tmp_path / "table.csv",
        str(tmp_path / "table.csv"),
    ):
        assert as_frame(given).table.equals(wanted)
    assert as_frame({"x": 1, "y": "a"}).table.equals(wanted[:1])
    assert as_frame({"x": np.array([1.0, np.nan])}).table["x"].null_count() == 1


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (3, "frame is 3; it must be a table"),
        ([[1, 2]], "it must be a table"),
        (np.ones((2, 2)), "it must be a table"),
        ({}, "frame has no columns"),
        ({"x": [1, 2], "y": [1]}, "different lengths: 'x' has 2, 'y' has 1"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "frame has 2 columns 'a'"),
        (pd.DataFrame({1: [1], "1": [2]}), "frame has 2 columns '1'"),
        (pd.DataFrame({"o": [1, "a", 2.5]}), r"column 'o' holds values of several kinds \(float, int, str\)"),
        (pd.DataFrame({"o": [object()]}), "column 'o' holds"),
        (pd.DataFrame([[1]], columns=pd.MultiIndex.from_tuples([("a", "b")])), "names of 2 levels"),
    ],
)
def test_what_is_no_table(given, message: str) -> None:
    with pytest.raises(tw.ThalwegError, match=message):
        as_frame(given)


@pytest.mark.parametrize(
    ("values", "made"),
    [
        ([1, 2.5], [1.0, 2.5]),
        ([1, None, 2.5], [1.0, None, 2.5]),
        ([np.float32(1.5), np.int8(2), float("nan")], [1.5, 2.0, None]),
        (np.array([2, 2.5, None], dtype=object), [2.0, 2.5, None]),
        (np.array([1.5, np.nan], dtype=np.longdouble), [1.5, None]),
        ([np.bool_(True), False], [True, False]),
        ([pd.NA, 1], [None, 1]),
        (pd.Series(["x", None], index=[5, 6]), ["x", None]),
        (pd.Series(pd.Categorical(["x", "y"])), ["x", "y"]),
        (pd.array([1, None], dtype="Int64"), [1, None]),
        (1.5, [1.5]),
        (np.array(5), [5]),
        (float("nan"), [None]),
        (pd.NaT, [None]),
    ],
    ids=str,
)
def test_columns_of_a_dict(values, made) -> None:
    assert as_frame({"x": values}).table["x"].to_list() == made
    if np.ndim(values):
        object_column = pd.DataFrame({"x": pd.Series(list(values), dtype=object)})
        assert as_frame(object_column).table["x"].to_list() == made


def test_a_distance_from_utc_has_no_name_in_polars() -> None:
    made = as_frame(pd.DataFrame({"t": pd.to_datetime(["2024-01-01 03:00+02:00"])})).table
    assert made["t"].to_list() == [datetime.datetime(2024, 1, 1, 1, tzinfo=datetime.UTC)]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"x": [1, True]}, r"values of several kinds \(bool, int\)"),
        ({"x": [True, 1]}, r"values of several kinds \(bool, int\)"),
        ({"x": [None, object()]}, "holds object objects"),
        (pd.DataFrame({"x": pd.Categorical([1, "1"])}), "has 2 categories that read '1'"),
        (pd.Series([1, 2], name="x"), r"give frame\.to_frame\(\)"),
    ],
    ids=["truth last", "truth first", "object", "categories", "series"],
)
def test_what_is_no_column(given, message: str) -> None:
    with pytest.raises(tw.ThalwegError, match=message):
        as_frame(given)


def test_texts_of_pandas_are_the_same_with_pyarrow_and_without(monkeypatch) -> None:
    pytest.importorskip("pyarrow", reason="pyarrow comes with the extra pandas, which these tests do not need")
    frame = pd.DataFrame({"x": pd.Series(["a", None, "é", ""], dtype="string"), "y": pd.Series(["b", "c", None, "d"])})
    fast = as_frame(frame).table
    monkeypatch.setattr("thalweg.data.frames.find_spec", lambda name: None)
    assert fast.equals(as_frame(frame).table)
    assert fast["x"].to_list() == ["a", None, "é", ""]


def test_a_table_is_read_whatever_holds_it(tmp_path) -> None:
    frame = pl.DataFrame({"x": [1, 2], "y": ["a", "b"]})
    frame.write_csv(tmp_path / "t.csv")
    sources = [tmp_path / "t.csv", str(tmp_path / "t.csv"), frame, frame.lazy(), frame.to_dict(as_series=False)]
    for source in [*sources, pd.DataFrame(frame.to_dict(as_series=False))]:
        assert tw.read_table(source).equals(frame)


@pytest.mark.parametrize("option", [{"largest": 10}, {"header": False}, {"sheet": "a"}], ids=str)
def test_options_of_files_are_refused_for_tables(option) -> None:
    with pytest.raises(tw.ArgumentError, match=f"{next(iter(option))} is of the reading of a file"):
        tw.read_table({"x": [1, 2]}, **option)
