"""Several targets: names, one task, encodings side by side, and what cannot be predicted together."""

import numpy as np
import polars as pl
import pytest

from thalweg.data import Encoding, TargetEncoding, prepare
from thalweg.data.targets import fit_targets, infer_tasks, labels_of, outputs_of, target_names, targets_told
from thalweg.errors import ArgumentError, DataError


def table(rows: int = 40) -> pl.DataFrame:
    random = np.random.default_rng(3)
    x = random.normal(size=rows)
    return pl.DataFrame(
        {
            "x": x,
            "water": 70 + 5 * x + random.normal(size=rows),
            "fat": 0.1 * random.normal(size=rows),
            "ripe": np.where(x > 0, "yes", "no"),
            "sold": random.normal(size=rows) > 0,
            "grade": np.arange(rows) % 4,
        }
    )


def test_each_measured_target_is_standardised_by_itself():
    frame = table()
    encoding = Encoding.fit(frame, ["water", "fat"], ignore=["ripe", "sold", "grade"])
    T = encoding.targets_of(frame)
    for number, name in enumerate(("water", "fat")):
        alone = TargetEncoding.fit(frame[name], "regression")
        np.testing.assert_array_equal(T[:, [number]], alone.encode(frame[name]))
        assert encoding.targets[number] == alone
    np.testing.assert_array_equal(labels_of(encoding.targets, frame), frame["water", "fat"].to_numpy())
    assert (encoding.outputs, encoding.task, encoding.several, encoding.output_names) == (
        2, "regression", True, ("water", "fat"),
    )  # fmt: skip
    with pytest.raises(DataError, match="there are 2 targets, 'water' and 'fat'"):
        _ = encoding.target


def test_labels_are_0_and_1_side_by_side():
    frame = table()
    targets = fit_targets(frame, ["ripe", "sold"], "classification")
    T = np.hstack([target.encode(frame[target.name]) for target in targets])
    np.testing.assert_array_equal(T, np.column_stack([frame["ripe"] == "yes", frame["sold"]]).astype(float))
    assert labels_of(targets, frame).tolist() == [list(row) for row in frame["ripe", "sold"].rows()]
    parts = outputs_of(targets, T)
    assert [target.decode(part).tolist() for target, part in zip(targets, parts, strict=True)] == [
        frame["ripe"].to_list(), frame["sold"].to_list(),
    ]  # fmt: skip
    with pytest.raises(DataError, match=r"2 targets need outputs of shape \(rows, 2\), not \(40, 3\)"):
        outputs_of(targets, np.zeros((40, 3)))


@pytest.mark.parametrize("targets", [["water", "fat"], ["ripe", "sold"], ["fat"]])
def test_a_record_brings_an_encoding_back(targets):
    encoding = Encoding.fit(
        table(), targets, ignore=[name for name in ("ripe", "sold", "grade") if name not in targets]
    )
    record = encoding.to_dict()
    assert ("targets" in record) == (len(targets) > 1) != ("target" in record)
    assert Encoding.from_dict(record) == encoding


@pytest.mark.parametrize("change", ["one of several", "none", "two tasks", "both"])
def test_a_damaged_record_is_refused(change):
    record = Encoding.fit(table(), ["water", "fat"]).to_dict()
    ripe = Encoding.fit(table(), "ripe").to_dict()["target"]
    changed = {
        "one of several": {**record, "targets": record["targets"][:1]},
        "none": {**record, "targets": []},
        "two tasks": {**record, "targets": [record["targets"][0], ripe]},
        "both": {**record, "target": ripe},
    }[change]
    with pytest.raises(DataError, match="no one target, nor several of one task"):
        Encoding.from_dict(changed)


def test_names():
    assert target_names(("a", "b")) == ("a", "b")
    assert targets_told([f"t{number}" for number in range(8)]) == "'t0', 't1', 't2', 't3', 't4' and 3 more"
    with pytest.raises(ArgumentError, match="target 'a' is given twice: name each target once"):
        target_names(["a", "b", "a"])
    with pytest.raises(ArgumentError, match="no target is given"):
        target_names([])


@pytest.mark.parametrize(
    ("names", "task", "words"),
    [
        (["water", "ripe"], None, "ask for regression and classification .*: several are all measured, or all of two"),
        (["water", "grade"], None, "say --task regression if all are measured, or train them apart"),
        (["grade", "ripe"], "classification", "target 'grade' has 4 classes, and several .* --task regression if all"),
        (["water", "ripe"], "regression", "target 'ripe' is '(yes|no)' in row 1, which is no number"),
    ],
)
def test_what_cannot_be_predicted_together(names, task, words):
    with pytest.raises(DataError, match=words):
        prepare(table(), target=names, task=task)


def test_the_task_can_be_chosen_for_all():
    frame = table()
    assert infer_tasks(frame, ["water", "grade"], "regression")[0] == "regression"
    assert "regression was asked for; without that" in infer_tasks(frame, ["water", "grade"], "regression")[1]
    assert prepare(frame, target=["water", "grade"], task="regression").train.T.shape[1] == 2


def test_rows_that_lack_one_of_the_targets_are_left_out():
    frame = table().with_columns(
        water=pl.when(pl.int_range(40) == 5).then(None).otherwise("water"),
        fat=pl.when(pl.int_range(40) < 2).then(float("nan")).otherwise("fat"),
    )
    prepared = prepare(frame, target=["water", "fat"], fractions=(1, 0, 0))
    assert sorted({0, 1, 5} | set(prepared.train.rows.tolist())) == list(range(40))
    assert len(prepared.train.rows) == 37
    assert "1 of 40 rows left out: target 'water' is missing there" in prepared.notes
    assert "2 of 40 rows left out: target 'fat' is missing there" in prepared.notes
    one = pl.int_range(40) < 20
    empty = frame.with_columns(
        fat=pl.when(one).then("fat").otherwise(None), water=pl.when(one).then(None).otherwise("water")
    )
    with pytest.raises(DataError, match="no row has all of the targets 'water' and 'fat'"):
        prepare(empty, target=["water", "fat"])


def test_training_has_both_classes_of_every_target():
    frame = table(60).with_columns(rare=pl.Series(["a"] * 58 + ["b"] * 2), odd=pl.Series(["c"] * 59 + ["d"]))
    for seed in range(8):
        labels = prepare(frame, target=["rare", "odd", "ripe"], seed=seed).train.labels
        assert [len(set(column)) for column in labels.T.tolist()] == [2, 2, 2]
