"""Commands on a model that was fitted to arrays by a recipe, with these as a table."""

import re

import numpy as np
import optax
import polars as pl
import pytest
from command_line import ok, refused

import thalweg as tw
from thalweg.tables import diagnose_model

RNG = np.random.default_rng(4)
P = RNG.uniform(0, 10, (60, 2))
T = np.column_stack([np.sin(P[:, 0] / 3), P[:, 0] * P[:, 1]])
T[::6, 1] = np.nan


@pytest.fixture(scope="module")
def fit():
    return tw.fitnet(P, T, 3, "trainlm", targets="ignore_nan", epochs=6, engine="numpy", l2=0.01)


@pytest.fixture(autouse=True)
def _here(fit, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    fit.save("f.thalweg")
    columns = {"x1": P[:, 0], "x2": P[:, 1], "y1": T[:, 0], "y2": T[:, 1]}
    pl.DataFrame(columns).fill_nan(None).write_csv("t.csv")


def test_a_row_is_opened_by_the_rule_of_the_recipe(fit):
    found = ok("step", "f.thalweg", "--table", "t.csv", "--row", 1, "--format", "json").json
    assert found["title"] == "A step on row 1 of t.csv, with trainlm"
    answer = fit.predict(P[:1])[0]
    assert f"The network says y1 {answer[0]:.6g}, y2 {answer[1]:.6g} for the row." in found["notes"]


def test_a_row_without_a_target_is_told():
    labels = ["a" if p > 5 else "b" for p in P[:, 0]]
    labels[3] = None
    tw.patternnet(P, labels, 2, targets="ignore_nan", epochs=2, engine="numpy").save("c.thalweg")
    pl.DataFrame({"x1": P[:, 0], "x2": P[:, 1], "class": labels}).write_csv("c.csv")
    told = refused("step", "c.thalweg", "--table", "c.csv", "--row", 4)
    assert told == "thalweg: row 4 of c.csv has no target, and a step needs one: open another row\n"
    assert ok("check", "c.thalweg", "--table", "c.csv", "--json").json["passed"]


def test_an_update_is_replayed():
    text = ok("step", "f.thalweg", "--table", "t.csv", "--step", 4, "--layer", "layer2").out
    assert text.startswith("Update 4 of a run with trainlm")
    assert "Replayed by numpy: the losses of 4 epochs are the run's to the bit." in text


def test_without_its_table_the_columns_are_told():
    told = "give the arrays that it was fitted to as a table of the columns x1, x2, y1, y2, --table TABLE\n"
    for command in (["step", "--row", 1], ["check"], ["diagnose"], ["surface"]):
        assert refused(command[0], "f.thalweg", *command[1:]).endswith(told)


def test_show_names_recipe_rule_loss_and_division():
    out = ok("show", "f.thalweg").out
    for line in ("recipe      fitnet, scaling mapminmax, seed 0", "rule        trainlm: mu 0.001",
                 "loss        mse, of scaled outputs and targets",
                 "division    random 70/15/15: train 42, validation 9, test 9", "targets ignore_nan"):  # fmt: skip
        assert line in out
    assert ok("show", "f.thalweg", "--json").json["record"]["recipe"]["rule"]["name"] == "trainlm"
    assert "rows of y1" in out


def test_check_and_diagnose_take_gaps_as_the_training_did(fit):
    found = ok("check", "f.thalweg", "--table", "t.csv", "--json").json
    assert found["passed"]
    assert "the error has the l2 penalty of the training, 0.01" in found["notes"]
    diagnosis = ok("diagnose", "f.thalweg", "--table", "t.csv", "--json").json
    assert diagnosis["notes"][0] == "over the 42 training rows of the table"
    assert diagnosis["examples"] == 42


def test_a_surface_takes_gaps_and_says_the_name_that_was_given(fit):
    out = ok("surface", "f.thalweg", "--table", "t.csv", "--rules", "traingdx=0.02,traingd", "--points", 5,
             "--steps", 3, "--json", "s.json").out  # fmt: skip
    assert "traingdx, α = 0.02" in out
    scaled = [target.scale.apply(T[:, place]) for place, target in enumerate(fit.model.encoding.targets)]
    X = np.column_stack([column.scale.apply(P[:, place]) for place, column in enumerate(fit.model.encoding.inputs)])
    e = tw.forward(fit.model.network, fit.model.params, X).output - np.column_stack(scaled)
    squares = sum((w.astype(float) ** 2).sum() for one in fit.model.params.values() for w in one.weights.values())
    F, penalty = re.search(r"start: error (\S+)(?s:.*)l2 penalty of the training, (\S+)", out).groups()
    assert float(F) == pytest.approx(np.nanmean(e**2) + float(penalty) / 2 * squares, rel=1e-5)
    told = refused("surface", "f.thalweg", "--table", "t.csv", "--weights", "layer2[0,0],layer2[0,1]", "--only",
                   "--rules", "traingdx")  # fmt: skip
    assert told.startswith("thalweg: traingdx moves all parameters: leave `only` (--only) out, name two weights")


def test_what_a_file_does_not_hold_is_told():
    tw.fitnet(P, T[:, 0], 3, epochs=2, engine="numpy", sample_weight=np.ones(60)).save("w.thalweg")
    pl.DataFrame({"x1": P[:, 0], "x2": P[:, 1], "y": T[:, 0]}).write_csv("w.csv")
    told = refused("step", "w.thalweg", "--table", "w.csv", "--step", 1)
    assert "the file of this model does not hold what its training was given as sample_weight, so that" in told
    assert ok("step", "w.thalweg", "--table", "w.csv", "--row", 1).out
    tw.fitnet(P, T[:, 0], 3, optax.sgd(0.1), epochs=1, engine="xla").save("o.thalweg")
    told = refused("step", "o.thalweg", "--table", "w.csv", "--row", 1)
    assert "by which fitnet trained, is no rule that a file can hold: open a step of its run, fit.run.step(k)" in told
    assert ok("check", "o.thalweg", "--table", "w.csv", "--json").json["passed"]
    assert diagnose_model(tw.load("o.thalweg"), tw.read_table("w.csv")).examples == 60
    assert "not in file sample_weight" in ok("show", "w.thalweg").out
    found = ok("diagnose", "w.thalweg", "--table", "w.csv", "--json").json
    assert found["notes"][0].startswith("over all 60 rows of the table, since its training rows are not known")


def test_one_hot_columns_are_the_classes_that_they_were():
    hot = np.eye(3)[np.arange(60) % 3]
    tw.patternnet(P, hot, 2, epochs=2, engine="numpy").save("o.thalweg")
    columns = {"x1": P[:, 0], "x2": P[:, 1], **{f"y{k + 1}": hot[:, k] for k in range(3)}}
    pl.DataFrame(columns).write_csv("o.csv")
    found = ok("step", "o.thalweg", "--table", "o.csv", "--step", 1, "--format", "json").json
    assert any("the run's to the bit" in note for note in found["notes"])
    assert ok("step", "o.thalweg", "--table", "o.csv", "--row", 2).out
    assert "training rows of the table" in ok("diagnose", "o.thalweg", "--table", "o.csv").out
    assert ok("check", "o.thalweg", "--table", "o.csv", "--json").json["passed"]
    assert "accuracy" in ok("predict", "o.thalweg", "o.csv", "--output", "p.csv").err
    pl.DataFrame(columns).drop("y3").write_csv("l.csv")
    assert "give a column 'class' of 1, 2, 3, or columns of 0 and 1, y1, y2, y3" in refused(
        "check", "o.thalweg", "--table", "l.csv"
    )
