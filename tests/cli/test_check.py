"""`thalweg check`: the gradient of a model on its table."""

import shutil

import pytest
from command_line import DATA, ok, refused, run

import thalweg as tw
from thalweg.core.activations import Tanh


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(("table", "target"), [("wine", "cultivar"), ("diabetes", "progression")])
def test_a_right_gradient(table, target):
    shutil.copy(DATA / f"{table}.csv", ".")
    ok("train", f"{table}.csv", "--target", target, "--epochs", 5, "--hidden", "6,4", "-q")
    ended = ok("check", f"{table}.thalweg", "--table", f"{table}.csv")
    assert "The gradient is right" in ended.out
    assert "layer1" in ended.out
    assert "checked in float64" in ended.out
    told = ok("check", f"{table}.thalweg", "--table", f"{table}.csv", "--json", "--all").json
    assert told["passed"]
    assert told["checked"] == told["total"] == tw.load(f"{table}.thalweg").network.parameter_count
    assert max(told["entries"]["error"]) < told["tolerance"]


def test_a_wrong_one_ends_with_1(monkeypatch):
    shutil.copy(DATA / "wine.csv", ".")
    ok("train", "wine.csv", "--target", "cultivar", "--epochs", 5, "--hidden", "6,4", "-q")
    monkeypatch.setattr(Tanh, "derivative", lambda self, x: 1.0 - x)
    ended = run("check", "wine.thalweg", "--table", "wine.csv")
    assert ended.status == 1
    assert "The gradient is wrong" in ended.out
    assert ended.err == ""


def test_what_cannot_be_checked():
    shutil.copy(DATA / "wine.csv", ".")
    ok("train", "wine.csv", "--target", "cultivar", "--epochs", 2, "-q")
    assert "--rows is 0" in refused("check", "wine.thalweg", "--table", "wine.csv", "--rows", 0)
    assert "cannot read" in refused("check", "nothing.thalweg", "--table", "wine.csv")
    table = tw.read_table("wine.csv")
    table.drop("cultivar").write_csv("new.csv")
    assert "cultivar" in refused("check", "wine.thalweg", "--table", "new.csv")
    table.drop("ash").write_csv("less.csv")
    assert "'ash'" in refused("check", "wine.thalweg", "--table", "less.csv")
    net = tw.mlp(2, 1)
    tw.save(tw.Model(net, net.init(0), tw.losses.MSE()), "arrays.thalweg")
    assert "trained on arrays" in refused("check", "arrays.thalweg", "--table", "wine.csv")
