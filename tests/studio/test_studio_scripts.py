"""The script and the command of a training, run: they give its numbers to the bit."""

import contextlib
import io
import shlex

import numpy as np
import pytest
from command_line import run
from driven import built_of, ran
from workbooks import workbook

import thalweg as tw
from thalweg.optimizers import RULES
from thalweg.studio.building import build
from thalweg.studio.models import model_file
from thalweg.studio.scripts import command_of, script_of, unlike
from thalweg.studio.session import Session
from thalweg.studio.spec import Spec
from thalweg.studio.uploads import table_from

CASES = {
    "a gate": {"data": "xor", "epochs": 30, "rule": {"learning_rate": 0.05}},
    "two layers": {"data": "clouds", "points": 60, "layers": ((4, "relu"), (3, "relu")), "epochs": 5, "l2": 0.01},
    "several activations, a goal and l1": {"data": "circle", "points": 60, "layers": ((4, "relu"), (3, "tanh", 0.2)),
                                           "goal": 0.5, "min_gradient": 1e-9, "l1": 0.01, "epochs": 20},
    "a setting of the rule alone": {"data": "sine", "points": 40, "rule": {"beta1": 0.7}, "epochs": 4},
    "second order": {"data": "sine", "points": 40, "optimizer": "lm", "epochs": 6, "patience": 2},
    "momentum on a schedule": {"data": "saddle", "points": 40, "optimizer": "momentum", "schedule": "cosine",
                               "rule": {"momentum": 0.8}, "epochs": 4, "batch_size": 8, "order": "sequential"},
    "a formula and settings of an activation": {"data": "circle", "points": 60, "epochs": 3, "layers": (
        (3, "formula", 0.0, (("formula", "x/(1 + abs(x))"),)), (2, "leaky_relu", 0.0, (("slope", 0.2),)))},
    "settings of a loss": {"data": "sine", "points": 40, "epochs": 3, "loss": "huber", "loss_settings": {"delta": 0.5}},
    "a formula as the loss": {"data": "plane", "points": 40, "epochs": 3, "loss": "formula",
                              "loss_settings": {"formula": "log(1 + e**2)"}},
    "a momentum that changes": {"data": "plane", "points": 40, "optimizer": "momentum", "rule": {"momentum": 0.5},
                                "final_momentum": 0.9, "epochs": 4},
    "balanced classes": {"data": "clouds", "points": 50, "class_weight": "balanced", "epochs": 3},
}  # fmt: skip


pytestmark = pytest.mark.usefixtures("unwritten_figures")  # of the reports that commands write


@pytest.fixture(scope="module", params=CASES, ids=list(CASES))
def session(request):
    return ran(Session(built_of(**CASES[request.param])), "run")


def same(history, run):
    assert list(history.names()) == list(run.history.names())
    for name in history.names():
        if name != "seconds":
            np.testing.assert_array_equal(history[name], run.history[name])


def test_the_script_makes_the_same_run(session, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(script_of(session.built, session.sample().epochs), names)
    same(names["run"].history, session.finished())
    stem = session.built.name.removesuffix(".csv")
    kept = tw.load(tmp_path / f"{stem}.thalweg").params
    x = session.built.network.ravel
    np.testing.assert_array_equal(x(kept), x(session.finished().params))


def test_the_command_makes_the_same_run_or_says_why_not(session, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = command_of(session.built, session.sample().epochs)
    if not said.text:
        assert said.missing.endswith("; the script says it")
        return
    session.built.frame.write_csv(session.built.name)
    words = shlex.split(said.text)
    assert words[:2] == ["thalweg", "train"]
    assert run(*words[1:]).status == 0
    model = tw.load(f"{session.built.name.removesuffix('.csv')}.thalweg")
    same(tw.History.from_dict(model.record["history"]), session.finished())
    x = session.built.network.ravel
    np.testing.assert_array_equal(x(model.params), x(session.finished().params))


def made_of(session):
    names = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(script_of(session.built, session.sample().epochs), names)
    return names["run"].history.loss.tolist()


@pytest.mark.parametrize(
    ("fields", "commands"),
    [
        ({"epochs": 6}, ["epoch", "epoch"]),
        ({"epochs": 6}, ["run", "run"]),
        ({"epochs": 6, "schedule": "cosine"}, ["run"]),
        ({"epochs": 6, "schedule": "cosine"}, ["epoch", "epoch"]),
        ({"epochs": 6, "schedule": "cosine"}, ["run", "epoch"]),
        ({"epochs": 300, "goal": 0.3, "rule": {"learning_rate": 0.05}}, ["run"]),
        ({"epochs": 300, "goal": 0.3, "rule": {"learning_rate": 0.05}}, ["run", "epoch"]),
    ],
)
def test_a_run_that_no_script_makes_again_is_told(fields, commands, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    session = ran(Session(built_of(data="xor", **fields)), *commands)
    told = unlike(session.built, session.sample().epochs, went_on=session.went_on)
    assert (made_of(session) == session.finished().history.loss.tolist()) == (not told)


def test_a_run_that_went_on_is_replayed_from_its_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    session = ran(Session(built_of(epochs=5)), "run", "run")
    (tmp_path / "xor.thalweg").write_bytes(model_file(session.built, session.finished()))
    session.built.frame.write_csv("xor.csv")
    assert run("step", "xor.thalweg", "--table", "xor.csv", "--step", "8").status == 0


OWN = "".join(f'{k % 3},"{k % 7},2{k % 10}5",{"abc"[k % 3]},{1 + k % 2}\n' for k in range(40))


def test_a_table_of_ones_own_is_read_as_the_page_read_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    own = table_from("mine.csv", OWN.encode(), header=False)
    spec = Spec(data="table", engine="numpy", epochs=2, no_header=True, decimal="comma", text=("column 1",),
                sample_weight="column 4", target=("column 2",), max_seconds=900.0)  # fmt: skip
    session = ran(Session(build(spec, own)), "run")
    (tmp_path / "mine.csv").write_text(OWN)
    names = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(script_of(session.built, 2), names)
    same(names["run"].history, session.finished())
    assert run(*shlex.split(command_of(session.built, 2).text)[1:]).status == 0
    same(tw.History.from_dict(tw.load("mine.thalweg").record["history"]), session.finished())


def test_the_sheet_of_a_workbook_is_said(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = [["a", "y"], *([k, k % 5] for k in range(30))]
    book = workbook({"first": [["no", "x"], [1, 2]], "second": rows})
    (tmp_path / "b.xlsx").write_bytes(book)
    spec = Spec(data="table", engine="numpy", epochs=2, sheet="second", task="regression")
    session = ran(Session(build(spec, table_from("b.xlsx", book, sheet="second"))), "run")
    assert "read_table('b.xlsx', sheet='second')" in script_of(session.built)
    assert run(*shlex.split(command_of(session.built, 2).text)[1:]).status == 0
    same(tw.History.from_dict(tw.load("b.thalweg").record["history"]), session.finished())


def test_most_cases_have_a_command():
    without = [name for name, fields in CASES.items() if not command_of(built_of(**fields)).text]
    assert without == ["a setting of the rule alone", "a formula and settings of an activation", "settings of a loss",
                       "a formula as the loss"]  # fmt: skip


@pytest.mark.parametrize("name", ["wild<b>'name\".csv", "-table.csv", "a b.csv"])
def test_names_of_tables_are_quoted(name):
    import dataclasses

    built = dataclasses.replace(built_of(), name=name)
    assert shlex.split(command_of(built).text)[2] == name
    compile(script_of(built), "script", "exec")


@pytest.mark.parametrize("rule", list(RULES))
def test_every_rule_is_written(rule):
    compile(script_of(built_of(data="sine", points=20, optimizer=rule, loss="mse", epochs=1)), "script", "exec")
