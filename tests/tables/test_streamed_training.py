"""Training on files that do not fit: encoding, parts and scores are those of the rows, however these come."""

import gzip
import os

import numpy as np
import polars as pl
import pytest
from test_streamed_scores import close

import thalweg as tw
from thalweg.data.encoding import Encoding
from thalweg.data.prepared import prepare
from thalweg.data.statistics import place_hashes
from thalweg.tables.arguments import parts
from thalweg.tables.record import recipe_of
from thalweg.tables.score import score
from thalweg.tables.streamed_steps import open_step_of_files
from thalweg.tables.streamed_target import TargetStatistics
from thalweg.tables.streamed_training import train_files

RNG = np.random.default_rng(2)
ROWS = 1500
X = RNG.normal(size=(ROWS, 2))
FRAME = pl.DataFrame(
    {
        "a": X[:, 0],
        "b": [None if i % 50 == 0 else x for i, x in enumerate(X[:, 1])],
        "kind": [("red", "blue", "10")[i % 3] for i in range(ROWS)],
        "y": X[:, 0] * 2 + X[:, 1] + np.arange(ROWS) % 3,
        "class": np.where(X[:, 0] > 0.1, "up", "down"),
        "w": RNG.uniform(0.5, 2, ROWS),
    }
)
HOW = tw.Settings(
    hidden=(6,), epochs=2, batch_size=16, learning_rate=0.03, engine="numpy", ignore=("w",), seed=3, split="80/10/10"
)


@pytest.fixture(autouse=True)
def _unchecked(request, monkeypatch):
    """No process looks whether files are damaged, but where their formats are the subject."""
    if "suffix" not in request.fixturenames:
        monkeypatch.setattr("thalweg.data.stream_files.check_column_files", lambda paths: None)


def written(folder, suffix):
    for number in range(3):
        part, path = FRAME[number * 500 : number * 500 + 500], folder / f"t{number}.{suffix}"
        {"parquet": part.write_parquet, "csv": part.write_csv, "ndjson": part.write_ndjson, "arrow": part.write_ipc}[
            suffix
        ](path)
    return folder


def trained(folder, target="y", memory=150_000, how=HOW):
    ignore = ("w", "class" if target == "y" else "y")
    return train_files(folder, target, tw.Settings(**{**vars(how), "ignore": ignore}), memory=memory, verbose=False)


@pytest.mark.parametrize("suffix", ["arrow", "csv", pytest.param("ndjson", marks=pytest.mark.thorough)])
def test_every_format_gives_the_same_training(tmp_path, suffix):
    found = trained(written(tmp_path, suffix))
    record = found.model.record
    assert found.run.recipe.stream is not None
    assert sum(record["split"].values()) == ROWS
    assert record["files"]["count"] == 3
    assert found.scores.r2 > 0.5
    # By the parts alone: what the same rows give in memory.
    hashes = np.concatenate([place_hashes(f"t{k}.{suffix}", 0, 500, HOW.seed) for k in range(3)])
    rows = np.flatnonzero(hashes < np.uint64(0.8 * 2**64))
    assert record["split"]["train"] == len(rows)
    expected = Encoding.fit(FRAME[rows], "y", "regression", ("w", "class"))
    encoded = [encoding.inputs_of(FRAME)[0] for encoding in (found.model.encoding, expected)]
    np.testing.assert_allclose(*encoded, rtol=1e-9, atol=1e-9)
    assert found.model.encoding.target.scale.mean == pytest.approx(expected.target.scale.mean, rel=1e-12)
    assert record["constant"]["mean"] == pytest.approx(FRAME["y"].gather(rows).mean(), rel=1e-12)


def test_in_memory_or_in_a_stream_the_rows_have_one_split_and_one_encoding(tmp_path):
    written(tmp_path, "parquet")
    small, large = (trained(tmp_path, "class", memory) for memory in (150_000, 10**9))
    assert small.run.recipe.stream is not None
    assert large.run.recipe.stream is None
    assert small.model.record["split"] == large.model.record["split"]
    P = [one.model.encoding.inputs_of(FRAME)[0] for one in (small, large)]
    np.testing.assert_allclose(*P, rtol=1e-9, atol=1e-12)
    assert small.scores.accuracy > 0.7
    assert np.sum(small.scores.confusion) == small.model.record["split"]["test"]
    assert small.model.predict_table(FRAME).classes == ("down", "up")
    again = trained(tmp_path, "class", 150_000)
    np.testing.assert_array_equal(again.run.history.loss, small.run.history.loss)
    with pytest.raises(tw.ArgumentError, match="trained on a stream of 3 files, which are no table"):
        recipe_of(small.model, FRAME)


def test_parts_that_do_not_fit_are_judged_and_scored_as_in_memory(tmp_path):
    """By groups, with weights of rows and classes: what one passes through a larger memory holds."""
    frame = FRAME.with_columns(b=pl.int_range(pl.len()) // 5)
    for number in range(3):
        frame[number * 500 : number * 500 + 500].write_parquet(tmp_path / f"t{number}.parquet")
    more = {"ignore": ("y",), "split": "50/25/25", "epochs": 2, "group": "b", "class_weight": "balanced"}
    how = tw.Settings(**{**vars(HOW), **more, "sample_weight": "w"})
    passed, whole = (train_files(tmp_path, "class", how, memory=size, verbose=False) for size in (100_000, 10**8))
    assert passed.run.recipe.passages.validation is not None
    assert whole.run.recipe.stream is None
    assert passed.model.record["split"] == whole.model.record["split"]
    close(passed.model.record["constant"], whole.model.record["constant"])
    (train, validation, test), model = parts(whole.prepared).values(), passed.model
    by_file = [{(row // 5, part.P[at].tobytes()) for at, row in enumerate(part.rows)} for part in (validation, test)]
    assert not by_file[0] & by_file[1]
    assert len({row // 5 for row in validation.rows}) < 0.5 * len(validation.rows)
    weighed = {"sample_weight": test.sample_weight, "weighed_by": "w"}
    expected = score(model.encoding, test.labels, model.predict_rows(test.P), model.record["constant"], **weighed)
    close(passed.scores.to_dict(), expected.to_dict(), 1e-6)  # of outputs in float32
    chances = model.predict_rows(validation.P).probabilities[
        np.arange(len(validation.T)), validation.T[:, 0].astype(int)
    ]
    up = train.T[:, 0] == 1
    ratio = np.unique((train.weight / train.sample_weight).round(12))
    np.testing.assert_allclose(ratio, np.sort([len(up) / 2 / up.sum(), len(up) / 2 / (~up).sum()]), rtol=1e-11)
    F = -np.average(np.log(chances), weights=validation.weight)
    assert passed.run.history.validation_loss[passed.run.kept_epoch - 1] == pytest.approx(F, rel=1e-5)


def test_a_model_of_files_opens_its_updates_while_they_are_the_same(tmp_path):
    found = trained(
        written(tmp_path, "parquet"), memory=100_000, how=tw.Settings(**{**vars(HOW), "epochs": 2, "split": "40/30/30"})
    )
    assert found.run.recipe.passages is not None
    step, own = open_step_of_files(found.model, tmp_path, 70), found.run.step(70)
    np.testing.assert_array_equal(step.inputs["input"], own.inputs["input"])
    assert (step.rows, step.notes) == (None, own.notes)
    assert "are the run's to the bit" in step.notes[1]
    path = tmp_path / "t1.parquet"
    frame = pl.read_parquet(path)
    frame.with_columns(kind=pl.col("kind").replace("blue", "red")).write_parquet(path)
    with pytest.raises(
        tw.DataError, match=r"not those that the model was trained on.* \(other examples.*; 3 files wit"
    ):
        open_step_of_files(found.model, tmp_path, 70)
    path.unlink()
    with pytest.raises(tw.DataError, match=r"other sizes of blocks.*; 2 files with 1,000 rows, it had 3 with 1,500"):
        open_step_of_files(found.model, tmp_path, 70)


def test_weights_count(tmp_path):
    written(tmp_path, "parquet")
    plain, weighed = (
        trained(tmp_path, how=HOW),
        trained(tmp_path, how=tw.Settings(**{**vars(HOW), "sample_weight": "w"})),
    )
    assert weighed.scores.weighed_by == "w"
    assert not np.array_equal(plain.run.history.loss, weighed.run.history.loss)


def test_a_part_that_no_group_was_dealt_to_and_a_column_that_counts_the_rows_are_told(tmp_path):
    FRAME[:60].with_columns(id=pl.int_range(1, 61)).write_csv(tmp_path / "few.csv")
    found = trained(tmp_path, how=tw.Settings(**{**vars(HOW), "group": "kind", "epochs": 1}))
    told = (
        "the {} part has no rows: a hash deals them out, and the values of 'kind' are too few for all parts to have "
        "some; another --seed may deal them otherwise"
    )
    counts = found.model.record["split"]
    assert sum(counts.values()) == 60
    assert 0 in (counts["validation"], counts["test"])
    for part in ("validation", "test"):
        assert (told.format(part) in found.prepared.notes) == (counts[part] == 0)
    counted = "column 'id' counts the rows and looks like an identifier: leave it out with --ignore id if it is one"
    assert counted in found.prepared.notes


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ({"folds": 5}, "--folds needs all rows at once"),
        ({"group": "kinds"}, "group 'kinds' is not a column: did you mean"),
        ({"time": "a"}, "--time needs all rows at once"),
        ({"class_weight": "balanced"}, "target 'y' is measured, and class weights are of classes"),
        ({"optimizer": "lm", "learning_rate": None}, "needs all examples in each update"),
        ({"split": "70/20"}, "is not three numbers"),
    ],
)
def test_what_needs_all_rows_is_refused(tmp_path, how, told):
    written(tmp_path, "parquet")
    with pytest.raises(tw.ThalwegError, match=told):
        trained(tmp_path, how=tw.Settings(**{**vars(HOW), **how}))


def test_bad_files_are_told_with_file_and_row(tmp_path, monkeypatch):
    written(tmp_path, "csv")
    path = tmp_path / "t1.csv"
    lines = path.read_text().splitlines()
    bad = lines.copy()
    bad[401] = "oops," + bad[401].partition(",")[2]
    path.write_text("\n".join(bad) + "\n")
    with pytest.raises(
        tw.DataError, match=r"column 'a' holds numbers but for 1 value \(row 401 of .*t1\.csv: 'oops'\)"
    ):
        trained(tmp_path)
    monkeypatch.setattr("thalweg.data.stream_files.BEGINNING", 250)
    with pytest.raises(tw.DataError, match=r"t1\.csv: column 'a' was numeric in training and is 'oops' in row 401"):
        trained(tmp_path)
    path.write_text("\n".join(line.partition(",")[2] for line in lines) + "\n")
    with pytest.raises(tw.DataError, match=r"t1\.csv lacks 'a', which .*t0\.csv has"):
        trained(tmp_path)
    path.write_text("")
    with pytest.raises(tw.FileError, match=r"t1\.csv: the file is empty: leave it out"):
        trained(tmp_path)
    path.write_text("\n".join(lines) + "\n")

    def change(end):
        os.utime(path, ns=(1, 1))

    with pytest.raises(tw.FileError, match=r"t1\.csv: it changed while it was read"):
        train_files(tmp_path, "y", HOW, memory=150_000, verbose=False, callbacks=(change,))
    (tmp_path / "t1.csv").rename(tmp_path / "t1.xlsx")
    with pytest.raises(tw.FileError, match=r"a \.xlsx is not streamed"):
        trained(tmp_path)


def test_values_far_off_and_packed_files_are_taken_as_in_memory(tmp_path):
    """The encoding, its features and the notes are those of the whole table; what is packed trains as what is not."""
    days = pl.date_range(pl.date(2020, 1, 1), pl.date(2020, 3, 1), eager=True)
    frame = pl.DataFrame(
        {
            "age": [999_999 if i % 70 == 0 else None if i % 90 == 1 else i * i % 61 for i in range(ROWS)],
            "day": [None if i % 60 == 1 else days[i * i % 61] for i in range(ROWS)],
            "y": [5e7 if i in (7, 1400) else x for i, x in enumerate(X[:, 0])],
        }
    ).with_columns(day=pl.when(pl.int_range(pl.len()) % 200 == 3).then(pl.date(1900, 1, 1)).otherwise("day"))
    (tmp_path / "packed").mkdir()
    for k in range(3):
        text = frame[k * 500 : k * 500 + 500].write_csv()
        (tmp_path / f"t{k}.csv").write_text(text)
        (tmp_path / "packed" / f"t{k}.csv.gz").write_bytes(gzip.compress(text.encode()))
    how = tw.Settings(**{**vars(HOW), "epochs": 1, "ignore": ()})
    found = train_files(tmp_path / "*.csv", "y", how, memory=200_000, verbose=False)
    hashes = np.concatenate([place_hashes(f"t{k}.csv", 0, 500, HOW.seed) for k in range(3)])
    expected = Encoding.fit(frame[np.flatnonzero(hashes < np.uint64(0.8 * 2**64))], "y", "regression", ())
    for own, other in zip(found.model.encoding.inputs, expected.inputs, strict=True):
        assert own.limits == other.limits is not None
        assert (own.median, own.indicator) == (other.median, other.indicator)
    encoded = [encoding.inputs_of(frame)[0] for encoding in (found.model.encoding, expected)]
    np.testing.assert_allclose(*encoded, rtol=1e-9, atol=1e-9)
    assert np.abs(encoded[0]).max() < 10
    notes = prepare(frame, target="y").notes
    for name in ("column 'age': 22 values are 999999", "column 'day': 8 values are 1900-01-01", "target 'y': 2 value"):
        (told,) = (note for note in notes if note.startswith(name))
        assert told in found.prepared.notes
    packed = train_files(tmp_path / "packed", "y", how, memory=200_000, verbose=False)
    assert packed.run.recipe.stream is not None
    assert packed.model.record["split"]["train"] > 1100
    assert packed.model.encoding.feature_names == found.model.encoding.feature_names
    step = open_step_of_files(packed.model, tmp_path / "packed", 5)
    np.testing.assert_array_equal(step.inputs["input"], packed.run.step(5).inputs["input"])


def test_a_target_is_scaled_by_its_rows_and_the_constant_answer_is_by_their_weights():
    values, weight = RNG.normal(5.0, 2.0, 400), RNG.uniform(0.1, 3.0, 400)
    found = TargetStatistics(pl.Series("y", values), "regression", None)
    for start in range(0, 400, 90):
        found.add(pl.Series("y", values[start : start + 90]), weight[start : start + 90])
    scale = found.encoding().scale
    assert (scale.mean, scale.deviation) == pytest.approx((values.mean(), values.std()))
    assert found.constant() == {"mean": pytest.approx(np.average(values, weights=weight))}
