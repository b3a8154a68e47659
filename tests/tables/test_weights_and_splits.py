"""Weights of rows and classes in loss and scores; groups and times in the split; all of it kept for a replay."""

import dataclasses
import functools
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from sklearn import metrics
from table_cases import FAST, vector

import thalweg as tw
from thalweg.core.arrays import tree_map
from thalweg.data.roles import Roles
from thalweg.errors import ArgumentError
from thalweg.tables.record import recipe_of
from thalweg.tables.steps import replay_model

N = 80
CHANGES = [
    {"sample_weight": "w"},
    {"class_weight": "balanced"},
    {"class_weight": {"yes": 3, "no": 0.5}},
    {"sample_weight": "w", "class_weight": {"yes": 2.0}},
    {"group": "patient"},
    {"time": "day"},
    {"stratify": "region"},
    {"group": "patient", "stratify": "region", "sample_weight": "w"},
]


@functools.cache
def table() -> pl.DataFrame:
    random = np.random.default_rng(5)
    x = random.normal(size=N)
    return pl.DataFrame(
        {
            "x": x,
            "y": np.where(x + random.normal(size=N) > 0.8, "yes", "no"),
            "value": 10 + 3 * x + random.normal(size=N),
            "w": random.integers(0, 4, N),
            "patient": [f"p{number}" for number in random.integers(0, 20, N)],
            "region": random.choice(["n", "s"], N),
            "day": [date(2024, 1, 1) + timedelta(days=int(number)) for number in random.permutation(N)],
        }
    )


def run(target: str = "y", **changes) -> tw.Trained:
    used = {name for name in changes.values() if isinstance(name, str)}
    other = [name for name in ("y", "value", "w", "patient", "region", "day") if name != target and name not in used]
    return tw.train_table(table(), target, dataclasses.replace(FAST, engine="numpy", ignore=tuple(other), **changes))


@pytest.mark.parametrize("changes", CHANGES, ids=str)
def test_a_record_leads_back_to_the_run_to_the_bit(changes, tmp_path):
    trained = run(**changes)
    tw.save(trained.model, tmp_path / "net.thalweg")
    model = tw.load(tmp_path / "net.thalweg")
    recipe = recipe_of(model, table())
    for name in ("params", "examples", "validation"):
        tree_map(np.testing.assert_array_equal, getattr(recipe, name), getattr(trained.run.recipe, name))
    best = replay_model(model, table(), trained.run.best_epoch * recipe.batch_order.steps)
    assert np.asarray(model.network.ravel(best.params_after)).tobytes() == vector(trained)
    opened = replay_model(model, table(), 2)
    given = model.encoding.inputs_of(table()[opened.rows.tolist()])[0]
    np.testing.assert_array_equal(opened.batch.inputs["input"], given.astype("float32"))
    if trained.prepared.train.weight is not None:
        rows = trained.prepared.train.rows.tolist()
        weights = dict(zip(rows, trained.prepared.train.weight, strict=True))
        np.testing.assert_allclose(opened.batch.weight, [weights[row] for row in opened.rows.tolist()], rtol=1e-6)


def test_each_changes_the_run():
    found = {vector(run(**changes)) for changes in [{}, *CHANGES]}
    assert len(found) == 1 + len(CHANGES)


def test_a_weight_is_the_row_given_so_many_times():
    settings = {"batch_size": "all", "optimizer": "gd", "dtype": "float64", "split": "100/0/0", "weight_decay": 0.0}
    weighed = run("value", sample_weight="w", **settings)
    part = weighed.prepared.train
    rows = np.repeat(np.arange(len(part.rows)), part.weight.astype(int))
    repeated = tw.train(
        weighed.model.network, part.P[rows], part.T[rows], "mse", "gd", batch_size="all", epochs=FAST.epochs,
        params=weighed.run.recipe.params, dtype="float64", engine="numpy",
    )  # fmt: skip
    np.testing.assert_allclose(weighed.run.history.loss, repeated.history.loss, rtol=1e-10)


def test_the_scores_are_weighed_and_say_so():
    done = run(sample_weight="w", class_weight="balanced")
    weight = table()["w"].to_numpy()[done.prepared.test.rows].astype(float)
    actual, said = done.actual, done.prediction.values
    weighed = {"sample_weight": weight}
    assert done.scores.weighed_by == "w"
    assert done.scores.accuracy == pytest.approx(metrics.accuracy_score(actual, said, **weighed))
    assert done.scores.log_loss == pytest.approx(
        metrics.log_loss(actual, done.prediction.probabilities, labels=["no", "yes"], **weighed), rel=1e-6
    )
    assert done.scores.precision[0] == pytest.approx(metrics.precision_score(actual, said, pos_label="no", **weighed))
    assert done.scores.support == tuple(int((actual == name).sum()) for name in ("no", "yes"))
    assert done.scores.lines()[0][1].endswith("(weighed)")
    train = done.prepared.train
    shares = [np.average(train.labels == name, weights=train.sample_weight) for name in ("no", "yes")]
    assert done.model.record["constant"]["shares"] == pytest.approx(shares)
    done = run("value", sample_weight="w")
    weight = table()["w"].to_numpy()[done.prepared.test.rows].astype(float)
    assert done.scores.rmse == pytest.approx(
        metrics.root_mean_squared_error(done.actual, done.prediction.values, sample_weight=weight)
    )
    assert done.scores.r2 == pytest.approx(metrics.r2_score(done.actual, done.prediction.values, sample_weight=weight))
    assert done.model.record["constant"]["mean"] == pytest.approx(
        np.average(done.prepared.train.labels, weights=done.prepared.train.sample_weight)
    )


def test_weights_of_classes_are_in_the_loss_and_not_in_the_scores():
    plain, balanced = run(), run(class_weight={"yes": 50.0})
    assert balanced.scores.weighed_by is None
    assert balanced.prediction.probabilities[:, 1].mean() > plain.prediction.probabilities[:, 1].mean() + 0.1
    part = balanced.prepared.train
    np.testing.assert_array_equal(part.weight, np.where(part.labels == "yes", 50.0, 1.0))
    np.testing.assert_array_equal(balanced.run.recipe.validation.weight, balanced.prepared.validation.weight)


def test_split_by_time_and_by_groups():
    done = run(time="day").prepared
    days = table()["day"]
    assert days[done.train.rows.tolist()].max() < days[done.validation.rows.tolist()].min()
    assert days[done.validation.rows.tolist()].max() < days[done.test.rows.tolist()].min()
    assert any(note.startswith("split by 'day': training from 2024-01-01 to 2024-02-25, ") for note in done.notes)
    done = run(group="patient").prepared
    of = [set(table()["patient"][part.rows.tolist()]) for part in (done.train, done.validation, done.test)]
    assert sum(map(len, of)) == len(set.union(*of))


def test_a_column_of_a_table_without_names():
    frame = table().select("x", "value", "w")
    frame.columns = ["column 1", "column 2", "column 3"]
    trained = tw.train_table(frame, "2", dataclasses.replace(FAST, sample_weight="3"))
    assert trained.scores.weighed_by == "3"
    assert trained.prepared.train.weight is not None


def test_a_column_is_named_by_a_text():
    with pytest.raises(ArgumentError, match="group is 3; it must be a text or None"):
        run(group=3)


def test_predictions_need_neither_weights_nor_groups():
    model = run(sample_weight="w", group="patient").model
    assert model.predict_table(table().select("x")).notes == ()
    assert model.predict_table(table().select("x", "w", "patient")).notes == ()


def test_roles_are_the_settings_fields():
    names = {field.name for field in dataclasses.fields(Roles)}
    assert names <= {field.name for field in dataclasses.fields(tw.Settings)}
