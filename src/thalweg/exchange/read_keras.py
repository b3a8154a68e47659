"""A model of Keras 3 in a .keras file: config.json and model.weights.h5 in a zip, read without running code.

Sequential and functional models of Dense, activations, joins and sums, and normalisations, which become scalings.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..core.activations import Activation, Formula, LeakyReLU
from ..core.kinds import is_count, is_finite_number
from ..data.limits import DAMAGE, check_claim
from ..errors import ArgumentError, ThalwegError, reason_of, shown, unknown
from ..system import is_nested
from .assembly import Assembly, Value, numbers
from .found import Found
from .keras_arrays import Arrays, by_layer, hdf5_arrays
from .known_activations import elu, formula, leaky, relu_of, with_slopes

_DEEPEST = 40
_MOST_LAYERS = 2000
_ACTIVATIONS: dict[str, str | Activation] = {
    "linear": "linear", "relu": "relu", "sigmoid": "sigmoid", "tanh": "tanh", "softmax": "softmax", "elu": "elu",
    "selu": "selu", "gelu": "gelu", "silu": "silu", "swish": "silu", "softplus": "softplus", "softsign": "elliott",
    "mish": Formula(), "leaky_relu": LeakyReLU(0.2), "hard_tanh": "satlins", "celu": "elu",
    "hard_sigmoid": formula("hard_sigmoid_6"), "hard_silu": formula("hard_swish"), "hard_swish": formula("hard_swish"),
    "hard_shrink": formula("hard_shrink", lambd=0.5), "soft_shrink": formula("soft_shrink", lambd=0.5),
    **{name: formula(name) for name in (
        "exponential", "relu6", "tanh_shrink", "log_sigmoid", "squareplus", "sparse_plus", "sparse_sigmoid",
    )},
}  # fmt: skip
"""With Keras's own settings."""
_OLDER = {"hard_sigmoid": formula("hard_sigmoid", alpha=0.2, beta=0.5)}
"""What Keras 2 computed otherwise."""
_NOISES = ("Dropout", "GaussianNoise", "GaussianDropout", "AlphaDropout", "ActivityRegularization")
_IDLE = ("InputLayer", "Flatten", *_NOISES)
_JOINS = ("Concatenate", "Add", "Subtract")
_OF_ITS_OWN = ("ReLU", "LeakyReLU", "ELU", "Softmax", "PReLU")
_SCALED = ("Normalization", "Rescaling", "BatchNormalization")
_SETTINGS = {
    "Dense": ("units", "activation", "use_bias"),
    "Activation": ("activation",),
    "ReLU": ("max_value", "negative_slope", "threshold"),
    "LeakyReLU": ("negative_slope", "alpha"),
    "ELU": ("alpha",),
    "Softmax": ("axis",),
    "PReLU": ("shared_axes",),
    "Concatenate": ("axis",),
    "Add": (),
    "Subtract": (),
    "Normalization": ("axis", "mean", "variance", "invert"),
    "Rescaling": ("scale", "offset"),
    "BatchNormalization": ("axis", "momentum", "epsilon", "center", "scale"),
}
_INDIFFERENT = re.compile(
    r"name|trainable|dtype|autocast|build_config|synchronized|sparse|ragged|optional|lora_\w+|"
    r"(?:batch_)?(?:input_)?shape|input_dtype|input_dim|renorm\w*|\w+_(?:initializer|regularizer|constraint)"
)
"""Settings that change no prediction, or that the weights carry already."""
_MAKERS = ("keras", "tf_keras", "tensorflow", "builtins", "")
_ALONG = (-1, 1, [-1], [1], [], None)
_KNOWN = ("Dense", "Activation", *_OF_ITS_OWN, *_JOINS, *_SCALED, *_IDLE)


def read_keras(raw: bytes, *, most: int) -> Found:
    """The network of a .keras file; raises ArgumentError, naming the layer, for what no Network is."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            sizes = {one.filename: one.file_size for one in archive.infolist()}
            lacking = [name for name in ("config.json", "model.weights.h5") if name not in sizes]
            if lacking:
                raise ArgumentError(f"no .keras file: it lacks {' and '.join(lacking)}; write it by model.save")
            check_claim(sum(sizes.values()), most, "the archive", "it unpacks to")
            text, weights = _content(archive, "config.json", sizes), _content(archive, "model.weights.h5", sizes)
            about = _content(archive, "metadata.json", sizes) if "metadata.json" in sizes else b"{}"
        config, version = json.loads(text), json.loads(about)
    except ThalwegError:
        raise
    except (*DAMAGE, RecursionError) as error:
        reason = reason_of(error)
        raise ArgumentError(f"damaged, cut short, or no .keras file ({reason}): save it again") from error
    if is_nested(config, _DEEPEST):
        raise ArgumentError(f"config.json is nested more than {_DEEPEST} deep")
    arrays = hdf5_arrays(weights, most, "model.weights.h5")
    try:
        return _Reading(config, arrays, older=_is_older(version)).found()
    except ThalwegError:
        raise
    except (TypeError, ValueError, LookupError, AttributeError, OverflowError) as error:
        reason = reason_of(error)
        raise ArgumentError(f"config.json says what no layer has ({reason}): save the model again") from error


def _is_older(about: Any) -> bool:
    """Whether the file was written by Keras 2, as its metadata say."""
    return isinstance(about, dict) and str(about.get("keras_version", "")).startswith("2.")


def _content(archive: zipfile.ZipFile, name: str, sizes: Mapping[str, int]) -> bytes:
    """The bytes of a member, no more than it claims."""
    with archive.open(name) as file:
        return file.read(sizes[name] + 1)


class _Reading:
    """The layers of a model's configuration, and their weights."""

    def __init__(self, config: Any, arrays: Arrays, *, older: bool) -> None:
        kind, self.config = _part(config, "the model")
        if kind not in ("Sequential", "Functional", "Model"):
            raise ArgumentError(f"the model is a {kind}; only Sequential and functional ones say what they are made of")
        _check_maker(config, "the model")
        self.sequential = kind == "Sequential"
        self.activations = _ACTIVATIONS | (_OLDER if older else {})
        layers = self.config.get("layers")
        if not isinstance(layers, list) or not 1 <= len(layers) <= _MOST_LAYERS:
            raise ArgumentError(f"config.json has no list of 1 to {_MOST_LAYERS} layers")
        self.layers = [_Layer(one, f"layer {number}") for number, one in enumerate(layers, start=1)]
        self.weights = by_layer([(one.kind, one.name) for one in self.layers], arrays)
        self.made = Assembly()
        self.values: dict[str, Value] = {}

    def found(self) -> Found:
        """The network of the last layer, or of the outputs that a functional model names."""
        waiting = list(self.layers)
        before: Value | None = None
        while waiting:
            left = []
            for layer in waiting:
                sources = [] if self.sequential else layer.sources()
                if all(name in self.values for name in sources):
                    given = [self.values[one] for one in sources]
                    if self.sequential and before is not None:
                        given = [before]
                    before = self.values[layer.name] = self._after(layer, given)
                else:
                    left.append(layer)
            if len(left) == len(waiting):
                lacking = next(name for name in left[0].sources() if name not in self.values)
                raise ArgumentError(f"{left[0].place} is fed by {shown(lacking)}: no layer before it, or a circle")
            waiting = left
        outputs = [before] if self.sequential else [self.values[name] for name in self._outputs()]
        kept = [one for one in outputs if one is not None]
        network, params = self.made.finish(kept[0] if len(kept) == 1 else self.made.join(kept))
        return Found(network, params, "a model of Keras")

    def _outputs(self) -> list[str]:
        names = _names_in(self.config.get("output_layers"))
        for name in names:
            if name not in self.values:
                raise ArgumentError(f"output {shown(name)} is no layer")
        if not names:
            raise ArgumentError("config.json names no output_layers")
        return names

    def _after(self, layer: _Layer, given: Sequence[Value]) -> Value:
        place, config = layer.place, layer.config
        if not given:
            value = self._begin(layer)
            if layer.kind == "InputLayer":
                return value
        else:
            value = given[0]
        if len(given) > 1 and layer.kind not in _JOINS:
            raise ArgumentError(f"{place} is fed by {len(given)} layers")
        match layer.kind:
            case "Dense":
                kernel, bias = self._dense(layer)
                made = self.made.weigh(value, np.asarray(kernel).T, bias, place, layer.name)
                return self._activated(made, config.get("activation", "linear"), layer)
            case "Activation":
                return self._activated(value, config.get("activation"), layer)
            case "Concatenate":
                if config.get("axis", -1) not in (-1, 1):
                    raise ArgumentError(f"{place} joins along axis {config.get('axis')}; layers are joined along -1")
                return self.made.join(given)
            case "Add" | "Subtract":
                total = value
                for one in given[1:]:
                    minus = np.asarray(-1.0, np.float32)
                    other = self.made.scale(one, minus, None, place) if layer.kind == "Subtract" else one
                    total = self.made.add(total, other, place)
                return total
            case kind if kind in _OF_ITS_OWN:
                return self._own_activation(value, layer, self.weights.get(layer.name, []), layer.name)
            case kind if kind in _SCALED:
                return self.made.scale(value, *self._scaling(layer, value.size), place)
        return value

    def _begin(self, layer: _Layer) -> Value:
        """The input of the model, by the shape that its first layer says."""
        shape = layer.config.get("batch_shape") or layer.config.get("batch_input_shape")
        if shape is None and layer.kind == "Dense" and layer.name in self.weights:
            shape = [None, np.shape(self.weights[layer.name][0])[0] if np.ndim(self.weights[layer.name][0]) else None]
        if not (isinstance(shape, list) and len(shape) == 2 and is_count(shape[1])):
            raise ArgumentError(f"{layer.place} has the shape {shown(shape)}; rows of numbers have (None, size)")
        return self.made.input(layer.name if layer.kind == "InputLayer" else "input", shape[1])

    def _dense(self, layer: _Layer) -> tuple[np.ndarray, np.ndarray | None]:
        arrays = self.weights.get(layer.name, [])
        bias = layer.config.get("use_bias", True)
        if len(arrays) != 1 + bool(bias):
            raise ArgumentError(f"{layer.place} has {len(arrays)} arrays of weights; it needs {1 + bool(bias)}")
        units = layer.config.get("units")
        if np.ndim(arrays[0]) != 2 or np.shape(arrays[0])[1] != units:
            raise ArgumentError(f"{layer.place} has a kernel of shape {np.shape(arrays[0])}; units is {shown(units)}")
        return arrays[0], arrays[1] if bias else None

    def _activated(self, value: Value, activation: Any, layer: _Layer) -> Value:
        name, called = activation, layer.name if value.weighed is False else None
        if isinstance(name, dict):
            _check_maker(name, f"{layer.place}: activation")
            if name.get("class_name") in _OF_ITS_OWN and isinstance(name.get("config"), dict):
                own = _Layer(name, f"{layer.place}: activation {name['class_name']}")
                return self._own_activation(value, own, self.weights.get(f"{layer.name}/activation", []), called)
            if isinstance(name.get("config"), dict) and name["config"].keys() - {"name", "dtype", "trainable"}:
                raise ArgumentError(f"{layer.place}: activation {shown(name)} has settings: make it a layer of its own")
            name = name.get("config") if isinstance(name.get("config"), str) else name.get("class_name")
        if name in (None, "linear"):
            return value
        if name not in self.activations:
            raise ArgumentError(f"{layer.place}: {unknown('activation', name, self.activations)}")
        return self.made.activate(value, self.activations[name], called)

    def _own_activation(self, value: Value, layer: _Layer, weights: Sequence[Any], name: str | None) -> Value:
        """An activation with settings, which is a layer, or an object within one."""
        if layer.kind != "PReLU":
            return self.made.activate(value, _with_settings(layer), name)
        if len(weights) != 1:
            raise ArgumentError(f"{layer.place} has {len(weights)} arrays of weights; it needs its slopes")
        return with_slopes(self.made, value, weights[0], layer.place, name)

    def _scaling(self, layer: _Layer, size: int) -> tuple[Any, Any]:
        """Factor and offset of a normalisation as it predicts."""
        config, arrays, place = layer.config, self.weights.get(layer.name, []), layer.place
        if layer.kind == "Rescaling":
            return numbers(place, config.get("scale", 1.0)), numbers(place, config.get("offset", 0.0))
        if layer.kind == "Normalization":
            mean, variance = (config.get("mean"), config.get("variance")) if len(arrays) < 2 else arrays[:2]
            mean, deviation = numbers(place, mean), np.sqrt(np.maximum(numbers(place, variance), 1e-14))
            if config.get("invert"):
                return deviation.ravel(), mean.ravel()
            return 1.0 / deviation.ravel(), -mean.ravel() / deviation.ravel()
        scaled, centred = config.get("scale", True), config.get("center", True)
        if len(arrays) != 2 + bool(scaled) + bool(centred) or any(np.shape(one) != (size,) for one in arrays):
            raise ArgumentError(f"{place} has {len(arrays)} arrays of weights; it needs gamma, beta, mean and variance")
        rest = [numbers(place, one) for one in arrays]
        gamma = rest.pop(0) if scaled else np.ones(size)
        beta = rest.pop(0) if centred else np.zeros(size)
        factor = gamma / np.sqrt(rest[1] + _number(config, "epsilon", 1e-3, place))
        return factor.astype(arrays[0].dtype), (beta - rest[0] * factor).astype(arrays[0].dtype)


class _Layer:
    """A layer's configuration."""

    def __init__(self, described: Any, place: str) -> None:
        self.kind, self.config = _part(described, place)
        name = self.config.get("name", described.get("name"))
        self.name = name if isinstance(name, str) and name else place.replace(" ", "")
        self.place = place if "activation" in place else f"layer {shown(self.name)} ({self.kind})"
        self.nodes = described.get("inbound_nodes") or []
        if self.kind not in _KNOWN:
            raise ArgumentError(f"{self.place}: {unknown('layer', self.kind, _KNOWN)}")
        _check_maker(described, self.place)
        for setting, value in self.config.items() if self.kind in _SETTINGS else ():
            if value is not None and setting not in _SETTINGS[self.kind] and not _INDIFFERENT.fullmatch(setting):
                raise ArgumentError(f"{self.place}: setting {shown(setting)} ({shown(value)}) is none that is known")
        if self.kind in ("BatchNormalization", "Normalization") and self.config.get("axis", -1) not in _ALONG:
            raise ArgumentError(f"{self.place} normalises along axis {self.config['axis']}; it must be -1")

    def sources(self) -> list[str]:
        """The layers that feed it, in a functional model."""
        if isinstance(self.nodes, list) and len(self.nodes) > 1:
            raise ArgumentError(f"{self.place} is used {len(self.nodes)} times: a Network shares no weights")
        return _histories(self.nodes)


def _part(described: Any, place: str) -> tuple[str, dict[str, Any]]:
    """The class and the configuration of a model or layer; raises ArgumentError for what has none."""
    if not isinstance(described, dict) or not isinstance(described.get("config"), dict):
        raise ArgumentError(f"{place} is {shown(described)} in config.json; it must have class_name and config")
    return str(described.get("class_name")), described["config"]


def _check_maker(described: Mapping[str, Any], place: str) -> None:
    """Raise ArgumentError for a class or function of others, which may share its name with one of Keras."""
    registered, module = str(described.get("registered_name") or ""), str(described.get("module") or "")
    package = registered.rpartition(">")[0]
    if package.lower() not in ("", "keras", "builtins") or module.partition(".")[0] not in _MAKERS:
        raise ArgumentError(
            f"{place} is {registered or described.get('class_name')} of {package or module}, not of Keras: what it "
            "computes is not known; export the model to ONNX"
        )


def _histories(value: Any) -> list[str]:
    """The names of layers in the nodes of Keras 3, in their order."""
    if isinstance(value, dict):
        history = value.get("config", {}).get("keras_history") if isinstance(value.get("config"), dict) else None
        if isinstance(history, list) and history and isinstance(history[0], str):
            return [history[0]]
        return [name for one in value.values() for name in _histories(one)]
    if isinstance(value, list):
        return [name for one in value for name in _histories(one)]
    return []


def _names_in(value: Any) -> list[str]:
    """The names in ["dense", 0, 0], or in a list of such."""
    if isinstance(value, list) and value and isinstance(value[0], str):
        return [value[0]]
    return [name for one in value for name in _names_in(one)] if isinstance(value, list) else []


def _with_settings(layer: _Layer) -> str | Activation:
    config, place = layer.config, layer.place
    match layer.kind:
        case "LeakyReLU":
            older = _number(config, "alpha", 0.3, place)
            return leaky(_number(config, "negative_slope", older, place))
        case "ELU":
            return elu(_number(config, "alpha", 1.0, place))
        case "Softmax" if config.get("axis", -1) in (-1, 1):
            return "softmax"
        case "ReLU":
            slope, least = (_number(config, one, 0.0, place) for one in ("negative_slope", "threshold"))
            most = None if config.get("max_value") is None else _number(config, "max_value", 0.0, place)
            return relu_of(slope, most, least)
    raise ArgumentError(f"{place}: its settings are no activation that is known")


def _number(config: Mapping[str, Any], name: str, default: float, place: str) -> float:
    value = config.get(name)
    if value is None:
        return default
    if not is_finite_number(value):
        raise ArgumentError(f"{place}: {name} is {shown(value)}; it must be a number")
    return float(value)
