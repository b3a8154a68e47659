"""The diagnosis of a model from its file is that of its run."""

import dataclasses

import numpy as np
import pytest
from model_cases import FRAME, SETTINGS

import thalweg as tw
from thalweg.tables.diagnosis import diagnose_model

pytestmark = pytest.mark.usefixtures("short_trials")


def diagnosed(trained, **more):
    """What a model's file tells, and what its run tells."""
    return diagnose_model(trained.model, FRAME, **more), tw.diagnose(trained.run)


def assert_same(found, of_run):
    for name in ("F", "gradient_norm", "lambda_max", "lambda_min", "downhill", "learning_rate", "stable_rate",
                 "first_rate", "momentum", "formula", "rule", "examples", "loss"):  # fmt: skip
        assert getattr(found, name) == getattr(of_run, name), name
    np.testing.assert_array_equal(found.spectrum.eigenvalues, of_run.spectrum.eigenvalues)
    np.testing.assert_array_equal(found.surface.F, of_run.surface.F)
    assert found.loss_curve.to_dict() == of_run.loss_curve.to_dict()


@pytest.mark.parametrize(
    "settings",
    [
        SETTINGS,
        tw.Settings(hidden=(5,), epochs=12, optimizer="momentum", final_momentum=0.8, schedule="cosine"),
        tw.Settings(hidden=(5,), epochs=300, patience=5, learning_rate=0.1, split="50/50/0"),
        tw.Settings(hidden=(5,), epochs=12, optimizer="lm", split="100/0/0"),
        tw.Settings(hidden=(5,), epochs=12, loss="sse", optimizer="gd", learning_rate=0.001, dtype="float64"),
        tw.Settings(hidden=(5, 4), epochs=9, shortcuts=True, dropout=0.2, optimizer="rprop"),
    ],
)  # fmt: skip
def test_a_diagnosis_from_the_file_is_that_of_the_run(settings, tmp_path):
    trained = tw.train_table(FRAME, "y", settings)
    found, of_run = diagnosed(trained)
    assert_same(found, of_run)
    assert found.notes == (f"over the {len(trained.prepared.train.T):,} training rows of the table", *of_run.notes)
    tw.save(trained.model, tmp_path / "m.thalweg")
    loaded = diagnose_model(tw.load(tmp_path / "m.thalweg"), FRAME)
    assert loaded.to_dict() == found.to_dict()


def test_a_diagnosis_over_some_of_the_rows(trained):
    found = diagnose_model(trained.model, FRAME, rows=10)
    assert found.examples == 10
    assert found.notes[1] == f"10 of {len(trained.prepared.train.T)} examples were looked at, spread over them"
    with pytest.raises(tw.ArgumentError, match="rows is 0"):
        diagnose_model(trained.model, FRAME, rows=0)


def test_a_diagnosis_over_another_table(trained):
    model, other = trained.model, FRAME[:50]
    found = diagnose_model(model, other)
    P, T = model.encoding.inputs_of(other)[0], model.encoding.targets_of(other)
    of_arrays = tw.diagnose_network(model.network, model.loss, model.params, P, T, "adam", l2=0.01)
    assert (found.F, found.lambda_max) == (of_arrays.F, of_arrays.lambda_max)
    assert (found.examples, found.learning_rate, found.rule) == (50, 0.001, "adam")
    assert found.notes[0].startswith(
        "over all 50 rows of the table, since its training rows are not known: the table is"
    )
    np.testing.assert_array_equal(found.loss_curve.loss, trained.run.history.loss)


def test_over_another_table_the_learning_rate_is_still_that_of_the_last_update():
    settings = tw.Settings(hidden=(5,), epochs=12, optimizer="gd", learning_rate=0.1, schedule="linear", loss="sse")
    trained = tw.train_table(FRAME, "y", settings)
    found, of_run = diagnose_model(trained.model, FRAME[:50]), tw.diagnose(trained.run)
    assert (found.learning_rate, found.first_rate) == (of_run.learning_rate, of_run.first_rate)
    assert found.first_rate == 0.1
    assert found.learning_rate < 0.01
    assert "sse is summed: the error and its derivatives are those of an average batch of 32" in found.notes


def test_a_diagnosis_with_a_validation_table_of_its_own():
    trained = tw.train_table(FRAME[:40], "y", SETTINGS, validation=FRAME[40:])
    found = diagnose_model(trained.model, FRAME[:40], validation=FRAME[40:])
    assert_same(found, tw.diagnose(trained.run))
    assert found.notes[0] == f"over the {len(trained.prepared.train.T)} training rows of the table"
    without = diagnose_model(trained.model, FRAME[:40])
    assert "over all 40 rows" in without.notes[0]
    assert "was trained with a validation table of its own, 'validation table': give that too" in without.notes[0]
    with pytest.raises(tw.DataError, match="the validation table is another one"):
        diagnose_model(trained.model, FRAME[:40], validation=FRAME[39:])


def test_a_validation_table_that_was_none_is_refused(trained):
    with pytest.raises(tw.ArgumentError, match="knows of no validation table: leave it out"):
        diagnose_model(trained.model, FRAME, validation=FRAME)


def test_a_model_with_a_bare_record_is_diagnosed_without_its_course(trained):
    found = diagnose_model(dataclasses.replace(trained.model, record={}), FRAME)
    assert (found.loss_curve, found.rule, found.learning_rate, found.examples) == (None, None, None, 60)
    assert "no record of its settings" in found.notes[0]


@pytest.mark.parametrize(
    "changed",
    [
        {"history": {}},
        {"history": {"loss": None, "validation_loss": None}},
        {"history": {"loss": ["low"], "validation_loss": None}},
        {"history": {"loss": [[1.0]], "validation_loss": None}},
        {"history": {"loss": [1.0, 0.5], "validation_loss": [1.0]}},
        {"history": 3},
        {"best_epoch": None},
        {"best_epoch": -1},
        {"best_epoch": 2.5},
        {"updates": "many"},
        {"updates": float("inf")},
        {"settings": {"no": 1}},
        {"settings": {"hidden": [3]}},
        {"table": {"name": "x"}},
        {"split": None},
    ],
)
def test_a_diagnosis_of_a_damaged_record(trained, changed):
    model = dataclasses.replace(trained.model, record={**trained.model.record, **changed})
    with pytest.raises(tw.FileError, match="record of the model's training is damaged") as told:
        diagnose_model(model, FRAME)
    assert "\n" not in str(told.value)


def test_a_record_without_the_end_of_its_training(trained):
    record = {name: value for name, value in trained.model.record.items() if name != "stopped_because"}
    with pytest.raises(tw.FileError, match="'stopped_because' is missing"):
        diagnose_model(dataclasses.replace(trained.model, record=record), FRAME)
    broken = {**trained.model.record, "split": {"train": "all"}}
    with pytest.raises(tw.FileError, match="damaged"):
        diagnose_model(dataclasses.replace(trained.model, record=broken), FRAME[:50])


def test_what_cannot_be_diagnosed_is_told(trained):
    with pytest.raises(tw.ArgumentError, match=r"on arrays, not on a table: use tw\.diagnose_network"):
        diagnose_model(dataclasses.replace(trained.model, encoding=None), FRAME)
    with pytest.raises(tw.DataError, match="no rows: a diagnosis needs some"):
        diagnose_model(trained.model, FRAME[:0])
    with pytest.raises(tw.DataError, match="'y' is not a column"):
        diagnose_model(trained.model, FRAME.drop("y"))
    with pytest.raises(tw.DataError, match="lacks 1 column of the training table"):
        diagnose_model(trained.model, FRAME.drop("x"))


def test_losses_that_are_not_finite_come_back_from_the_file(tmp_path):
    settings = tw.Settings(hidden=(5,), epochs=9, optimizer="gd", learning_rate=1000.0)
    trained = tw.train_table(FRAME, "y", settings)
    tw.save(trained.model, tmp_path / "m.thalweg")
    found = diagnose_model(tw.load(tmp_path / "m.thalweg"), FRAME)
    assert found.findings[0].kind == "diverged"
    assert not np.isfinite(found.loss_curve.loss[-1])
    assert found.stable_rate == tw.diagnose(trained.run).stable_rate
