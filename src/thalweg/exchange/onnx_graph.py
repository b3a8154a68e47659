"""A model as an ONNX graph: the columns of a table in, labels, probabilities or values out."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import __version__
from ..core.kinds import takes_kinds
from ..data.given_table import GivenTable
from ..errors import ArgumentError
from ..files import Model
from ..system import Content
from .features import Beyond, Circle, Encoded, Feature, Flag, Missing, OneHot, Standard, encoded, source_values
from .onnx_held import held
from .onnx_nodes import IR, ML, ML_OPSET, OPSET, Nodes
from .subject import LEAST, Member, Subject

if TYPE_CHECKING:
    from ..data import TargetEncoding

_LARGEST = 2**31 - 2**20
"""Bytes of a message of protocol buffers."""


def onnx_graph(subject: Subject, path: str) -> list[Content]:
    """The graph of the whole way from a row to what is said of it.

    Numbers come in as double (rows, 1), NaN where missing; texts as strings, one of which stands for missing. Out come
    `predicted_TARGET` (rows,) and, of classes, `probabilities_TARGET` (rows, classes); of a network that was trained on
    arrays its `outputs`.
    """
    try:
        import onnx
        from onnx import helper
    except ImportError as error:
        raise ArgumentError('ONNX is written by the onnx package: pip install "thalweg[exchange]"') from error
    size = sum(array.nbytes for member in subject.members for unit in member.units for array in unit.weights.values())
    if size > _LARGEST:
        raise ArgumentError(
            f"the weights take {size:,} bytes, and an ONNX file holds 2 GiB: export a .safetensors file"
        )
    if subject.encoded is not None:
        subject.encoded.refuse_hashed("ONNX")
    inputs = _inputs(subject)
    outputs = _output_names(subject)
    nodes = Nodes((*(one.name for one in inputs), *outputs))
    given = features_of(subject.encoded, nodes, subject.dtype) if subject.encoded else None
    raw = network_nodes(subject, nodes, given)
    made = (
        decoded(subject.targets, nodes, raw)
        if subject.encoded
        else [(raw, outputs[0], _elem(subject), subject.outputs)]
    )
    infos = []
    for value, name, kind, width in made:
        _renamed(nodes, value, name)
        shape = ["rows"] if width is None else ["rows", width]
        infos.append(helper.make_tensor_value_info(name, kind, shape))
    graph = helper.make_graph(nodes.nodes, subject.name, inputs, infos, nodes.initializers)
    domains = [helper.make_opsetid("", OPSET), helper.make_opsetid(ML, ML_OPSET)]
    found = helper.make_model(
        graph, opset_imports=domains, ir_version=IR, producer_name="thalweg", producer_version=__version__
    )
    found.doc_string = "\n".join(subject.head)
    props = {"thalweg.check": json.dumps(_check(subject, outputs)), **held(subject, nodes, found.graph)}
    helper.set_model_props(found, props)
    onnx.checker.check_model(found)
    return [Content(path, found.SerializeToString(), "ONNX graph")]


@takes_kinds
def onnx_inputs(model: Model, table: GivenTable) -> dict[str, np.ndarray]:
    """The inputs of the ONNX graph of a model for the rows of a table, as onnxruntime takes them.

    Numbers are (rows, 1) in float64, NaN where missing; texts (rows, 1), with what stands for missing in that graph;
    dates are seconds, and the parts of the calendar that the graph asks for.

    >>> import polars as pl, thalweg as tw
    >>> frame = pl.DataFrame({"size": [1.0, 2.0, 3.0, 4.0, None, 6.0], "fruit": ["fig", "plum"] * 3})
    >>> trained = tw.train_table(frame, target="fruit", settings=tw.Settings(epochs=1, engine="numpy"))
    >>> onnx_inputs(trained.model, frame.tail(2))["size"].tolist()
    [[nan], [6.0]]
    """
    from ..data.frames import as_frame

    if model.encoding is None:
        raise ArgumentError("this model was trained on arrays, not on a table: its inputs are the arrays themselves")
    frame = as_frame(table).table
    model.encoding.inputs_of(frame)  # which refuses what cannot be read
    values = source_values(model.encoding, frame)
    found = {}
    for source in encoded(model.encoding).sources:
        column = values[source.name]
        if source.kind == "text":
            column = np.array([source.missing if text is None else text for text in column], dtype=object)
        found[source.name] = column.reshape(-1, 1)
    return found


def _elem(subject: Subject) -> int:
    """The type of a network's outputs."""
    from onnx import TensorProto

    return TensorProto.FLOAT if subject.dtype == "float32" and not subject.together else TensorProto.DOUBLE


def _inputs(subject: Subject) -> list[Any]:
    from onnx import TensorProto, helper

    if subject.encoded is None:
        kind = TensorProto.FLOAT if subject.dtype == "float32" else TensorProto.DOUBLE
        return [helper.make_tensor_value_info(n, kind, ["rows", size]) for n, size in subject.network.inputs.items()]
    found = []
    for source in subject.encoded.sources:
        kind = TensorProto.DOUBLE if source.kind == "number" else TensorProto.STRING
        missing = "NaN" if source.kind == "number" else repr(source.missing)
        told = f"{source.word}; {missing} where it is missing"
        found.append(helper.make_tensor_value_info(source.name, kind, ["rows", 1], told))
    return found


def _output_names(subject: Subject) -> list[str]:
    if subject.encoded is None:
        return ["outputs" if "outputs" not in subject.network.inputs else "outputs of the network"]
    names = []
    for target in subject.targets:
        names.append(f"predicted_{target.name}")
        if target.classes:
            names.append(f"probabilities_{target.name}")
    taken = {source.name for source in subject.encoded.sources}
    clash = next((name for name in names if name in taken), None)
    if clash is not None:
        raise ArgumentError(f"an input and an output of the graph would both be called {clash!r}: rename that column")
    return names


def features_of(found: Encoded, nodes: Nodes, dtype: str) -> str:
    """The features (rows, features) of the columns."""
    values = [_feature(feature, found, nodes) for feature in found.features]
    joined = nodes.add("Concat", *values, axis=1, name="features") if len(values) > 1 else values[0]
    return nodes.cast(joined, dtype, "features_cast") if dtype != "float64" else joined


def _feature(feature: Feature, found: Encoded, nodes: Nodes) -> str:
    add = nodes.add

    def number(value: float) -> str:
        return nodes.constant([[value]], "float64")

    def beyond(x: str, low: float, high: float) -> str:
        span = high - low
        return add("Or", add("Less", x, number(low - span)), add("Greater", x, number(high + span)))

    x = found.sources[feature.of if isinstance(feature, Circle) else feature.source].name
    match feature:
        case Standard(_, fill, scale, limits):
            value = x if fill is None else add("Where", add("IsNaN", x), number(fill), x)
            if limits is not None:
                near = add("Max", add("Min", value, number(limits.high)), number(limits.low))
                value = add("Where", beyond(value, limits.low, limits.high), near, value)
            return add("Div", add("Sub", value, number(scale.mean)), number(scale.deviation))
        case Missing():
            return nodes.cast(add("IsNaN", x), "float64")
        case Beyond(_, limits):
            return nodes.cast(beyond(x, limits.low, limits.high), "float64")
        case Flag(_, fill):
            flag = nodes.cast(add("Not", add("Equal", x, number(0.0))), "float64")
            return add("Where", add("IsNaN", x), number(fill), flag)
        case OneHot(source, categories, missing):
            marker = found.sources[source].missing or ""
            keys = [*categories, *([marker] if missing else [])]
            texts, places = keys or [marker], list(range(len(keys))) or [-1]
            codes = add(
                "LabelEncoder", x, domain=ML, keys_strings=texts, values_int64s=places, default_int64=-1, name="code"
            )
            return nodes.cast(add("Equal", codes, nodes.constant([places], "int64")), "float64")
        case Circle(source, _, first, length, fill):
            own = found.sources[source].name
            turned = add("Mul", add("Sub", own, number(first)), number(2.0 * math.pi / length))
            angle = add("Where", add("IsNaN", x), number(fill), turned)
            return add("Concat", add("Sin", angle), add("Cos", angle), axis=1)
    raise AssertionError(feature)


def network_nodes(subject: Subject, nodes: Nodes, features: str | None) -> str:
    """The outputs of the members together; of features, or of the graph's own inputs if that is None."""
    outputs = [
        _member(subject, member, number, nodes, features) for number, member in enumerate(subject.members, start=1)
    ]
    if not subject.together:
        return outputs[0]

    def number(value: Any) -> str:
        return nodes.constant(value, "float64")

    total = ""
    for member, output in zip(subject.members, outputs, strict=True):
        double = nodes.cast(output, "float64") if member.dtype == "float32" else output
        term = nodes.add("Mul", double, number(member.weight))
        total = nodes.add("Add", total, term) if total else term
    a = nodes.add("Div", total, number(sum(member.weight for member in subject.members)), name="mean")
    if subject.calibration is not None and subject.calibrated_form is not None:
        a = nodes.add("Max", nodes.add("Min", a, number(1.0 - LEAST)), number(LEAST))
        n = nodes.add("Log", a)
        if subject.of_sigmoid:
            n = nodes.add("Sub", n, nodes.add("Log", nodes.add("Sub", number(1.0), a)))
        n = nodes.add("Mul", n, number([subject.calibration.slope]))
        n = nodes.add("Add", n, number([subject.calibration.shift]))
        a = nodes.activation(subject.calibrated_form, n, "float64", "calibrated")
    return a


def _member(subject: Subject, member: Member, number: int, nodes: Nodes, features: str | None) -> str:
    """The outputs of a member, of features or of the graph's inputs, cast to its own type."""
    mark = f"member{number}/" if len(subject.members) > 1 else ""
    values = {}
    for name in member.network.inputs:
        given = features or name
        values[name] = given if member.dtype == subject.dtype else nodes.cast(given, member.dtype)
    return member_nodes(member, nodes, values, mark)


def member_nodes(member: Member, nodes: Nodes, inputs: Mapping[str, str], mark: str = "") -> str:
    """The outputs of a network, of its inputs in its own type: of each layer a Gemm for every source, then f."""
    values = dict(inputs)
    for unit in member.units:
        name = f"{mark}{unit.layer.name}"
        n = "" if unit.bias is None else nodes.constant(unit.bias, name=f"{name}/bias")
        for source, weights in unit.weights.items():
            W = nodes.constant(weights, name=f"{name}/weights/{source}")
            given = [values[source], W, n] if n else [values[source], W]
            n = nodes.add("Gemm", *given, transB=1, name=f"{name}/net_input")
        values[unit.layer.name] = nodes.activation(unit.form, n, member.dtype, f"{name}/output")
    return values[member.output]


def decoded(targets: tuple[TargetEncoding, ...], nodes: Nodes, raw: str) -> list[tuple[str, str, int, int | None]]:
    """What the outputs say of each target: value, its name, its type and its width (None for one number a row)."""
    from onnx import TensorProto

    add = nodes.add
    outputs = nodes.cast(raw, "float64")
    found: list[tuple[str, str, int, int | None]] = []
    at = 0
    for target in targets:
        part = outputs
        if len(targets) > 1:
            bounds = (nodes.constant([one], "int64") for one in (at, at + target.outputs, 1))
            part = add("Slice", outputs, *bounds)
        at += target.outputs
        name = f"predicted_{target.name}"
        if target.scale:
            value = add("Mul", part, nodes.constant(target.scale.deviation, "float64"))
            value = add("Add", value, nodes.constant(target.scale.mean, "float64"))
            flat = add("Reshape", value, nodes.constant([-1], "int64"))
            found.append((flat, name, TensorProto.DOUBLE, None))
            continue
        shares = part
        if target.outputs == 1:
            shares = add("Concat", add("Sub", nodes.constant(1.0, "float64"), part), part, axis=1)
        best = add("ArgMax", shares, axis=1, keepdims=0)
        labels, kind = labels_constant(target.classes, nodes)
        found.append((add("Gather", labels, best), name, kind, None))
        found.append((shares, f"probabilities_{target.name}", TensorProto.DOUBLE, len(target.classes)))
    return found


def labels_constant(classes: tuple[Any, ...], nodes: Nodes) -> tuple[str, int]:
    """The labels of classes, in a type of ONNX."""
    from onnx import TensorProto

    if all(isinstance(label, bool) for label in classes):
        return nodes.constant(list(classes), "bool", "labels"), TensorProto.BOOL
    if all(isinstance(label, int) for label in classes):
        return nodes.constant(list(classes), "int64", "labels"), TensorProto.INT64
    if all(isinstance(label, int | float) for label in classes):
        return nodes.constant(list(classes), "float64", "labels"), TensorProto.DOUBLE
    return nodes.constant(np.array([str(label) for label in classes], dtype=object), name="labels"), TensorProto.STRING


def _renamed(nodes: Nodes, value: str, name: str) -> None:
    """Give a value the name of an output of the graph."""
    from onnx import helper

    nodes.nodes.append(helper.make_node("Identity", [value], [name], name=f"give {name}"))


def _check(subject: Subject, outputs: list[str]) -> dict[str, Any]:
    """The check rows as plain data: inputs by name, and what is expected."""
    check = subject.check
    if subject.encoded is None:
        return {
            "inputs": {name: rows.tolist() for name, rows in check.inputs.items()},
            "outputs": {outputs[0]: check.outputs.tolist()},
            "room": {outputs[0]: check.room.tolist()},
        }
    inputs: dict[str, list[Any]] = {}
    for source in subject.encoded.sources:
        column = check.inputs[source.name].tolist()
        if source.kind == "text":
            inputs[source.name] = [source.missing if text is None else text for text in column]
        else:
            inputs[source.name] = [None if math.isnan(value) else value for value in column]
    expected: dict[str, Any] = {}
    room: dict[str, Any] = {}
    at = 0
    for place, target in enumerate(subject.targets):
        part, apart = (values[:, at : at + target.outputs] for values in (check.outputs, check.room))
        at += target.outputs
        name = f"predicted_{target.name}"
        expected[name] = part[:, 0].tolist() if target.scale else check.values[:, place].tolist()
        if target.scale:
            room[name] = apart[:, 0].tolist()
            continue
        shares = np.hstack([1.0 - part, part]) if target.outputs == 1 else part
        expected[f"probabilities_{target.name}"] = shares.tolist()
        room[f"probabilities_{target.name}"] = np.broadcast_to(apart.max(axis=1, keepdims=True), shares.shape).tolist()
    return {"inputs": inputs, "outputs": expected, "room": room}
