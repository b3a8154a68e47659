"""Nodes made one by one: names that differ, constants once each, and an expression as nodes beside its values."""

import numpy as np
import pytest
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

from thalweg.core.activations import ACTIVATIONS, Formula
from thalweg.errors import ArgumentError
from thalweg.exchange.activation_form import form_of
from thalweg.exchange.onnx_nodes import IR, OPSET, Nodes
from thalweg.formulas.expression import Symbol
from thalweg.formulas.parsing import parse

N = np.array([[-30.0, -2.0, -0.5], [0.0, 1e-3, 0.25], [1.0, 3.0, 30.0]])
OWN = [
    "n**3", "n**2", "n - 1 if 1 < n < 5 else (0 if n <= 0 else -n)", "sin(n)*cos(n)", "tan(n/8)",
    "expm1(n) - log1p(n**2)", "sinh(n/9) + cosh(n/9)", "asinh(n)", "1/(1 + n**2)**0.5", "sign(n)*abs(n)**0.5",
    "max(n, 1) - min(n, 0.5)", "n/(1 + sum(abs(n)))",
]  # fmt: skip


def run(nodes: Nodes, out: str, dtype: str) -> np.ndarray:
    kind = TensorProto.FLOAT if dtype == "float32" else TensorProto.DOUBLE
    graph = helper.make_graph(
        nodes.nodes, "g", [helper.make_tensor_value_info("n", kind, ["rows", 3])],
        [helper.make_tensor_value_info(out, kind, None)], nodes.initializers,
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR)
    return ReferenceEvaluator(model).run(None, {"n": N.astype(dtype)})[0]


def test_names_differ_and_constants_are_one():
    nodes = Nodes(("taken",))
    assert [nodes.name("taken"), nodes.name("taken"), nodes.name("free")] == ["taken_2", "taken_3", "free"]
    first = nodes.constant([1.0, 2.0], "float64")
    assert nodes.constant(np.array([1.0, 2.0])) == first
    others = [nodes.constant([1.0, 2.0], "float32"), nodes.constant([[1.0, 2.0]]), nodes.constant(["a"], "O")]
    assert len({first, *others}) == 4
    assert len(nodes.initializers) == 4


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("text", OWN)
def test_an_expression_is_what_its_nodes_compute(text, dtype):
    activation = Formula(text) if "sum" not in text else None
    form = form_of(activation, "layer") if activation else parse(text, ("n",), ("sum",))
    nodes = Nodes(("n",))
    out = nodes.activation(form, "n", dtype, "out")
    expected = activation(N) if activation else N / (1.0 + np.abs(N).sum(axis=1, keepdims=True))
    found = run(nodes, out, dtype)
    assert found.dtype == dtype
    room = 2e-6 if dtype == "float32" else 1e-13
    np.testing.assert_allclose(found, expected, rtol=room, atol=room)


@pytest.mark.parametrize("name", [name for name in ACTIVATIONS if name != "linear"])
def test_the_last_node_bears_the_name_of_the_layer(name):
    nodes = Nodes(("n",))
    assert nodes.activation(form_of(ACTIVATIONS.get(name), "layer"), "n", "float64", "hidden/output") == "hidden/output"
    with np.errstate(all="ignore"):
        expected = np.asarray(ACTIVATIONS.get(name)(N))
    np.testing.assert_allclose(run(nodes, "hidden/output", "float64"), expected, rtol=1e-12, atol=1e-12)


def test_what_cannot_be_written_is_told():
    with pytest.raises(ArgumentError, match="cannot be written in ONNX"):
        Nodes().activation(parse("gamma(n)", ("n",), ("gamma",)), "n", "float64", "out")
    assert Nodes().activation(Symbol("n"), "n", "float64", "out") == "n"
