"""A model's record leads back to the recipe of its run and to any of its updates; another table is refused."""

import dataclasses
import functools

import numpy as np
import polars as pl
import pytest
from table_cases import CHANGES, FAST, small, small_run, vector, wine

import thalweg as tw
from thalweg.core.arrays import tree_map
from thalweg.data import fingerprint
from thalweg.tables import training
from thalweg.tables.arguments import prepare_table
from thalweg.tables.record import recipe_of
from thalweg.tables.steps import replay_model
from thalweg.training.replay_error import ReplayDifference


def on_file(trained, tmp_path) -> tw.Model:
    tw.save(trained.model, tmp_path / "model.thalweg")
    return tw.load(tmp_path / "model.thalweg")


def assert_same_recipe(one, other):
    for name in ("program", "hyperparameters", "schedules", "batch_order", "dtype", "rule", "epochs", "engine"):
        assert getattr(one, name) == getattr(other, name), name
    for name in ("params", "examples", "validation"):
        tree_map(np.testing.assert_array_equal, getattr(one, name), getattr(other, name))


@pytest.mark.parametrize("change", [{}, *CHANGES, {"engine": "xla"}, {"engine": "xla", "dropout": 0.4}], ids=str)
def test_a_files_recipe_is_the_runs_and_leads_to_its_parameters(change, tmp_path):
    trained = small_run(**change)
    model, run = on_file(trained, tmp_path), trained.run
    recipe = recipe_of(model, small())
    assert_same_recipe(recipe, run.recipe)
    np.testing.assert_array_equal(recipe.rows, trained.prepared.train.rows)
    assert run.best_epoch > 0
    best = replay_model(model, small(), run.best_epoch * run.recipe.batch_order.steps)
    assert best.replay_error == ReplayDifference(run.best_epoch, 0.0, (0.0, 0.0))
    assert np.asarray(model.network.ravel(best.params_after)).tobytes() == vector(trained)
    assert replay_model(model, small(), 1).replay_error.parameters is None


@pytest.mark.parametrize("engine", ["numpy", "xla"])
def test_the_last_step_leads_to_the_last_parameters_where_those_are_kept(engine, tmp_path):
    trained = small_run(split="80/0/20", engine=engine)
    last = replay_model(on_file(trained, tmp_path), small(), trained.run.updates)
    assert last.replay_error == ReplayDifference(12, 0.0, (0.0, 0.0))
    assert (last.engine, last.number) == (engine, trained.run.updates)


def test_rows_of_a_step_are_those_of_the_table(tmp_path):
    frame = small().with_columns(y=pl.when(pl.int_range(60) % 7 == 3).then(None).otherwise(pl.col("y")))
    model = on_file(tw.train_table(frame, "y", FAST), tmp_path)
    opened = replay_model(model, frame, 3)
    given = frame[opened.rows]
    np.testing.assert_array_equal(opened.batch.inputs["input"], model.encoding.inputs_of(given)[0].astype("float32"))
    np.testing.assert_array_equal(opened.batch.T, model.encoding.target.encode(given["y"]).astype("float32"))


@pytest.mark.parametrize(
    "change",
    [
        {"patience": 2, "learning_rate": 1e-30},
        {"optimizer": "gd", "learning_rate": 1000.0, "epochs": 200, "patience": None, "activation": "relu"},
        {"optimizer": "gd", "learning_rate": 1000.0, "epochs": 200, "activation": "relu", "split": "100/0/0"},
        {"max_seconds": 0.0, "epochs": 10**6, "split": "100/0/0"},
    ],
    ids=["patience", "diverged", "diverged without validation", "seconds"],
)
def test_a_run_that_was_stopped_is_replayed_to_its_end(change, tmp_path):
    trained = small_run(**change)
    model, run = on_file(trained, tmp_path), trained.run
    assert run.epochs < run.recipe.epochs
    last = replay_model(model, small(), run.updates)
    assert (last.replay_error.epochs, last.replay_error.losses) == (run.epochs, 0.0)
    with pytest.raises(tw.ArgumentError, match=f"step {run.updates + 1}: the run ends with update {run.updates}$"):
        replay_model(model, small(), run.updates + 1)


def test_tables_of_their_own_are_recorded_and_the_one_for_validation_is_asked_for(tmp_path):
    frame, validation, test = small(), small(11), small(7)
    rate = {"schedule": "plateau", "learning_rate": 0.3, "optimizer": "gd"}
    trained = tw.train_table(
        frame, "y", dataclasses.replace(FAST, **rate), validation=validation, test=test, validation_name="v.csv"
    )
    model = on_file(trained, tmp_path)
    assert model.record["validation_table"] == {"name": "v.csv", "rows": 11, "fingerprint": fingerprint(validation)}
    assert model.record["test_table"]["fingerprint"] == fingerprint(test)
    assert_same_recipe(recipe_of(model, frame, validation=validation), trained.run.recipe)
    k = trained.run.best_epoch * trained.run.recipe.batch_order.steps
    assert replay_model(model, frame, k, validation=validation).replay_error.parameters == (0.0, 0.0)
    for given, error, reason in (
        (None, tw.ArgumentError, "this model was trained with a validation table of its own, 'v.csv': give that too"),
        (small(12), tw.DataError, "the validation table is another one than 'v.csv', which the model was trained with "
         "(12 rows where that had 11): give that"),
    ):  # fmt: skip
        with pytest.raises(error) as caught:
            recipe_of(model, frame, validation=given)
        assert str(caught.value) == reason
    alone = tw.train_table(frame, "y", FAST, test=test)
    assert alone.model.record["validation_table"] is None
    assert_same_recipe(recipe_of(alone.model, frame), alone.run.recipe)
    with pytest.raises(tw.ArgumentError, match="this model's record knows of no validation table: leave it out"):
        recipe_of(alone.model, frame, validation=validation)


@pytest.mark.parametrize(
    ("other", "found"),
    [
        (small(61), "61 rows where that had 60"),
        (small().with_columns(x=pl.col("x") + 1e-12), "other columns or values"),
        (small().reverse(), "other columns or values"),
        (small().rename({"x": "X"}), "other columns or values"),
        (wine(), "178 rows where that had 60"),
    ],
    ids=["rows", "values", "order", "columns", "wine"],
)
def test_another_table_is_refused(other, found):
    trained = tw.train_table(small(), "y", FAST, name="small.csv")
    with pytest.raises(tw.DataError) as caught:
        replay_model(trained.model, other, 1)
    assert str(caught.value) == (
        f"the table is another one than 'small.csv', which the model was trained with ({found}): give that"
    )


def test_a_model_trained_on_arrays_or_without_settings_says_so():
    run = small_run().run
    with pytest.raises(tw.ArgumentError, match="this model was trained on arrays, so its file has no settings"):
        replay_model(tw.Model.from_run(run), small(), 1)
    with pytest.raises(tw.ArgumentError, match="this model has no record of its settings, so its steps cannot be rep"):
        replay_model(tw.Model.from_run(run, small_run().prepared.encoding), small(), 1)


def test_a_table_that_is_split_or_encoded_otherwise_than_then_is_refused():
    model = small_run().model
    split = dataclasses.replace(model, record={**model.record, "split": {"train": 41, "validation": 10, "test": 9}})
    other = dataclasses.replace(model, encoding=dataclasses.replace(model.encoding, notes=("other",)))
    for changed in (split, other):
        with pytest.raises(
            tw.DataError, match="split or encoded otherwise than when the model was trained, with thalweg"
        ):
            replay_model(changed, small(), 1)


DAMAGES = [
    {"settings": 7},
    {"settings": []},
    {"settings": "fast"},
    {"settings": {"hiden": [4]}},
    {"settings": {"hidden": "wide"}},
    {"settings": {"hidden": [5]}},
    {"settings": {"hidden": [6, 10**9]}},
    {"settings": {"seed": -1}},
    {"settings": {"split": 3}},
    {"settings": {"split": "1/2"}},
    {"settings": {"optimizer": ["adam"]}},
    {"settings": {"schedule": {}}},
    {"settings": {"learning_rate": "fast"}},
    {"settings": {"weight_decay": 10**400}},
    {"settings": {"epochs": None}},
    {"settings": {"batch_size": "some"}},
    {"settings": {"dtype": 32}},
    {"settings": {"ignore": [[1]]}},
    {"engine": "abacus"},
    {"engine": None},
    {"table": None},
    {"table": 3},
    {"table": {"name": "small.csv"}},
    {"validation_table": "v.csv"},
    {"split": None},
    {"split": {"train": 42}},
    {"updates": "many"},
    {"updates": True},
    {"updates": None},
    {"best_epoch": -1},
    {"history": None},
    {"history": {"loss": 0.5}},
    {"history": {"loss": ["low"]}},
    {"history": {"loss": [10**400]}},
]


@pytest.mark.parametrize("damage", DAMAGES, ids=str)
def test_a_damaged_record_is_one_line(damage):
    model = small_run().model
    record = {**model.record, **damage}
    if isinstance(damage.get("settings"), dict):
        record["settings"] = {**model.record["settings"], **damage["settings"]}
    with pytest.raises(tw.FileError, match=r"^the record of the model's training is damaged") as caught:
        replay_model(dataclasses.replace(model, record=record), small(), 1)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("key", ["engine", "table", "split", "updates", "best_epoch", "history", "stopped_because"])
def test_a_record_that_lacks_something_names_it(key):
    model = small_run().model
    record = {name: value for name, value in model.record.items() if name != key}
    with pytest.raises(tw.FileError, match=rf"damaged \('{key}[a-z.]*' is missing\)"):
        replay_model(dataclasses.replace(model, record=record), small(), 1)


def test_a_record_of_more_updates_than_its_settings_make_ends_there():
    model = small_run().model
    longer = dataclasses.replace(model, record={**model.record, "updates": 10**9})
    with pytest.raises(tw.ArgumentError, match="step 25: the run ends with update 24"):
        replay_model(longer, small(), 25)


def test_a_record_knows_how_equal_rows_were_dealt_out(tmp_path, monkeypatch):
    """Records of earlier versions say nothing of equal rows: those were dealt out one by one, and are again."""
    frame = pl.concat([small(), small()])
    now = tw.train_table(frame, "y", FAST)
    assert now.model.record["equal_rows"] == "together"
    np.testing.assert_array_equal(recipe_of(on_file(now, tmp_path), frame).rows, now.prepared.train.rows)
    monkeypatch.setattr(training, "prepare_table", functools.partial(prepare_table, equal_together=False))
    before = tw.train_table(frame, "y", FAST)
    model = on_file(before, tmp_path)
    del model.record["equal_rows"]
    assert set(before.prepared.train.rows) != set(now.prepared.train.rows)
    recipe = recipe_of(model, frame)
    np.testing.assert_array_equal(recipe.rows, before.prepared.train.rows)
    assert replay_model(model, frame, before.run.updates).replay_error.losses == 0.0
