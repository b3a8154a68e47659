"""Graphs of ONNX read as networks, against onnx's own reference evaluator; what is no network is told by node."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from damaged_networks import refusals
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

import thalweg as tw
from thalweg.core.activations import ACTIVATIONS
from thalweg.errors import FileError

rng = np.random.default_rng(2)
P = rng.normal(size=(6, 3)).astype(np.float32)
W1, B1 = rng.normal(size=(3, 4)).astype(np.float32), rng.normal(size=4).astype(np.float32)
W2 = rng.normal(size=(2, 4)).astype(np.float32)


def graph(nodes: list[Any], constants: dict[str, np.ndarray], outputs: tuple[str, ...] = ("out",)) -> onnx.ModelProto:
    made = helper.make_graph(
        nodes,
        "net",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["rows", 3])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    opsets = [helper.make_opsetid("", 20), helper.make_opsetid("ai.onnx.ml", 3)]
    return helper.make_model(made, opset_imports=opsets, ir_version=9)


def node(kind: str, inputs: str, output: str, **attributes: Any) -> Any:
    return helper.make_node(kind, inputs.split(), [output], name=f"/{output}", **attributes)


def read(tmp_path: Path, model: onnx.ModelProto, **options: Any) -> tw.Model:
    path = tmp_path / "net.onnx"
    path.write_bytes(model.SerializeToString())
    return tw.exchange.read_network(path, **options)


def agrees(tmp_path: Path, model: onnx.ModelProto) -> tw.Model:
    """The model that is read, once it answers as the graph does."""
    found = read(tmp_path, model)
    np.testing.assert_allclose(found.predict(P), ReferenceEvaluator(model).run(None, {"x": P})[0], rtol=2e-5, atol=2e-6)
    return found


CONSTANTS = {"W1": W1, "b1": B1, "W2": W2}
CHAIN = [
    node("MatMul", "x W1", "n"), node("Add", "b1 n", "n1"), node("Tanh", "n1", "a"), node("Dropout", "a", "kept"),
    node("Gemm", "kept W2", "out", transB=1, alpha=0.5),
]  # fmt: skip


def test_a_chain_with_products_turned_and_not(tmp_path: Path) -> None:
    model = agrees(tmp_path, graph(CHAIN, CONSTANTS))
    assert [type(layer.activation).__name__ for layer in model.network.layers] == ["Tanh", "Linear"]
    assert [layer.bias for layer in model.network.layers] == [True, False]
    assert model.dtype == np.float32


def test_scalings_of_inputs_and_outputs_are_folded(tmp_path: Path) -> None:
    spread = np.array([2.0, 3.0, 0.5], np.float32)
    nodes = [
        node("Sub", "x mean", "x1"), node("Div", "x1 spread", "x2"), node("Gemm", "x2 W1 b1", "n"),
        node("Sigmoid", "n", "a"), node("Gemm", "a W2", "y", transB=1), node("Mul", "y two", "y2"),
        node("Sub", "one y2", "out"),
    ]  # fmt: skip
    more = {"mean": spread - 1, "spread": spread, "two": np.array(2.0, np.float32), "one": np.array([1.0], np.float32)}
    assert len(agrees(tmp_path, graph(nodes, CONSTANTS | more)).network.layers) == 2


def test_joins_sums_slices_and_residuals(tmp_path: Path) -> None:
    nodes = [
        node("Gemm", "x W1 b1", "n"), node("Relu", "n", "a"), node("Concat", "a x", "both", axis=1),
        node("MatMul", "both W3", "n3"), node("Softsign", "n3", "a3"), node("Add", "a3 a", "residual"),
        node("Slice", "residual from to one", "some"), node("Gather", "x places", "few", axis=1),
        node("MatMul", "some W4", "left"), node("MatMul", "few W4", "right"), node("Add", "left right", "out"),
    ]  # fmt: skip
    constants = CONSTANTS | {
        "W3": rng.normal(size=(7, 4)).astype(np.float32), "W4": rng.normal(size=(2, 2)).astype(np.float32),
        "from": np.array([1]), "to": np.array([3]), "one": np.array([1]), "places": np.array([2, 0]),
    }  # fmt: skip
    model = agrees(tmp_path, graph(nodes, constants))
    assert len(model.network.layers) == 3
    assert set(model.network.output.sources or ()) >= {"x"}


PIECES = {
    "gelu": [node("Div", "n r2", "u"), node("Erf", "u", "v"), node("Add", "v one", "w"), node("Mul", "n w", "h"),
             node("Mul", "h half", "out")],
    "silu": [node("Sigmoid", "n", "s"), node("Mul", "n s", "out")],
    "elu": [node("Elu", "n", "out", alpha=0.5)],
    "leaky_relu": [node("LeakyRelu", "n", "out", alpha=0.2)],
    "selu": [node("Selu", "n", "out")],
    "satlins": [node("Clip", "n minus one", "out")],
    "relu": [helper.make_node("Clip", ["n", "zero"], ["out"], name="c")],
    "satlin": [node("Clip", "n zero one", "out")],
    "softmax": [node("Exp", "n", "e"),
                node("ReduceSum", "e axes", "s", keepdims=1), node("Div", "e s", "out")],
    "hard_sigmoid": [node("HardSigmoid", "n", "out", alpha=0.25, beta=0.4)],
    "hard_swish": [node("HardSwish", "n", "out")],
    "celu": [node("Celu", "n", "out", alpha=0.5)],
    "threshold": [node("ThresholdedRelu", "n", "out", alpha=0.25)],
    "mish": [node("Mish", "n", "out")],
    "formula": [node("Sin", "n", "s"), node("Mul", "s half", "out")],
}  # fmt: skip


@pytest.mark.parametrize("name", PIECES)
def test_activations_in_pieces_are_known_again(tmp_path: Path, name: str) -> None:
    constants = {"r2": np.sqrt(2.0), "one": 1.0, "half": 0.5, "minus": -1.0, "zero": 0.0}
    scalars = {key: np.array(value, np.float32) for key, value in constants.items()} | {"axes": np.array([1])}
    nodes = [node("Gemm", "x W1 b1", "n"), *PIECES[name]]
    model = agrees(tmp_path, graph(nodes, CONSTANTS | scalars))
    known = name if name in ACTIVATIONS else "formula"
    assert ACTIVATIONS.name_of(model.network.output.activation) == known


@pytest.mark.parametrize(
    "nodes",
    [
        [node("Gather", "a last", "picked", axis=1), node("Gemm", "picked W3", "out")],
        [
            helper.make_node("Split", ["a", "lengths"], ["left", "right"], axis=1),
            node("Concat", "right left", "out", axis=-1),
        ],
        [helper.make_node("Split", ["a"], ["left", "right"], axis=1, num_outputs=2), node("Gemm", "right W3", "out")],
        [node("Slice", "a minus2 end one", "picked"), node("Gemm", "picked W3", "out")],
        [node("PRelu", "n slopes", "b"), node("MatMul", "b V", "out")],
        [node("PRelu", "n slope", "b"), node("MatMul", "b V", "out")],
        [helper.make_node("Dropout", ["a", "", "idle"], ["out"], name="d")],
    ],
)
def test_elements_and_slopes_of_each_unit(tmp_path: Path, nodes: list[Any]) -> None:
    constants = {
        "last": np.array([-1, 0, -4]), "W3": W1[:2] if nodes[0].op_type != "Gather" else W1, "V": W2.T,
        "lengths": np.array([3, 1]), "minus2": np.array([-2]), "end": np.array([2**62]), "one": np.array([1]),
        "slopes": np.array([0.1, -0.2, 0.1, 3.0], np.float32), "slope": np.array([[0.3]], np.float32),
        "idle": np.array(False),
    }  # fmt: skip
    read_ones = {name for one in nodes for name in one.input}
    used = {name: array for name, array in constants.items() if name in read_ones}
    before = [node("Gemm", "x W1 b1", "n"), node("Tanh", "n", "a")]
    agrees(tmp_path, graph([*before, *nodes], {"W1": W1, "b1": B1, **used}))


def test_a_graph_in_sixteen_bits_is_read_and_told(tmp_path: Path) -> None:
    model = graph([node("Gemm", "x W1 b1", "out")], {"W1": W1.astype(np.float16), "b1": B1.astype(np.float16)})
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.FLOAT16
    found = read(tmp_path, model)
    assert found.record["notes"] == ["the graph computes in float16, the network in float32: answers differ by that"]
    np.testing.assert_allclose(found.predict(P), P @ W1 + B1, rtol=1e-2, atol=1e-2)
    assert read(tmp_path, graph(CHAIN, CONSTANTS)).record["notes"] == []


def test_sixteen_bits_of_weights_are_read_and_of_values_are_not(tmp_path: Path) -> None:
    half = [node("Cast", "H", "W1", to=TensorProto.FLOAT), node("Gemm", "x W1 b1", "out")]
    found = read(tmp_path, graph(half, {"H": W1.astype(np.float16), "b1": B1}))
    np.testing.assert_allclose(found.predict(P), P @ W1.astype(np.float16).astype(np.float32) + B1, rtol=1e-6)
    for kind, name in ((TensorProto.FLOAT16, "float16"), (TensorProto.BFLOAT16, "bfloat16")):
        rounded = [node("Gemm", "x W1 b1", "n"), node("Cast", "n", "out", to=kind)]
        with pytest.raises(
            FileError, match=rf"node '/out' \(Cast\): numbers are rounded to {name}: export it in float32"
        ):
            read(tmp_path, graph(rounded, CONSTANTS))


@pytest.mark.parametrize(
    "nodes", [[node("Gemm", "x W1 b", "out")], [node("MatMul", "x W1", "n"), node("Add", "n b", "out")]]
)
def test_a_column_is_no_bias(tmp_path: Path, nodes: list[Any]) -> None:
    agrees(tmp_path, graph(nodes, {"W1": W1, "b": B1[None]}))
    with pytest.raises(FileError, match=r"'/out'.*: a constant of shape \(4, 1\); .* it must be \(4,\) or \(1, 4\)"):
        read(tmp_path, graph(nodes, {"W1": W1, "b": B1[:, None]}))


def test_a_bound_that_is_left_out_is_none(tmp_path: Path) -> None:
    clip = helper.make_node("Clip", ["n", "", "one"], ["out"], name="c")
    agrees(tmp_path, graph([node("Gemm", "x W1 b1", "n"), clip], CONSTANTS | {"one": np.array(1.0, np.float32)}))
    old = helper.make_node("Clip", ["n"], ["out"], name="c", max=0.5)
    found = read(tmp_path, graph([node("Gemm", "x W1 b1", "n"), old], CONSTANTS))
    np.testing.assert_allclose(found.predict(P), np.minimum(P @ W1 + B1, 0.5), rtol=1e-5)


def test_a_classifier_with_labels_as_converters_write_it(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Scaler", ["x"], ["s"], domain="ai.onnx.ml", offset=[1.0, 2.0, 3.0], scale=[1.0, 0.5, 2.0]),
        node("MatMul", "s W3", "n"), node("Softmax", "n", "p"), node("ArgMax", "p", "best", axis=1),
        helper.make_node("ArrayFeatureExtractor", ["labels", "best"], ["named"], domain="ai.onnx.ml"),
        helper.make_node("ZipMap", ["p"], ["chances"], domain="ai.onnx.ml", classlabels_strings=["fig"]),
    ]  # fmt: skip
    W3 = rng.normal(size=(3, 3)).astype(np.float32)
    made = graph(nodes, {"W3": W3}, ("named", "chances"))
    made.graph.initializer.append(helper.make_tensor("labels", TensorProto.STRING, [3], [b"fig", b"pear", b"plum"]))
    model = read(tmp_path, made)
    n = ((P - [1.0, 2.0, 3.0]) * [1.0, 0.5, 2.0]) @ W3
    e = np.exp(n - n.max(axis=1, keepdims=True))
    np.testing.assert_allclose(model.predict(P), e / e.sum(axis=1, keepdims=True), rtol=1e-5)
    assert model.encoding is not None
    assert model.encoding.target.classes == ("fig", "pear", "plum")


MISTAKES = [
    ([node("Conv", "x W1", "out")], {}, "node '/out' (Conv): Conv is no operation of a layer"),
    (
        [node("Gemm", "x W1 b1", "n"), node("Tanh", "n", "a"), node("Mul", "a n2", "out"), node("Gemm", "x W1", "n2")],
        {},
        "node '/out' (Mul): Mul of layers element by element is no layer's",
    ),
    ([node("MatMul", "W1 x", "out")], {}, "node '/out' (MatMul): a product whose second part is no constant"),
    ([node("MatMul", "x W2", "out")], {}, "are given 3 values"),
    ([node("Add", "back x", "n"), node("Tanh", "n", "back"), node("Tanh", "back", "out")], {}, "runs in a circle"),
    ([node("Tanh", "nothing", "out")], {}, "'nothing' is read, and no node and no input gives it"),
    ([node("Gemm", "x W1 b1", "out"), node("Tanh", "x", "out")], {}, "'out' is given by two nodes"),
    ([helper.make_node("Tanh", ["x"], ["out"], domain="com.mine", name="t")], {}, "its domain 'com.mine'"),
    ([node("Gemm", "x W1 b1", "n"), node("Softmax", "n", "out", axis=0)], {}, "Softmax along axis 0"),
    (
        [node("Gemm", "x W1 b1", "n"), node("Reshape", "n to", "out")],
        {"to": np.array([2, -1])},
        "are reshaped",
    ),
    ([node("Gather", "x far", "out", axis=1)], {"far": np.array([-4])}, "elements that are not among the 3"),
    (
        [helper.make_node("Split", ["x", "far"], ["out", "rest"], axis=1)],
        {"far": np.array([2, 2])},
        "3 values are split into [2, 2] for 2 outputs",
    ),
    ([helper.make_node("Split", ["x"], ["out", "rest"])], {}, "examples are split from each other"),
    ([node("PRelu", "x far", "out")], {"far": np.zeros(2, np.float32)}, "has 2 slopes for 3 units"),
    (
        [helper.make_node("Dropout", ["x", "", "far"], ["out"], name="/out")],
        {"far": np.array(True)},
        "node '/out' (Dropout): it drops units as in training",
    ),
    ([helper.make_node("Dropout", ["x"], ["kept", "out"])], {}, "its output 'out' is read, which is no layer's"),
    ([node("Gemm", "x bad", "out")], {"bad": np.full((3, 2), np.inf, np.float32)}, "not finite"),
    ([node("Gemm", "x bad", "out")], {"bad": np.ones((3, 2), np.complex64)}, "complex"),
]


@pytest.mark.parametrize(("nodes", "constants", "told"), MISTAKES)
def test_what_is_no_network_is_told_by_node(tmp_path: Path, nodes: Any, constants: Any, told: str) -> None:
    with pytest.raises(FileError) as error:
        read(tmp_path, graph(nodes, CONSTANTS | constants))
    assert told in str(error.value)
    assert "\n" not in str(error.value)


def test_external_data_of_the_folder_is_read_and_none_outside(tmp_path: Path) -> None:
    model = graph(CHAIN, CONSTANTS)
    (tmp_path / "inside").mkdir()
    (tmp_path / "weights.bin").write_bytes(bytes(8) + W1.tobytes())
    (tmp_path / "inside" / "weights.bin").write_bytes(bytes(8) + W1.tobytes())
    tensor = next(one for one in model.graph.initializer if one.name == "W1")
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in {"location": "weights.bin", "offset": "8", "length": str(W1.nbytes)}.items():
        tensor.external_data.add(key=key, value=value)
    np.testing.assert_array_equal(read(tmp_path / "inside", model).params["a"].weights["x"], W1.T)
    for name, told in (
        ("../weights.bin", "outside the folder"),
        ("/etc/passwd", "outside"),
        ("none.bin", "no such file"),
    ):
        tensor.external_data[0].value = name
        with pytest.raises(FileError, match=told):
            read(tmp_path / "inside", model)
    tensor.external_data[0].value, tensor.external_data[1].value = "weights.bin", "100000"
    with pytest.raises(FileError, match="has not the 48 bytes"):
        read(tmp_path / "inside", model)


def test_shapes_that_lie_are_told(tmp_path: Path) -> None:
    model = graph(CHAIN, CONSTANTS)
    model.graph.initializer[0].dims[0] = 10**12
    with pytest.raises(FileError, match="claims 4,000,000,000,000 numbers"):
        read(tmp_path, model)
    model.graph.initializer[0].dims[0] = 5
    with pytest.raises(FileError, match="does not hold the 20 numbers of its shape"):
        read(tmp_path, model)
    model = graph(CHAIN, CONSTANTS)
    model.graph.input[0].type.tensor_type.shape.dim[1].dim_value = 10**9
    with pytest.raises(FileError, match="are given 1000000000 values"):
        read(tmp_path, model)


def test_damaged_files_raise_errors_of_ours_alone(tmp_path: Path) -> None:
    assert refusals(tmp_path / "net.onnx", graph(CHAIN, CONSTANTS).SerializeToString(), 80) > 20


@pytest.mark.parametrize("ours", [False, True])
@pytest.mark.parametrize("classes", [2, 3])
def test_classifiers_as_skl2onnx_writes_them(ours, classes, tmp_path):
    """Two classes are 1 - p and p there, from one sigmoid."""
    skl2onnx = pytest.importorskip("skl2onnx")
    from sklearn.neural_network import MLPClassifier

    X = np.random.default_rng(0).normal(size=(60, 3)).astype(np.float32)
    labels = np.array(["a", "b", "c"])[np.argmax(X[:, :classes], axis=1)]
    make = tw.estimators.MLPClassifier if ours else MLPClassifier
    theirs = make(hidden_layer_sizes=(4,), solver="lbfgs", max_iter=50, tol=1e3).fit(X, labels)
    onnx.save(skl2onnx.to_onnx(theirs, X[:1]), tmp_path / "net.onnx")
    model = tw.exchange.read_network(tmp_path / "net.onnx")
    np.testing.assert_allclose(model.predict(X), theirs.predict_proba(X)[:, -model.network.output.size :], atol=1e-6)
    assert model.encoding.targets[0].classes == tuple("abc"[:classes])
