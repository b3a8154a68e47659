"""A student's gradient as a file: Python with a function, or numbers, beside a network whose examples are known."""

from __future__ import annotations

import inspect
import json
import sys
import types
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..core.arrays import Array, Tree
from ..core.losses import Loss
from ..core.network import LayerParameters, Network, Parameters
from ..data.array_files import npz_arrays
from ..data.limits import DAMAGE
from ..errors import FileError, ThalwegError, reason_of, unknown
from ..system import read_ordinary_file
from .function import MOST_SECONDS, check_gradient
from .guarded import Guard
from .verdict import GradientCheck

_GRADIENTS = ("loss_and_gradient", "gradient", "backprop", "backpropagation", "backward", "grad")
_LOSSES = ("loss", "error", "cost", "F")
_MOST_BYTES = 2**31
_REMEDY = "give a Python file with a function gradient(x), or its numbers as .json or .npz"


def check_file(
    path: str | Path,
    network: Network,
    loss: Loss | None,
    params: Parameters,
    P: Array | Mapping[str, Array],
    T: Array,
    *,
    max_seconds: float | None = MOST_SECONDS,
    **more: Any,
) -> GradientCheck:
    """Judge the gradient that a file has, at parameters of a network, and name its mistakes.

    `path` is a Python file with a function `gradient`, or another one after a colon, `student.py:backprop`; or numbers,
    `.json` or `.npz`. The function is called as gradient(x) or gradient(x, P, T), x a dict of W1, b1, W2, b2, ..., and
    gives the gradient in that structure, or (F, gradient); where the file has a function `loss`, that is F. A file that
    has an `x` is judged at it. Raises FileError for a file that cannot be used, in one line, with the place.
    """
    name, _, wanted = str(path).partition(".py:")
    options = {"network": network, "loss": loss, "data": (P, T), "max_seconds": max_seconds, **more}
    if wanted:
        path = f"{name}.py"
    at = dict_of(network, params)
    suffix = Path(path).suffix.lower()
    if suffix in (".json", ".npz"):
        return check_gradient(None, _numbers(path, suffix), at, **options)
    if suffix != ".py":
        raise FileError(f"{path}: it ends with {suffix or 'nothing'}: {_REMEDY}")
    found = _module(path, max_seconds)
    gradient = _called_with(path, *_named(path, found, wanted, _GRADIENTS), P, T)
    x = getattr(found, "x", at)
    value = next((one for one in _LOSSES if callable(getattr(found, one, None))), None)
    if value is None:
        return check_gradient(gradient, x, **options)
    return check_gradient(_called_with(path, value, getattr(found, value), P, T), gradient, x, **options)


def dict_of(network: Network, params: Parameters) -> dict[str, np.ndarray]:
    """Parameters as students have them: W1, b1, W2, ...; of a layer with several sources W2 is these side by side.

    >>> import thalweg as tw
    >>> net = tw.cascade(2, 3, 1)
    >>> {name: array.shape for name, array in dict_of(net, net.init(0)).items()}
    {'W1': (3, 2), 'b1': (3,), 'W2': (1, 5), 'b2': (1,)}
    """
    found = {}
    for number, layer in enumerate(network.layers, start=1):
        weights, bias = LayerParameters(*params[layer.name])
        found[f"W{number}"] = np.hstack([weights[source] for source in layer.sources or ()]).astype(np.float64)
        if bias is not None:
            found[f"b{number}"] = np.array(bias, np.float64)
    return found


def _module(path: str | Path, max_seconds: float | None) -> types.ModuleType:
    """A Python file, run as an import would."""
    raw = read_ordinary_file(path, _REMEDY)
    name = str(path)
    try:
        code = compile(raw, name, "exec")
    except (SyntaxError, ValueError) as error:
        line = f", line {error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
        raise FileError(f"{name}{line}: no Python ({getattr(error, 'msg', error)}): {_REMEDY}") from error
    found = types.ModuleType("student")
    found.__file__ = name
    folder = str(Path(name).resolve().parent)
    guard = Guard(max_seconds, own_errors=False)
    sys.path.insert(0, folder)
    try:
        with guard.watching():
            guard.around(Path(name).name, lambda: exec(code, found.__dict__))()
    except ThalwegError as error:
        raise FileError(f"{name}: {str(error).replace('(x)', '', 1)}") from error
    finally:
        sys.path.remove(folder)
    return found


def _named(
    path: str | Path, found: types.ModuleType, wanted: str, known: tuple[str, ...]
) -> tuple[str, Callable[..., Tree]]:
    """The function of a name, or of the names that are known, or the only one there is."""
    own = {
        name: one
        for name, one in vars(found).items()
        if isinstance(one, types.FunctionType) and one.__module__ == found.__name__ and not name.startswith("_")
    }
    if wanted:
        if not callable(getattr(found, wanted, None)):
            raise FileError(f"{path}: {unknown('function', wanted, own)}")
        return wanted, getattr(found, wanted)
    for name in known:
        if name in own:
            return name, own[name]
    if len(own) == 1:
        return next(iter(own.items()))
    has = f"it has {', '.join(own)}" if own else "it has none"
    raise FileError(f"{path}: no function is named {' or '.join(known[:3])}; {has}: name one, as {path}:backprop")


def _called_with(
    path: str | Path, name: str, function: Callable[..., Tree], P: Array | Mapping[str, Array], T: Array
) -> Callable[[Tree], Tree]:
    """A function of x, or of x, P and T, as one of x."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return function
    for arguments in ((None,), (None, None, None)):
        try:
            signature.bind(*arguments)
        except TypeError:
            continue
        return function if len(arguments) == 1 else lambda x: function(x, _copied(P), _copied(T))
    raise FileError(f"{path}: {name}{signature} takes neither x alone nor x, P and T")


def _copied(given: Array | Mapping[str, Array]) -> Array | Mapping[str, Array]:
    if isinstance(given, Mapping):
        return {name: np.array(values, np.float64) for name, values in given.items()}
    return np.array(given, np.float64)


def _numbers(path: str | Path, suffix: str) -> dict[str, np.ndarray]:
    """A gradient as numbers by name, such as W1 or dW1."""
    raw = read_ordinary_file(path, _REMEDY)
    try:
        if suffix == ".npz":
            return dict(npz_arrays(raw, "the archive", _MOST_BYTES))
        told = json.loads(raw)
        if not isinstance(told, dict):
            raise ValueError("no object")
        return {name: np.asarray(values, np.float64) for name, values in told.items()}
    except (ThalwegError, *DAMAGE, TypeError, RecursionError) as error:
        told = reason_of(error)
        raise FileError(f"{path}: no numbers by name ({told}): give W1, b1, W2, ... as lists or arrays") from error
