"""IW, LW and b of a network of MATLAB's, in a dict or a .mat file, with its transfer functions and processing steps.

    IW = net.IW; LW = net.LW; b = net.b;
    transferFcn = cellfun(@(layer) layer.transferFcn, net.layers, 'UniformOutput', false);
    netInputFcn = cellfun(@(layer) layer.netInputFcn, net.layers, 'UniformOutput', false);
    weights = [net.inputWeights(:); net.layerWeights(:)]; weights = weights(~cellfun('isempty', weights));
    weightFcn = cellfun(@(one) one.weightFcn, weights, 'UniformOutput', false);
    inputSettings = net.inputs{1}.processSettings; outputSettings = net.outputs{end}.processSettings;
    save('net.mat', 'IW', 'LW', 'b', 'transferFcn', 'netInputFcn', 'weightFcn', ...
         'inputSettings', 'outputSettings', '-v7')

The names that genFunction gives (IW1_1, LW2_1, b1, x1_step1, y1_step1) are read as well.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..data.mat_file import Unread, read_mat_file
from ..data.scale import Scale
from ..errors import ArgumentError, shown, unknown
from .assembly import Assembly, Value
from .found import Found
from .matlab_steps import applied, reversed_step, scales_of, steps_size, transfer

_DEEPEST = 8
_MOST_LAYERS = 1000
_NAMES = ("IW", "LW", "b", "transferFcn", "inputSettings", "outputSettings", "weightFcn", "netInputFcn")
_KNOWN = ", ".join(_NAMES[:6])
_HOW = "save IW, LW, b and transferFcn of it as docs/imports.md has them"
_OTHER_NAMES = re.compile(r"transferFcns|transfer|[xy]\d+_step\d+|__\w+__")
_LINEAR = {"weightFcn": "dotprod", "netInputFcn": "netsum"}
"""What a layer here does with its weights, in MATLAB's names."""
_RADIAL = ("radbas", "tribas")
_NAMED = re.compile(r"(?:(IW|LW)(\d+)_(\d+)|b(\d+))")


def read_matlab_tables(raw: bytes, *, most: int, scaling: str) -> Found:
    """The network in a .mat file up to version 7; raises ArgumentError for one of another kind, or damaged."""
    if raw[:8] == b"\x89HDF\r\n\x1a\n" or raw.startswith(b"MATLAB 7.3") or raw[512:520] == b"\x89HDF\r\n\x1a\n":
        raise ArgumentError("MATLAB wrote it with -v7.3 (HDF5): save it with -v7")
    return network_of_tables(read_mat_file(raw, most), scaling)


def network_of_tables(tables: Mapping[str, Any], scaling: str) -> Found:
    """The network of such a dict; raises ArgumentError, naming the entry, for what makes no network."""
    given = {str(name): _plain(value, str(name)) for name, value in tables.items()}
    for name, value in list(given.items()):
        if isinstance(value, Unread) and "object" in value.kind and len(given) > 1 and not _is_known(name):
            del given[name]
        elif isinstance(value, Unread):
            raise ArgumentError(f"{name}: {value.kind}; {_HOW}")
    if len(given) == 1 and isinstance(inside := next(iter(given.values())), dict):
        given = inside  # a struct of them
    weights, biases = _weights(given)
    if not biases and not weights:
        raise ArgumentError(f"it has {', '.join(map(shown, given)) or 'nothing'}; a network needs {_KNOWN}")
    for name in given:
        if not _is_known(name):
            raise ArgumentError(unknown("entry", name, _NAMES))
    count = max([*biases, *(to for _, to, _ in weights)])
    if count > _MOST_LAYERS:
        raise ArgumentError(f"layer {count}: more than {_MOST_LAYERS} layers")
    rows = len(_grid(given.get("b", [])))
    if 0 < rows < count and max(biases) <= rows:
        raise ArgumentError(f"b has {rows} cells; the network has {count} layers: [] for a layer that has no bias")
    functions = _functions(given, count)
    _check_linear(given, functions)
    inputs = sorted({source for kind, _, source in weights if kind == "IW"})
    made, scales = Assembly(), {}
    fed: dict[tuple[str, int], Value] = {}
    for number in inputs:
        steps, place = _steps(given, "input", "x", number, inputs), f"input {number}"
        size = steps_size(steps) or next(
            np.atleast_2d(array).shape[1]
            for (kind, _, source), array in weights.items()
            if (kind, source) == ("IW", number)
        )
        value = made.input("input" if len(inputs) == 1 else f"input{number}", size)
        if scaling == "kept":
            scales["x"] = scales_of(steps, size, place)
        else:
            for step in steps:
                value = applied(made, value, step, place)
        fed["IW", number] = value
    for layer in range(1, count + 1):
        fed["LW", layer] = _layer(made, layer, weights, biases, fed, functions[layer - 1])
    _check_fed(weights, count)
    value, steps = fed["LW", count], _steps(given, "output", "y", 1, [1])
    if scaling == "kept":
        scales["y"] = scales_of(steps, value.size, "the output")
    else:
        for step in reversed(steps):
            value = reversed_step(made, value, step, "the output")
    network, params = made.finish(value)
    none: tuple[Scale, ...] = ()
    return Found(
        network, params, "IW, LW and b of MATLAB", scales=scales.get("x", none), target_scales=scales.get("y", none)
    )


def _is_known(name: str) -> bool:
    return name in _NAMES or bool(_NAMED.fullmatch(name) or _OTHER_NAMES.fullmatch(name))


def _layer(
    made: Assembly,
    layer: int,
    weights: Mapping[tuple[str, int, int], Any],
    biases: Mapping[int, Any],
    fed: Mapping[tuple[str, int], Value],
    function: Any,
) -> Value:
    total: Value | None = None
    for (kind, to, source), array in weights.items():
        if to != layer:
            continue
        place = f"{kind}{{{to},{source}}}"
        if (kind, source) not in fed:
            raise ArgumentError(f"{place}: layer {to} is fed by layer {source}, not before it: a feedback")
        part = made.weigh(fed[kind, source], np.atleast_2d(array) if np.ndim(array) < 2 else array, None, place)
        total = part if total is None else made.add(total, part, place)
    if total is None:
        raise ArgumentError(f"layer {layer} is fed by nothing: IW{{{layer},1}} and LW{{{layer},..}} are empty")
    if layer in biases:
        total = made.bias(total, biases[layer], f"b{{{layer}}}", column=True)
    return made.activate(total, transfer(function, f"layer {layer}"), f"layer{layer}")


def _check_fed(weights: Mapping[tuple[str, int, int], Any], count: int) -> None:
    feeding = {source for kind, _, source in weights if kind == "LW"}
    for layer in range(1, count):
        if layer not in feeding:
            raise ArgumentError(f"layer {layer} feeds no layer, and only the last, {count}, may be the output")


def _weights(given: Mapping[str, Any]) -> tuple[dict[tuple[str, int, int], Any], dict[int, Any]]:
    """Weights by ("IW" or "LW", layer, source), and biases by layers, both counted from 1, without the empty ones."""
    weights: dict[tuple[str, int, int], Any] = {}
    biases: dict[int, Any] = {}
    for kind in ("IW", "LW"):
        rows = _grid(given.get(kind, []))
        before = kind == "LW" and len(rows) > 1 and all(len(row) == 1 for row in rows)
        for to, row in enumerate(rows, start=1):
            for source, array in enumerate(row, start=1):
                if not _is_empty(array):
                    weights[kind, to, to - 1 if before else source] = array
    for to, row in enumerate(_grid(given.get("b", [])), start=1):
        if row and not _is_empty(row[0]):
            biases[to] = row[0]
    for name, array in given.items():
        found = _NAMED.fullmatch(name)
        if found and found[4]:
            biases[int(found[4])] = array
        elif found:
            weights[found[1], int(found[2]), int(found[3])] = array
    return dict(sorted(weights.items(), key=lambda one: (one[0][1], one[0][0], one[0][2]))), biases


def _functions(given: Mapping[str, Any], count: int) -> list[Any]:
    name = next((name for name in ("transferFcn", "transferFcns", "transfer") if name in given), None)
    if name is None:
        raise ArgumentError(f"transferFcn is missing: name those of the {count} layers, such as ['tansig', 'purelin']")
    value = given[name]
    functions = [value] if isinstance(value, str) else [row[0] if row else None for row in _grid(value)]
    if len(functions) == 1 and isinstance(value, list) and value and isinstance(value[0], list):
        functions = list(value[0])
    if len(functions) != count:
        raise ArgumentError(f"{name} names {len(functions)} transfer functions; the network has {count} layers")
    return functions


def _check_linear(given: Mapping[str, Any], functions: Sequence[Any]) -> None:
    """Raises ArgumentError unless every net input is a sum of products, as far as it is said or can be guessed."""
    for name, right in _LINEAR.items():
        for one in _leaves(given.get(name, [])):
            if one != right:
                raise ArgumentError(f"{name}: {shown(one)}; a layer here has {right} alone, a sum of weighted inputs")
        radial = next((one for one in functions if one in _RADIAL), None)
        if radial and not _leaves(given.get(name, [])):
            raise ArgumentError(
                f"{name} is missing: a layer of {radial} may measure distances, so say that it is {right}"
            )


def _leaves(value: Any) -> list[Any]:
    """What a cell of cells holds, without the empty ones."""
    if _is_empty(value):
        return []
    return [leaf for one in value for leaf in _leaves(one)] if isinstance(value, list) else [value]


def _steps(given: Mapping[str, Any], what: str, letter: str, number: int, every: Sequence[int]) -> list[dict[str, Any]]:
    """The processing steps of an input or output, in their order."""
    named = sorted(name for name in given if re.fullmatch(rf"{letter}{number}_step\d+", name))
    found = [given[name] for name in named]
    if not found:
        value = given.get(f"{what}Settings", [])
        rows = [value] if isinstance(value, dict) else [one for row in _grid(value) for one in row]
        if len(every) > 1 and rows:
            if len(rows) != len(every):
                raise ArgumentError(f"{what}Settings are {len(rows)}; the network has {len(every)} {what}s")
            rows = [one for row in _grid(rows[every.index(number)]) for one in row]
        found = [one for one in rows if not _is_empty(one)]
    for one in found:
        if not isinstance(one, dict):
            raise ArgumentError(f"{what} {number}: a step is {shown(one)}; it must be a struct of its settings")
    return found


def _grid(value: Any) -> list[list[Any]]:
    """A cell as rows of cells; a plain list is a column."""
    if not isinstance(value, list):
        return [[value]]
    return [row if isinstance(row, list) else [row] for row in value]


def _is_empty(value: Any) -> bool:
    if isinstance(value, list):
        return all(_is_empty(one) for one in value)
    return value is None or (isinstance(value, np.ndarray) and value.size == 0)


def _plain(value: Any, place: str, depth: int = 0) -> Any:
    """Cells as lists of rows, structs as dicts, texts as str, matrices as they are."""
    if depth > _DEEPEST:
        raise ArgumentError(f"{place} is nested more than {_DEEPEST} deep")
    if type(value).__name__ in ("MatlabOpaque", "MatlabFunction", "MatlabObject"):
        return Unread("an object of MATLAB's")
    if isinstance(value, Unread) and depth:
        raise ArgumentError(f"{place}: {value.kind}")
    if isinstance(value, Mapping):
        return {str(name): _plain(one, f"{place}.{name}", depth + 1) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one, place, depth + 1) for one in value]
    if not isinstance(value, np.ndarray | np.void):
        return value
    if value.dtype.names:
        if value.size != 1:
            return [[_plain(one, place, depth + 1)] for one in np.ravel(value)]
        one = np.ravel(value)[0] if isinstance(value, np.ndarray) else value
        return {name: _plain(one[name], f"{place}.{name}", depth + 1) for name in value.dtype.names}
    if value.dtype == object and not value.size:
        return []  # of however many rows, each of no cells
    if value.dtype == object:
        rows = np.atleast_2d(value) if value.ndim < 2 else value
        plain = [[_plain(one, place, depth + 1) for one in row] for row in rows]
        return [[one] for one in plain[0]] if len(plain) == 1 and len(plain[0]) > 1 else plain
    if value.dtype.kind == "U":
        return str(value.ravel()[0]) if value.size == 1 else [[str(one)] for one in value.ravel()]
    return value
