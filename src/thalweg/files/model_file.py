"""The model file: one safetensors file, parameters as tensors, all else as JSON in its header.

Opening one runs no code, whatever it holds. Tensors are named `parameters/LAYER/weights/SOURCE` and
`parameters/LAYER/bias`; the header's `thalweg` entry is a JSON object with `format`, `network`, `loss`, `encoding` and
`record`. A model of several networks (format 2) has `members` and `calibration` besides: each member its `network`, its
`loss`, its `weight`, and what its record has beside the common one; its tensors begin with `members/NUMBER/`, from 1.
"""

from __future__ import annotations

import json
import math
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast, overload

import numpy as np

from ..core.description import build_network, describe_network
from ..core.kinds import is_count, is_finite_number
from ..core.losses import LOSSES
from ..core.network import LayerParameters, Network, Parameters
from ..core.plain_data import Json, JsonObject
from ..data import Encoding
from ..ensembles.calibration import Calibration
from ..errors import ArgumentError, FileError, ThalwegError, reason_of, shown
from ..system import is_nested, refuse_other_kind, whole_file, write_atomically
from ..training.run import Run
from .model import Model

FORMAT = 2
"""The newest version of the format; it reads all up to this one, and writes 1 where that says all.

That is so for one network and one target.
"""
_MOST_MEMBERS = 10_000

_DEEPEST = 32
_LONGEST = 400
"""Characters that are told of what is wrong."""


def save(model: Model | Run, path: str | Path) -> None:
    """Write a model, or the model of a run, to `path`: all of it, or nothing and the old file stays.

    Raises FileError if it cannot be written, ArgumentError for what could not be loaded again: parameters that are not
    finite, or not of float32 or float64; a record that is no plain data.

    >>> import tempfile, thalweg as tw
    >>> net = tw.mlp(2, 1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     tw.save(tw.Model(net, net.init(0), tw.losses.MSE()), folder + "/net.thalweg")
    ...     tw.load(folder + "/net.thalweg").network == net
    True
    """
    write_atomically(path, model_bytes(model), purpose="model")


def model_bytes(model: Model | Run) -> bytes:
    """The content of a model's file."""
    from safetensors.numpy import save as to_bytes

    if not isinstance(model, Model | Run):
        raise ArgumentError(f"model is {shown(model)}; it must be a Model or a Run")
    if isinstance(model, Run):
        model = Model.from_run(model)
    header, tensors = describe_model(model)
    if is_nested(header, _DEEPEST):
        raise ArgumentError(f"the record is nested more than {_DEEPEST - 1} deep: a model file holds plain data")
    try:
        text = json.dumps(header, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"the record cannot be saved ({error}): it must be plain data, as JSON has it") from error
    return to_bytes(tensors, metadata={"thalweg": text})


def describe_model(model: Model) -> tuple[JsonObject, dict[str, np.ndarray]]:
    """The header of a model's file as plain data, and its tensors by name; the inverse of `build_model`.

    Raises ArgumentError for what could not be loaded again.
    """
    _check_to_save(model)
    header = {
        "format": FORMAT if model.members or (model.encoding is not None and model.encoding.several) else 1,
        "network": describe_network(model.network),
        "loss": LOSSES.describe(model.loss),
        "encoding": None if model.encoding is None else model.encoding.to_dict(),
        "record": model.record,
    }
    if model.members:
        header["members"] = [_described(model, number) for number in range(len(model.members))]
        header["calibration"] = None if model.calibration is None else model.calibration.to_dict()
    tensors = {}
    for place, one in _networks(model).items():
        for name, (layer, source) in tensor_names(one.network).items():
            weights, bias = one.params[layer]
            tensors[place + name] = np.ascontiguousarray(bias if source is None else weights[source])
    return plain(header), tensors


def _networks(model: Model) -> dict[str, Model]:
    """The networks of a model by how the names of their tensors begin."""
    if not model.members:
        return {"": model}
    return {f"members/{number}/": member for number, member in enumerate(model.members, start=1)}


def _described(model: Model, number: int) -> JsonObject:
    """A member as plain data: of its record what the model's has not."""
    member = model.members[number]
    own = {name: value for name, value in member.record.items() if model.record.get(name, member) is not value}
    return {
        "network": describe_network(member.network),
        "loss": LOSSES.describe(member.loss),
        "weight": model.weights[number],
        "record": own,
    }


def _check_to_save(model: Model) -> None:
    """Raise ArgumentError for what could not be loaded again."""
    if model.members:
        if len(model.weights) != len(model.members) or any(member.members for member in model.members):
            raise ArgumentError("a model of members has a weight for each, and they are single networks")
        for member in model.members:
            _check_to_save(member)
    if not isinstance(model.network, Network) or not isinstance(model.record, dict):
        raise ArgumentError("the model's network is no Network, or its record no dict: make it by tw.Model")
    LOSSES.name_of(LOSSES.get(model.loss))
    model.network.check_parameters(model.params)
    for name, (layer, source) in tensor_names(model.network).items():
        weights, bias = model.params[layer]
        values = np.asarray(bias if source is None else weights[source])
        if values.dtype.name not in ("float32", "float64"):
            raise ArgumentError(f"{name} is of type {values.dtype}; a model file holds float32 or float64: cast it")
        if not np.isfinite(values).all():
            raise ArgumentError(f"{name} holds a number that is not finite: the model would not be loaded again")
    _check_loops(model.record)


def _check_loops(value: object, depth: int = 0) -> None:
    """Raise ArgumentError for a record that is nested deeper than a file's may be, or holds itself."""
    if depth > _DEEPEST:
        raise ArgumentError(f"the record is nested more than {_DEEPEST - 1} deep, or holds itself: save plain data")
    if isinstance(value, dict | list | tuple):
        for child in value.values() if isinstance(value, dict) else value:
            _check_loops(child, depth + 1)


def load(path: str | Path) -> Model:
    """Read a model file.

    Raises FileError, in one line, for a file that is missing, damaged, cut short, not of Thalweg, or of a newer
    Thalweg.
    """
    if not isinstance(path, str | os.PathLike):
        raise FileError(f"a model file is named by a text or a path, not by {shown(path)}")
    header, tensors = _read(Path(path))
    try:
        version = header["format"]
        if not is_count(version):
            raise FileError(f"{path}: format {shown(version)} is not one of Thalweg's")
        if version > FORMAT:
            raise FileError(
                f"{path} was written by a newer Thalweg (format {version}; this one reads up to {FORMAT}): upgrade"
            )
        return build_model(header, tensors)
    except FileError:
        raise
    except DAMAGED as error:
        raise FileError(
            f"{path} is a damaged model file: {damage_told(error)}; take a copy that is whole, or train again"
        ) from error


DAMAGED = (ThalwegError, KeyError, TypeError, ValueError, AttributeError, RecursionError, OverflowError)
"""What `build_model` raises for a header and tensors that are no model's."""


def damage_told(error: BaseException) -> str:
    """One of these in a line."""
    told = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else " ".join(str(error).split())
    return told if len(told) <= _LONGEST else f"{told[:_LONGEST]}..."


def build_model(header: dict[str, Any], tensors: dict[str, np.ndarray]) -> Model:
    """The model that the header and the tensors of a file describe; raises one of DAMAGED for what describes none."""
    version = header["format"]
    if not is_count(version) or version > FORMAT:
        raise ValueError(f"format {version!r} is not one of Thalweg's")
    net = build_network(header["network"])
    loss = LOSSES.build(header["loss"])
    encoding = None if header["encoding"] is None else Encoding.from_dict(header["encoding"])
    record = header["record"]
    if not isinstance(record, dict):
        raise TypeError("the record is not an object")
    if encoding is not None:
        _check_fit(encoding, net)
    if "members" in header:
        return _of_members(header, tensors, loss, encoding, record)
    return Model(net, _parameters(net, tensors), loss, encoding, record)


def _of_members(
    header: dict[str, Any], tensors: dict[str, np.ndarray], loss: Any, encoding: Encoding | None, record: dict[str, Any]
) -> Model:
    """The model of several networks; raises ValueError for members that do not fit the tensors or each other."""
    told = header["members"]
    if not isinstance(told, list) or not 1 <= len(told) <= _MOST_MEMBERS:
        raise ValueError("the members are no list of some")
    members: list[Model] = []
    weights: list[float] = []
    for number, one in enumerate(told, start=1):
        net, weight = build_network(one["network"]), one["weight"]
        place = f"members/{number}/"
        own = {name.removeprefix(place): values for name, values in tensors.items() if name.startswith(place)}
        if encoding is not None:
            _check_fit(encoding, net)
        first = members[0].network if members else net
        if net.inputs != first.inputs or net.output.size != first.output.size:
            raise ValueError(f"member {number} has other inputs or outputs than the first")
        if not is_finite_number(weight) or weight <= 0:
            raise ValueError(f"the weight of member {number} is {weight!r}")
        members.append(
            Model(net, _parameters(net, own), LOSSES.build(one["loss"]), encoding, {**record, **one["record"]})
        )
        weights.append(float(weight))
    known = sum(len(tensor_names(member.network)) for member in members)
    if len(tensors) != known:
        raise ValueError(f"the file has {len(tensors)} tensors, and its members {known}")
    calibration = header["calibration"]
    if calibration is not None:
        calibration = Calibration.from_dict(calibration, members[0].network.output.size)
    first = members[0]
    return Model(first.network, first.params, loss, encoding, record, tuple(members), tuple(weights), calibration)


@overload
def plain(value: Mapping[str, object]) -> JsonObject: ...
@overload
def plain(value: object) -> Json: ...
def plain(value: object) -> Json:
    """The value as JSON can say it: NumPy's numbers as Python's, tuples as lists, what is not finite as None.

    >>> plain({"loss": [np.float32(0.5), float("nan")]})
    {'loss': [0.5, None]}
    """
    match value:
        case dict():
            return {str(key): plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
        case np.ndarray():
            return plain(value.tolist())
        case np.generic():
            return plain(value.item())
        case float() if not math.isfinite(value):
            return None
        case _:
            return cast("Json", value)


def _read(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The header and the tensors of a file, whatever they hold."""
    from safetensors import SafetensorError
    from safetensors.numpy import load as tensors_in

    try:
        ordinary = stat.S_ISREG(path.stat().st_mode)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise FileError(f"cannot read {str(path)!r} ({reason}): name a model file, such as wine.thalweg") from error
    if not ordinary:
        what = "a folder" if path.is_dir() else "a device or a pipe"
        raise FileError(f"{str(path)!r} is {what}: name a model file, such as wine.thalweg")
    raw = b""
    try:
        raw = whole_file(path)
        tensors = tensors_in(raw)
        metadata = json.loads(raw[8 : 8 + int.from_bytes(raw[:8], "little")]).get("__metadata__") or {}
        if "thalweg" not in metadata:
            raise FileError(f"{path} is a safetensors file, but not one of Thalweg's: it has no 'thalweg' header")
        header = json.loads(metadata["thalweg"])
    except FileError:
        raise
    except (SafetensorError, OSError, ValueError, TypeError, RecursionError) as error:
        if raw[8:9] != b"{":
            refuse_other_kind(
                path, "a model file", "name one that thalweg train or tw.save wrote, such as wine.thalweg"
            )
        told = f"{path} is no model file of Thalweg's, or is damaged or cut short ({reason_of(error)}): name one that"
        raise FileError(f"{told} thalweg train or tw.save wrote, such as wine.thalweg") from error
    if not isinstance(header, dict) or is_nested(header, _DEEPEST):
        raise FileError(f"{path} is a damaged model file: its header is no JSON object of Thalweg's")
    return header, tensors


def _check_fit(encoding: Encoding, net: Network) -> None:
    """Raise ValueError unless the network takes the features of the encoding and gives the outputs of its target."""
    features, outputs = len(encoding.feature_names), encoding.outputs
    if list(net.inputs.values()) != [features] or net.output.size != outputs:
        raise ValueError(f"the network does not fit an encoding of {features} features and {outputs} outputs")


def tensor_names(net: Network) -> dict[str, tuple[str, str | None]]:
    """The tensors of a network by name: their layer, and their source (None for the bias)."""
    names: dict[str, tuple[str, str | None]] = {}
    for layer in net.layers:
        for source in layer.sources or ():
            names[f"parameters/{layer.name}/weights/{source}"] = layer.name, source
        if layer.bias:
            names[f"parameters/{layer.name}/bias"] = layer.name, None
    return names


def _parameters(net: Network, tensors: dict[str, np.ndarray]) -> Parameters:
    """The parameters of a network from named tensors; raises ValueError for tensors that are not exactly those."""
    names = tensor_names(net)
    if set(tensors) != set(names):
        name = sorted(set(tensors) ^ set(names))[0]
        raise ValueError(f"tensor {name!r} is {'missing' if name in names else 'not in the network'}")
    params: Parameters = {layer.name: LayerParameters({}, None) for layer in net.layers}
    for name, (layer, source) in names.items():
        values = tensors[name]
        if values.dtype.name not in ("float32", "float64") or not np.isfinite(values).all():
            raise ValueError(f"tensor {name!r} does not hold finite numbers")
        if source is None:
            params[layer] = params[layer]._replace(bias=values)
        else:
            params[layer].weights[source] = values
    net.check_parameters(params)
    return params
