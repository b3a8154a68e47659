"""A state_dict of PyTorch: safetensors, or NumPy's .npz, and the modules of nn.Sequential in their order.

`layers` are their names, ["Linear", "Tanh", "Linear"], with settings as PyTorch prints them where they have such
("LeakyReLU(negative_slope=0.2)"), or the whole text that print(model) writes; a module with weights may go by its name
in the state_dict, ["hidden", "Tanh", "out"]. Pickles are never opened.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..core.activations import Activation, Formula
from ..data.limits import DAMAGE
from ..errors import ArgumentError, FileError, ThalwegError, reason_of, shown, unknown
from .assembly import Assembly, Value, numbers
from .found import Found
from .held_model import found_again, found_older, networks_in, split
from .known_activations import celu, elu, formula, hard_tanh, leaky, with_slopes
from .sequential_modules import IDLE, SETTINGS, Module, modules_of

_PLAIN: dict[str, str | Activation] = {
    "Tanh": "tanh",
    "Sigmoid": "sigmoid",
    "ReLU": "relu",
    "SELU": "selu",
    "SiLU": "silu",
    "Softsign": "elliott",
    "ReLU6": formula("relu6"),
    "Mish": Formula(),
    "Tanhshrink": formula("tanh_shrink"),
    "LogSigmoid": formula("log_sigmoid"),
    "Hardswish": formula("hard_swish"),
    "Hardsigmoid": formula("hard_sigmoid_6"),
}
_OWNERS = ("Linear", "BatchNorm1d", "PReLU")
_NUMBERED = re.compile(r"(\D*)(\d+)")


def read_state_dict(raw: bytes, *, most: int, layers: Any, suffix: str) -> Found:
    """The network of a file of tensors; raises ArgumentError or FileError for a damaged one, or other layers."""
    if suffix == ".npz":
        from ..data.array_files import npz_arrays

        try:
            arrays = npz_arrays(raw, "the archive", most)
        except FileError:
            raise
        except (*DAMAGE, ThalwegError) as error:
            raise ArgumentError(f"damaged, or no .npz of numbers ({reason_of(error)})") from error
        return network_of_state(arrays, layers)
    from safetensors import SafetensorError, deserialize

    try:
        found = dict(deserialize(raw))
    except (SafetensorError, ValueError, UnicodeDecodeError, OverflowError) as error:
        raise ArgumentError(
            f"damaged, cut short, or no safetensors file ({reason_of(error)}): write it again"
        ) from error
    tensors = {name: _tensor(name, one) for name, one in found.items()}
    own = None if layers is not None else _own(raw)
    return network_of_state(tensors, layers, ordered=False) if own is None else _of_our_export(own, tensors)


def _own(raw: bytes) -> dict[str, Any] | None:
    """What an export of Thalweg's says of its model, in older ones of its network; None if the file is another."""
    try:
        metadata = json.loads(raw[8 : 8 + int.from_bytes(raw[:8], "little")]).get("__metadata__") or {}
        told = json.loads(metadata["thalweg"])
    except (KeyError, TypeError, ValueError, RecursionError):
        return None
    if not isinstance(told, dict) or not ("model" in told or isinstance(told.get("network"), dict)):
        return None
    return told


def _of_our_export(told: Mapping[str, Any], tensors: Mapping[str, np.ndarray]) -> Found:
    """The model that an export described, each layer's weights split by its sources."""
    older = "model" not in told
    description = {"network": told["network"].get("graph")} if older else told["model"]
    attributes = [told["network"].get("attributes")] if older else told.get("attributes")
    networks = networks_in(description)
    if not isinstance(attributes, list) or [len(one) if isinstance(one, list) else -1 for one in attributes] != [
        len(net.layers) for net in networks.values()
    ]:
        raise ArgumentError("what it says of its layers is damaged: export it again")
    found: dict[str, np.ndarray] = {}
    for (place, net), owners in zip(networks.items(), attributes, strict=True):
        for layer, owner in zip(net.layers, owners, strict=True):
            weights, bias = (
                None if name not in tensors else _as_they_are(f"tensor {name!r}", tensors[name])
                for name in (f"{owner}.weight", f"{owner}.bias")
            )
            if weights is None:
                raise ArgumentError(f"it has no tensor '{owner}.weight': export the model again")
            found |= split(weights, bias if layer.bias else None, net, layer, place)
    if older:
        return found_older(description["network"], list(found.values()), "a state_dict of PyTorch")
    return found_again(description, found, "a state_dict of PyTorch")


def _as_they_are(place: str, values: np.ndarray) -> np.ndarray:
    """Numbers in the type that they have; raises ArgumentError for what are none."""
    return numbers(place, values).astype(values.dtype)


def _tensor(name: str, one: Mapping[str, Any]) -> np.ndarray:
    kinds = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4"}
    kind, shape = one["dtype"], tuple(one["shape"])
    if kind == "BF16":
        wide = np.frombuffer(one["data"], "<u2").astype("<u4") << 16
        return wide.view("<f4").reshape(shape)
    if kind not in kinds:
        raise ArgumentError(f"tensor {name!r} is of type {kind}; it must be of {', '.join([*kinds, 'BF16'])}")
    return np.frombuffer(one["data"], kinds[kind]).reshape(shape)


def network_of_module(module: Any) -> Found:
    """The network of an nn.Sequential object, by its state_dict and what it prints."""
    if type(module).__name__ != "Sequential":
        raise ArgumentError(
            f"{type(module).__name__} is no nn.Sequential, whose order of layers is known: export it to ONNX"
        )
    for name, part in module.named_modules():
        if not type(part).__module__.startswith("torch.nn.modules."):
            raise ArgumentError(
                f"{type(part).__module__}.{type(part).__qualname__} ({shown(name or 'the module')}) is no module of "
                "PyTorch's own, so what it computes is not known: export it to ONNX"
            )
    return network_of_state(module.state_dict(), repr(module))


def _on_host(tensor: Any) -> Any:
    """A tensor of PyTorch as an array; anything else as it is."""
    if not hasattr(tensor, "detach"):
        return tensor
    there = tensor.detach().cpu()
    try:
        return np.asarray(there.numpy())
    except TypeError:  # bfloat16, which NumPy has not
        return np.asarray(there.float().numpy())


def network_of_state(state: Mapping[Any, Any], layers: Any, *, ordered: bool = True) -> Found:
    """The network of a state_dict and its layers; raises ArgumentError naming the layer that does not fit.

    `ordered` says whether the tensors stand in the order of the modules, as safetensors' do not.
    """
    tensors = {str(name): _on_host(value) for name, value in state.items()}
    if not tensors:
        raise ArgumentError("the state_dict has no tensors")
    if layers is None:
        raise ArgumentError(
            f"layers is missing: a state_dict ({', '.join(list(tensors)[:6])}) says nothing of its activations; give "
            "the modules in their order, --layers Linear,Tanh,Linear (in Python layers=['Linear', 'Tanh', 'Linear'])"
        )
    prefixes = _prefixes(tensors)
    modules = modules_of(layers, prefixes, tensors)
    owned = [module for module in modules if module.kind in _OWNERS]
    if len(prefixes) != len(owned):
        raise ArgumentError(
            f"layers has {len(owned)} modules with weights ({', '.join(one.kind for one in owned) or 'none'}); the "
            f"state_dict has those of {len(prefixes)} ({', '.join(prefixes[:8])})"
        )
    prefixes = _in_order(prefixes, owned, ordered=ordered)
    made, value, used = Assembly(), None, iter(prefixes)
    for place, module in enumerate(modules, start=1):
        prefix = next(used) if module.kind in _OWNERS else ""
        value = _after(made, value, module, prefix, tensors, f"layer {place} ({module.kind})")
    if value is None:
        raise ArgumentError("layers has no Linear: there is no network")
    network, params = made.finish(value)
    return Found(network, params, "a state_dict of PyTorch")


def _after(
    made: Assembly, value: Value | None, module: Module, prefix: str, tensors: Mapping[str, Any], place: str
) -> Value | None:
    """The value after a module."""
    own = {name.removeprefix(f"{prefix}."): one for name, one in tensors.items() if name.rpartition(".")[0] == prefix}
    if prefix:
        place = f"{place}, {prefix!r}"
    match module.kind:
        case "Linear":
            if set(own) - {"bias"} != {"weight"}:
                raise ArgumentError(f"{place}: tensors {', '.join(own)}; a Linear has weight and bias")
            shape = np.shape(own["weight"])
            if len(shape) != 2:
                raise ArgumentError(f"{place}: its weight has shape {tuple(shape)}; it must have two lengths")
            _check_linear(module, shape, "bias" in own, place)
            if value is None:
                value = made.input("input", int(shape[1]))
            name = prefix if not prefix.isdecimal() else f"layer{int(prefix)}"
            return made.weigh(value, own["weight"], own.get("bias"), place, name)
        case "BatchNorm1d":
            if value is None:
                value = made.input("input", int(np.size(own.get("running_mean", ()))) or 1)
            return made.scale(value, *_normalised(own, module, value.size, place), place)
        case "PReLU" if value is not None:
            if set(own) != {"weight"}:
                raise ArgumentError(f"{place}: tensors {', '.join(own) or 'none'}; a PReLU has a weight, its slopes")
            module.check("num_parameters", (str(np.size(own["weight"])),), place)
            return with_slopes(made, value, own["weight"], place)
        case kind if kind in IDLE:
            module.check("start_dim", ("1",), place)
            module.check("end_dim", ("-1", "1"), place)
            return value
    if value is None:
        raise ArgumentError(f"{place} stands before any Linear: the network begins with weights")
    return made.activate(value, _activation(module, place))


def _check_linear(module: Module, shape: Sequence[int], bias: bool, place: str) -> None:
    """Raise ArgumentError if what is said of a Linear is not what its tensors are."""
    module.check("out_features", (str(shape[0]),), place)
    module.check("in_features", (str(shape[1]),), place)
    module.check("bias", (str(bias),), place)


def _normalised(own: Mapping[str, Any], module: Module, size: int, place: str) -> tuple[np.ndarray, np.ndarray]:
    """Factor and offset of a batch normalisation as it predicts: by the means and variances that were kept."""
    if not {"running_mean", "running_var"} <= set(own):
        raise ArgumentError(f"{place}: tensors {', '.join(own) or 'none'}; it needs running_mean and running_var")
    mean, variance = (numbers(f"{place}: {name}", own[name]) for name in ("running_mean", "running_var"))
    gain = numbers(f"{place}: weight", own.get("weight", np.ones(mean.shape)))
    shift = numbers(f"{place}: bias", own.get("bias", np.zeros(mean.shape)))
    shapes = [one.shape for one in (mean, variance, gain, shift)]
    if any(shape != (size,) for shape in shapes):
        raise ArgumentError(f"{place}: its tensors have shapes {shapes}; they must have {(size,)}")
    module.check("num_features", (str(mean.size),), place)
    module.check("affine", (str("weight" in own),), place)
    if module.settings.get("affine") != "False":
        module.check("bias", (str("bias" in own),), place)
    module.check("track_running_stats", ("True",), place)
    factor = gain / np.sqrt(variance + module.number("eps", 1e-5, place))
    kind = np.float32 if np.asarray(own["running_mean"]).dtype.itemsize <= 4 else np.float64
    return factor.astype(kind), (shift - mean * factor).astype(kind)


def _activation(module: Module, place: str) -> str | Activation:
    match module.kind:
        case "LeakyReLU":
            return leaky(module.number("negative_slope", 0.01, place))
        case "RReLU":  # as it predicts: by the mean of its slopes
            return leaky((module.number("lower", 1 / 8, place) + module.number("upper", 1 / 3, place)) / 2)
        case "ELU":
            return elu(module.number("alpha", 1.0, place))
        case "CELU":
            return celu(module.number("alpha", 1.0, place), place)
        case "Hardshrink" | "Softshrink":
            lambd = module.number("lambd", 0.5, place)
            if not 0.0 <= lambd < np.inf:
                raise ArgumentError(f"{place}: lambd is {lambd:g}; it must be from 0, and finite")
            return formula("hard_shrink" if module.kind == "Hardshrink" else "soft_shrink", lambd=lambd)
        case "Threshold":
            if not {"threshold", "value"} <= set(module.settings):
                raise ArgumentError(f"{place}: its threshold and its value are not said")
            least, value = (module.number(name, 0.0, place) for name in ("threshold", "value"))
            return formula("threshold", least=least, value=value)
        case "GELU":
            module.check("approximate", ("none", "tanh"), place)
            if module.settings.get("approximate") == "tanh":
                return formula("gelu_tanh")
            return "gelu"
        case "Softplus":
            beta, threshold = module.number("beta", 1.0, place), module.number("threshold", 20.0, place)
            if not threshold >= 20.0 or not beta > 0.0:
                raise ArgumentError(f"{place}: beta {beta:g} and threshold {threshold:g}; they must be > 0 and >= 20")
            return "softplus" if beta == 1.0 else formula("softplus", beta=beta)
        case "Hardtanh":
            least, most = module.number("min_val", -1.0, place), module.number("max_val", 1.0, place)
            if not -np.inf < least < most < np.inf:
                raise ArgumentError(f"{place}: min_val {least:g} and max_val {most:g}; they must be finite, in order")
            return hard_tanh(least, most)
        case "Softmax":
            module.check("dim", ("1", "-1", "None"), place)
            return "softmax"
        case kind if kind in _PLAIN:
            return _PLAIN[kind]
    raise ArgumentError(f"{place}: {unknown('module', module.kind, list(SETTINGS))}")


def _prefixes(tensors: Mapping[str, Any]) -> list[str]:
    """Before the last dot of the tensors' names, in their order."""
    found: dict[str, None] = {}
    for name in tensors:
        prefix, dot, _ = name.rpartition(".")
        if not dot:
            raise ArgumentError(f"tensor {name!r} belongs to no layer: a state_dict has names such as '0.weight'")
        found.setdefault(prefix)
    return list(found)


def _in_order(prefixes: list[str], owned: Sequence[Module], *, ordered: bool) -> list[str]:
    """The prefixes in the order of the modules with weights: by their paths, else by number, else as they stand.

    Numbers say an order within one parent alone: of encoder.0 and decoder.0 either may be first.
    """
    paths = [str(module.path) for module in owned]
    if sorted(paths) == sorted(prefixes):
        return paths
    if any(path in prefixes for path in paths):
        lacking = ", ".join(prefix for prefix in prefixes if prefix not in paths) or "each once"
        raise ArgumentError(f"layers names some of the modules with weights: name all of them, {lacking} too")
    parts = [prefix.rpartition(".") for prefix in prefixes]
    numbered = [_NUMBERED.fullmatch(last) for _, _, last in parts]
    kinds = {(parent, found[1] if found else None) for (parent, _, _), found in zip(parts, numbered, strict=True)}
    if len(kinds) == 1 and all(numbered) and (not ordered or "" in {kind for _, kind in kinds}):
        places = [int(found[2]) for found in numbered if found]
        return [prefix for _, prefix in sorted(zip(places, prefixes, strict=True))]
    if not ordered and len(prefixes) > 1:
        raise ArgumentError(
            f"the file does not say the order of {', '.join(prefixes[:8])}: name them in layers, such as "
            f"{','.join([prefixes[0], 'Tanh', *prefixes[1:8]])}, or give all that print(model) writes"
        )
    return prefixes
