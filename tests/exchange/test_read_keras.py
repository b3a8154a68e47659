"""Models of Keras 3 as files that the tests write (a zip, JSON, HDF5), against NumPy's products."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from damaged_networks import refusals

import thalweg as tw
from thalweg.errors import FileError

rng = np.random.default_rng(4)
P = rng.normal(size=(5, 3))
K1, C1, K2 = (rng.normal(size=shape).astype(np.float32) for shape in ((3, 4), (4,), (4, 2)))
GAMMA, BETA, MEAN = (rng.normal(size=4).astype(np.float32) for _ in range(3))
VARIANCE = rng.uniform(0.5, 2.0, size=4).astype(np.float32)


def layer(kind: str, name: str, sources: list[str] | None = None, **config: Any) -> dict[str, Any]:
    tensors = [
        {"class_name": "__keras_tensor__", "config": {"shape": [None, 1], "keras_history": [source, 0, 0]}}
        for source in sources or []
    ]
    nodes = [{"args": [tensors if len(tensors) > 1 else tensors[0]], "kwargs": {}}] if tensors else []
    return {
        "module": "keras.layers", "class_name": kind, "config": {"name": name, **config},
        "registered_name": None, "name": name, "inbound_nodes": nodes,
    }  # fmt: skip


def begin(size: Any = 3) -> dict[str, Any]:
    return layer("InputLayer", "given", batch_shape=[None, size], dtype="float32")


def keras(
    config: dict[str, Any], weights: dict[str, list[np.ndarray]], version: str = "3.9.0", **options: Any
) -> bytes:
    hdf = io.BytesIO()
    with h5py.File(hdf, "w") as file:
        for group, arrays in weights.items():
            for number, array in enumerate(arrays):
                file.create_dataset(f"layers/{group}/vars/{number}", data=array, **options)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": version}))
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("model.weights.h5", hdf.getvalue())
    return made.getvalue()


def sequential(*layers: dict[str, Any]) -> dict[str, Any]:
    return {"module": "keras", "class_name": "Sequential", "config": {"name": "s", "layers": list(layers)}}


CHAIN = sequential(
    begin(), layer("Dense", "hidden", units=4, activation="linear", use_bias=True),
    layer("BatchNormalization", "bn", epsilon=0.001), layer("Activation", "act", activation="tanh"),
    layer("Dropout", "drop", rate=0.5), layer("Dense", "out", units=2, activation="softmax", use_bias=False),
)  # fmt: skip
WEIGHTS = {"dense": [K1, C1], "batch_normalization": [GAMMA, BETA, MEAN, VARIANCE], "dense_1": [K2]}


def read(tmp_path: Path, raw: bytes, **options: Any) -> tw.Model:
    path = tmp_path / "net.keras"
    path.write_bytes(raw)
    return tw.exchange.read_network(path, **options)


def softmax(n: np.ndarray) -> np.ndarray:
    e = np.exp(n)
    return e / e.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("names", ["classes", "layers"])
def test_a_chain_with_groups_named_by_class_or_by_layer(tmp_path: Path, names: str) -> None:
    weights = WEIGHTS if names == "classes" else dict(zip(["hidden", "bn", "out"], WEIGHTS.values(), strict=True))
    model = read(tmp_path, keras(CHAIN, weights))
    n = (P @ K1 + C1 - MEAN) / np.sqrt(VARIANCE + 0.001) * GAMMA + BETA
    np.testing.assert_allclose(model.predict(P), softmax(np.tanh(n) @ K2), rtol=2e-5)
    assert [one.name for one in model.network.layers] == ["hidden", "out"]
    assert model.dtype == np.float32


def test_a_functional_model_with_a_join_and_a_sum(tmp_path: Path) -> None:
    config = {
        "class_name": "Functional",
        "config": {
            "name": "f",
            "layers": [
                begin(),
                layer("Dense", "b", ["a"], units=4, activation="elu", use_bias=True),
                layer("Normalization", "z", ["given"], mean=[[1.0, 2.0, 3.0]], variance=[[4.0, 1.0, 0.25]]),
                layer("Dense", "a", ["z"], units=4, activation={"class_name": "LeakyReLU", "config": "relu"}),
                layer("Add", "sum", ["a", "b"]),
                layer("Concatenate", "both", ["sum", "given"], axis=-1),
                layer("Dense", "out", ["both"], units=1, activation="linear"),
            ],
            "input_layers": ["given", 0, 0],
            "output_layers": [["out", 0, 0]],
        },
    }
    KB, CB = rng.normal(size=(4, 4)), rng.normal(size=4)
    KO, CO = rng.normal(size=(7, 1)), np.array([0.5])
    model = read(tmp_path, keras(config, {"b": [KB, CB], "a": [K1, C1], "out": [KO, CO]}))
    a = np.maximum((P - [1.0, 2.0, 3.0]) / [2.0, 1.0, 0.5] @ K1 + C1, 0)
    n = a @ KB + CB
    both = np.hstack([a + np.where(n > 0, n, np.expm1(n)), P])
    np.testing.assert_allclose(model.predict(P), both @ KO + CO, rtol=1e-6)
    assert model.network.output.sources == ("a", "b", "given")


def at(kind: str, **config: Any) -> dict[str, Any]:
    """An activation with settings, as an object within a layer."""
    return {
        "module": "keras.layers", "class_name": kind, "config": {"name": "a", "trainable": True, **config},
        "registered_name": None,
    }  # fmt: skip


def below(slope: Any) -> Any:
    return lambda n: np.maximum(n, 0) + slope * np.minimum(n, 0)


SLOPES = np.array([0.5, -0.25, 0.5, 0.0], np.float32)
OBJECTS = [
    (at("LeakyReLU", negative_slope=0.4), below(0.4)),
    (at("ELU", alpha=0.3), lambda n: np.where(n > 0, n, 0.3 * np.expm1(np.minimum(n, 0)))),
    (at("ReLU", max_value=1.0, negative_slope=0.0, threshold=0.0), lambda n: np.clip(n, 0, 1)),
    (at("ReLU", max_value=1.5, negative_slope=0.1, threshold=0.5),
     lambda n: np.where(n >= 0.5, np.minimum(n, 1.5), 0.1 * (n - 0.5))),
    (at("ReLU", max_value=None, negative_slope=0.1, threshold=0.5), lambda n: np.where(n >= 0.5, n, 0.1 * (n - 0.5))),
    (at("Softmax", axis=-1), softmax),
    (at("PReLU", shared_axes=None), below(SLOPES)),
    ("hard_silu", lambda n: n * np.clip(n / 6 + 0.5, 0, 1)), ("celu", lambda n: np.where(n > 0, n, np.expm1(n))),
    ("log_sigmoid", lambda n: -np.log1p(np.exp(-n))), ("squareplus", lambda n: (n + np.sqrt(n * n + 4)) / 2),
    ("hard_shrink", lambda n: np.where(np.abs(n) > 0.5, n, 0)),
    ("soft_shrink", lambda n: np.sign(n) * np.maximum(np.abs(n) - 0.5, 0)),
    ("sparse_plus", lambda n: np.where(n <= -1, 0, np.where(n < 1, (n + 1) ** 2 / 4, n))),
    ("sparse_sigmoid", lambda n: np.clip((n + 1) / 2, 0, 1)),
]  # fmt: skip


@pytest.mark.parametrize("place", ["within", "as a layer"])
@pytest.mark.parametrize("number", range(len(OBJECTS)))
def test_activations_with_settings(tmp_path: Path, number: int, place: str) -> None:
    activation, f = OBJECTS[number]
    weights: dict[str, Any] = {"dense": [K1, C1]}
    if place == "within":
        layers = [layer("Dense", "d", units=4, activation=activation)]
        weights["dense/activation"] = [SLOPES]
    elif isinstance(activation, str):
        layers = [layer("Dense", "d", units=4), layer("Activation", "a", activation=activation)]
    else:
        layers = [layer("Dense", "d", units=4), {**layer("x", "a"), **activation}]
        weights["p_re_lu"] = [SLOPES]
    found = read(tmp_path, keras(sequential(begin(), *layers), weights))
    np.testing.assert_allclose(found.predict(P), f(P @ K1 + C1), rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize(("version", "slope"), [("2.15.0", 0.2), ("3.9.0", 1 / 6)])
def test_a_hard_sigmoid_is_that_of_its_keras(tmp_path: Path, version: str, slope: float) -> None:
    config = sequential(begin(), layer("Dense", "d", units=4, activation="hard_sigmoid"))
    found = read(tmp_path, keras(config, {"dense": [K1, C1]}, version))
    np.testing.assert_allclose(found.predict(P), np.clip(slope * (P @ K1 + C1) + 0.5, 0, 1), rtol=1e-5)


DENSE = layer("Dense", "d", units=4, activation="relu")
MISTAKES = [
    (
        sequential(begin(), layer("Dense", "d", units=4, activation=at("PReLU"))),
        "layer 'd' (Dense): activation PReLU has 0 arrays of weights; it needs its slopes",
    ),
    (
        sequential(begin(), layer("Dense", "d", units=4, activation=at("LeakyReLU", slope=0.1))),
        "layer 'd' (Dense): activation LeakyReLU: setting 'slope' (0.1) is none that is known",
    ),
    (
        sequential(begin(), layer("Dense", "d", units=4, activation=at("GLU"))),
        "layer 'd' (Dense): unknown activation 'GLU'",
    ),
    (sequential(begin(), layer("Conv2D", "c")), "layer 'c' (Conv2D): unknown layer 'Conv2D'"),
    (sequential(begin(), layer("Dense", "d", units=4, activation="mine")), "(Dense): unknown activation 'mine'"),
    (sequential(begin(), layer("Dense", "d", units=5)), "has a kernel of shape (3, 4); units is 5"),
    (sequential(begin(), layer("Dense", "d", units=4, use_bias=False)), "has 2 arrays of weights; it needs 1"),
    (sequential(begin(9), DENSE), "are given 9 values"),
    (sequential(begin("many"), DENSE), "layer 'given' (InputLayer) has the shape"),
    (sequential(begin(), DENSE, layer("Dense", "e", units=4)), "layer 'e' (Dense) has 0 arrays of weights"),
    (sequential(begin(), {**DENSE, "registered_name": "Mine>Dense"}), "'d' (Dense) is Mine>Dense of Mine, not of"),
    (sequential(begin(), {**DENSE, "module": "mine", "registered_name": "Dense"}), "is Dense of mine, not of Keras"),
    (sequential(begin(), layer("Dense", "d", units=4, activation={
        "module": "builtins", "class_name": "function", "config": "tanh", "registered_name": "Custom>tanh"})),
     "(Dense): activation is Custom>tanh of Custom, not of Keras"),
    (sequential(begin(), layer("Dense", "d", units=4, activation={"class_name": "relu", "config": {"max_value": 6}})),
     "has settings: make it a layer of its own"),
    (sequential(begin(), layer("Dense", "d", units=4, gain=2.0)), "(Dense): setting 'gain' (2.0) is none that"),
    (sequential(begin(), DENSE, layer("LeakyReLU", "e", negative_slope=10**400)), "slope is 1000"),
    (sequential(begin(), layer("BatchNormalization", "b", axis=0)), "normalises along axis 0; it must be -1"),
    ({**sequential(begin(), DENSE), "registered_name": "Mine>Sequential"}, "the model is Mine>Sequential of Mine"),
    ({"class_name": "MyModel", "config": {}}, "the model is a MyModel"),
    ({"class_name": "Model", "config": {"layers": [begin(), layer("Dense", "d", ["e"]), layer("Dense", "e", ["d"])]}},
     "layer 'd' (Dense) is fed by 'e': no layer before it, or a circle"),
    ([], "the model is []"),
]  # fmt: skip


@pytest.mark.parametrize(("config", "told"), MISTAKES)
def test_what_is_no_network_is_told_by_layer(tmp_path: Path, config: Any, told: str) -> None:
    with pytest.raises(FileError) as error:
        read(tmp_path, keras(config, {"dense": [K1, C1]}))
    assert told in str(error.value)


def test_a_bias_is_one_number_for_each_unit(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"the bias of layer 'd' \(Dense\) has shape \(1,\); it must have shape \(4,\)"):
        read(tmp_path, keras(sequential(begin(), DENSE), {"dense": [K1, C1[:1]]}))


@pytest.mark.parametrize("setting", ["negative_slope", "alpha"])
def test_a_slope_by_its_name_or_its_older_one(tmp_path: Path, setting: str) -> None:
    leaky = layer("LeakyReLU", "a")
    leaky["config"][setting] = 0.4
    config = sequential(begin(), layer("Dense", "d", units=4), leaky)
    n = P @ K1 + C1
    model = read(tmp_path, keras(config, {"dense": [K1, C1]}))
    np.testing.assert_allclose(model.predict(P), np.where(n > 0, n, 0.4 * n), rtol=1e-6, atol=1e-7)


def test_bombs_and_other_archives_are_refused(tmp_path: Path) -> None:
    bomb = keras(CHAIN, {"dense": [np.zeros((3000, 1000))]}, compression="gzip", chunks=(1000, 1000))
    with pytest.raises(FileError, match="of shape"):
        read(tmp_path, bomb, largest=10**6)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", b"{}" + bytes(10**6))
        archive.writestr("model.weights.h5", b"")
    with pytest.raises(FileError, match="it unpacks to"):
        read(tmp_path, made.getvalue(), largest=10**5)
    with pytest.raises(FileError, match=r"no \.keras file"):
        read(tmp_path, b"\x89HDF\r\n\x1a\n")


def test_damaged_files_raise_errors_of_ours_alone(tmp_path: Path) -> None:
    assert refusals(tmp_path / "net.keras", keras(CHAIN, WEIGHTS), 80) > 40
