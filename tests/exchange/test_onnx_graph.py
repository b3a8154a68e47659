"""The ONNX graph: in onnxruntime equal to `predict` on hostile rows, and what it says of itself."""

import json

import numpy as np
import onnx
import onnxruntime
import polars as pl
import pytest
from to_export import COLUMNS, SUBJECTS, every_activation, hostile, models, of_hostile, table, write, wrong

import thalweg as tw
from thalweg.core.activations import ACTIVATIONS
from thalweg.data import Encoding
from thalweg.errors import ArgumentError
from thalweg.exchange import check_export, onnx_inputs
from thalweg.exchange.onnx_graph import onnx_graph
from thalweg.exchange.subject import subject_of


def session(subject):
    return onnxruntime.InferenceSession(onnx_graph(subject, "net.onnx")[0].data, providers=["CPUExecutionProvider"])


@pytest.mark.parametrize("name", SUBJECTS)
def test_the_check_rows_come_out_as_they_should(name, tmp_path):
    found = check_export(write(onnx_graph(SUBJECTS[name](), "net.onnx"), tmp_path))
    assert found.passed, found.told


def test_a_wrong_number_is_found(tmp_path):
    found = check_export(write(onnx_graph(wrong(of_hostile("measured")), "net.onnx"), tmp_path))
    assert (found.passed, found.told.partition(": ")[2]) == (False, "NOT as expected: predicted_price")


@pytest.mark.parametrize("name", ["classes", "booleans", "several", "pair"])
def test_a_table_gives_labels_probabilities_and_values_by_name(name):
    run = session(of_hostile(name))
    model = models()[name]
    frame = pl.concat([table().select(COLUMNS), hostile()])
    found = dict(zip((one.name for one in run.get_outputs()), run.run(None, onnx_inputs(model, frame)), strict=True))
    expected = model.predict_table(frame)
    for one in expected.each or (expected,):
        if one.probabilities is None:
            np.testing.assert_allclose(found[f"predicted_{one.target}"], one.values, rtol=1e-9)
        else:
            np.testing.assert_array_equal(found[f"predicted_{one.target}"], one.values)
            np.testing.assert_allclose(found[f"probabilities_{one.target}"], one.probabilities, atol=1e-6)


def test_inputs_are_columns_by_name_with_a_word_on_each():
    graph = onnx.load_from_string(onnx_graph(of_hostile("classes"), "net.onnx")[0].data).graph
    told = {one.name: (one.type.tensor_type.elem_type, one.doc_string) for one in graph.input}
    number, text = onnx.TensorProto.DOUBLE, onnx.TensorProto.STRING
    assert told["size"] == (number, "a number; NaN where it is missing")
    assert told["colour"] == (text, "a text; '' where it is missing")
    assert told["sold day of week"] == (number, "the day of the week, 1 (Monday) to 7; NaN where it is missing")
    assert told["zoned hour of day"][1].startswith(
        "the hour of the day with its fraction, 0 to 24 on the clock of Amer"
    )
    assert set(COLUMNS) <= set(told)


def test_the_file_says_what_it_came_from():
    found = onnx.load_from_string(onnx_graph(of_hostile("classes"), "net.onnx")[0].data)
    assert (found.producer_name, found.producer_version) == ("thalweg", tw.__version__)
    assert "classification of 'kind'" in found.doc_string
    held = json.loads(next(one.value for one in found.metadata_props if one.key == "thalweg.check"))
    assert len(held["outputs"]["predicted_kind"]) == hostile().height


def test_standard_activations_are_standard_nodes():
    ops = {}
    for name in ("softmax", "sigmoid", "tanh", "relu"):
        net = tw.mlp(2, 3, hidden="linear", output=name)
        subject = subject_of(tw.Model(net, net.init(0), tw.losses.MSE()), "net")
        ops[name] = [node.op_type for node in onnx.load_from_string(onnx_graph(subject, "net.onnx")[0].data).graph.node]
    assert ops == {name: ["Gemm", name.capitalize(), "Identity"] for name in ops}


def test_every_activation_is_within_rounding_over_many_net_inputs():
    model = every_activation("float64")
    n = np.concatenate(
        [np.linspace(-40.0, 40.0, 1200), np.geomspace(1e-12, 1000.0, 300), -np.geomspace(1e-12, 1000.0, 300)]
    )
    P = n.reshape(-1, 3)
    run = session(subject_of(model, "net"))
    found = run.run(None, {"p": P})[0]
    with np.errstate(all="ignore"):
        expected = np.hstack([np.asarray(ACTIVATIONS.get(name)(P)) for name in ACTIVATIONS])
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=2e-13)


@pytest.mark.parametrize("labels", [[3, 1, 2], [0.5, 1.5, 2.5], ["a", "b", "c"]])
def test_labels_keep_their_type(labels):
    frame = pl.DataFrame({"x": np.arange(12.0), "y": labels * 4})
    encoding = Encoding.fit(frame, "y", "classification")
    net = tw.mlp(1, 3, output="softmax")
    model = tw.Model(net, net.init(0), tw.losses.MSE(), encoding)
    found = session(subject_of(model, "net")).run(["predicted_y"], onnx_inputs(model, frame))[0]
    expected = model.predict_table(frame).values
    assert found.tolist() == expected.tolist()
    assert type(found.tolist()[0]) is type(labels[0])


def test_the_empty_text_as_a_category_leaves_missing_another_marker():
    frame = pl.DataFrame({"x": ["", "a", None] * 4, "y": np.arange(12.0)})
    encoding = Encoding.fit(frame, "y", "regression")
    net = tw.mlp(3, 1)
    model = tw.Model(net, net.init(0), tw.losses.MSE(), encoding)
    given = onnx_inputs(model, frame)
    assert given["x"][:3].tolist() == [[""], ["a"], ["<missing>"]]
    found = session(subject_of(model, "net")).run(None, given)[0]
    np.testing.assert_allclose(found, model.predict_table(frame).values, rtol=1e-12)


def test_names_that_clash_are_refused():
    frame = pl.DataFrame({"x": np.arange(6.0), "predicted_y": np.arange(6.0) ** 2, "y": np.arange(6.0)})
    encoding = Encoding.fit(frame, "y", "regression")
    net = tw.mlp(2, 1)
    with pytest.raises(ArgumentError, match="would both be called 'predicted_y'"):
        onnx_graph(subject_of(tw.Model(net, net.init(0), tw.losses.MSE(), encoding), "net"), "net.onnx")


def test_a_model_on_arrays_has_no_table():
    with pytest.raises(ArgumentError, match="trained on arrays"):
        onnx_inputs(every_activation("float32"), table())
