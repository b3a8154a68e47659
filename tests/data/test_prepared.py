import json

import numpy as np
import polars as pl
import pytest

from thalweg.data import Encoding, Part, prepare
from thalweg.errors import ArgumentError, DataError


def table(rows: int = 60, seed: int = 0) -> pl.DataFrame:
    random = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "x": random.normal(5, 3, rows),
            "colour": random.choice(["red", "blue"], rows),
            "fruit": np.array(["fig", "plum", "kiwi"])[np.arange(rows) % 3],
        }
    )


def assert_part(part: Part | None, encoding: Encoding, frame: pl.DataFrame):
    assert part is not None
    own = frame[part.rows]
    np.testing.assert_array_equal(part.P, encoding.inputs_of(own)[0])
    np.testing.assert_array_equal(part.T, encoding.targets_of(own))
    assert part.labels.tolist() == own[encoding.target.name].to_list()
    assert part.P.dtype == part.T.dtype == np.float64


def test_three_parts_of_one_table():
    frame = table()
    prepared = prepare(frame, target="fruit")
    assert prepared.task == "classification"
    assert prepared.task_reason == "target 'fruit' is text with 3 distinct values"
    assert prepared.validation is not None
    assert prepared.test is not None
    parts = (prepared.train, prepared.validation, prepared.test)
    assert [len(part.rows) for part in parts] == [42, 9, 9]
    assert sorted(np.concatenate([part.rows for part in parts])) == list(range(60))
    for part in parts:
        assert_part(part, prepared.encoding, frame)
        assert np.bincount(part.T.argmax(axis=1)).tolist() == [len(part.rows) // 3] * 3
    assert prepared.notes == ()


def test_the_encoding_is_learnt_from_the_training_rows_alone():
    frame = table()
    prepared = prepare(frame, target="fruit", seed=5)
    assert prepared.encoding == Encoding.fit(frame[prepared.train.rows], "fruit")
    np.testing.assert_allclose(prepared.train.P[:, 0].mean(), 0, atol=1e-14)
    np.testing.assert_allclose(prepared.train.P[:, 0].std(), 1)


def test_regression():
    frame = table().drop("fruit")
    prepared = prepare(frame, target="x", fractions=(0.8, 0.2, 0.0))
    assert prepared.task == "regression"
    assert prepared.test is None
    assert_part(prepared.train, prepared.encoding, frame)
    np.testing.assert_allclose(prepared.encoding.target.decode(prepared.train.T), prepared.train.labels)


def test_tables_of_their_own():
    frame, validation, test = table(60), table(30, 1), table(12, 2)
    prepared = prepare(frame, target="fruit", validation=validation)
    assert len(prepared.train.rows) == 49  # 70 of 85 hundredths
    assert_part(prepared.validation, prepared.encoding, validation)
    assert_part(prepared.test, prepared.encoding, frame)
    prepared = prepare(frame, target="fruit", validation=validation, test=test)
    assert prepared.train.rows.tolist() == list(range(60))
    assert_part(prepared.test, prepared.encoding, test)


def test_rows_without_a_target_are_left_out_and_counted():
    frame = (
        table()
        .with_row_index("row")
        .with_columns(fruit=pl.when(pl.col("row") < 6).then(None).otherwise(pl.col("fruit")))
        .drop("row")
    )
    other = table(9, 1).with_columns(fruit=pl.Series(["fig", None, *["plum"] * 7]))
    prepared = prepare(frame, target="fruit", validation=other)
    assert "6 of 60 rows left out: target 'fruit' is missing there" in prepared.notes
    assert "validation table: 1 of 9 rows left out: target 'fruit' is missing there" in prepared.notes
    assert prepared.test is not None
    assert min(prepared.train.rows.min(), prepared.test.rows.min()) >= 6
    assert prepared.validation is not None
    assert prepared.validation.rows.tolist() == [0, 2, 3, 4, 5, 6, 7, 8]
    assert_part(prepared.validation, prepared.encoding, other)


def test_nan_targets_are_missing():
    frame = pl.DataFrame({"x": [0.5, 1.5, 2.5, 3.0], "y": [0.1, float("nan"), 0.3, 0.9]})
    prepared = prepare(frame, target="y", fractions=(1, 0, 0))
    assert prepared.train.rows.tolist() == [0, 2, 3]
    assert prepared.train.labels.tolist() == [0.1, 0.3, 0.9]
    assert prepared.validation is None


def test_notes_tell_everything():
    frame = table().with_columns(
        id=pl.int_range(60),
        planet=pl.lit("Earth"),
        hole=pl.when(pl.int_range(60) % 7 == 0).then(None).otherwise(pl.col("x")),
    )
    notes = "\n".join(prepare(frame, target="fruit").notes)
    assert "'id' counts the rows" in notes
    assert "'planet' is left out" in notes
    assert "'hole': missing in" in notes
    assert "id" not in "\n".join(prepare(frame, target="fruit", ignore=["id"]).notes)


def test_categories_only_outside_training_are_noted():
    frame = table(60)
    prepared = prepare(frame, target="fruit")
    assert prepared.test is not None
    row = int(prepared.test.rows[0])
    colours = frame["colour"].to_list()
    colours[row] = "teal"
    prepared = prepare(frame.with_columns(colour=pl.Series(colours)), target="fruit")
    assert prepared.notes == ("column 'colour': 1 row has a category not seen in training ('teal')",)


def test_the_task_can_be_overruled():
    frame = pl.DataFrame({"x": np.linspace(0, 1, 30), "grade": [1, 2, 3] * 10})
    assert prepare(frame, target="grade").task == "classification"
    prepared = prepare(frame, target="grade", task="regression")
    assert prepared.task == "regression"
    assert prepared.task_reason.startswith("regression was asked for; without that it would be classification")
    with pytest.raises(ArgumentError, match="unknown task 'rank'"):
        prepare(frame, target="grade", task="rank")


def test_a_rare_class_is_known_to_training():
    frame = table().with_columns(fruit=pl.Series(["yuzu", *["fig", "plum"] * 29, "fig"]))
    prepared = prepare(frame, target="fruit")
    assert "yuzu" in prepared.encoding.target.classes
    assert 0 in prepared.train.rows
    assert any("'yuzu'" in note for note in prepared.notes)


def test_xor_without_a_split():
    frame = pl.DataFrame({"a": [0, 0, 1, 1], "b": [0, 1, 0, 1], "xor": [0, 1, 1, 0]})
    prepared = prepare(frame, target="xor", fractions=(1, 0, 0))
    assert prepared.task == "classification"
    assert prepared.train.T[:, 0].tolist() == [0, 1, 1, 0]


def with_value(column: str, row: int, value: object) -> pl.DataFrame:
    frame = table()
    values = frame[column].to_list()
    values[row] = value
    return frame.with_columns(pl.Series(column, values, strict=False))


@pytest.mark.parametrize("row", [0, 59])
def test_rows_in_messages_are_those_of_the_table(row: int):
    with pytest.raises(DataError, match=rf"column 'x' is infinite in row {row + 1}:"):
        prepare(with_value("x", row, float("inf")), target="fruit")
    with pytest.raises(DataError, match=rf"test table: target 'fruit' is 'yuzu' in row {row + 1}, which is no class"):
        prepare(table(), target="fruit", test=with_value("fruit", row, "yuzu"))
    with pytest.raises(DataError, match=rf"'x' holds numbers but for 1 value \(row {row + 1}: 'big'\)"):
        prepare(
            with_value("x", row, 0).with_columns(x=pl.Series(["big" if i == row else str(i) for i in range(60)])),
            target="fruit",
        )


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (table().drop("fruit"), "test table: target 'fruit' is not a column"),
        (table().drop("x"), "test table: the table lacks 1 column of the training table: 'x'"),
        (table().with_columns(fruit=pl.lit(None)), "test table: no row has a target 'fruit'"),
        (table().with_columns(x=pl.lit("a")), "test table: column 'x' was numeric in training and is 'a' in row 1"),
    ],
)
def test_errors_name_the_table(frame: pl.DataFrame, words: str):
    with pytest.raises(DataError, match=words):
        prepare(table(), target="fruit", test=frame)


@pytest.mark.parametrize(
    ("frame", "target", "words"),
    [
        (table(), "fruits", "target 'fruits' is not a column: did you mean 'fruit'"),
        (table().with_columns(fruit=pl.lit("fig")), "fruit", "one class only"),
        (table().with_columns(fruit=pl.lit(None)), "fruit", "no values"),
        (table().head(2), "colour", "."),
        (table().select("fruit"), "fruit", "no input column is left"),
    ],
)
def test_unusable_tables(frame: pl.DataFrame, target: str, words: str):
    with pytest.raises(DataError, match=words):
        prepare(frame, target=target)


def test_the_same_seed_is_the_same_preparation():
    one, same, other = (prepare(table(), target="fruit", seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.train.P, same.train.P)
    assert not np.array_equal(one.train.rows, other.train.rows)


def test_what_a_table_is_written_like_is_remembered():
    rows = range(60)
    frame = pl.DataFrame(
        {
            "size": [f"{row},5" for row in rows],
            "sold": [f"{row % 28 + 1:02d}/{row % 12 + 1:02d}/2024" for row in rows],
            "zip": [f"0{row % 5}139" for row in rows],
            "price": [f"{row + 1}.{100 + row},25" for row in rows],
        }
    )
    prepared = prepare(frame, target="price")
    encoding = prepared.encoding
    assert prepared.task == "regression"
    assert [column.kind for column in encoding.inputs] == ["numeric", "datetime", "categorical"]
    expected = [1000 * (row + 1) + 100 + row + 0.25 for row in prepared.train.rows]
    assert prepared.train.labels.tolist() == expected
    np.testing.assert_array_equal(encoding.inputs_of(frame[prepared.train.rows])[0], prepared.train.P)
    np.testing.assert_array_equal(encoding.targets_of(frame[prepared.train.rows]), prepared.train.T)
    again = Encoding.from_dict(json.loads(json.dumps(encoding.to_dict())))
    assert again == encoding
    own = prepare(frame, target="price", validation=frame, test=frame)
    assert own.test is not None
    np.testing.assert_array_equal(own.test.T, own.encoding.targets_of(frame))


def test_many_texts_end_no_training():
    zips = [f"{10000 + 37 * (row % 62)}" for row in range(576)]
    frame = pl.DataFrame({"zip": zips, "x": np.arange(576) % 7, "y": np.sin(np.arange(576))})
    frame = frame.with_columns(pl.col("zip").cast(pl.Categorical))
    prepared = prepare(frame, target="y")
    assert [column.name for column in prepared.encoding.inputs] == ["x"]
    assert any("'zip' is left out" in note and "--many-texts hash" in note for note in prepared.notes)
    assert prepare(frame, target="y", many_texts="hash").encoding.inputs[0].kind == "hashed"
    with pytest.raises(ArgumentError, match="many texts"):
        prepare(frame, target="y", many_texts="keep")


# shared/field/11-missing-value-code
def test_far_values_are_told():
    ages = np.where(np.arange(300) % 37 == 0, 999999, 20 + np.arange(300) % 41)
    frame = pl.DataFrame({"age": ages, "y": np.where(np.arange(300) == 8, -9999, np.arange(300) % 41)})
    notes = prepare(frame, target="y", task="regression").notes
    assert any(note.startswith("column 'age': 9 values are 999999, the others lie between 20 and 60") for note in notes)
    assert any(note.startswith("target 'y': 1 value is -9999, the others lie between 0 and 40") for note in notes)
