"""From a table to a trained, scored model: every setting counts, scores are scikit-learn's, a seed is a run."""

import dataclasses

import numpy as np
import polars as pl
import pytest
from sklearn import metrics
from table_cases import CHANGES, FAST, houses, small, small_run, two_classes, vector, wine

import thalweg as tw
from thalweg.reports.report import render_report
from thalweg.reports.training_report import training_report
from thalweg.tables.arguments import parts


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
    assert untried == {
        "task", "patience", "max_seconds", "engine",  # of which the next tests are
        "devices",  # tests/training/test_devices.py
        "dates", "decimal", "many_texts", "text",  # of how a table is read: tests/data
        "missing_targets",  # test_missing_in_tables.py
        "record",  # which changes nothing: tests/reports/test_figures.py
        "folds", "members", "best",  # of several networks: test_table_several.py
        "sample_weight", "class_weight", "group", "time", "stratify",  # tests/tables/test_weights_and_splits.py
        "no_header", "max_parameters",  # of what is read and refused: tests/cli/test_training_options.py
    }  # fmt: skip


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


def test_second_order_rules_train_in_float64_unless_told_otherwise():
    for change, expected in (({"optimizer": "lm"}, "float64"), ({"optimizer": "lm", "dtype": "float32"}, "float32")):
        assert small_run(hidden=(3,), learning_rate=None, **change).model.dtype == expected
    assert small_run().model.dtype == "float32"


def test_the_effective_number_of_parameters_is_told():
    run = small_run(optimizer="br", hidden=(3,), learning_rate=None, patience=None).run
    assert run.stopped_because == "epochs"
    assert run.explanation.endswith(f"are kept; at the end {float(run.state.gamma):.1f} parameters are effective")


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
        return tw.STOP if end.epoch >= 3 else True

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


def test_test_rows_that_training_saw_are_told_with_the_scores_without_them():
    frame = wine()
    seen, new = frame.head(60), frame.tail(20)
    trained = tw.train_table(
        frame.head(140), "cultivar", dataclasses.replace(FAST, split="100/0/0"), test=pl.concat([seen, new])
    )
    assert "60 of 80 test rows are equal to training rows; without these: accuracy " in trained.findings[0]
    said = trained.model.predict_table(new)
    accuracy = metrics.accuracy_score(new["cultivar"].to_list(), said.values)
    assert f"accuracy {100 * accuracy:.1f} % ({round(20 * accuracy)} of 20)" in trained.findings[0]
    assert trained.findings[0] in trained.model.record["notes"]
    alone = tw.train_table(frame, "cultivar", dataclasses.replace(FAST, split="100/0/0"), test=seen)
    assert "their scores say nothing about new rows" in alone.findings[0]


def test_validation_rows_that_training_saw_are_told():
    trained = tw.train_table(
        wine().head(140), "cultivar", dataclasses.replace(FAST, split="100/0/0"), validation=wine().tail(60)
    )
    assert trained.findings[0].startswith("22 of 60 validation rows are equal to training rows")


def test_equal_rows_of_one_table_are_kept_together_and_told():
    trained = tw.train_table(pl.concat([wine(), wine()]), "cultivar", FAST)
    assert trained.findings == ()
    assert [note for note in trained.prepared.notes if "equal" in note] == [
        "178 rows are equal to another row: equal rows stay in one part of the split"
    ]


def test_a_name_with_commas_is_several_columns_to_leave_out():
    several = tw.train_table(wine(), "cultivar", dataclasses.replace(FAST, ignore=("ash,hue",)))
    assert several.prepared.encoding.unused == ("ash", "hue")
    with pytest.raises(tw.DataError, match="'huh' is not a column: did you mean 'hue'"):
        tw.train_table(wine(), "cultivar", dataclasses.replace(FAST, ignore=("ash,huh",)))
