"""`thalweg import`: a model file of a network from elsewhere, and the commands that take it."""

import numpy as np
import polars as pl
import pytest
from command_line import ok, refused
from scipy.io import savemat

import thalweg as tw
from thalweg.tables.diagnosis import diagnose_model

ROWS = "load,speed,torque\n2.0,15.0,200\n1.0,30.0,180\n3.0,12.0,190\n0.5,20.0,170\n"


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    named = {"IW1_1": [[0.8, -0.4], [0.3, 0.9]], "b1": [[0.1], [-0.2]], "LW2_1": [[1.5, -0.7]], "b2": 0.3}
    scaled = {"xoffset": [[0.0], [10.0]], "gain": [[0.5], [0.1]], "ymin": -1.0}
    savemat("engine.mat", {**named, "transferFcn": np.array(["tansig", "purelin"], object), "x1_step1": scaled})
    (tmp_path / "rows.csv").write_text(ROWS)


def test_a_network_that_was_read_predicts_and_opens_its_steps():
    told = ok("import", "engine.mat", "--columns", "load,speed", "--target", "torque").out
    assert "regression of 'torque' from load, speed" in told
    assert told.endswith("model: engine.thalweg\n")
    predicted = ok("predict", "engine.thalweg", "rows.csv").out.splitlines()
    model = tw.load("engine.thalweg")
    assert predicted[0] == "load,speed,torque,predicted_torque"
    assert float(predicted[1].split(",")[-1]) == model.predict(np.array([[2.0, 15.0]]))[0, 0]
    step = ok("step", "engine.thalweg", "--table", "rows.csv", "--row", 2).out
    assert "It was not trained here: the rule is gradient descent, learning rate 0.01." in step
    assert "read from" in ok("show", "engine.thalweg").out
    assert "right" in ok("check", "engine.thalweg", "--table", "rows.csv").out
    assert diagnose_model(model, pl.read_csv("rows.csv")).examples == 4


def test_kept_scaling_shows_the_weights_of_the_file():
    ok("import", "engine.mat", "--scaling", "kept", "--columns", "load,speed", "--target", "torque", "-q")
    step = ok("step", "engine.thalweg", "--table", "rows.csv", "--row", 1).out
    assert "load 2, (2 - 2) / 2" in step
    assert "(0.8)" in step


def test_json_and_the_name_of_the_model():
    found = ok("import", "engine.mat", "--output", "other.thalweg", "--json").json
    assert found == {"file": "engine.mat", "model": "other.thalweg", "parameters": 9, "notes": []}


def test_refusals_leave_nothing(tmp_path):
    assert "none.mat: no such file" in refused("import", "none.mat")
    assert "a model file ends in .thalweg" in refused("import", "engine.mat", "--output", "engine.onnx")
    assert "would overwrite the input" in refused("import", "engine.mat", "--output", "engine.mat")
    assert "columns are 1 different names" in refused("import", "engine.mat", "--columns", "a")
    assert "a network is not read from a file that ends in '.csv'" in refused("import", "rows.csv")
    assert not list(tmp_path.glob("*.thalweg"))


@pytest.mark.parametrize("suffix", ["onnx", "weights.h5"])
def test_an_export_of_a_table_is_a_model_again(suffix, tmp_path):
    ok("train", "rows.csv", "--target", "torque", "--hidden", "2", "--epochs", 1, "--engine", "numpy", "-q")
    ok("export", "rows.thalweg", f"net.{suffix}", "-q")
    told = ok("import", f"net.{suffix}").out
    assert "regression of 'torque' from load, speed" in told
    assert told.endswith("model: net.thalweg\n")
    assert ok("predict", "net.thalweg", "rows.csv").out == ok("predict", "rows.thalweg", "rows.csv").out
    assert "the file says its columns" in refused("import", f"net.{suffix}", "--columns", "a,b", "-o", "other.thalweg")
    assert not (tmp_path / "other.thalweg").exists()
