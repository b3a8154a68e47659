"""The data of curves: those of the runs, whatever is given in their place."""

import json
from pathlib import Path

import numpy as np
import pytest
from moving_runs import classifier, curve
from schema_check import validate

import thalweg as tw
from thalweg.training.history import History
from thalweg.widgets.curves_data import (
    RunCurves,
    curves_of,
    panels_of,
    several_runs,
    spans_decades,
    tail_data,
    whole_data,
)

SCHEMA = json.loads((Path(tw.__file__).parent / "widgets" / "curves.schema.json").read_text(encoding="utf-8"))


def test_the_numbers_are_those_of_the_history():
    run = classifier()
    (told,) = whole_data(several_runs(run), "")["runs"]
    by_name = {one["name"]: one for one in told["curves"]}
    assert set(by_name) == set(run.history.names()) - {"seconds"}
    for name, one in by_name.items():
        assert one["epochs"] == list(range(1, 61))
        np.testing.assert_allclose(one["values"], run.history[name], rtol=1e-5)
    best = int(np.argmin(run.history.validation_loss)) + 1
    assert told["best"][0] == best == run.kept_epoch
    assert told["best"][1] == pytest.approx(run.history.validation_loss.min(), rel=1e-5)
    assert told["ended"] in run.explanation
    assert [one["name"] for one in told["curves"]][:4] == ["loss", "validation_loss", "test_loss", "gradient_norm"]


def test_a_run_a_history_a_model_and_plain_numbers_are_all_curves():
    run = curve()
    told = whole_data(several_runs(run), "")["runs"][0]["curves"]
    fit = tw.fitnet(np.linspace(0, 1, 30), np.linspace(0, 1, 30) ** 2, 2, epochs=2, engine="numpy")
    for one in (run.history, {name: run.history[name].tolist() for name in run.history}):
        assert whole_data(several_runs(one), "")["runs"][0]["curves"] == told
    assert curves_of("a", fit).epochs == fit.run.epochs
    assert curves_of("a", fit.model).curves["loss"].points() == curves_of("a", fit).curves["loss"].points()
    both = several_runs([run, run.history], names=["first", "second"])
    assert [one.name for one in both] == ["first", "second"]
    assert panels_of(both)[0] == "losses"
    assert panels_of(both)[-1] == "validation_checks"


def test_what_came_since_is_all_that_is_new():
    run = RunCurves("a")
    run.add({"loss": np.arange(100.0, 0, -1), "mu": 1.0, "seconds": 3.0, "test_loss": None})
    assert list(run.curves) == ["loss", "mu"]
    sent = {("a", "loss"): 99, ("a", "mu"): 0}
    run.add({"loss": [0.5, np.nan]})
    (tail,) = tail_data([run], sent)
    assert tail["curves"]["loss"]["epochs"] == [100, 101, 102]
    assert tail["curves"]["loss"]["values"] == [1.0, 0.5, None]
    assert (tail["curves"]["loss"]["from"], tail["curves"]["loss"]["left_out"], tail["epochs"]) == (100, 1, 102)


def test_it_is_as_its_schema_says():
    runs = several_runs(
        {"a": classifier(), "b": {"loss": [np.nan, np.inf, 1.0]}, "c": History(np.zeros(0), None, None)}
    )
    values = {"data": whole_data(runs, "t"), "tail": tail_data(runs, {("b", "loss"): 1}), "log": True,
              "panels": ["losses"], "hidden": [], "epoch": 0}  # fmt: skip
    validate(json.loads(json.dumps(values, allow_nan=False)), SCHEMA)


def test_the_best_is_where_validation_is_least_while_a_run_goes_on_and_what_is_kept_after_it():
    run = RunCurves("a")
    run.add({"loss": [3.0, 2.0, 1.0]})
    assert run.at_best() is None
    run.add({"validation_loss": [3.0, 2.0, 2.5]})
    assert run.at_best() == [2, 2.0]
    run.best = 3
    assert run.at_best() == [3, None]
    run.best = 0  # the initial parameters
    assert run.at_best() is None


@pytest.mark.parametrize("validated", [False, True], ids=["plain", "validated"])
@pytest.mark.parametrize(("rate", "marked"), [(1e6, False), (50.0, True)], ids=["at once", "later"])
def test_of_a_run_that_diverged_nothing_is_best_unless_it_had_learnt(validated, rate, marked):
    P = np.linspace(-1, 1, 20)[:, None]
    rule = tw.optimizers.GradientDescent(tw.schedules.Linear(0.01, rate, 400) if marked else rate)
    run = tw.train(tw.mlp(1, 1), P, 3 * P, optimizer=rule, epochs=400, order="sequential", batch_size="all",
                   validation=(P, 3 * P) if validated else None, engine="numpy")  # fmt: skip
    assert run.stopped_because == "diverged"
    assert (curves_of("a", run).at_best() is not None) == marked


def test_a_logarithmic_scale_is_for_decades():
    assert spans_decades(several_runs({"loss": [1.0, 0.001]}))
    assert not spans_decades(several_runs({"loss": [1.0, 0.1]}))
    assert not spans_decades(several_runs({"loss": [1.0, 0.0]}))


def test_what_is_refused():
    with pytest.raises(tw.DataError, match="as long as each other, not loss 2, mu 1"):
        several_runs({"loss": [1.0, 2.0], "mu": [1.0]})
    with pytest.raises(tw.ArgumentError, match="run 'a' is 3; it must be a run"):
        several_runs({"a": 3})
    with pytest.raises(tw.ArgumentError, match="2 different names"):
        several_runs([curve(), curve()], names=["a", "a"])
    with pytest.raises(tw.ArgumentError, match="13 runs are more than 12"):
        several_runs([curve()] * 13)
    with pytest.raises(tw.DataError, match="one number for each epoch"):
        RunCurves("a").add({"loss": [[1.0]]})
    with pytest.raises(tw.DataError, match="must be numbers"):
        RunCurves("a").add({"loss": "much"})
