"""Estimators of tables within pipelines that skl2onnx converts: each column an input, or all of them one matrix."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from sklearn.base import is_classifier

from ..errors import ArgumentError
from ..exchange.onnx_graph import features_of, labels_constant, network_nodes
from ..exchange.onnx_nodes import Nodes
from ..exchange.subject import Subject, subject_of
from .onnx_converter import add_to

if TYPE_CHECKING:
    from skl2onnx.common._container import ModelComponentContainer
    from skl2onnx.common._topology import Operator, Scope, Variable

    from .tabular import BaseTabular, TabularClassifier

_EXPORT = "write it by estimator.model_.export('model.onnx')"


def output_types(operator: Any) -> None:
    """Tell the types and shapes of the outputs: labels and probabilities (rows, classes), or values (rows, targets)."""
    from skl2onnx.common.data_types import (
        DoubleTensorType,
        FloatTensorType,
        Int64TensorType,
        StringTensorType,
    )

    estimator = operator.raw_operator
    double = any(isinstance(one.type, DoubleTensorType) for one in operator.inputs)
    number = DoubleTensorType if double else FloatTensorType
    rows = operator.inputs[0].get_first_dimension()
    if not is_classifier(estimator):
        operator.outputs[0].type = number([rows, len(estimator._names_of_targets)])
        return
    several, count = len(estimator._names_of_targets) > 1, len(estimator.classes_)
    texts = estimator.classes_.dtype.kind not in "biu"
    labels = [rows, count] if several else [rows]
    operator.outputs[0].type = StringTensorType(labels) if texts else Int64TensorType(labels)
    operator.outputs[1].type = number([rows, count])


def converted(scope: Scope, operator: Operator, container: ModelComponentContainer) -> None:
    """Add the nodes of the encoding, of the network or all members, and of what their outputs say."""
    from onnx import TensorProto
    from skl2onnx.common.data_types import DoubleTensorType

    estimator = operator.raw_operator
    subject = subject_of(estimator.model_, "model")
    assert subject.encoded is not None
    subject.encoded.refuse_hashed("ONNX")
    nodes = Nodes()
    given = _given(estimator, subject, operator.inputs, nodes)
    sources = tuple(dataclasses.replace(one, name=given[one.name]) for one in subject.encoded.sources)
    features = features_of(dataclasses.replace(subject.encoded, sources=sources), nodes, subject.dtype)
    outputs = nodes.cast(network_nodes(subject, nodes, features), "float64")
    found: list[str]
    if len(estimator._names_of_targets) > 1 or not is_classifier(estimator):
        found = [_side_by_side(estimator, subject, nodes, outputs)]
        if is_classifier(estimator):
            above = nodes.add("Greater", found[0], nodes.constant(0.5, "float64"))
            found = [nodes.add("Cast", above, to=TensorProto.INT64), *found]
    else:
        found = _classified(estimator, subject, nodes, outputs)
    kind = "float64" if isinstance(operator.outputs[-1].type, DoubleTensorType) else "float32"
    ends = [*found[:-1], nodes.cast(found[-1], kind)]
    names = {value: output.full_name for value, output in zip(ends, operator.outputs, strict=True)}
    add_to(container, scope, nodes, names)


def _given(estimator: BaseTabular, subject: Subject, inputs: list[Variable], nodes: Nodes) -> dict[str, str]:
    """For each source of the encoding the value of the graph that it is, as double or text, (rows, 1).

    Raises ArgumentError for a source that is no input, and for one of another type.
    """
    from skl2onnx.common.data_types import StringTensorType

    assert subject.encoded is not None
    columns = [(one.raw_name, one.full_name, isinstance(one.type, StringTensorType)) for one in inputs]
    if len(inputs) == 1 and estimator.n_features_in_ > 1:
        _, matrix, text = columns[0]
        names = getattr(estimator, "feature_names_in_", [f"x{place}" for place in range(estimator.n_features_in_)])
        wanted = {source.name for source in subject.encoded.sources}
        columns = [
            (str(name), nodes.add("Gather", matrix, nodes.constant([place], "int64"), axis=1), text)
            for place, name in enumerate(names)
            if str(name) in wanted
        ]
    elif len(inputs) == 1:
        columns = [(subject.encoded.sources[0].name, *columns[0][1:])]
    known = {name: (value, text) for name, value, text in columns}
    found = {}
    for source in subject.encoded.sources:
        if source.name not in known:
            shown = ", ".join(repr(name) for name in list(known)[:8])
            raise ArgumentError(f"{source.name!r} ({source.word}) is none of the inputs {shown}: {_EXPORT}")
        value, text = known[source.name]
        if text != (source.kind == "text"):
            told = "a text" if text else "a number"
            raise ArgumentError(
                f"column {source.name!r} is {source.word}, and the input of the pipeline is {told}: give each column "
                f"as an input of its own type (a frame of pandas), or {_EXPORT}"
            )
        found[source.name] = value if text else nodes.cast(value, "float64")
    return found


def _side_by_side(estimator: BaseTabular, subject: Subject, nodes: Nodes, outputs: str) -> str:
    """What is said of each of several targets, (rows, targets): its value, or the probability of its second class."""
    add, parts, at = nodes.add, [], 0
    targets = iter(subject.targets)
    for number in range(len(estimator._names_of_targets)):
        if number in estimator._constants:
            parts.append("")
            continue
        target = next(targets)
        at += target.outputs  # of two outputs the second is the probability
        part = add("Gather", outputs, nodes.constant([at - 1], "int64"), axis=1)
        if target.scale:
            part = add("Mul", part, nodes.constant(target.scale.deviation, "float64"))
            part = add("Add", part, nodes.constant(target.scale.mean, "float64"))
        parts.append(part)
    first = next(part for part in parts if part)
    nothing = add("Mul", first, nodes.constant(0.0, "float64")) if "" in parts else ""
    whole = [
        part or add("Add", nothing, nodes.constant(float(estimator._constants[number]), "float64"))
        for number, part in enumerate(parts)
    ]
    return add("Concat", *whole, axis=1) if len(whole) > 1 else whole[0]


def _classified(estimator: TabularClassifier, subject: Subject, nodes: Nodes, outputs: str) -> list[str]:
    """Label and probabilities, in the order of `classes_`."""
    (target,) = subject.targets
    shares = outputs
    if target.outputs == 1:
        shares = nodes.add("Concat", nodes.add("Sub", nodes.constant(1.0, "float64"), outputs), outputs, axis=1)
    order = [target.classes.index(name) for name in estimator._names]
    shares = nodes.add("Gather", shares, nodes.constant(order, "int64"), axis=1)
    classes = estimator.classes_.tolist()
    names = tuple(map(int, classes)) if all(isinstance(one, int) for one in classes) else tuple(map(str, classes))
    best = nodes.add("ArgMax", shares, axis=1, keepdims=0)
    return [nodes.add("Gather", labels_constant(names, nodes)[0], best), shares]
