"""The graph in a file and its constants: what nodes make of constants, names, widths, and files that lie."""

from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from thalweg.errors import ArgumentError
from thalweg.exchange.onnx_file import (
    attributes_of,
    bounds_of,
    constant_of,
    folded,
    is_open,
    layer_name,
    opened,
    rounding_told,
    tensor_array,
    told_of,
    width_of,
)

RNG = np.random.default_rng(0)
A, B = RNG.normal(size=(3, 3)), RNG.normal(size=(3, 3))


def file_of(nodes, constants, **told):
    made = helper.make_graph(nodes, "g", [], [helper.make_tensor_value_info("out", TensorProto.DOUBLE, None)])
    made.initializer.extend(numpy_helper.from_array(array, name) for name, array in constants.items())
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)])
    helper.set_model_props(model, told)
    return model


def test_a_file_gives_its_graph_its_constants_and_what_it_says():
    raw = file_of([helper.make_node("Add", ["a", "b"], ["out"])], {"a": A, "b": B}, of="us").SerializeToString()
    graph, constants, told = opened(raw, 10**6, Path())
    assert [node.op_type for node in graph.node] == ["Add"]
    np.testing.assert_array_equal(constants["b"], B)
    assert told == {"of": "us"}
    with pytest.raises(ArgumentError, match="'b' claims 9 numbers, more than the file may hold"):
        opened(raw, 100, Path())
    for wrong in (b"", b"\xff" * 9):
        with pytest.raises(ArgumentError, match="no ONNX file"):
            opened(wrong, 100, Path())


FOLDED = {
    "Add": ((A, B), {}), "Sub": ((A, B), {}), "Mul": ((A, B), {}), "Div": ((A, B), {}), "MatMul": ((A, B), {}),
    "Neg": ((A,), {}), "Sqrt": ((np.abs(A),), {}), "Identity": ((A,), {}), "Transpose": ((A,), {"perm": [1, 0]}),
    "Reshape": ((A, np.array([9])), {}), "Unsqueeze": ((A, np.array([0])), {}), "Squeeze": ((A[None],), {}),
    "Cast": ((A,), {"to": TensorProto.FLOAT16}),
}  # fmt: skip


@pytest.mark.parametrize("kind", FOLDED)
def test_constants_are_folded_as_onnx_computes_them(kind):
    given, attributes = FOLDED[kind]
    names = [f"c{number}" for number in range(len(given))]
    model = file_of([helper.make_node(kind, names, ["out"], **attributes)], dict(zip(names, given, strict=True)))
    expected = ReferenceEvaluator(model).run(None, {})[0]
    found = folded(kind, list(given), attributes, "node")
    assert found.dtype == expected.dtype
    np.testing.assert_allclose(found, expected, rtol=1e-14)


def test_what_is_not_folded_is_told_by_node():
    with pytest.raises(ArgumentError, match="node is computed of constants, which is not done by this node"):
        folded("Conv", [A], {}, "node")
    with pytest.raises(ArgumentError, match="node: its constants do not fit together"):
        folded("MatMul", [A, B[:2]], {}, "node")


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"value": numpy_helper.from_array(A)}, A), ({"value_float": 0.5}, 0.5), ({"value_ints": [1, 2]}, [1, 2]),
        ({"value_floats": [0.5]}, [0.5]), ({"value_int": 7}, 7),
    ],
)  # fmt: skip
def test_a_constant_in_each_of_its_ways(attributes, expected):
    np.testing.assert_array_equal(constant_of(helper.make_node("Constant", [], ["c"], **attributes), "node"), expected)


def test_a_constant_that_is_none_is_told():
    with pytest.raises(ArgumentError, match="node holds value_string, which is no array of numbers"):
        constant_of(helper.make_node("Constant", [], ["c"], value_string="a"), "node")


def test_tensors_that_lie_about_their_shape():
    tensor = numpy_helper.from_array(A, "a")
    tensor.dims[0] = -3
    with pytest.raises(ArgumentError, match="tensor 'a' has a length below 0"):
        tensor_array(tensor, Path(), [1000])
    tensor.dims[0], tensor.data_type = 3, 99
    with pytest.raises(ArgumentError, match="of a type that is not known"):
        tensor_array(tensor, Path(), [1000])


def test_a_file_gets_no_more_than_its_folder(tmp_path):
    from onnx import TensorProto as Kinds

    tensor = numpy_helper.from_array(A, "a")
    tensor.ClearField("raw_data")
    tensor.data_location = Kinds.EXTERNAL
    tensor.external_data.add(key="location", value="a.bin")
    (tmp_path / "a.bin").write_bytes(A.tobytes())
    np.testing.assert_array_equal(tensor_array(tensor, tmp_path, [1000]), A)
    tensor.external_data[0].value = "../a.bin"
    (tmp_path / "within").mkdir()
    with pytest.raises(ArgumentError, match="outside the folder of the file"):
        tensor_array(tensor, tmp_path / "within", [1000])


def test_names_and_widths():
    node = helper.make_node("Elu", ["n"], ["/hidden/output"], alpha=0.5)
    assert (told_of(node), layer_name(node)) == ("node '/hidden/output' (Elu)", "hidden")
    assert attributes_of(node) == {"alpha": 0.5}
    assert layer_name(helper.make_node("Elu", ["n"], ["a"], name="act")) == "act"
    for shape, width in (([None, 3], 3), (["rows", "wide"], None), (None, None)):
        assert width_of(helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)) == width
    with pytest.raises(ArgumentError, match="input 'x' has 3 dimensions; rows of numbers have 2"):
        width_of(helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 2, 3]))
    assert [is_open(np.array(one)) for one in (np.inf, -np.inf, 1.0, 1)] == [True, True, False, False]


def test_bounds_are_inputs_or_attributes_or_none():
    low, high = np.array(-1.0), np.array(2.0)
    things = {"low": low, "high": high}
    for inputs, attributes, expected in (
        (["n", "low", "high"], {}, [low, high]), (["n", "", "high"], {}, [-np.inf, high]),
        (["n"], {}, [-np.inf, np.inf]),
        (["n"], {"max": 2.0}, [-np.inf, high]), (["n", "low"], {}, [low, np.inf]),
    ):  # fmt: skip
        node = helper.make_node("Clip", inputs, ["out"], **attributes)
        assert [float(one) for one in bounds_of(node, attributes_of(node), things)] == list(map(float, expected))


def test_a_graph_that_rounds_its_inputs_is_told():
    kinds = (TensorProto.FLOAT16, TensorProto.FLOAT, TensorProto.BFLOAT16)
    inputs = [helper.make_tensor_value_info(f"x{kind}", kind, [None, 2]) for kind in kinds]
    told = [rounding_told(helper.make_graph([], "g", given, [])) for given in (inputs[1:2], inputs[:1], inputs)]
    assert told[0] == ()
    assert told[1] == ("the graph computes in float16, the network in float32: answers differ by that",)
    assert "in bfloat16 and float16," in told[2][0]
