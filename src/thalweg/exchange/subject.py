"""What an export is of: the sources of a row, its features, the networks, and what their outputs say."""

from __future__ import annotations

import keyword
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import __version__
from ..core.activations import Sigmoid
from ..core.network import Layer, Network, Parameters
from ..errors import ArgumentError, shown, visible
from ..files import Model
from .activation_form import form_of
from .features import Encoded, encoded
from .held_model import description_of

if TYPE_CHECKING:
    from ..data import TargetEncoding
    from ..ensembles.calibration import Calibration
    from ..formulas.expression import Expression
    from .check_row import CheckRows

LEAST = 1e-12
"""Outputs are held so far from 0 and 1 before a calibration takes their logarithms (ensembles/calibration.py)."""
_LONGEST_NAME = 60


@dataclass(frozen=True)
class Unit:
    """A layer, its parameters, and what its units compute."""

    layer: Layer
    weights: dict[str, np.ndarray]
    """By source, (size, size of source)."""
    bias: np.ndarray | None
    form: Expression


@dataclass(frozen=True)
class Member:
    """A network with its parameters, all float32 or all float64, and its weight in the mean."""

    network: Network
    units: tuple[Unit, ...]
    weight: float
    dtype: str

    @property
    def output(self) -> str:
        """The name of the layer whose outputs are the network's."""
        return self.network.output.name


@dataclass(frozen=True)
class Subject:
    """All that an export writes; `encoded` and `targets` are None and () of a model that was trained on arrays."""

    name: str
    encoded: Encoded | None
    members: tuple[Member, ...]
    calibration: Calibration | None
    calibrated_form: Expression | None
    """What makes outputs again of net inputs that were calibrated."""
    targets: tuple[TargetEncoding, ...]
    head: tuple[str, ...]
    """What it came from, line by line."""
    check: CheckRows
    described: dict[str, Any] | None = None
    """The model as plain data, by which an export is read back; None if it has a part that is not registered."""

    @property
    def network(self) -> Network:
        """That of the first member: all have the same inputs and the same number of outputs."""
        return self.members[0].network

    @property
    def outputs(self) -> int:
        """How many outputs the network has."""
        return self.network.output.size

    @property
    def dtype(self) -> str:
        """The type of the first member, into which features are cast: float32 or float64."""
        return self.members[0].dtype

    @property
    def together(self) -> bool:
        """Whether outputs are averaged or calibrated."""
        return len(self.members) > 1 or self.calibration is not None

    @property
    def of_sigmoid(self) -> bool:
        """Whether what a calibration scales is log(a / (1 - a)), else log a."""
        return isinstance(self.network.output.activation, Sigmoid)

    @property
    def classify(self) -> bool:
        """Whether the targets are classes."""
        return bool(self.targets) and self.targets[0].task == "classification"


def subject_of(model: Model, path: str | os.PathLike[str], dtype: str | None = None) -> Subject:
    """What an export of a model into a file is of; `dtype` is the type that networks compute in, None for their own.

    Raises ArgumentError for what no format can represent: an activation without a text, a column's unknown encoding.
    """
    from .check_row import check_rows

    if not isinstance(model, Model):
        raise ArgumentError(f"model is {shown(model)}; it must be a Model, such as tw.load gives, or a Run")
    if dtype not in (None, "float32", "float64"):
        raise ArgumentError(f"dtype is {shown(dtype)}; it must be 'float32' or 'float64'")
    networks = model.members or (model,)
    weights = model.weights if model.members else (1.0,)
    kept = [(one, weight) for one, weight in zip(networks, weights, strict=True) if weight]
    members = tuple(
        member_of(one, weight, f"member {number}, " if model.members else "", dtype)
        for number, (one, weight) in enumerate(kept, start=1)
    )
    last = model.network.output
    return Subject(
        name=identifier(_stem(path)),
        encoded=None if model.encoding is None else encoded(model.encoding),
        members=members,
        calibration=model.calibration if model.members else None,
        calibrated_form=form_of(last.activation, f"layer {last.name!r}") if model.calibration else None,
        targets=() if model.encoding is None else model.encoding.targets,
        head=_head(model),
        check=check_rows(model, dtype),
        described=description_of(model, kept),
    )


def member_of(model: Model, weight: float = 1.0, place: str = "", dtype: str | None = None) -> Member:
    """The network of a model that has no members; raises ArgumentError, naming `place` and layer."""
    net, params = model.network, model.params
    net.check_parameters(params)
    if model.members:
        raise ArgumentError("a member is a mean of members itself: no export can write it")
    own = np.result_type(*(array for array in _arrays(net, params)))
    kind = dtype or ("float32" if own == np.float32 else "float64")
    units = []
    for layer in net.layers:
        found, bias = params[layer.name]
        arrays = {
            source: _checked(found[source], kind, f"{place}layer {layer.name!r}") for source in layer.sources or ()
        }
        bias = None if bias is None else _checked(bias, kind, f"{place}layer {layer.name!r}")
        units.append(Unit(layer, arrays, bias, form_of(layer.activation, f"{place}layer {layer.name!r}")))
    return Member(net, tuple(units), float(weight), kind)


def _arrays(net: Network, params: Parameters) -> list[np.ndarray]:
    return [
        np.asarray(array)
        for weights, bias in params.values()
        for array in (*weights.values(), bias)
        if array is not None
    ]


def _checked(values: Any, kind: str, place: str) -> np.ndarray:
    with np.errstate(over="ignore"):
        array = np.ascontiguousarray(np.asarray(values), dtype=kind)
    if not np.isfinite(array).all():
        raise ArgumentError(f"{place} has a weight or bias that is not finite in {kind}: no export can write it")
    return array


def _head(model: Model) -> tuple[str, ...]:
    """What the export came from, for people."""
    table = model.record.get("table")
    source = table.get("name") if isinstance(table, dict) else None
    lines = [f"Written by Thalweg {__version__}, thalweg export, from:", *model.in_words().splitlines()]
    if isinstance(source, str):
        lines.append(f"trained on {source}")
    if model.calibration is not None:
        lines.append(f"calibrated: {model.calibration.told}")
    return tuple(" ".join(visible(line).split()) for line in lines)


def _stem(path: str | os.PathLike[str]) -> str:
    name = Path(path).name
    return name.removesuffix(".weights.h5") if name.endswith(".weights.h5") else Path(name).stem


def identifier(text: str) -> str:
    """A name that Python, C and MATLAB take, made of a text.

    >>> identifier("fruit size (cm)"), identifier("2nd"), identifier("größe")
    ('fruit_size_cm', 'x2nd', 'gr_e')
    """
    name = re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_")[:_LONGEST_NAME].rstrip("_")
    if not name or not name[0].isalpha():
        name = f"x{name}"
    if name in _WORDS or keyword.iskeyword(name):
        name += "_"
    return name


_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
    auto break case char const continue default do double else enum extern float for goto if inline int long register
    restrict return short signed sizeof static struct switch typedef union unsigned void volatile while main NAN NULL
    function end elseif otherwise persistent global try catch parfor spmd classdef methods properties events
    and or not""",
    )
)
"""Words of C and MATLAB."""
_USED = frozenset(
    re.findall(
        r"\w+",
        """
    error exp log sin cos tan abs sqrt tanh erf pi e i j n p a row size numel zeros ones find np torch keras math sys
    base64 datetime hashlib zoneinfo encode predict network check features outputs P""",
    )
)
"""Names that the exports use themselves."""


def identifiers(names: Iterable[str], *, fields: bool = False) -> list[str]:
    """An identifier for each name, all different whatever their case; but for fields none that the exports use.

    >>> identifiers(["a b", "a-b", "A_B", "np"])
    ['a_b', 'a_b_2', 'A_B_3', 'np_']
    """
    found: list[str] = []
    for name in names:
        one, number = identifier(name), 2
        one = f"{one}_" if one in _USED and not fields else one
        folded = [other.casefold() for other in found]
        begun = one
        while one.casefold() in folded:
            one, number = f"{begun}_{number}", number + 1
        found.append(one)
    return found
