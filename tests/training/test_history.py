"""Which parameters a run keeps, beside those that the run and a plain loop have; and a history as frames and files."""

import dataclasses

import numpy as np
import polars as pl
import pytest
from training_cases import CHAIN, ENGINES, by_hand, examples, vector

import thalweg as tw
from thalweg.training.batch_order import make_batch_order
from thalweg.training.history import History, kept_update

RULE = tw.optimizers.Momentum(0.9, 0.95)
ENDS = {
    "epochs": {"epochs": 9},
    "patience": {"epochs": 40, "patience": 2},
    "diverged": {"epochs": 40, "optimizer": tw.optimizers.GradientDescent(200.0), "loss": "sse"},
    "validated": {"epochs": 12, "validation": examples(9, 3)[:2]},
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("end", ENDS)
def test_the_parameters_kept_are_those_after_the_update_told(end, engine):
    P, T, _ = examples()
    how = {"loss": "mse", "optimizer": RULE, **ENDS[end]}
    params = CHAIN.init(2)
    run = tw.train(CHAIN, P, T, batch_size=8, params=params, dtype="float64", engine=engine, seed=4, **how)
    validated = "validation" in how
    assert validated or run.stopped_because == end
    k = kept_update(validated, run.stopped_because, run.best_epoch, steps=3, updates=run.updates)
    rows = make_batch_order(len(T), 8, "shuffle", 4).rows(0, run.epochs)
    with np.errstate(all="ignore"):
        path, _ = by_hand(CHAIN, P, T, how["loss"], how["optimizer"], rows, params)
    np.testing.assert_allclose(vector(run), vector(path[k], CHAIN), rtol=1e-9, atol=1e-12)
    assert (run.kept_epoch is None) == (end == "epochs")
    assert k == run.updates if end == "epochs" else k < run.updates


RECORDED = History(
    np.array([0.5, 1 / 3]),
    np.array([np.nan, 0.3]),
    None,
    np.array([np.nan, 0.4]),
    {"mu": np.array([1e-3, 1e-21]), "validation_checks": np.array([0.0, 1.0])},
)
COLUMNS = {"epoch": [1, 2], "loss": [0.5, 1 / 3], "validation_loss": [None, 0.3], "test_loss": [None, 0.4],
           "mu": [1e-3, 1e-21], "validation_checks": [0, 1]}  # fmt: skip


def test_frames_and_the_file_hold_the_columns_by_name(tmp_path):
    RECORDED.to_csv(tmp_path / "history.csv")
    frames = RECORDED.to_polars(), pl.read_csv(tmp_path / "history.csv")
    for frame in frames:
        assert frame.fill_nan(None).to_dict(as_series=False) == COLUMNS
    frame = RECORDED.to_pandas()
    assert list(frame) == list(COLUMNS)
    assert frame["epoch"].tolist() == [1, 2]
    assert frame["validation_checks"].dtype == np.int64
    assert frame["mu"].tolist() == [1e-3, 1e-21]


def test_names_are_those_of_what_there_is():
    assert RECORDED.names() == tuple(COLUMNS)[1:]
    assert RECORDED["mu"] is RECORDED.recorded["mu"]
    assert RECORDED["loss"] is RECORDED.loss
    with pytest.raises(tw.ArgumentError, match="unknown record 'gama': Known: loss, "):
        RECORDED["gama"]


def test_a_history_that_cannot_be_written_leaves_nothing(tmp_path):
    with pytest.raises(tw.FileError, match=r"cannot write the history .*there is no folder"):
        RECORDED.to_csv(tmp_path / "none" / "history.csv")
    with pytest.raises(tw.FileError, match="it is a folder; name a file"):
        RECORDED.to_csv(tmp_path)
    assert not list(tmp_path.iterdir())


def test_plain_data_keeps_the_names_of_before_and_adds_what_was_recorded():
    plain = History(np.array([0.5]), None, None).to_dict()
    assert plain == {"loss": [0.5], "validation_loss": None, "gradient_norm": None}
    told = RECORDED.to_dict()
    assert list(told)[:3] == list(plain)
    assert told["mu"] == [1e-3, 1e-21]


def test_a_model_file_keeps_what_was_recorded(tmp_path):
    P, T, _ = examples()
    run = tw.train(CHAIN, P, T, "mse", optimizer="lm", epochs=3, engine="numpy", record=("mu", "gradient_norm"))
    tw.save(tw.Model.from_run(run), tmp_path / "run.thalweg")
    loaded = tw.load(tmp_path / "run.thalweg")
    assert loaded.record["history"] == run.history.to_dict()
    assert loaded.history["mu"].tolist() == run.history["mu"].tolist()
    with pytest.raises(tw.ArgumentError, match="has no history of one training"):
        _ = dataclasses.replace(loaded, record={}).history


def test_plain_data_is_a_history_again_also_that_of_earlier_versions():
    again = History.from_dict(RECORDED.to_dict())
    assert again.names() == RECORDED.names()
    for name in again.names():
        np.testing.assert_array_equal(again[name], RECORDED[name])
    old = History.from_dict({"loss": [0.5], "validation_loss": None, "gradient_norm": [2.0]})
    assert old.names() == ("loss", "gradient_norm")


@pytest.mark.parametrize("told", [{}, {"mu": [1.0]}, {"loss": [1.0], "mu": [1.0, 2.0]}, {"loss": 3.0}, {"loss": ["a"]}])
def test_what_is_no_history_is_refused(told):
    with pytest.raises(tw.DataError, match="history"):
        History.from_dict(told)


def test_a_name_that_there_is_not_is_told_of_those_that_there_are():
    history = tw.History(np.array([1.0]), None, None)
    assert list(history) == ["loss"]
    with pytest.raises(tw.ArgumentError, match="did you mean 'mu'"):
        history["mus"]
    with pytest.raises(tw.ArgumentError, match=r"train with record=\('mu',\) and a rule that has it"):
        history["mu"]
