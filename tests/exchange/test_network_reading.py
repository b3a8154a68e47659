"""The door: which reader, the model that is made, and what `export` writes read back to the same network."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import thalweg as tw
from thalweg.core.activations import ACTIVATIONS
from thalweg.errors import ArgumentError, DataError, FileError

TABLES = {"IW": [np.array([[0.3, -0.2], [0.1, 0.4]])], "LW": [None, np.array([[1.0, -2.0]])]}
TABLES |= {"b": [np.array([0.1, -0.1]), np.array([0.5])], "transferFcn": ["tansig", "purelin"]}


@st.composite
def networks(draw: st.DrawFn) -> tw.Network:
    """A small network: layers fed by some of what stands before them, the last one of its own kind."""
    inputs = {"p": draw(st.integers(1, 3))} | ({"q": 2} if draw(st.booleans()) else {})
    names, layers = list(inputs), []
    count = draw(st.integers(1, 3))
    for number in range(count):
        activation = draw(st.sampled_from([name for name in ACTIVATIONS if name != "softmax" or number == count - 1]))
        before = draw(st.lists(st.sampled_from(names), unique=True, min_size=1))
        if number:
            before = list(dict.fromkeys([*before, names[-1]]))
        layers.append(
            tw.Layer(f"h{number}", draw(st.integers(1, 3)), activation, tuple(before), bias=draw(st.booleans()))
        )
        names.append(f"h{number}")
    used = {source for layer in layers for source in layer.sources or ()}
    return tw.Network({name: size for name, size in inputs.items() if name in used}, layers)


@settings(max_examples=25, deadline=None)
@given(networks(), st.sampled_from(["float32", "float64"]), st.integers(0, 9))
def test_what_is_exported_is_read_back(net: tw.Network, dtype: str, seed: int) -> None:
    params = net.unravel(np.random.default_rng(seed).normal(size=net.parameter_count).astype(dtype))
    model = tw.Model(net, params, tw.losses.MAE())
    with TemporaryDirectory() as folder:
        for suffix in (".onnx", ".safetensors", ".m", ".weights.h5"):
            name = f"{folder}/net{suffix[1:3]}{suffix}"
            model.export(name)
            found = tw.exchange.read_network(name)
            assert_same(found, model, "float32" if suffix == ".weights.h5" else dtype)
            assert found.loss == model.loss
        without_word_of_it(folder + "/neton.onnx")
        assert_same(tw.exchange.read_network(folder + "/neton.onnx"), model, dtype)


def assert_same(found: tw.Model, model: tw.Model, dtype: str) -> None:
    assert found.network.layers == model.network.layers
    assert dict(found.network.inputs) == dict(model.network.inputs)
    wanted = model.network.ravel(model.params).astype(dtype)
    assert (found.network.ravel(found.params) == wanted).all()
    assert found.dtype == dtype


def without_word_of_it(path: str | Path) -> None:
    """Take away what a graph says of its model, so that it is read by its nodes."""
    graph = onnx.load(path)
    del graph.metadata_props[:]
    onnx.save(graph, path)


def test_a_model_of_a_table_that_says_nothing_of_it_is_told_by_node(tmp_path: Path) -> None:
    frame = pl.DataFrame({"x": [1.0, 2.0, 3.0, 4.0] * 5, "y": [1.0, 3.0, 2.0, 5.0] * 5})
    trained = tw.train_table(frame, "y", tw.Settings(hidden=(2,), epochs=2, engine="numpy", split="100/0/0"))
    trained.model.export(tmp_path / "net.onnx")
    without_word_of_it(tmp_path / "net.onnx")
    with pytest.raises(FileError, match=r"node 'isnan' \(IsNaN\): IsNaN is no operation of a layer"):
        tw.exchange.read_network(tmp_path / "net.onnx")


@pytest.mark.parametrize("suffix", [".py", ".onnx"])
def test_two_classes_of_two_outputs_are_exported_as_they_are(tmp_path: Path, suffix: str) -> None:
    tables = {"IW": [np.array([[0.3, -0.2], [0.1, 0.4]])], "b": [np.array([0.1, 0.3])], "transferFcn": "softmax"}
    model = tw.exchange.read_network(tables, classes=["no", "yes"])
    frame = pl.DataFrame({"x1": [0.5, -1.0], "x2": [2.0, 0.25]})
    found = model.predict_table(frame)
    np.testing.assert_array_equal(found.probabilities, model.predict(frame.to_numpy()))
    assert (found.values == np.array(["no", "yes"])[model.predict(frame.to_numpy()).argmax(axis=1)]).all()
    (file,) = model.export(tmp_path / f"net{suffix}")
    assert tw.exchange.check_export(file).passed


def test_training_goes_on_from_where_it_stands() -> None:
    model = tw.exchange.read_network(TABLES)
    rng = np.random.default_rng(0)
    P = rng.normal(size=(30, 2))
    T = model.predict(P) + 0.3 * np.sin(P[:, :1])
    before = np.mean((model.predict(P) - T) ** 2)
    run = tw.train(model.network, P, T, params=model.params, optimizer="lm", epochs=5, engine="numpy")
    assert np.mean((run.predict(P) - T) ** 2) < 0.2 * before
    assert tw.check_network(model.network, model.loss, model.params, P, T).passed
    step = tw.worked.worked_step(model.network, model.loss, model.params, P[:1], T[:1], tw.optimizers.GradientDescent())
    assert "(0.3)(" in str(step.show())
    assert tw.diagnosis.diagnose_network(model.network, model.loss, model.params, P, T).examples == 30


def test_a_file_of_it_has_its_names_and_where_it_is_from(tmp_path: Path) -> None:
    model = tw.exchange.read_network(TABLES, columns=["load", "speed"], target="torque")
    tw.save(model, tmp_path / "net.thalweg")
    loaded = tw.load(tmp_path / "net.thalweg")
    assert loaded.network == model.network
    assert loaded.record["read_from"] == {"name": "dict", "format": "IW, LW and b of MATLAB"}
    frame = pl.DataFrame({"load": [1.0, 2.0], "speed": [3.0, 1e4]})
    np.testing.assert_array_equal(loaded.predict_table(frame).values, model.predict(frame.to_numpy())[:, 0])
    assert loaded.predict_table(frame).notes == ()
    with pytest.raises(DataError, match="column 'speed' is missing in row 2, and the network"):
        loaded.predict_table(pl.DataFrame({"load": [1.0, 2.0], "speed": [3.0, None]}))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"columns": ["a"]}, "columns are 1 different names; the network has 2 inputs"),
        ({"columns": ["a", "a"]}, "columns are 1 different names"),
        ({"target": ["y", "z"]}, "it must be 1, different, and none of columns"),
        ({"columns": ["a", "y"]}, "none of columns"),
        ({"classes": ["no", "yes"]}, "classes are given, and the loss is not that of classes"),
        ({"loss": "msee"}, "did you mean 'mse'"),
        ({"scaling": "half"}, "scaling is 'half'"),
        ({"layers": ["Linear"]}, "layers go with a state_dict"),
    ],
)
def test_options_that_do_not_fit_are_told(options: dict[str, object], told: str) -> None:
    with pytest.raises(ArgumentError, match=told):
        tw.exchange.read_network(TABLES, **options)


def test_other_files_are_told_how(tmp_path: Path) -> None:
    for name, told in (
        ("net.onnxx", "is it '.onnx'"), ("net.h5", "save it whole"), ("net.thalweg", "tw.load"), ("net.txt", "name a"),
    ):  # fmt: skip
        (tmp_path / name).write_bytes(b"1")
        with pytest.raises(FileError, match=told):
            tw.exchange.read_network(tmp_path / name)
    with pytest.raises(FileError, match="no such file"):
        tw.exchange.read_network(tmp_path / "none.onnx")
    with pytest.raises(ArgumentError, match="5 is no network that is read"):
        tw.exchange.read_network(5)


def test_a_value_that_is_missing_has_no_answer_in_exports_either(tmp_path):
    """The network says nothing of it: predict refuses, and so do the exports, or their answer is no number."""
    from sklearn.neural_network import MLPRegressor

    P = np.random.default_rng(0).normal(size=(40, 2))
    theirs = MLPRegressor(hidden_layer_sizes=(3,), solver="lbfgs", max_iter=2000).fit(P, P[:, 0])
    model = tw.exchange.read_network(theirs, columns=["a", "b"], target="y")
    rows = pl.DataFrame({"a": [0.5, None], "b": [1.0, 2.0]})
    with pytest.raises(tw.DataError, match="'a' is missing in row 2"):
        model.predict_table(rows)
    for end in ("py", "c", "m", "onnx"):
        model.export(tmp_path / f"net.{end}")
    own = {}
    exec((tmp_path / "net.py").read_text(), own)
    assert own["predict"]({"a": [0.5], "b": [1.0]})
    with pytest.raises(ValueError, match="row 2 has values too far from the training rows, or lacks one"):
        own["predict"]({"a": [0.5, None], "b": [1.0, 2.0]})
    session = pytest.importorskip("onnxruntime").InferenceSession(tmp_path / "net.onnx")
    given = {name: rows[name].cast(pl.Float64).to_numpy()[:, None] for name in rows.columns}
    values = session.run(None, given)[0].ravel()
    assert values[0] == pytest.approx(model.predict_table(rows.head(1)).values[0], rel=1e-5)
    assert np.isnan(values[1])
    assert "or that lacks a value" in (tmp_path / "net.h").read_text()
    assert "present(" not in (tmp_path / "net.c").read_text()  # a function that nobody calls is warned of
