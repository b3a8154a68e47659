"""A graph of ONNX of Gemm, MatMul, Add, joins and activations, read from its output backwards.

Operations element by element (Tanh, Div, Erf, ...) between two layers are one activation: the registered one that gives
the same values, else a formula. What no layer can be is told by node.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ArgumentError, ThalwegError, reason_of, shown
from .assembly import Assembly, Value, numbers
from .found import Found
from .known_activations import with_slopes
from .onnx_activation import ELEMENTWISE, PROBE, activation_of, elementwise_text, elementwise_values
from .onnx_file import (
    COARSE,
    attributes_of,
    bounds_of,
    constant_of,
    folded,
    is_open,
    layer_name,
    opened,
    rounding_told,
    told_of,
    width_of,
)
from .onnx_held import model_held
from .onnx_labels import classes_of, is_label, probabilities_before
from .onnx_picks import gathered, sliced, split
from .onnx_unit import Row, Unit, affine_of, check_rows, said_of

_IDLE = ("Identity", "Cast", "Dropout", "Flatten", "Reshape", "Squeeze", "Unsqueeze")
_LONGEST = 1000
"""Characters of an activation's text that are kept, in case that it is no registered one."""


Thing = Value | Unit | np.ndarray | Row


def read_onnx(raw: bytes, *, most: int, folder: Path) -> Found:
    """The network of a graph; raises ArgumentError, naming the node, for what no Network is."""
    graph, constants, told = opened(raw, most, folder)
    ours = model_held(graph, constants, told)
    if ours is not None:
        return ours
    try:
        return _Reading(graph, constants).found()
    except ThalwegError as error:
        if not any(name.startswith("thalweg.") for name in told):
            raise
        raise ArgumentError(
            f"{error}; Thalweg wrote this graph, and it was changed since, or is of an older one: read the model's own "
            ".thalweg file, or export it again"
        ) from error
    except (TypeError, ValueError, LookupError, AttributeError, OverflowError) as error:  # names that are no text
        reason = reason_of(error)
        raise ArgumentError(f"the graph is damaged ({reason}): export it again") from error


class _Reading:
    """Values by the names of the graph's edges, made as they are needed."""

    def __init__(self, graph: Any, constants: dict[str, np.ndarray]) -> None:
        self.graph = graph
        self.made = Assembly()
        self.things: dict[str, Thing] = dict(constants)
        self.makers: dict[str, Any] = {}
        for node in graph.node:
            for name in node.output:
                if name in self.makers or name in constants:
                    raise ArgumentError(f"{told_of(node)}: {shown(name)} is given by two nodes")
                if name:
                    self.makers[name] = node
        self.sizes = {one.name: width_of(one) for one in graph.input if one.name not in constants}

    def found(self) -> Found:
        """The network of the graph's outputs."""
        values: list[Value] = []
        outputs = [one.name for one in self.graph.output]
        labels = [name for name in outputs if is_label(name, self.makers)]
        for name in outputs:
            if name not in labels:
                values.append(
                    self._value(
                        self._thing(probabilities_before(name, self.makers, self.things)), f"output {shown(name)}"
                    )
                )
        if not values:
            raise ArgumentError("the graph has no output")
        network, params = self.made.finish(values[0] if len(values) == 1 else self.made.join(values))
        classes = classes_of(labels, self.graph.node, self.makers, self.things)
        return Found(network, params, "an ONNX graph", classes=classes, notes=rounding_told(self.graph))

    def _thing(self, name: str) -> Thing:
        """What an edge carries; the nodes before it one after the other, never by recursion."""
        waiting, open_ = [name], set()
        while waiting:
            edge = waiting[-1]
            if edge in self.things:
                waiting.pop()
                continue
            node = self.makers.get(edge)
            if node is None:
                self.things[edge] = self._input(edge)
                continue
            lacking = [one for one in node.input if one and one not in self.things]
            if lacking:
                if edge in open_:
                    raise ArgumentError(f"{told_of(node)}: the graph runs in a circle through {shown(edge)}")
                open_.add(edge)
                waiting += lacking
                continue
            self.things[edge] = self._made(node, edge)
        return self.things[name]

    def _input(self, name: str) -> Value:
        if name not in self.sizes:
            raise ArgumentError(f"{shown(name)} is read, and no node and no input gives it: the file is damaged")
        size = self.sizes[name]
        if size is None:
            size = self._read_width(name)
        return self.made.input(name, size)

    def _read_width(self, name: str) -> int:
        """The width of an input without a shape, by the weights that read it first."""
        for node in self.graph.node:
            if node.op_type in ("MatMul", "Gemm") and node.input and node.input[0] == name:
                weights = self.things.get(node.input[1])
                if isinstance(weights, np.ndarray) and weights.ndim == 2:
                    return weights.shape[1 if attributes_of(node).get("transB") else 0]
        raise ArgumentError(f"input {shown(name)} has a width that the file does not say: export it with one")

    def _made(self, node: Any, edge: str) -> Thing:
        place, kind = told_of(node), node.op_type
        if node.domain not in ("", "ai.onnx") and not (node.domain == "ai.onnx.ml" and kind in _ML):
            raise ArgumentError(f"{place}: its domain {shown(node.domain)} is none that is read")
        given = [self.things[name] for name in node.input if name]
        if kind == "Clip":
            given = [given[0], *bounds_of(node, attributes_of(node), self.things)] if given else []
        attributes = attributes_of(node)
        if kind == "Constant":
            return constant_of(node, place)
        if not given:
            raise ArgumentError(f"{place} is given nothing")
        try:
            return self._applied(node, edge, given, attributes, place)
        except ThalwegError as error:
            told = str(error)
            raise ArgumentError(told if place in told else f"{place}: {told}") from error
        except (TypeError, ValueError, LookupError, AttributeError, OverflowError) as error:
            reason = reason_of(error)
            raise ArgumentError(f"{place}: its inputs and attributes do not fit together ({reason})") from error

    def _applied(self, node: Any, edge: str, given: list[Thing], attributes: dict[str, Any], place: str) -> Thing:
        kind = node.op_type
        if edge != node.output[0] and kind != "Split":
            raise ArgumentError(f"{place}: its output {shown(edge)} is read, which is no layer's")
        if all(isinstance(one, np.ndarray) for one in given):
            return folded(kind, given, attributes, place)  # pyright: ignore[reportArgumentType]
        first = given[0]
        name = layer_name(node)
        if kind in _IDLE:
            self._check_idle(node, given, attributes, place)
            return first
        if kind in ("MatMul", "Gemm"):
            return self._weighed(kind, given, attributes, place, name)
        if kind == "Concat":
            if attributes.get("axis", 1) not in (1, -1):
                raise ArgumentError(f"{place} joins along axis {attributes.get('axis')}; layers are joined along 1")
            return self.made.join([self._joinable(one, place) for one in given])
        if kind == "Gather" and isinstance(given[1], np.ndarray) and attributes.get("axis", 0) in (1, -1):
            value = self._value(first, place)
            return self.made.pick(value, gathered(given[1], value.size, place), place)
        if kind == "Slice":
            value = self._value(first, place)
            return self.made.pick(value, sliced(given[1:], attributes, value.size, place), place)
        if kind == "Split":
            value, outputs = self._value(first, place), list(node.output)
            if attributes.get("axis", 0) not in (1, -1):
                raise ArgumentError(f"{place}: examples are split from each other")
            lengths = given[1] if len(given) > 1 else attributes.get("split")
            return self.made.pick(value, split(lengths, value.size, len(outputs), outputs.index(edge), place), place)
        if kind == "PRelu" and isinstance(given[1], np.ndarray) and given[1].size > 1:
            check_rows([given[1]], place)
            return with_slopes(self.made, self._value(first, place), given[1], place, name)
        if kind in ("Scaler", "BatchNormalization"):
            return self._scaler(kind, given, attributes, place)
        if kind in ("Softmax", "LogSoftmax"):
            axis = attributes.get("axis", -1)
            if axis not in (1, -1) or kind == "LogSoftmax":
                raise ArgumentError(f"{place}: {kind} along axis {axis} is no layer's activation")
            return self.made.activate(self._value(first, place), "softmax", name)
        if kind in ("ReduceMax", "ReduceSum"):
            return self._reduced(kind, given, attributes, place)
        if kind not in ELEMENTWISE:
            raise ArgumentError(f"{place}: {kind} is no operation of a layer")
        return self._elementwise(node, kind, given, attributes, place, name)

    def _check_idle(self, node: Any, given: Sequence[Thing], attributes: dict[str, Any], place: str) -> None:
        kind = node.op_type
        if kind == "Cast" and attributes.get("to") in COARSE:
            raise ArgumentError(f"{place}: numbers are rounded to {COARSE[attributes['to']]}: export it in float32")
        if kind == "Cast" and attributes.get("to") not in (1, 11):
            raise ArgumentError(f"{place}: numbers are cast to what are no numbers with decimals")
        if kind == "Dropout":
            training = self.things.get(node.input[2]) if len(node.input) > 2 and node.input[2] else np.asarray(False)
            if not isinstance(training, np.ndarray) or training.any():
                raise ArgumentError(f"{place}: it drops units as in training: export the network as it predicts")
        if kind == "Flatten" and attributes.get("axis", 1) != 1:
            raise ArgumentError(f"{place}: flattened from axis {attributes['axis']}; rows are examples, so from 1")
        if kind == "Reshape":
            shape = np.ravel(given[1]).tolist() if len(given) > 1 and isinstance(given[1], np.ndarray) else None
            width = self._value(given[0], place).size
            if shape is None or len(shape) != 2 or shape[1] not in (-1, width) or shape[0] not in (-1, 0):
                raise ArgumentError(f"{place}: rows of {width} are reshaped to {shape}, which is no layer")
        if kind in ("Squeeze", "Unsqueeze"):
            raise ArgumentError(f"{place}: dimensions are taken away or added; rows have two")

    def _weighed(self, kind: str, given: list[Thing], attributes: dict[str, Any], place: str, name: str) -> Value:
        value, weights = given[0], given[1] if len(given) > 1 else None
        if not isinstance(weights, np.ndarray) or isinstance(value, np.ndarray):
            raise ArgumentError(f"{place}: a product whose second part is no constant: rows are examples, as X W")
        weights = np.asarray(weights) * attributes.get("alpha", 1.0) if attributes.get("alpha", 1.0) != 1.0 else weights
        if kind == "MatMul" or not attributes.get("transB", 0):
            weights = weights.T
        if attributes.get("transA", 0):
            raise ArgumentError(f"{place}: transA: rows must be examples")
        made = self.made.weigh(self._joinable(value, place), weights, None, place, name)
        if kind == "Gemm" and len(given) > 2:
            C, beta = given[2], attributes.get("beta", 1.0)
            if isinstance(C, np.ndarray):
                check_rows([C], place)
                return self.made.shift(made, C * np.asarray(beta, C.dtype), place)
            if beta != 1.0:
                raise ArgumentError(f"{place}: beta {beta:g} of what another node gives")
            return self.made.add(self._value(C, place), made, place)
        return made

    def _scaler(self, kind: str, given: list[Thing], attributes: dict[str, Any], place: str) -> Value:
        value = self._value(given[0], place)
        if kind == "Scaler":
            offset, scale = (
                np.asarray(attributes.get(one, [default])) for one, default in (("offset", 0.0), ("scale", 1.0))
            )
            return self.made.scale(self.made.shift(value, -offset, place), scale, None, place)
        if attributes.get("training_mode", 0):
            raise ArgumentError(f"{place}: it normalises as in training: export the network as it predicts")
        rest = [numbers(place, one) for one in given[1:5] if isinstance(one, np.ndarray)]
        if len(rest) != 4 or any(one.shape != (value.size,) for one in rest):
            raise ArgumentError(
                f"{place}: its scale, offset, mean and variance have shapes {[one.shape for one in rest]}; they must "
                f"be four constants of shape {(value.size,)}"
            )
        gain, shift, mean, variance = rest
        factor = (gain / np.sqrt(variance + attributes.get("epsilon", 1e-5))).astype(np.asarray(given[1]).dtype)
        return self.made.scale(value, factor, (shift - mean * factor).astype(factor.dtype), place)

    def _reduced(self, kind: str, given: list[Thing], attributes: dict[str, Any], place: str) -> Row:
        axes = (
            np.ravel(given[1]).tolist()
            if len(given) > 1 and isinstance(given[1], np.ndarray)
            else list(attributes.get("axes", ()))
        )
        unit = self._unit(given[0], place)
        if axes not in ([1], [-1]) or attributes.get("keepdims", 1) != 1:
            raise ArgumentError(f"{place}: reduced along {axes}; a softmax is along 1")
        return Row("largest" if kind == "ReduceMax" else "sum", unit)

    def _elementwise(
        self, node: Any, kind: str, given: list[Thing], attributes: dict[str, Any], place: str, name: str
    ) -> Thing:
        if any(isinstance(one, Row) for one in given):
            return self._softmax_part(kind, given, place, name)
        constants = [one for one in given if isinstance(one, np.ndarray)]
        apart = len({id(self._unit(one, place).base) for one in given if not isinstance(one, np.ndarray)}) > 1
        check_rows(constants, place)
        fresh = all(isinstance(one, np.ndarray) or self._unit(one, place).text == "n" for one in given)
        bias = fresh and kind in ("Add", "Sub") and any(one.ndim for one in constants)  # of a layer of one unit, too
        if kind in ("Add", "Sub", "Mul", "Div", "Sum") and (apart or bias or any(one.size > 1 for one in constants)):
            made = [one if isinstance(one, np.ndarray) else self._value(one, place) for one in given]
            return self._linear(kind, made, place) or self._refuse(place, kind)
        return self._function(kind, given, attributes, place, name)

    def _linear(self, kind: str, given: Sequence[Value | np.ndarray], place: str) -> Value | None:
        """A sum of values, or a scaling of one by a constant for each element; None for what is neither."""
        first, second = given[0], given[-1]
        if isinstance(first, Value) and isinstance(second, Value):
            if kind == "Sub":
                second = self.made.scale(second, np.asarray(-1.0, np.float32), None, place)
            elif kind not in ("Add", "Sum"):
                return None
        if kind in ("Add", "Sum", "Sub") and isinstance(first, Value):
            total = first
            for one in (*given[1:-1], second):
                if isinstance(one, Value):
                    total = self.made.add(total, one, place)
                else:
                    total = self.made.shift(total, -one if kind == "Sub" else one, place)
            return total
        value, constant = (first, second) if isinstance(first, Value) else (second, first)
        if not isinstance(value, Value) or not isinstance(constant, np.ndarray) or len(given) != 2:
            return None
        match kind:
            case "Add" | "Sum":
                return self.made.shift(value, constant, place)
            case "Sub":
                return self.made.scale(value, np.asarray(-1.0, constant.dtype), constant, place)
            case "Mul":
                return self.made.scale(value, constant, None, place)
            case "Div" if value is first:
                return self.made.scale(value, 1.0 / constant, None, place)
        return None

    def _refuse(self, place: str, kind: str) -> Any:
        raise ArgumentError(f"{place}: {kind} of layers element by element is no layer's")

    def _softmax_part(self, kind: str, given: list[Thing], place: str, name: str) -> Thing:
        """n less its largest, or exponentials by their sum: a softmax spelt out."""
        first, second = given[0], given[-1]
        if isinstance(second, Row):
            largest = kind == "Sub" and second.kind == "largest" and second.unit.text == "n"
            if largest and first is second.unit.base:
                return first  # a softmax is the same of it
            total = kind == "Div" and second.kind == "sum" and second.unit.text == "exp(n)"
            if total and isinstance(first, Unit) and first.text == "exp(n)" and first.base is second.unit.base:
                return self.made.activate(first.base, "softmax", name)
        raise ArgumentError(f"{place}: {kind} of a sum or a largest, which is no softmax")

    def _function(self, kind: str, given: list[Thing], attributes: dict[str, Any], place: str, name: str) -> Unit:
        """A text by n of what the node is given."""
        bases = [self._unit(one, place) for one in given if not isinstance(one, np.ndarray)]
        if len({id(unit.base) for unit in bases}) > 1:
            self._refuse(place, kind)
        base = bases[0].base
        texts, values = [], []
        for one in given:
            text, value = self._number(one, place) if isinstance(one, np.ndarray) else said_of(self._unit(one, place))
            texts.append(text)
            values.append(value)
        text, value = elementwise_text(kind, texts, attributes), elementwise_values(kind, values, attributes)
        if text is None or value is None:
            raise ArgumentError(f"{place}: {kind} is no operation of a layer")
        if len(text) > _LONGEST or not all(texts):
            text = ""
        return Unit(base, text, value, name, affine_of(kind, given, bases[0].affine))

    def _number(self, constant: np.ndarray, place: str) -> tuple[str, np.ndarray]:
        found = numbers(place, constant) if not is_open(constant) else np.asarray(constant)
        if found.size != 1:
            raise ArgumentError(f"{place}: {found.size} numbers in an activation, which has one for all units")
        value = float(found.ravel()[0])
        if constant.dtype.itemsize == 4:
            value = float(str(np.float32(value)))
        return repr(value) if value >= 0 else f"({value!r})", np.asarray(value)

    def _unit(self, thing: Thing, place: str) -> Unit:
        if isinstance(thing, Unit):
            return thing
        if isinstance(thing, Value):
            return Unit(thing, "n", PROBE, "", (None, None))
        raise ArgumentError(f"{place}: given what is no layer's")

    def _value(self, thing: Thing, place: str) -> Value:
        """A value of anything: a function of a value becomes a layer, once."""
        if isinstance(thing, Value):
            return thing
        if not isinstance(thing, Unit):
            raise ArgumentError(f"{place}: given a constant, and not what a layer gives")
        if thing.affine is not None:
            found = self.made.scale(thing.base, *thing.affine, place)
        else:
            found = self.made.activate(thing.base, activation_of(thing.text, thing.values, place), thing.name)
        for name, other in list(self.things.items()):
            if other is thing:
                self.things[name] = found
        return found

    def _joinable(self, thing: Thing, place: str) -> Value:
        """A value that no weights took part in; one of a linear layer becomes that layer, once."""
        value = self._value(thing, place)
        if not value.weighed:
            return value
        made = self.made.activate(value, "linear")
        for name, other in list(self.things.items()):
            if other is value:
                self.things[name] = made
        return made


_ML = ("Scaler", "ZipMap", "ArrayFeatureExtractor")
