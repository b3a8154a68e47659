"""The state_dict of PyTorch: its tensors by name make the outputs; its source is Python, and runs where torch is."""

import ast
import json

import numpy as np
import pytest
from safetensors.numpy import load
from to_export import SUBJECTS, models, of_hostile, python, write

import thalweg as tw
from thalweg.core.activations import ACTIVATIONS
from thalweg.exchange.subject import subject_of
from thalweg.exchange.torch_module import torch_module


def installed(*libraries):
    from importlib.util import find_spec

    return all(find_spec(name) for name in libraries)


def tensors(subject):
    return load(torch_module(subject, "net.safetensors")[0].data)


def test_linear_layers_by_name_give_the_outputs():
    model = models()["measured"]
    held = tensors(subject_of(model, "net"))
    assert {name: array.shape for name, array in held.items()} == {
        "layer1.weight": (5, model.network.inputs["input"]), "layer1.bias": (5,), "layer2.weight": (1, 5),
        "layer2.bias": (1,),
    }  # fmt: skip
    P = np.random.default_rng(0).normal(size=(9, model.network.inputs["input"])).astype(np.float32)
    hidden = np.maximum(P @ held["layer1.weight"].T + held["layer1.bias"], 0)
    np.testing.assert_allclose(hidden @ held["layer2.weight"].T + held["layer2.bias"], model.predict(P), rtol=1e-5)


def test_several_sources_stand_side_by_side_and_members_apart():
    net = tw.cascade(2, 3, 1)
    params = net.init(0)
    held = tensors(subject_of(tw.Model(net, params, tw.losses.MSE()), "net"))
    weights = params["layer2"].weights
    np.testing.assert_array_equal(held["layer2.weight"], np.hstack([weights["input"], weights["layer1"]]))
    names = tensors(subject_of(models()["mean"], "net"))
    assert sorted({name.rpartition(".layer")[0] for name in names}) == ["members.0", "members.1"]
    assert names["members.1.layer1.weight"].dtype == np.float64


def test_a_layer_called_as_a_method_of_modules_is_renamed():
    net = tw.Network({"p": 1}, [tw.Layer("forward", 2, "tanh"), tw.Layer("type", 1)])
    held = tensors(subject_of(tw.Model(net, net.init(0), tw.losses.MSE()), "net"))
    assert set(held) == {"forward_.weight", "forward_.bias", "type_.weight", "type_.bias"}


@pytest.mark.parametrize("name", SUBJECTS)
def test_the_source_is_python_that_imports_what_it_says(name):
    weights, source = torch_module(SUBJECTS[name](), "net.safetensors")
    tree = ast.parse(source.data)
    compile(tree, "net.py", "exec")
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert {"numpy", "torch"} <= imported
    head = json.loads(load_header(weights.data)["thalweg"])["head"]
    assert head[0] in (ast.get_docstring(tree) or "")


def load_header(raw):
    return json.loads(raw[8 : 8 + int.from_bytes(raw[:8], "little")])["__metadata__"]


@pytest.mark.skipif(not installed("torch"), reason="PyTorch is not installed")
@pytest.mark.parametrize("name", SUBJECTS)
def test_the_check_rows_come_out_as_they_should(name, tmp_path):
    write(torch_module(SUBJECTS[name](), "net.safetensors"), tmp_path)
    ended = python(tmp_path / "net.py")
    assert (ended.returncode, ended.stderr) == (0, "")


def test_every_registered_activation_can_be_written():
    net = tw.Network({"p": 2}, [tw.Layer(f"l {name}", 2, name) for name in ACTIVATIONS])
    text = torch_module(subject_of(tw.Model(net, net.init(0), tw.losses.MSE()), "n"), "n.safetensors")[1].data.decode()
    assert text.count("torch.nn.Linear(") == len(ACTIVATIONS)
    assert "of_hostile" not in text
    assert of_hostile("classes").name == "net"
