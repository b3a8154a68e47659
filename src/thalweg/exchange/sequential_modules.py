"""The modules of nn.Sequential with their settings: from a list of names, or from the text that print(model) writes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..errors import ArgumentError, shown, unknown

IDLE = ("Identity", "Dropout", "AlphaDropout", "Flatten")
"""They give what they are given, as the network predicts."""
SETTINGS: dict[str, tuple[str, ...]] = {
    "Linear": ("in_features", "out_features", "bias"),
    "Tanh": (),
    "Sigmoid": (),
    "ReLU": ("inplace",),
    "SELU": ("inplace",),
    "SiLU": ("inplace",),
    "Softsign": (),
    "Softmax": ("dim",),
    "Hardtanh": ("min_val", "max_val", "inplace"),
    "ReLU6": ("inplace",),
    "Mish": ("inplace",),
    "Tanhshrink": (),
    "LogSigmoid": (),
    "GELU": ("approximate",),
    "ELU": ("alpha", "inplace"),
    "LeakyReLU": ("negative_slope", "inplace"),
    "Softplus": ("beta", "threshold"),
    "PReLU": ("num_parameters", "init"),
    "CELU": ("alpha", "inplace"),
    "Hardswish": ("inplace",),
    "Hardsigmoid": ("inplace",),
    "Hardshrink": ("lambd",),
    "Softshrink": ("lambd",),
    "Threshold": ("threshold", "value", "inplace"),
    "RReLU": ("lower", "upper", "inplace"),
    "BatchNorm1d": ("num_features", "eps", "momentum", "affine", "track_running_stats", "bias"),
    "Identity": (),
    "Dropout": ("p", "inplace"),
    "AlphaDropout": ("p", "inplace"),
    "Flatten": ("start_dim", "end_dim"),
}
"""The settings of every module that is known, in the order that PyTorch takes them."""
_PRINTED = re.compile(r"^\s*\([\w-]+\):", re.MULTILINE)
_LINE = re.compile(r"(?:\((\w+)\):\s*)?(\w+)\((?:(.*)\))?")
_CALLED = re.compile(r"(?:(?:torch\.)?nn\.)?(\w+)\s*(?:\(([^\n]*)\))?")


class Module(NamedTuple):
    """A module, the path of it in the model where that is known, and its settings as they are written."""

    path: str | None
    kind: str
    settings: dict[str, str]

    def number(self, name: str, default: float, place: str) -> float:
        """A setting that is a number; raises ArgumentError for any other."""
        text = self.settings.get(name)
        try:
            return default if text is None else float(text)
        except ValueError:
            raise ArgumentError(f"{place}: {name} is {shown(text)}; it must be a number") from None

    def check(self, name: str, allowed: Sequence[str], place: str) -> None:
        """Raise ArgumentError for a setting that is none of those allowed."""
        text = self.settings.get(name, allowed[0])
        if text not in allowed:
            raise ArgumentError(f"{place}: {name} is {shown(text)}; it must be {' or '.join(allowed)}")


def modules_of(layers: Any, prefixes: Sequence[str], tensors: Mapping[str, Any]) -> list[Module]:
    """The modules that a list of names, or what PyTorch prints, says; a name of tensors means the module with them.

    Raises ArgumentError for what is no module that is known, and for a setting that it has not.

    >>> modules_of("LeakyReLU(0.2)", (), {})
    [Module(path=None, kind='LeakyReLU', settings={'negative_slope': '0.2'})]
    """
    if isinstance(layers, str) and _PRINTED.search(layers):
        found = _printed(layers)
    else:
        names = re.split(r",(?![^(]*\))", layers) if isinstance(layers, str) else layers
        if not isinstance(names, Sequence) or not all(isinstance(name, str) for name in names):
            raise ArgumentError(
                f"layers is {shown(layers)}; it must be names of modules, such as ['Linear', 'Tanh', 'Linear']"
            )
        found = []
        for name in map(str.strip, names):
            if name in prefixes:
                found.append((name, _owner(name, tensors), ""))
                continue
            called = _CALLED.fullmatch(name)
            if called is None:
                raise ArgumentError(f"layers has {shown(name)}; it must be the name of a module, such as 'Tanh'")
            found.append((None, _named(called[1]), called[2] or ""))
    if not found:
        raise ArgumentError("layers names no module")
    return [
        Module(path, kind, _settings(kind, inside, f"layer {place}"))
        for place, (path, kind, inside) in enumerate(found, start=1)
    ]


def _owner(prefix: str, tensors: Mapping[str, Any]) -> str:
    """The module that tensors are of: a weight of one length without more is that of a PReLU."""
    if f"{prefix}.running_mean" in tensors:
        return "BatchNorm1d"
    alone = f"{prefix}.bias" not in tensors and np.ndim(tensors.get(f"{prefix}.weight", [[]])) == 1
    return "PReLU" if alone else "Linear"


def _printed(text: str) -> list[tuple[str | None, str, str]]:
    """Path, kind and settings of the modules in what PyTorch prints, whose lines are nested."""
    found: list[tuple[str | None, str, str]] = []
    outer: list[str | None] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        if line == ")":
            del outer[-1:]
            continue
        read = _LINE.fullmatch(line)
        if read is None or (read[1] is None and outer):
            raise ArgumentError(
                f"layers has the line {shown(line)}, which is no module: name the modules in their order"
            )
        name, kind, inside = read.groups()
        if inside is None:
            if name is not None and kind != "Sequential":
                raise ArgumentError(
                    f"layers has {kind} {name!r}, which is no nn.Sequential: name the modules in their order"
                )
            outer.append(name)
        elif kind != "Sequential":
            found.append((".".join(one for one in (*outer, name) if one is not None), kind, inside))
    return found


def _settings(kind: str, inside: str, place: str) -> dict[str, str]:
    """The settings by name of those between the parentheses; raises ArgumentError for one that the module has not."""
    if kind not in SETTINGS:
        raise ArgumentError(f"{place}: {unknown('module', kind, list(SETTINGS))}")
    known, found = SETTINGS[kind], {}
    if kind == "Identity":
        return {}
    for number, part in enumerate(inside.split(",") if inside.strip() else ()):
        name, equals, value = (one.strip() for one in part.partition("="))
        if not equals:
            name, value = known[number] if number < len(known) else "", name
        if name not in known or name in found or not value:
            has = f"its settings are {', '.join(known)}" if known else "it has no settings"
            raise ArgumentError(f"{place} ({kind}): {shown(part.strip())} is no setting of it, each once: {has}")
        found[name] = value.strip("'\"")
    return found


def _named(name: str) -> str:
    """The module that a name means, whatever its case."""
    return next((known for known in SETTINGS if known.lower() == name.lower()), name)
