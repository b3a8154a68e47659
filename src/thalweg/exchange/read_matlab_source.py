"""A function that MATLAB's genFunction wrote, as cells or with 'MatrixOnly': its constants and its few statements.

The statements are followed one by one, and never run: an input through its processing steps, net inputs as sums of
biases and products, transfer functions, and outputs back through their steps.
"""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np

from ..data.scale import Scale
from ..errors import ArgumentError, shown
from .assembly import Assembly, Value
from .found import Found
from .held_model import found_again, found_older, names_in
from .matlab_local import check_local
from .matlab_steps import TRANSFERS, applied, reversed_step, scales_of, steps_size, transfer
from .matlab_text import Called, Statement, expression, matrix, statements

_CONSTANT = re.compile(r"(b\d+|IW\d+_\d+|LW\d+_\d+|[xy]\d+_step\d+[._]\w+)")
_SETTING = re.compile(r"([xy]\d+_step\d+)[._](\w+)")
_IDLE = re.compile(
    r"(isCellX|TS|Q)\s*=.*|(Xf|Af|Xi|Ai)\s*=\s*(cell\(\d+,\s*0\)|\{\}|cell\(\s*0.*\))|Y\s*=\s*(cell|cell2mat)\s*\(.*\)"
    r"|X\s*=\s*\{X\}",
    re.DOTALL,
)
_CONDITION = re.compile(r"if\s*(\(.*\)|~.*|\s.*)", re.DOTALL)
_ASKED = re.compile(r"~?(isCellX|isempty\(X\)|iscell\(X\))|nargin[<>=~]=?\d+")
_LOOP = re.compile(r"for\s+ts\s*=\s*1\s*:\s*TS")
_SIZE = re.compile(rb"%.*?(\d+)xQ matrix, input #(\d+)")
_OWN = re.compile(rb"^% (Model|Network): (\{.*\})\s*$", re.MULTILINE)
"""Of a function that Thalweg wrote: the model, in older ones the network."""
_OWN_CONSTANT = re.compile(r"(W_\w+|b)\s*=\s*(double|single)\((.*)\)", re.DOTALL)
_GIVEN = re.compile(r"x(\d*)")


def read_matlab_source(raw: bytes, *, most: int, scaling: str) -> Found:
    """The network of a genFunction file; raises ArgumentError, with the line, for what such a file does not have."""
    own = _OWN.search(raw)
    if own is not None:
        return _of_our_export(raw, own[2], whole=own[1] == b"Model")
    reading = _Reading(raw, scaling == "kept")
    main = False
    local: list[list[Statement]] = []
    for statement in statements(raw):
        if re.match(r"function\b", statement.text):
            if main:
                local.append([statement])
            main = True
        elif local:
            local[-1].append(statement)
        elif not main:
            raise ArgumentError(f"line {statement.line}: {_cut(statement)} stands before any function: {_NOT_ONE}")
        else:
            reading.take(statement)
    check_local(local)
    return reading.found()


def _of_our_export(raw: bytes, described: bytes, *, whole: bool) -> Found:
    """The model of a function that Thalweg wrote: its constants, in the order of the layers."""
    try:
        told = json.loads(described)
    except (ValueError, RecursionError) as error:
        raise ArgumentError(f"what its head says of the model is damaged ({error}): export it again") from error
    arrays: list[np.ndarray] = []
    for statement in statements(raw):
        constant = _OWN_CONSTANT.fullmatch(statement.text)
        if constant is not None:
            array = matrix(constant[3], f"line {statement.line}: {constant[1]}")
            kind = "float32" if constant[2] == "single" else "float64"
            arrays.append(np.zeros((0, 0)) if array is None else array.astype(kind))
    if not whole:
        return found_older(told, arrays, "a function of MATLAB")
    names = names_in(told)
    if len(arrays) != len(names):
        raise ArgumentError(f"it has {len(arrays)} arrays of constants; the model of its head needs {len(names)}")
    return found_again(told, dict(zip(names, arrays, strict=True)), "a function of MATLAB")


_NOT_ONE = "this is no function that MATLAB's genFunction wrote"


def _cut(statement: Statement) -> str:
    return repr(" ".join(statement.text.split())[:60])


class _Reading:
    """What the statements before have said."""

    def __init__(self, raw: bytes, keep: bool) -> None:
        self.made = Assembly()
        self.keep = keep
        self.sizes = {int(number): int(size) for size, number in _SIZE.findall(raw[:20_000])}
        self.constants: dict[str, np.ndarray] = {}
        self.steps: dict[str, dict[str, np.ndarray]] = {}
        self.values: dict[str, Value] = {}
        self.given: dict[str, Value] = {}
        self.also: dict[str, str] = {}
        """Other names of inputs, by their numbers."""
        self.outputs: dict[str, Value] = {}
        self.scales: dict[str, tuple[Scale, ...]] = {}
        self.blocks: list[tuple[str, int]] = []
        """The if and for that are open, with their lines."""
        self.ended = False

    def take(self, statement: Statement) -> None:
        """Follow a statement."""
        place = f"line {statement.line}"
        left, equals, right = (part.strip() for part in statement.text.partition("="))
        if self.ended:
            raise ArgumentError(f"{place}: {_cut(statement)} stands after the end of the function: {_NOT_ONE}")
        if self._nested(statement) or _IDLE.fullmatch(statement.text):
            return
        if not equals or right.startswith("="):
            raise ArgumentError(f"{place}: {_cut(statement)} is no statement of such a function: {_NOT_ONE}")
        constant = _CONSTANT.fullmatch(left)
        for word, line in self.blocks:
            if constant or word == "if":
                raise ArgumentError(
                    f"{place}: {_cut(statement)} is inside the {word} of line {line}: whether it counts is not known"
                )
        if constant:
            self._constant(left, right, place)
            return
        name = re.sub(r"\s", "", left)
        if not re.fullmatch(r"[A-Za-z]\w*|Y\{\d+,ts\}", name):
            raise ArgumentError(f"{place}: {_cut(statement)} is not understood: {_NOT_ONE} without delays")
        tree = expression(right, place)
        try:
            value = self._value(tree, place)
        except _UnsizedError as missing:
            if tree.name in ("X", "x", f"x{missing.number}"):
                self.also[name] = missing.number
                return
            raise ArgumentError(
                f"{place}: {_cut(statement)}: nothing says the size of input {missing.number}"
            ) from None
        if not isinstance(value, Value):
            raise ArgumentError(f"{place}: {_cut(statement)} is neither a constant nor computed from an input")
        if re.fullmatch(r"a\d+", name):
            number = name[1:]
            if value.weighed:
                value = self.made.activate(value, transfer("purelin", place), f"layer{number}")
        self.values[name] = value
        if re.fullmatch(r"y\d*|Y\{\d+,ts\}", name):
            self.outputs[name] = value

    def _nested(self, statement: Statement) -> bool:
        """Whether a statement opens or closes one of the blocks that genFunction writes."""
        condition = _CONDITION.fullmatch(statement.text)
        if condition:
            asked = re.sub(r"\s", "", condition[1])
            if asked.startswith("(") and asked.endswith(")"):
                asked = asked[1:-1]
            if not _ASKED.fullmatch(asked):
                raise ArgumentError(
                    f"line {statement.line}: {_cut(statement)} is no condition of such a function: {_NOT_ONE}"
                )
            self.blocks.append(("if", statement.line))
        elif _LOOP.fullmatch(statement.text):
            self.blocks.append(("for", statement.line))
        elif statement.text == "end":
            self.ended = not self.blocks
            del self.blocks[-1:]
        elif statement.text != "else" or not self.blocks or self.blocks[-1][0] != "if":
            return False
        return True

    def _constant(self, left: str, right: str, place: str) -> None:
        array = matrix(right, f"{place}: {left}")
        if array is None:
            raise ArgumentError(f"{place}: {left} is {shown(right[:40])}; it must be numbers, in brackets if many")
        setting = _SETTING.fullmatch(left)
        if setting:
            self.steps.setdefault(setting[1], {})[setting[2]] = array
        self.constants[left] = array

    def _value(self, tree: Called, place: str) -> Value | np.ndarray | dict[str, np.ndarray]:
        if tree.number is not None:
            return np.array([[tree.number]])
        name, arguments = tree.name, tree.arguments
        if name in ("+", "*") or (name == "bsxfun" and len(arguments) == 3):
            return self._combined(tree, place)
        if name == "repmat" and arguments:
            return self._value(arguments[0], place)
        if name.endswith(("_apply", "_reverse")):
            return self._applied(name, arguments, place)
        if arguments and name == "X":
            return self._input(arguments[0].name, place)
        if name in self.values and not arguments:
            return self.values[name]
        if name in self.also:
            return self._input(self.also[name], place)
        if name in self.steps:
            return self.steps[name]
        if name in self.constants:
            return self.constants[name]
        if _GIVEN.fullmatch(name):
            return self._input(name[1:] or "1", place)
        raise ArgumentError(f"{place}: {name} is not known here: {_NOT_ONE} without delays, or it is cut")

    def _input(self, number: str, place: str) -> Value:
        if number not in self.given:
            if number.isdecimal() and int(number) in self.sizes:
                return self._begin(number, self.sizes[int(number)])
            raise _UnsizedError(number)
        return self.given[number]

    def _begin(self, number: str, size: int) -> Value:
        """The input of a number, whose size is what reads it first says, or the comment at the head."""
        self.given[number] = self.made.input(f"input{number}", size)
        return self.given[number]

    def _combined(self, tree: Called, place: str) -> Value | np.ndarray:
        name, arguments = tree.name, tree.arguments
        if name == "bsxfun":
            sign = arguments[0].name
            if sign.lstrip("@") != "plus":
                raise ArgumentError(f"{place}: bsxfun of {sign!r}: only sums are a layer's net input")
            name, arguments = "+", arguments[1:]
        if name == "*":
            return self._product(arguments, place)
        total: Any = None
        for argument in sorted(arguments, key=lambda one: one.name != "*"):
            part = self._value(argument, place)
            if isinstance(part, dict):
                raise ArgumentError(f"{place}: settings are added")
            if isinstance(part, np.ndarray) and not part.size:
                continue  # a layer without bias
            if total is None:
                total = part
            elif isinstance(total, Value) and isinstance(part, Value):
                total = self.made.add(total, part, place)
            elif isinstance(total, Value):
                total = self.made.bias(total, part, f"{place}: a bias", column=True)
            elif isinstance(part, Value):
                total = self.made.bias(part, total, f"{place}: a bias", column=True)
            else:
                total = total + part if total.shape == part.shape else None
                if total is None:
                    raise ArgumentError(f"{place}: constants of different shapes are added")
        if total is None:
            raise ArgumentError(f"{place}: a sum of nothing")
        return total

    def _product(self, arguments: tuple[Called, ...], place: str) -> Value:
        if len(arguments) != 2:
            raise ArgumentError(f"{place}: a product of {len(arguments)}; a layer's is of weights and what feeds it")
        weights = self._value(arguments[0], place)
        if not isinstance(weights, np.ndarray):
            raise ArgumentError(f"{place}: a product whose first part is no matrix of weights")
        called = arguments[0].name
        try:
            value = self._value(arguments[1], place)
        except _UnsizedError as missing:
            value = self._begin(missing.number, weights.shape[1])
        if not isinstance(value, Value):
            raise ArgumentError(f"{place}: {called} weighs a constant")
        return self.made.weigh(value, weights, None, f"{place}: {called}")

    def _applied(self, name: str, arguments: tuple[Called, ...], place: str) -> Value:
        if not arguments:
            raise ArgumentError(f"{place}: {name} is given nothing")
        first, *rest = arguments
        process, _, way = name.rpartition("_")
        settings: dict[str, Any] = {}
        for argument in rest:
            found = self._value(argument, place)
            own = _SETTING.fullmatch(argument.name)
            if isinstance(found, dict):
                settings |= found
            elif own:
                settings[str(own.group(2))] = found
        parts = [found[2] for argument in rest if (found := _SETTING.fullmatch(argument.name))]
        if "xoffset" in parts and parts[:2] != ["gain", "xoffset"]:
            raise ArgumentError(f"{place}: {name} is given {', '.join(parts)}; genFunction gives gain, xoffset, ymin")
        named = re.match(r"[xy]\d+_step\d+", rest[0].name) if rest else None
        step = f"{place}: {named[0]}" if named else place
        try:
            value = self._value(first, place)
        except _UnsizedError as missing:
            value = self._begin(missing.number, steps_size([settings]) or 1)
        if not isinstance(value, Value):
            raise ArgumentError(f"{place}: {name} is given a constant")
        if process in TRANSFERS or not settings:
            return self.made.activate(value, transfer(process, place), self._layer_name())
        if self.keep:
            key = ("x" if way == "apply" else "y") + step
            size = value.size
            raw = way != "apply" or any(value is one for one in self.given.values())
            if not raw or key[0] in {one[0] for one in self.scales}:
                raise ArgumentError(
                    f"{place}: scaling='kept' needs one step of one input and of one output: leave it out"
                )
            self.scales[key] = scales_of([settings], size, step)
            return value
        return (applied if way == "apply" else reversed_step)(self.made, value, settings, step)

    def _layer_name(self) -> str:
        return f"layer{len(self.made.layers) + 1}"

    def found(self) -> Found:
        """The network that was followed."""
        if not self.outputs:
            raise ArgumentError(f"it computes no output (y1, or Y{{1,ts}}): {_NOT_ONE}, or it is cut")
        values = list(self.outputs.values())
        for name in self.constants:
            if name.startswith(("IW", "LW")) and not self.made.layers:
                raise ArgumentError(f"{name} feeds no layer")
        network, params = self.made.finish(values[0] if len(values) == 1 else self.made.join(values))
        kept = {key[0]: scales for key, scales in self.scales.items()}
        return Found(
            network, params, "a function that MATLAB's genFunction wrote",
            scales=kept.get("x", ()), target_scales=kept.get("y", ()),
        )  # fmt: skip


class _UnsizedError(Exception):
    """An input whose size is not known yet, by its number."""

    def __init__(self, number: str) -> None:
        super().__init__(number)
        self.number = number
