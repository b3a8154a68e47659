"""Weights of Keras: kernels and biases in its layout; the source is Python, and runs where keras is."""

import ast
import io

import h5py
import numpy as np
import pytest
from test_torch_module import installed
from to_export import SUBJECTS, models, python, write

import thalweg as tw
from thalweg.exchange import export
from thalweg.exchange.keras_source import keras_source
from thalweg.exchange.subject import subject_of

SINGLE = {name: make for name, make in SUBJECTS.items() if name in ("classes", "measured", "float32")}


def held(subject):
    with h5py.File(io.BytesIO(keras_source(subject, "net.weights.h5")[0].data)) as file:
        return {group.attrs["name"]: [group["vars"][n][()] for n in group["vars"]] for group in file["layers"].values()}


def test_kernels_and_biases_give_the_outputs():
    model = models()["measured"]
    layers = held(subject_of(model, "net"))
    P = np.random.default_rng(0).normal(size=(9, model.network.inputs["input"])).astype(np.float32)
    hidden = np.maximum(P @ layers["layer1"][0] + layers["layer1"][1], 0)
    np.testing.assert_allclose(hidden @ layers["layer2"][0] + layers["layer2"][1], model.predict(P), rtol=1e-5)


def test_the_layout_is_that_of_keras():
    net = tw.Network({"p": 2}, [tw.Layer("a", 3, "tanh", bias=False), tw.Layer("b", 1, sources=("a", "p"))])
    raw = keras_source(subject_of(tw.Model(net, net.init(0), tw.losses.MSE()), "net"), "net.weights.h5")[0].data
    with h5py.File(io.BytesIO(raw)) as file:
        shapes = {}
        file["layers"].visititems(lambda name, one: shapes.update({name: one.shape}) if hasattr(one, "shape") else None)
    assert shapes == {"dense/vars/0": (2, 3), "dense_1/vars/0": (5, 1), "dense_1/vars/1": (1,)}


def test_all_is_float32_and_members_have_their_own_layers(tmp_path):
    files = export(models()["mean"], tmp_path / "net.weights.h5")
    assert [file.name for file in files] == ["net.weights.h5", "net.py"]
    with h5py.File(files[0]) as file:
        names = [group.attrs["name"] for group in file["layers"].values()]
        assert {array.dtype.name for group in file["layers"].values() for array in group["vars"].values()} == {
            "float32"
        }
    assert names == [f"member{member}_layer{layer}" for member in (1, 2) for layer in (1, 2)]


@pytest.mark.parametrize("name", SUBJECTS)
def test_the_source_is_python_with_a_layer_for_each(name):
    subject = SUBJECTS[name]()
    source = keras_source(subject, "net.weights.h5")[1].data.decode()
    compile(ast.parse(source), "net.py", "exec")
    assert source.count("keras.layers.Dense(") == sum(len(member.units) for member in subject.members)


@pytest.mark.skipif(not installed("keras"), reason="Keras is not installed")
@pytest.mark.parametrize("name", SINGLE)
def test_the_check_rows_come_out_as_they_should(name, tmp_path):
    write(keras_source(SINGLE[name](), "net.weights.h5"), tmp_path)
    ended = python(tmp_path / "net.py")
    assert ended.returncode == 0, ended.stderr
