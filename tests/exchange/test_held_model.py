"""Exports of whole models read back: the same answers to hostile rows, the same encoding, the same parameters."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from damaged_networks import refusals
from to_export import hostile, models, table

import thalweg as tw
from thalweg.errors import ArgumentError, FileError
from thalweg.exchange.held_model import description_of, found_again, found_older, names_in, networks_in, split
from thalweg.files.model_file import describe_model

NET = tw.Network({"p": 2, "q": 1}, [tw.Layer("a", 3, "tanh", ("p", "q")), tw.Layer("b", 1, "linear", bias=False)])
MODEL = tw.Model(NET, NET.init(0), tw.losses.MSE())


SUFFIXES = (".onnx", ".safetensors", ".m", ".weights.h5")


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        pytest.param(name, suffix, marks=[] if (number + place) % 2 == 0 else pytest.mark.thorough)
        for number, name in enumerate(models())
        for place, suffix in enumerate(SUFFIXES)
    ],
)
def test_a_model_of_a_table_comes_back_whole(name: str, suffix: str, tmp_path: Path) -> None:
    model = models()[name]
    model.export(tmp_path / f"net{suffix}")
    found = tw.exchange.read_network(tmp_path / f"net{suffix}")
    assert found.encoding == model.encoding
    assert found.network == model.network
    assert found.weights == model.weights
    assert found.calibration == model.calibration
    assert found.record["read_from"]["name"] == f"net{suffix}"
    tw.save(found, tmp_path / "again.thalweg")
    for one in (found, tw.load(tmp_path / "again.thalweg")):
        answer, expected = one.predict_table(hostile()), model.predict_table(hostile())
        if expected.probabilities is not None and suffix != ".weights.h5":
            np.testing.assert_array_equal(answer.probabilities, expected.probabilities)
        if model.encoding is not None and model.encoding.task == "regression":
            room = 1e-6 if suffix == ".weights.h5" else 0.0  # Keras's are float32
            np.testing.assert_allclose(answer.values, expected.values, rtol=room)
        else:
            np.testing.assert_array_equal(answer.values, expected.values)


def test_what_the_file_says_is_not_said_again(tmp_path: Path) -> None:
    models()["measured"].export(tmp_path / "net.onnx")
    with pytest.raises(FileError, match=r"net\.onnx: the file says its columns, target and classes itself"):
        tw.exchange.read_network(tmp_path / "net.onnx", columns=["a"])
    found = tw.exchange.read_network(tmp_path / "net.onnx", loss="mae")
    assert found.loss == tw.losses.MAE()


def test_the_loss_and_the_columns_come_along_but_not_the_history(tmp_path: Path) -> None:
    trained = tw.train_table(table(), "price", tw.Settings(epochs=1, engine="numpy", hidden=(2,)), name="fruit.csv")
    trained.model.export(tmp_path / "net.onnx")
    found = tw.exchange.read_network(tmp_path / "net.onnx")
    assert found.loss == trained.model.loss
    assert found.record["table"] == trained.model.record["table"]
    assert "history" not in found.record


def test_a_part_of_ones_own_is_not_described() -> None:
    mine = dataclasses.make_dataclass("Mine", [], bases=(tw.activations.Tanh,), frozen=True)()
    net = tw.mlp(2, 1, output=mine)
    assert description_of(tw.Model(net, net.init(0), tw.losses.MSE()), ()) is None


def test_names_are_those_of_a_model_file() -> None:
    header, tensors = describe_model(MODEL)
    assert names_in(header) == list(tensors)
    assert networks_in(header) == {"": NET}
    found = found_again(header, {name: array.ravel() for name, array in tensors.items()}, "a file")
    assert (NET.ravel(found.params) == NET.ravel(MODEL.params)).all()
    assert found.words == "a file that Thalweg wrote"
    older = found_older(header["network"], list(tensors.values()), "a file")
    assert (NET.ravel(older.params) == NET.ravel(MODEL.params)).all()
    assert (older.model, older.loss) == (None, None)


def test_arrays_that_do_not_fit_are_named() -> None:
    header, tensors = describe_model(MODEL)
    lacking = {name: array for name, array in tensors.items() if not name.endswith("bias")}
    with pytest.raises(ArgumentError, match=r"it has no array for parameters/a/bias, which needs \(3,\)"):
        found_again(header, lacking, "a file")
    with pytest.raises(ArgumentError, match="it has 4 numbers for parameters/a/bias"):
        found_again(header, tensors | {"parameters/a/bias": np.zeros(4)}, "a file")
    with pytest.raises(ArgumentError, match="does not hold finite numbers"):
        found_again(header, tensors | {"parameters/a/bias": np.full(3, np.nan)}, "a file")


@pytest.mark.parametrize(
    "change",
    [{"network": {}}, {"network": None}, {"loss": {"name": "none"}}, {"members": 5}, {"members": [{}]}, {"format": 99}],
)
def test_damaged_descriptions_are_told_in_a_line(change: dict[str, object]) -> None:
    header, tensors = describe_model(MODEL)
    with pytest.raises(ArgumentError, match="what it says of its model is damaged") as error:
        found_again(json.loads(json.dumps({**header, **change})), tensors, "a file")
    assert "\n" not in str(error.value)
    for wrong in (None, [], 5):
        with pytest.raises(ArgumentError, match="damaged"):
            networks_in(wrong)


def test_weights_side_by_side_are_split_by_source() -> None:
    W = np.arange(9.0).reshape(3, 3)
    found = split(W, np.ones(3), NET, NET.layers[0], "members/1/")
    assert {name: array.tolist() for name, array in found.items()} == {
        "members/1/parameters/a/weights/p": W[:, :2].tolist(),
        "members/1/parameters/a/weights/q": W[:, 2:].tolist(),
        "members/1/parameters/a/bias": [1.0, 1.0, 1.0],
    }
    with pytest.raises(ArgumentError, match=r"layer 'a' have shape \(3, 2\); the network needs \(3, 3\)"):
        split(W[:, :2], None, NET, NET.layers[0], "")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_damaged_exports_raise_errors_of_ours_alone(suffix: str, tmp_path: Path) -> None:
    models()["mean"].export(tmp_path / f"net{suffix}")
    assert refusals(tmp_path / f"bad{suffix}", (tmp_path / f"net{suffix}").read_bytes(), 40) > 20


def test_sizes_that_no_array_has_are_told() -> None:
    header, tensors = describe_model(MODEL)
    header["network"]["layers"][0]["size"] = 2**32
    header["network"]["inputs"][0]["size"] = 2**32  # whose product is 0 in 64 bits
    with pytest.raises(ArgumentError, match=r"it has|more than"):
        found_again(header, tensors | {"parameters/a/weights/p": np.zeros((0, 0))}, "a file")
