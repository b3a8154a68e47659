"""From a table to a trained, scored model: every setting counts, scores are scikit-learn's, a seed is a run."""

import dataclasses
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn import metrics

import thalweg as tw
from thalweg.core.arrays import tree_map
from thalweg.data import fingerprint
from thalweg.pipeline import build_network, build_rule, parts, recipe_of, replay_model, schedule_numbers
from thalweg.report import render_report
from thalweg.training.replay_error import ReplayDifference
from thalweg.training_report import training_report

DATA = Path(__file__).parents[1] / "examples" / "data"
FAST = tw.Settings(hidden=(6,), epochs=12, learning_rate=0.01)


def wine() -> pl.DataFrame:
    return tw.read_table(DATA / "wine.csv")


def two_classes() -> pl.DataFrame:
    return wine().filter(pl.col("cultivar") != "Barbera")


def houses() -> pl.DataFrame:
    return tw.read_table(DATA / "houses.csv")


def small(rows: int = 60) -> pl.DataFrame:
    x = np.linspace(-2, 2, rows)
    return pl.DataFrame({"x": x, "z": np.cos(9 * x), "y": 100 * x + 5000 + np.sin(3 * x)})


def vector(trained: tw.Trained) -> bytes:
    return np.asarray(trained.model.network.ravel(trained.model.params)).tobytes()


def small_run(**changes) -> tw.Trained:
    return tw.train_table(small(), "y", dataclasses.replace(FAST, **changes))


@pytest.mark.parametrize(("frame", "classes"), [(wine(), 3), (two_classes(), 2)], ids=["three", "two"])
def test_classification(frame, classes):
    trained = tw.train_table(frame, "cultivar", dataclasses.replace(FAST, epochs=60))
    prepared, model = trained.prepared, trained.model
    assert prepared.task == "classification"
    output = model.network.output
    assert (output.size, output.activation) == (
        (1, tw.activations.Sigmoid()) if classes == 2 else (3, tw.activations.Softmax())
    )
    assert model.loss == tw.losses.CrossEntropy()
    assert prepared.test is not None
    rows = frame[prepared.test.rows]
    said = model.predict_table(rows)
    assert said.values.tolist() == trained.prediction.values.tolist()
    np.testing.assert_array_equal(said.probabilities, trained.prediction.probabilities)
    np.testing.assert_allclose(said.probabilities.sum(axis=1), 1, atol=1e-6)
    assert said.classes == tuple(sorted(set(frame["cultivar"])))
    actual, scores = rows["cultivar"].to_list(), trained.scores
    assert trained.actual.tolist() == actual
    assert scores.accuracy == metrics.accuracy_score(actual, said.values) > 0.8
    probabilities = said.probabilities / said.probabilities.sum(axis=1, keepdims=True)
    assert scores.log_loss == pytest.approx(metrics.log_loss(actual, probabilities, labels=said.classes), rel=1e-12)
    matrix = metrics.confusion_matrix(actual, said.values, labels=said.classes)
    assert np.array(scores.confusion).tolist() == matrix.tolist()
    assert list(scores.precision) == metrics.precision_score(actual, said.values, average=None).tolist()
    assert list(scores.recall) == metrics.recall_score(actual, said.values, average=None).tolist()


def test_regression_in_the_unit_of_the_target():
    frame = houses()
    trained = tw.train_table(frame, "price", dataclasses.replace(FAST, epochs=80))
    assert trained.prepared.task == "regression"
    assert trained.model.network.output.activation == tw.activations.Linear()
    assert trained.prepared.test is not None
    rows = frame[trained.prepared.test.rows]
    said = trained.model.predict_table(rows)
    assert (said.probabilities, said.classes) == (None, ())
    np.testing.assert_array_equal(said.values, trained.prediction.values)
    assert 150_000 < said.values.mean() < 500_000
    actual = rows["price"].to_numpy()
    assert trained.scores.rmse == pytest.approx(metrics.root_mean_squared_error(actual, said.values), rel=1e-12)
    assert trained.scores.mae == pytest.approx(metrics.mean_absolute_error(actual, said.values), rel=1e-12)
    assert trained.scores.r2 == pytest.approx(metrics.r2_score(actual, said.values), rel=1e-12)
    assert trained.scores.r2 > 0.5


def test_classes_that_are_numbers_and_truth_values():
    frame = small().with_columns(y=pl.col("x") > 0)
    assert set(tw.train_table(frame, "y", FAST).prediction.values.tolist()) == {True, False}
    frame = small().with_columns(y=(pl.col("x") > 0).cast(pl.Int64) + 3)
    assert tw.train_table(frame, "y", FAST).prediction.classes == (3, 4)


CHANGES = [
    {"hidden": (7,)},
    {"hidden": (6, 6)},
    {"hidden": ()},
    {"activation": "elliott"},
    {"optimizer": "gd"},
    {"learning_rate": 0.02},
    {"batch_size": "all"},
    {"batch_size": 7},
    {"epochs": 13},
    {"seed": 1},
    {"loss": "mae"},
    {"weight_decay": 0.1},
    {"optimizer": "adamw", "weight_decay": 0.2},
    {"dropout": 0.4},
    {"shortcuts": True},
    {"initializer": "nguyen_widrow"},
    {"order": "sequential"},
    {"order": "random"},
    {"ignore": ("z",)},
    {"split": "60/20/20"},
    {"dtype": "float64"},
    {"schedule": "cosine"},
    {"schedule": "plateau", "learning_rate": 0.3},
    {"optimizer": "momentum", "momentum": 0.5},
    {"optimizer": "momentum", "momentum": 0.6},
    {"optimizer": "momentum", "momentum": 0.6, "final_momentum": 0.9},
    {"optimizer": "nesterov", "momentum": 0.6},
]


def test_every_setting_has_its_effect_and_a_seed_is_a_run():
    plain = small_run()
    found = {vector(plain)}
    for change in CHANGES:
        trained = small_run(**change)
        assert vector(trained) not in found, change
        found.add(vector(trained))
        assert trained.model.record["settings"] == dataclasses.asdict(dataclasses.replace(FAST, **change))
    assert vector(small_run()) == vector(plain)
    assert vector(small_run(dropout=0.4)) in found
    untried = {field.name for field in dataclasses.fields(tw.Settings)} - {
        name for change in CHANGES for name in change
    }
    assert untried == {"task", "patience", "max_seconds", "engine"}  # of which the next tests are


def test_the_task_can_be_chosen():
    frame = small().with_columns(y=pl.Series([1, 2, 3] * 20))
    assert tw.train_table(frame, "y", FAST).prepared.task == "classification"
    trained = tw.train_table(frame, "y", dataclasses.replace(FAST, task="regression"))
    assert trained.prepared.task == "regression"
    assert "was asked for" in trained.model.record["task_reason"]


def test_patience_and_seconds_end_a_run():
    run = small_run(optimizer="gd", learning_rate=50.0, patience=3, epochs=1000).run
    assert run.epochs < 1000
    assert run.stopped_because in ("patience", "diverged")
    run = small_run(patience=2, learning_rate=1e-30, epochs=1000).run
    assert (run.stopped_because, run.epochs) == ("patience", 3)
    for never in (None, 0):
        assert small_run(patience=never, learning_rate=1e-30, epochs=20).run.epochs == 20
    assert small_run(max_seconds=0.0, patience=None, epochs=10**9).run.stopped_because == "seconds"


def test_the_engines_give_the_same_run():
    runs = [small_run(engine=engine, dtype="float64").run for engine in ("numpy", "xla")]
    assert [run.engine for run in runs] == ["numpy", "xla"]
    np.testing.assert_allclose(runs[0].history.loss, runs[1].history.loss, rtol=1e-9)


def test_weight_decay_is_the_rules_own_or_an_l2_penalty():
    rule, l2 = build_rule(tw.Settings(optimizer="adam", weight_decay=0.25))
    assert (rule, l2) == (tw.Adam(), 0.25)
    rule, l2 = build_rule(tw.Settings(optimizer="adamw", weight_decay=0.25))
    assert (rule, l2) == (tw.AdamW(weight_decay=0.25), 0.0)
    rule, l2 = build_rule(tw.Settings(optimizer="momentum", learning_rate=1, momentum=0.3, weight_decay=0.0))
    assert (rule, l2) == (tw.Momentum(learning_rate=1, momentum=0.3), 0.0)
    assert build_rule(tw.Settings(optimizer="lm"))[1] == build_rule(tw.Settings())[1] == 0.001
    assert build_rule(tw.Settings(optimizer="br"))[1] == 0.0  # it finds its own


def test_second_order_rules_train_in_float64_unless_told_otherwise():
    for change, expected in (({"optimizer": "lm"}, "float64"), ({"optimizer": "lm", "dtype": "float32"}, "float32")):
        assert small_run(hidden=(3,), learning_rate=None, **change).model.dtype == expected
    assert small_run().model.dtype == "float32"


def test_the_effective_number_of_parameters_is_told():
    run = small_run(optimizer="br", hidden=(3,), learning_rate=None, patience=None).run
    assert run.stopped_because == "epochs"
    assert run.explanation.endswith(f"are kept; at the end {float(run.state.gamma):.1f} parameters are effective")


@pytest.mark.parametrize(("batch_size", "steps"), [(None, 2), (10, 5), ("all", 1)])
def test_a_schedule_spans_all_updates(batch_size, steps):
    settings = tw.Settings(schedule="linear", learning_rate=0.5, epochs=30, batch_size=batch_size)
    rule = schedule_numbers(build_rule(settings)[0], settings, 42)
    assert rule == tw.Adam(tw.schedules.Linear(0.5, 0.0, 30 * steps))
    settings = tw.Settings(schedule="plateau", optimizer="gd")
    assert schedule_numbers(build_rule(settings)[0], settings, 42).learning_rate == tw.schedules.ReduceOnPlateau(0.01)
    settings = dataclasses.replace(
        settings,
        schedule="fixed",
        optimizer="nesterov",
        momentum=0.5,
        final_momentum=0.9,
        epochs=7,
        batch_size=batch_size,
    )
    rule = schedule_numbers(build_rule(settings)[0], settings, 42)
    assert rule == tw.Nesterov(0.01, tw.schedules.Linear(0.5, 0.9, 7 * steps))


def test_a_schedule_of_a_rule_that_sees_all_examples_spans_its_updates():
    settings = tw.Settings(schedule="linear", optimizer="newton", epochs=30)
    rule = schedule_numbers(build_rule(settings)[0], settings, 420)
    assert rule == tw.Newton(tw.schedules.Linear(1.0, 0.0, 30))


def test_shortcuts_and_dropout_are_in_the_network():
    encoding = small_run().prepared.encoding
    net = build_network(encoding, tw.Settings(hidden=(4, 3), shortcuts=True, dropout=0.5, activation="silu"))
    assert net == tw.cascade(2, 4, 3, 1, hidden="silu", dropout=0.5)
    assert build_network(encoding, tw.Settings(hidden=())) == tw.mlp(2, 1)


def test_tables_of_their_own_for_validation_and_test():
    frame, validation, test = small(), small(11), small(7)
    trained = tw.train_table(frame, "y", FAST, validation=validation, test=test)
    assert trained.model.record["split"] == {"train": 60, "validation": 11, "test": 7}
    assert trained.scores.examples == 7
    np.testing.assert_array_equal(trained.actual, test["y"].to_numpy())
    np.testing.assert_array_equal(trained.prediction.values, trained.model.predict_table(test).values)


def test_without_a_test_part():
    trained = tw.train_table(small(), "y", dataclasses.replace(FAST, split="80/20/0"))
    assert (trained.scores, trained.prediction, trained.actual) == (None, None, None)
    assert trained.model.record["scores"] is None
    assert "There is no test part" in render_report(training_report(trained, "small"))
    alone = tw.train_table(small(), "y", dataclasses.replace(FAST, split="100/0/0"))
    assert {name: part is not None for name, part in parts(alone.prepared).items()} == {
        "train": True,
        "validation": False,
        "test": False,
    }
    assert alone.run.history.validation_loss is None


def test_the_record_and_the_file(tmp_path):
    seen = []
    trained = tw.train_table(wine(), "cultivar", FAST, name="wine.csv", on_prepared=lambda *what: seen.append(what))
    assert seen == [(trained.prepared, trained.model.network)]
    record = trained.model.record
    assert record["table"]["name"] == "wine.csv"
    assert record["table"]["rows"] == 178
    assert sum(record["split"].values()) == 178
    assert record["epochs"] == 12 == len(record["history"]["loss"]) == len(record["history"]["validation_loss"])
    assert record["scores"] == trained.scores.to_dict()
    assert record["versions"]["numpy"] == np.__version__
    tw.save(trained.model, tmp_path / "wine.thalweg")
    back = tw.load(tmp_path / "wine.thalweg")
    assert np.asarray(back.network.ravel(back.params)).tobytes() == vector(trained)
    before, after = trained.model.predict_table(wine()), back.predict_table(wine())
    assert after.values.tolist() == before.values.tolist()
    assert after.probabilities.tobytes() == before.probabilities.tobytes()
    assert after.classes == before.classes


def test_the_parameters_are_those_of_the_lowest_validation_loss():
    trained = small_run(learning_rate=0.3, epochs=40)
    run, part = trained.run, trained.prepared.validation
    assert part is not None
    output = trained.model.predict(part.P.astype("float32"))
    assert np.mean((output - part.T) ** 2) == pytest.approx(min(run.history.validation_loss), rel=1e-5)
    assert run.best_epoch == 1 + int(np.argmin(run.history.validation_loss))


def test_a_callback_is_called_and_can_stop_the_run():
    ends = []

    def stop_at_3(end):
        ends.append(end.epoch)
        return end.epoch >= 3

    trained = tw.train_table(small(), "y", FAST, callbacks=[stop_at_3])
    assert ends == [1, 2, 3]
    assert trained.run.stopped_because == "callback"


def test_a_diverged_run_still_gives_a_model_and_a_report():
    trained = small_run(optimizer="gd", learning_rate=1000.0, epochs=200, patience=None, activation="relu")
    assert trained.run.stopped_because == "diverged"
    assert np.isfinite(trained.model.network.ravel(trained.model.params)).all()
    assert "diverged" in render_report(training_report(trained, "small"))


def test_the_report_tells_of_the_run():
    page = render_report(training_report(tw.train_table(wine(), "cultivar", FAST, name="wine.csv"), "wine"))
    for words in ("<title>", "wine.csv", "cultivar", "Barolo", "layer1", "all 12 epochs were run"):
        assert words in page


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"hidden": (0,)}, "hidden layer 1 has size 0; a size is a whole number of at least 1"),
        ({"hidden": (4, -1)}, "hidden layer 2 has size -1"),
        ({"hidden": (True,)}, "hidden layer 1 has size True"),
        ({"hidden": "64"}, "hidden is '64'; it must be a tuple of sizes"),
        ({"hidden": 64}, "hidden is 64; it must be a tuple of sizes"),
        ({"hidden": (10**11,)}, "more than 1,000,000,000: choose smaller layers"),
        ({"hidden": (10**6, 10**6)}, "more than 1,000,000,000: choose smaller layers"),
        ({"activation": "tahn"}, "unknown activation 'tahn': did you mean 'tanh'?"),
        ({"activation": "softmax"}, "activation 'softmax' is for the output layer"),
        ({"optimizer": "nestrov"}, "unknown optimizer 'nestrov': did you mean 'nesterov'?"),
        ({"learning_rate": -1.0}, "learning_rate is -1; it must be above 0 and at most 1000"),
        ({"learning_rate": 0}, "learning_rate is 0; it must be above 0"),
        ({"learning_rate": 1e30}, "learning_rate is 1e+30; it must be above 0 and at most 1000"),
        ({"learning_rate": float("nan")}, "learning_rate is nan"),
        ({"learning_rate": "0.1"}, "learning_rate is '0.1'; it must be a number"),
        ({"momentum": 0.9}, "optimizer 'adam' has no momentum: leave it out, or use momentum or nesterov"),
        ({"optimizer": "momentum", "momentum": 1.0}, "momentum is 1.0; it must be at least 0 and below 1"),
        ({"final_momentum": 0.9}, "optimizer 'adam' has no momentum: leave it out, or use momentum or nesterov"),
        ({"optimizer": "momentum", "final_momentum": 1.0}, "final_momentum is 1; it must be at least 0 and below 1"),
        ({"optimizer": "momentum", "final_momentum": "x"}, "final_momentum is 'x'; it must be a number"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"batch_size": 43}, "batch_size is 43, but there are 42 training examples"),
        ({"batch_size": "some"}, "batch_size is 'some'"),
        ({"epochs": 0}, "epochs is 0"),
        ({"patience": -1}, "patience is -1"),
        ({"seed": -1}, "seed is -1; it must be a whole number from 0 to 4294967295"),
        ({"seed": 2**32}, "seed is 4294967296"),
        ({"seed": 1.5}, "seed is 1.5"),
        ({"seed": None}, "seed is None"),
        ({"loss": "cross_entropy"}, "loss 'cross_entropy' is for classes, and target 'y' is measured: use mse"),
        ({"loss": "mes"}, "unknown loss 'mes': did you mean 'mse'?"),
        ({"weight_decay": -0.1}, "weight_decay is -0.1"),
        ({"weight_decay": float("nan")}, "weight_decay is nan"),
        ({"dropout": 1.0}, "dropout is 1.0"),
        ({"dropout": -0.5}, "dropout is -0.5"),
        ({"dropout": "half"}, "dropout is 'half'; it must be a number"),
        ({"initializer": "xavier"}, "unknown initializer 'xavier': did you mean 'xavier_"),
        ({"schedule": "cosin"}, "unknown schedule 'cosin': did you mean 'cosine'?"),
        ({"schedule": "linear", "optimizer": "rprop", "learning_rate": None}, "'rprop' has no learning_rate, which"),
        ({"schedule": "linear", "epochs": 0}, "epochs is 0"),
        ({"order": "shufle"}, "unknown order 'shufle': did you mean 'shuffle'?"),
        ({"task": "regresion"}, "unknown task 'regresion': did you mean 'regression'?"),
        ({"ignore": ("w",)}, "ignored column 'w' is not a column"),
        ({"ignore": ("x", "z")}, "no input column is left"),
        ({"split": "70/30"}, "split '70/30' is not three numbers"),
        ({"max_seconds": -1}, "max_seconds is -1"),
        ({"dtype": "float16"}, "dtype is 'float16'; it must be 'float32' or 'float64'"),
        ({"engine": "gpu"}, "engine is 'gpu'; it must be one of auto, numpy, xla"),
    ],
    ids=str,
)
def test_settings_that_cannot_be_used(change, reason):
    with pytest.raises(tw.ThalwegError) as caught:
        small_run(**change)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_rows_that_overflow_are_named():
    far = small(9).with_columns(x=pl.when(pl.int_range(9) == 4).then(1e300).otherwise(pl.col("x")))
    with pytest.raises(tw.DataError, match="row 5 has values too far from the training rows for float32"):
        tw.train_table(small(), "y", FAST, test=far)
    with pytest.raises(tw.DataError, match="row 5 has values too far from the training rows for float32"):
        small_run().model.predict_table(far)
    model = small_run(activation="relu").model
    large = model.network.unravel(np.float32(1e30) * model.network.ravel(model.params))
    with pytest.raises(tw.DataError, match="row 1 has values too far"):
        dataclasses.replace(model, params=large).predict_table(small(9).with_columns(x=pl.col("x") * 1e15))


# Replay


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
    named = "name" if key == "table" else key
    with pytest.raises(tw.FileError, match=rf"damaged \('{named}' is missing\)"):
        replay_model(dataclasses.replace(model, record=record), small(), 1)


def test_a_record_of_more_updates_than_its_settings_make_ends_there():
    model = small_run().model
    longer = dataclasses.replace(model, record={**model.record, "updates": 10**9})
    with pytest.raises(tw.ArgumentError, match="step 25: the run ends with update 24"):
        replay_model(longer, small(), 25)
