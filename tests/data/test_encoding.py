import json
from datetime import date

import numpy as np
import polars as pl
import pytest

from thalweg.data import Encoding, TargetEncoding
from thalweg.errors import ArgumentError, DataError

FRAME = pl.DataFrame(
    {
        "id": [7, 3, 9, 1, 5, 2],
        "size": [0.1, None, 0.3, 0.7, 1 / 3, 2.0],
        "ripe": [True, False, True, True, False, False],
        "colour": ["red", "blue", "red", None, "blue", "red"],
        "picked": [date(2024, month, 3) for month in (1, 2, 3, 4, 5, 6)],
        "planet": ["Earth"] * 6,
        "fruit": ["fig", "plum", "fig", "fig", "plum", "plum"],
    }
)


@pytest.fixture(scope="module")
def encoding() -> Encoding:
    return Encoding.fit(FRAME, "fruit", ignore=["id"])


def test_features_and_notes(encoding: Encoding):
    assert [column.name for column in encoding.inputs] == ["size", "ripe", "colour", "picked"]
    assert encoding.feature_names[:6] == (
        "size",
        "size is missing",
        "ripe",
        "colour=blue",
        "colour=red",
        "colour is missing",
    )
    assert encoding.unused == ("id", "planet")
    assert len(encoding.notes) == 3
    assert "'size': missing in 1 of 6" in encoding.notes[0]
    assert "'colour': missing in 1 of 6" in encoding.notes[1]
    assert "'planet' is left out" in encoding.notes[2]


def test_inputs_are_the_columns_side_by_side(encoding: Encoding):
    features, notes = encoding.inputs_of(FRAME)
    assert features.shape == (6, len(encoding.feature_names))
    assert features.dtype == np.float64
    np.testing.assert_array_equal(
        features, np.hstack([column.encode(FRAME[column.name])[0] for column in encoding.inputs])
    )
    np.testing.assert_allclose(features[:, 0].mean(), 0, atol=1e-15)
    np.testing.assert_allclose(features[:, 0].std(), 1)
    assert notes == ()


def test_order_of_columns_does_not_matter(encoding: Encoding):
    reordered = FRAME.select(reversed(FRAME.columns))
    np.testing.assert_array_equal(encoding.inputs_of(reordered)[0], encoding.inputs_of(FRAME)[0])


def test_targets(encoding: Encoding):
    assert encoding.targets_of(FRAME)[:, 0].tolist() == [0, 1, 0, 0, 1, 1]
    with pytest.raises(DataError, match="target 'fruit' is missing in row 2"):
        encoding.targets_of(pl.DataFrame({"fruit": ["fig", None]}))
    with pytest.raises(DataError, match="target 'fruit' is not a column: did you mean 'fruits'"):
        encoding.targets_of(pl.DataFrame({"fruits": ["fig"]}))
    with pytest.raises(DataError, match="'kiwi' in row 1"):
        encoding.targets_of(pl.DataFrame({"fruit": ["kiwi"]}))


def test_task_inferred_or_given():
    frame = pl.DataFrame({"x": [1.0, 2.0, 3.0, 4.0], "y": [0, 1, 1, 0]})
    assert Encoding.fit(frame, "y").target.task == "classification"
    assert Encoding.fit(frame, "y", "regression").target == TargetEncoding.fit(frame["y"], "regression")
    with pytest.raises(ArgumentError, match="unknown task"):
        Encoding.fit(frame, "y", "ranking")


def test_json_round_trip_is_exact(encoding: Encoding):
    again = Encoding.from_dict(json.loads(json.dumps(encoding.to_dict(), allow_nan=False)))
    assert again == encoding
    np.testing.assert_array_equal(again.inputs_of(FRAME)[0], encoding.inputs_of(FRAME)[0])


def test_summary(encoding: Encoding):
    assert [row[:3] for row in encoding.summary()] == [
        *(("size", "numeric", 2), ("ripe", "boolean", 1), ("colour", "categorical", 3), ("picked", "datetime", 5))
    ]
    assert sum(row.features for row in encoding.summary()) == len(encoding.feature_names)
    assert encoding.summary()[2].detail == "blue, red"


def test_prediction_tables(encoding: Encoding):
    table = FRAME.drop("fruit", "planet", "id").with_columns(
        size=pl.col("size").cast(pl.String), colour=pl.lit("teal"), new=pl.lit(1), newer=pl.lit(2)
    )
    features, notes = encoding.inputs_of(table)
    np.testing.assert_array_equal(features[:, :3], encoding.inputs_of(FRAME)[0][:, :3])
    assert notes == (
        "column 'size': its numbers are written as text and were read as numbers",
        "column 'colour': 6 rows have a category not seen in training ('teal')",
        "2 columns not in the training table, not used: 'new', 'newer'",
    )


def test_all_lacking_columns_are_named(encoding: Encoding):
    with pytest.raises(DataError, match="lacks 2 columns of the training table: 'size', 'picked'"):
        encoding.inputs_of(FRAME.drop("size", "picked"))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"size": ["1", "2", "3", "big", "5", "6"]}, ["'size'", "row 4", "'big'"]),
        ({"ripe": [1, 0, 1, 0, 1, 0]}, ["'ripe'", "boolean", "Int64", "row 1"]),
        ({"picked": ["today"] * 6}, ["'picked'", "'today'", "row 1"]),
        ({"size": [0.0] * 5 + [float("inf")]}, ["'size'", "infinite", "row 6"]),
    ],
)
def test_retyped_columns_are_refused(encoding: Encoding, change: dict, words: list[str]):
    with pytest.raises(DataError) as caught:
        encoding.inputs_of(FRAME.with_columns(**{name: pl.Series(values) for name, values in change.items()}))
    assert all(word in str(caught.value) for word in words)


def test_names_that_are_no_column():
    with pytest.raises(
        DataError, match=r"target 'friut' is not a column: did you mean 'fruit'\? The columns are id, size"
    ):
        Encoding.fit(FRAME, "friut")
    with pytest.raises(DataError, match="ignored column 'color' is not a column: did you mean 'colour'"):
        Encoding.fit(FRAME, "fruit", ignore=["color"])
    with pytest.raises(DataError, match="target 'fruit' is also ignored"):
        Encoding.fit(FRAME, "fruit", ignore=["fruit"])
    with pytest.raises(ArgumentError, match=r"\['id'\]"):
        Encoding.fit(FRAME, "fruit", ignore="id")


def test_no_input_left():
    with pytest.raises(DataError, match=r"no input column is left.*'planet' is left out"):
        Encoding.fit(FRAME.select("planet", "fruit"), "fruit")
    with pytest.raises(DataError, match=r"no input column is left.*only column that is not ignored"):
        Encoding.fit(FRAME.select("ripe", "fruit"), "fruit", ignore=["ripe"])


@pytest.mark.parametrize(
    "change",
    [
        *({"inputs": []}, {"inputs": None}, {"inputs": [1]}, {"inputs": [{"kind": "numeric"}]}, {"inputs": "size"}),
        *({"target": None}, {"target": {}}, {"notes": [1]}, {"notes": None}, {"unused": "id"}, {"version": 2}),
    ],
)
def test_malformed_records_are_refused(encoding: Encoding, change: dict):
    with pytest.raises(DataError):
        Encoding.from_dict({**encoding.to_dict(), **change})


@pytest.mark.parametrize("record", [None, [], "text", {}, {"inputs": []}])
def test_foreign_records_are_refused(record: object):
    with pytest.raises(DataError):
        Encoding.from_dict(record)  # pyright: ignore[reportArgumentType]


def test_records_of_earlier_versions_have_fewer_fields():
    frame = pl.DataFrame(
        {"x": [1.0, 2.0, 4.0], "when": [date(2024, 1, 1), date(2024, 1, 2), date(2024, 2, 1)], "y": [1.5, 2.5, 9.0]}
    )
    encoding = Encoding.fit(frame, "y", "regression")
    record = encoding.to_dict()
    for part in (*record["inputs"], record["target"]):
        for name in ("writing", "limits"):
            part.pop(name, None)
    assert Encoding.from_dict(record) == encoding
