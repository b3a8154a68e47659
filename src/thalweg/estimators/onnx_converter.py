"""Estimators within pipelines that skl2onnx converts: it asks an estimator for these two functions by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sklearn.base import is_classifier

from ..core.losses import MSE
from ..exchange.onnx_graph import labels_constant, member_nodes
from ..exchange.onnx_nodes import Nodes
from ..exchange.subject import member_of
from ..files import Model
from .network import INPUT, parameters_of

if TYPE_CHECKING:
    from skl2onnx.common._container import ModelComponentContainer
    from skl2onnx.common._topology import Operator, Scope

    from .classifier import MLPClassifier


def output_types(operator: Any) -> None:
    """Tell the types and shapes of the outputs: labels and probabilities (rows, classes), or values (rows, outputs)."""
    from skl2onnx.common.data_types import Int64TensorType, StringTensorType, guess_tensor_type

    estimator, given = operator.raw_operator, operator.inputs[0]
    rows = given.get_first_dimension()
    if not is_classifier(estimator):
        operator.outputs[0].type = guess_tensor_type(given.type)
        operator.outputs[0].type.shape = [rows, estimator.n_outputs_]
        return
    count = len(estimator.classes_)
    texts = estimator.classes_.dtype.kind not in "biu"
    labels = [rows, count] if _of_labels(estimator) else [rows]
    operator.outputs[0].type = StringTensorType(labels) if texts else Int64TensorType(labels)
    operator.outputs[1].type = guess_tensor_type(given.type)
    operator.outputs[1].type.shape = [rows, count]


def converted(scope: Scope, operator: Operator, container: ModelComponentContainer) -> None:
    """Add the nodes of the estimator's network, and of what its outputs say."""
    from onnx import TensorProto
    from skl2onnx.common.data_types import DoubleTensorType

    estimator, given = operator.raw_operator, operator.inputs[0]
    net = estimator._network()
    params = parameters_of(net, estimator.coefs_, estimator.intercepts_)
    member = member_of(Model(net, params, MSE()))
    wanted = "float64" if isinstance(given.type, DoubleTensorType) else "float32"
    nodes = Nodes()
    raw = member_nodes(member, nodes, {INPUT: nodes.cast(given.full_name, member.dtype)})
    found = [raw]
    if is_classifier(estimator):
        shares = raw
        if _of_labels(estimator):
            half = nodes.constant(0.5, member.dtype)
            labels = nodes.add("Cast", nodes.add("Greater", raw, half), to=TensorProto.INT64)
        else:
            if estimator.n_outputs_ == 1:
                shares = nodes.add("Concat", nodes.add("Sub", nodes.constant(1.0, member.dtype), raw), raw, axis=1)
            classes = estimator.classes_.tolist()
            numbers = all(isinstance(label, int) for label in classes)
            names = tuple(map(int, classes)) if numbers else tuple(map(str, classes))
            labels = nodes.add(
                "Gather", labels_constant(names, nodes)[0], nodes.add("ArgMax", shares, axis=1, keepdims=0)
            )
        found = [labels, shares]
    ends = [*found[:-1], nodes.cast(found[-1], wanted)]
    names = {value: output.full_name for value, output in zip(ends, operator.outputs, strict=True)}
    add_to(container, scope, nodes, names)


_ML_VERSIONS = {"LabelEncoder": 2}
"""Of operations that skl2onnx would take in a version that it does not write: the one whose attributes they have."""


def _of_labels(estimator: MLPClassifier) -> bool:
    """Whether a classifier gives several labels of each row."""
    return "multilabel" in estimator._label_binarizer.y_type_


def add_to(container: ModelComponentContainer, scope: Scope, nodes: Nodes, ends: dict[str, str]) -> None:
    """Put nodes and constants into a container of skl2onnx, under free names; `ends` has those of its outputs."""
    from onnx import helper

    inside = {name for node in nodes.nodes for name in node.output} | {one.name for one in nodes.initializers}
    free = {name: ends.get(name) or scope.get_unique_variable_name(f"thalweg_{name}") for name in sorted(inside)}
    for one in nodes.initializers:
        one.name = free[one.name]
        container.initializers.append(one)
    for node in nodes.nodes:
        settings = {one.name: helper.get_attribute_value(one) for one in node.attribute}
        container.add_node(
            node.op_type,
            [free.get(name, name) for name in node.input],
            [free[name] for name in node.output],
            op_domain=node.domain,
            op_version=_ML_VERSIONS.get(node.op_type),
            name=scope.get_unique_operator_name(node.op_type),
            **settings,
        )
