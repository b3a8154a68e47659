"""A network that one has elsewhere, read as a model: the format is told by the name of the file, or by the object."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np

from ..core.activations import Sigmoid, Softmax
from ..core.kinds import takes_kinds
from ..core.losses import LOSSES, Loss
from ..core.network import Network
from ..core.plain_data import Json, JsonObject
from ..data import Encoding, TargetEncoding
from ..data.array_layout import ArrayLayout
from ..data.limits import allowed
from ..data.plain import PlainColumn
from ..data.scale import Scale
from ..data.target import Label
from ..errors import ArgumentError, FileError, ThalwegError, shown
from ..files.model import Model
from ..system import ordinary_file, read_ordinary_file
from .formats import SCALINGS, Format, format_by_name, suffix_meant
from .found import Classes, Found

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator


class StateDict(Protocol):
    """A module of PyTorch."""

    def state_dict(self) -> Mapping[str, object]:
        """Its tensors by name."""
        ...


READERS = (
    Format(".onnx", "an ONNX graph", "read_onnx"),
    Format(".keras", "a model of Keras", "read_keras"),
    Format(".weights.h5", "weights of Keras that Thalweg wrote", "read_keras_weights"),
    Format(".safetensors", "a state_dict of PyTorch", "read_state_dict"),
    Format(".npz", "a state_dict as NumPy's arrays", "read_state_dict"),
    Format(".m", "a function that MATLAB's genFunction wrote", "read_matlab_source"),
    Format(".mat", "IW, LW and b of MATLAB", "read_matlab_tables"),
)
"""The one list of formats."""
_ELSEWISE = {
    ".pt": "it may hold code: in PyTorch safetensors.torch.save_file(model.state_dict(), 'net.safetensors')",
    ".pkl": "it may hold code: give the fitted object itself, tw.exchange.read_network(estimator)",
    ".h5": "save it whole, model.save('net.keras'): weights alone do not say which layers they are of",
    ".pb": "convert it to ONNX, or save it with Keras as net.keras",
    ".thalweg": "it is a model of Thalweg's already: use it as it is, tw.load(path)",
}
_ELSEWISE |= {".pth": _ELSEWISE[".pt"], ".bin": _ELSEWISE[".pt"], ".ckpt": _ELSEWISE[".pt"]}
_ELSEWISE |= {".joblib": _ELSEWISE[".pkl"], ".pickle": _ELSEWISE[".pkl"], ".hdf5": _ELSEWISE[".h5"]}
_MOST_COLUMNS = 10_000
_LONGEST = 600
"""Characters that are told of what is wrong."""
_REMEDY = f"name a file that ends in one of {', '.join(dict.fromkeys(one.suffix for one in READERS))}"


@takes_kinds
def read_network(
    source: str | os.PathLike[str] | Mapping[str, object] | BaseEstimator | StateDict,
    *,
    layers: str | Sequence[str] | None = None,
    columns: Sequence[str] | None = None,
    target: str | Sequence[str] | None = None,
    classes: Classes | None = None,
    loss: str | Loss | None = None,
    scaling: Literal["folded", "kept"] = "folded",
    largest: int | None = None,
) -> Model:
    """A network that was trained elsewhere as a model: from a file, told by its name, or from an object.

    `.m` (genFunction), `.mat` (IW, LW, b), `.onnx`, `.keras`, `.safetensors` and `.npz` (a state_dict, with `layers`,
    the modules of nn.Sequential by name or as it prints them); a dict of IW, LW and b or of a state_dict, an
    nn.Sequential, a fitted MLPClassifier or MLPRegressor. What `export` wrote (`.onnx`, `.m`, `.safetensors`,
    `.weights.h5`) is the whole model again, with its encoding. No code is run, whatever a file holds.

    `model.predict(P)`, with P (examples, features), gives what the other program gives for the same raw inputs: a
    scaling of inputs and outputs that comes with the network goes into its first and last weights, so that
    `tw.train(model.network, P, T, params=model.params)` goes on with raw rows too. `scaling="kept"` (one input; of
    MATLAB) leaves the weights as they are and makes it the model's encoding, which `predict` applies. `columns` names
    the inputs, for tables, `target` the outputs, `classes` the classes in the order of the outputs. The loss is
    cross-entropy for outputs that are sigmoid or softmax, else mse, unless `loss` says another. `largest` is how many
    bytes a file may unpack to.

    Raises FileError for a file that cannot be read or represented, ArgumentError for such an object, naming the node.

    >>> weights = {"IW": [np.array([[1.0, 2.0]])], "LW": [[None]], "b": [np.array([0.5])], "transferFcn": ["purelin"]}
    >>> read_network(weights).predict(np.array([[1.0, 1.0]]))
    array([[3.5]])
    """
    if scaling not in SCALINGS:
        raise ArgumentError(f"scaling is {shown(scaling)}; it must be {' or '.join(map(repr, SCALINGS))}")
    names = None if columns is None else tuple(map(str, columns))
    targets = (target,) if isinstance(target, str) else None if target is None else tuple(map(str, target))
    with np.errstate(all="ignore"):
        if isinstance(source, str | os.PathLike):
            told = str(source)
            try:
                found = _of_file(source, layers, scaling, largest)
                return _model(found, Path(source).name, names, targets, classes, loss)
            except ThalwegError as error:
                found_told = _in_a_line(str(error))
                named = isinstance(error, FileError) and found_told.startswith((told, repr(told)))
                raise FileError(found_told if named else f"{told}: {found_told}") from error
        return _model(_of_object(source, layers, scaling), type(source).__name__, names, targets, classes, loss)


def _in_a_line(told: str) -> str:
    """A message on one line: names in a file may be of any length, and of several lines."""
    line = " ".join(told.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..."


def reader_of(path: str | os.PathLike[str]) -> Format:
    """The reader that a file's name asks for; raises FileError for any other.

    >>> reader_of("net.onnx").words
    'an ONNX graph'
    """
    found = format_by_name(path, READERS)
    if found is not None:
        return found
    suffix = Path(path).suffix.lower()
    near = suffix_meant(path, READERS)
    hint = _ELSEWISE.get(suffix) or (f"is it {near!r}? {_REMEDY}" if near else _REMEDY)
    raise FileError(f"{path}: a network is not read from a file that ends in {suffix!r}: {hint}")


def _of_file(
    source: str | os.PathLike[str], layers: str | Sequence[str] | None, scaling: str, largest: int | None
) -> Found:
    path = ordinary_file(source, _REMEDY)
    one = reader_of(path)
    raw = read_ordinary_file(path, _REMEDY)
    read = one.function()
    more: dict[str, Any] = {}
    if one.module == "read_state_dict":
        more = {"layers": layers, "suffix": one.suffix}
    elif layers is not None:
        raise ArgumentError("layers go with a state_dict (.safetensors or .npz): leave them out")
    if one.module.startswith("read_matlab"):
        more["scaling"] = scaling
    elif scaling != "folded":
        raise ArgumentError("scaling='kept' goes with MATLAB's files, which tell it apart: leave it out")
    if one.module == "read_onnx":
        more["folder"] = path.parent
    return read(raw, most=allowed(len(raw), largest), **more)


def _of_object(
    source: Mapping[str, object] | BaseEstimator | StateDict, layers: str | Sequence[str] | None, scaling: str
) -> Found:
    of = type(source).__module__.partition(".")[0]
    if isinstance(source, Mapping):
        if any(str(key) in ("IW", "b", "b1", "IW1_1") for key in source):
            from .read_matlab_tables import network_of_tables

            if layers is not None:
                raise ArgumentError("layers go with a state_dict; of IW, LW and b transferFcn names the functions")
            return network_of_tables(source, scaling)
        from .read_state_dict import network_of_state

        return network_of_state(source, layers)
    if scaling != "folded":
        raise ArgumentError("scaling='kept' goes with MATLAB's tables: leave it out")
    if of == "torch" or hasattr(source, "state_dict"):
        from .read_state_dict import network_of_module

        return network_of_module(source)
    if of == "sklearn" or hasattr(source, "coefs_"):
        from .read_sklearn import read_sklearn

        return read_sklearn(source)
    raise ArgumentError(
        f"{shown(source)} is no network that is read: give a path, a dict of weights, a fitted MLPClassifier or "
        "MLPRegressor, or an nn.Sequential"
    )


def _model(
    found: Found,
    name: str,
    columns: tuple[str, ...] | None,
    targets: tuple[str, ...] | None,
    classes: Classes | None,
    loss: str | Loss | None,
) -> Model:
    if found.model is not None and (found.model.encoding is not None or found.model.members):
        if columns or targets or classes is not None:
            raise ArgumentError("the file says its columns, target and classes itself: leave them out")
        return _whole(found.model, name, found.words, loss)
    chosen = LOSSES.get(loss or found.loss or _usual_loss(found.network))
    encoding, notes = _encoding(found, columns, targets, classes, LOSSES.name_of(chosen) == "cross_entropy")
    record = _record(name, found.words, (*found.notes, *notes))
    if encoding is not None:
        names: list[Json] = [*(column.name for column in encoding.inputs), *encoding.target_names]
        record["table"] = {"columns": names}
    return Model(found.network, found.params, chosen, encoding, record)


def _whole(model: Model, name: str, words: str, loss: str | Loss | None) -> Model:
    """A model that was exported whole, with the loss that is wanted."""
    table = {"table": model.record["table"]} if "table" in model.record else {}
    record = {**_record(name, words, ()), **table}
    model = model.with_record(record)
    members = tuple(replace(one, record=record, loss=LOSSES.get(loss or one.loss)) for one in model.members)
    return replace(model, members=members, loss=LOSSES.get(loss or model.loss))


def _record(name: str, words: str, notes: tuple[str, ...]) -> JsonObject:
    return {
        "explanation": f"read from {name}, {words}",
        "read_from": {"name": name, "format": words},
        "notes": list(notes),
    }


def _usual_loss(network: Network) -> str:
    return "cross_entropy" if isinstance(network.output.activation, Sigmoid | Softmax) else "mse"


def _encoding(
    found: Found,
    columns: tuple[str, ...] | None,
    names: tuple[str, ...] | None,
    classes: Classes | None,
    classify: bool,
) -> tuple[Encoding | None, tuple[str, ...]]:
    """How rows of a table are given to the network; None, and why, where no table can be."""
    network = found.network
    size, outputs = next(iter(network.inputs.values())), network.output.size
    why = ""
    if len(network.inputs) > 1:
        why = f"the network has {len(network.inputs)} inputs"
    elif max(size, outputs) > _MOST_COLUMNS:
        why = f"the network has {size:,} inputs and {outputs:,} outputs"
    if why:
        if columns or names or classes is not None or found.scales or found.target_scales:
            raise ArgumentError(f"{why}, which no table's columns are: leave columns, target, classes and scaling out")
        return None, (f"{why}: it takes arrays, not tables",)
    columns = columns or found.columns or _numbered("x", size)
    if len(columns) != size or len(set(columns)) != size:
        raise ArgumentError(f"columns are {len(set(columns))} different names; the network has {size} inputs")
    scales = found.scales or (None,) * size
    inputs = tuple(PlainColumn.of(column, scale) for column, scale in zip(columns, scales, strict=True))
    labels = found.classes if classes is None else tuple(classes)
    if labels and not classify:
        raise ArgumentError("classes are given, and the loss is not that of classes: leave them out, or loss=")
    softmax = isinstance(network.output.activation, Softmax) and outputs > 1
    several = outputs if not (classify and (softmax or outputs == 1)) else 1
    names = names or (("y",) if several == 1 else _numbered("y", several))
    if len(names) != several or len(set(names)) != several or set(names) & set(columns):
        raise ArgumentError(f"target names {shown(list(names))}; it must be {several}, different, and none of columns")
    if classify and several == 1:
        count = max(outputs, 2)
        labels = labels or tuple(range(count))
        if len(labels) != count or len(set(labels)) != count:
            raise ArgumentError(f"{len(set(labels))} different classes; the network has {count}")
        made = (TargetEncoding(names[0], "classification", _plain(labels), None, one_hot=outputs == 2),)
    elif classify:
        pairs = labels or ((0, 1),) * several
        fitting = [pair for pair in pairs if isinstance(pair, tuple | list) and len(set(pair)) == 2]
        if len(pairs) != several or len(fitting) != several:
            raise ArgumentError(
                f"classes of {several} outputs are a pair for each, such as {[('no', 'yes')] * several}"
            )
        made = tuple(
            TargetEncoding(name, "classification", _plain(pair), None)
            for name, pair in zip(names, fitting, strict=True)
        )
    else:
        targets = found.target_scales or (Scale(0.0, 1.0),) * outputs
        made = tuple(TargetEncoding(name, "regression", (), scale) for name, scale in zip(names, targets, strict=True))
    kept = bool(found.scales or found.target_scales)
    layout = ArrayLayout(columns, single=classify and outputs == 1) if kept else None
    return Encoding(inputs, made, (), layout=layout), ()


def _plain(labels: Sequence[object]) -> tuple[Label, ...]:
    """Labels as Python's own; raises ArgumentError for what no table holds."""
    plain = [one.item() if isinstance(one, np.generic) else one for one in labels]
    kept = tuple(one for one in plain if isinstance(one, str | int | float | bool))
    if len(kept) < len(plain):
        raise ArgumentError(f"classes are {shown(plain)}; they must be texts, numbers or truth values")
    return kept


def _numbered(letter: str, count: int) -> tuple[str, ...]:
    return (letter,) if count == 1 else tuple(f"{letter}{number}" for number in range(1, count + 1))
