"""A graph of ours counts as the model that it was written from as long as nothing else in it was changed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from to_export import hostile, models, of_hostile

import thalweg as tw
from thalweg.errors import FileError
from thalweg.exchange.onnx_graph import onnx_graph
from thalweg.exchange.onnx_held import model_held, parameters_of
from thalweg.exchange.onnx_nodes import Nodes


def written(name: str) -> onnx.ModelProto:
    return onnx.load_from_string(onnx_graph(of_hostile(name), "net.onnx")[0].data)


def told(model: onnx.ModelProto) -> dict[str, str]:
    return {one.key: one.value for one in model.metadata_props}


def arrays(model: onnx.ModelProto) -> dict[str, np.ndarray]:
    return {one.name: numpy_helper.to_array(one) for one in model.graph.initializer}


def test_every_parameter_has_a_tensor_of_its_values() -> None:
    subject, model = of_hostile("pair"), written("pair")
    said = json.loads(told(model)["thalweg.model"])
    held = [array for one in models()["pair"].members for array in _in_order(one)]
    assert len(said["tensors"]) == len(held)
    for tensor, array in zip(said["tensors"].values(), held, strict=True):
        np.testing.assert_array_equal(arrays(model)[tensor], array)
    assert set(parameters_of(subject, Nodes())) == set(said["tensors"])


def _in_order(model: tw.Model) -> list[np.ndarray]:
    layers = (model.params[layer.name] for layer in model.network.layers)
    return [array for weights, bias in layers for array in (*weights.values(), bias) if array is not None]


def test_weights_that_were_trained_on_elsewhere_are_read(tmp_path: Path) -> None:
    model = written("measured")
    name = json.loads(told(model)["thalweg.model"])["tensors"]["parameters/layer2/bias"]
    tensor = next(one for one in model.graph.initializer if one.name == name)
    tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor) + np.float32(1.0), name))
    onnx.save(model, tmp_path / "net.onnx")
    found = tw.exchange.read_network(tmp_path / "net.onnx")
    deviation = models()["measured"].encoding.target.scale.deviation
    before = models()["measured"].predict_table(hostile()).values
    np.testing.assert_allclose(found.predict_table(hostile()).values - before, deviation, rtol=1e-3)


@pytest.mark.parametrize("change", ["a node", "a constant"])
def test_a_graph_that_was_changed_is_no_longer_ours(change: str, tmp_path: Path) -> None:
    model = written("measured")
    if change == "a node":
        next(node for node in model.graph.node if node.op_type == "Relu").op_type = "Tanh"
    else:
        tensors = json.loads(told(model)["thalweg.model"])["tensors"].values()
        tensor = next(one for one in model.graph.initializer if one.name not in tensors and one.data_type == 11)
        tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor) + 1.0, tensor.name))
    assert model_held(model.graph, arrays(model), told(model)) is None
    onnx.save(model, tmp_path / "net.onnx")
    with pytest.raises(
        FileError, match=r"is no operation of a layer; Thalweg wrote this graph, and it was changed"
    ) as e:
        tw.exchange.read_network(tmp_path / "net.onnx")
    assert "\n" not in str(e.value)


def test_what_is_no_json_of_ours_is_nothing() -> None:
    model = written("measured")
    for text in ("", "{", "[]", "null", '{"tensors": {}}', '{"tensors": 5, "nodes": ""}'):
        assert model_held(model.graph, {}, {"thalweg.model": text}) is None
    said = json.loads(told(model)["thalweg.model"])
    del said["model"]
    assert model_held(model.graph, arrays(model), {"thalweg.model": json.dumps(said)}) is None
