"""What of a step is shown: which units, weights and examples, and how much of what is large."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

import numpy as np

from ...core.kinds import check_count
from ...core.network import Network
from ...core.weight_names import WeightName, find_weight
from ...errors import ArgumentError, shown, unknown
from .forms import FORMS

MOST_DIGITS = 17
MOST_DERIVED = 32
"""Units of a layer that are derived for one weight."""


@dataclass(frozen=True)
class View:
    """What to show of a step.

    `layer`, `neuron` (a number in that layer, or "layer[2]") and `weight` ("layer[2,0]") show one thing, whole;
    `examples` those numbers, from 0. What is not asked for is folded: of a layer the first `most_neurons` units, of a
    sum the first `most_terms` terms, of a batch the first `most_examples`. `digits` are significant ones. `form` is
    "units", unit by unit, or "matrix", layer by layer: of a matrix the first `most_terms` rows and columns are shown.

    >>> View(digits=4).most_neurons
    6
    """

    layer: str | None = None
    neuron: int | str | None = None
    weight: str | None = None
    examples: tuple[int, ...] | None = None
    digits: int = 6
    most_examples: int = 4
    most_neurons: int = 6
    most_terms: int = 6
    form: str = "units"

    def __post_init__(self) -> None:
        if not isinstance(self.form, str) or self.form not in FORMS:
            raise ArgumentError(unknown("form", self.form, FORMS))
        if not isinstance(self.neuron, int | np.integer | str | type(None)):
            raise ArgumentError(f"neuron is {shown(self.neuron)}; it must be a number in its layer, or layer1[2]")
        check_count("digits", self.digits, 1, MOST_DIGITS)
        for name in ("most_examples", "most_neurons", "most_terms"):
            check_count(name, getattr(self, name))


class ViewFields(TypedDict, total=False):
    """The fields of a `View`, by name, as the methods of a step take them."""

    layer: str | None
    neuron: int | str | None
    weight: str | None
    examples: tuple[int, ...] | None
    digits: int
    most_examples: int
    most_neurons: int
    most_terms: int
    form: str


@dataclass(frozen=True)
class Selection:
    """A view of a network, checked: the units to show of each layer, and the one weight, if one was asked for.

    `back` are the units whose sensitivities are shown: those of `units`, but of a weight only the ones on the way from
    the error back to it.
    """

    units: dict[str, tuple[int, ...]]
    weight: WeightName | None
    whole: bool
    """Whether something was asked for, which is then shown whole."""
    back: dict[str, tuple[int, ...]]


def select(net: Network, view: View) -> Selection:
    """What a view shows of a network; raises ArgumentError for a layer, unit or weight that it has not.

    >>> import thalweg as tw
    >>> select(tw.mlp(2, 30, 1), View(most_neurons=2)).units
    {'layer1': (0, 1), 'layer2': (0,)}
    """
    weight = None if view.weight is None else find_weight(net, view.weight)
    layer, neuron = _unit(view)
    names = [one.name for one in net.layers]
    if layer is not None and layer not in names:
        raise ArgumentError(unknown("layer", layer, names))
    if weight is not None:
        if layer not in (None, weight.layer) or neuron not in (None, weight.to):
            raise ArgumentError(f"weight {view.weight!r} is not of the layer or neuron asked for: name one of them")
        return _of_weight(net, view, weight)
    if layer is None:
        if neuron is not None:
            raise ArgumentError(f"neuron {neuron}: of which layer? Name it, such as {names[0]}[{neuron}]")
        units = {one.name: _first(one.size, view) for one in net.layers}
        return Selection(units, None, False, units)
    size = net.sizes[layer]
    if neuron is None:
        units = {layer: tuple(range(size))}
        return Selection(units, None, True, units)
    if not 0 <= neuron < size:
        raise ArgumentError(f"neuron {neuron}: layer {layer!r} has {size}, 0 to {size - 1}")
    units = {layer: (neuron,)}
    return Selection(units, None, True, units)


def _of_weight(net: Network, view: View, weight: WeightName) -> Selection:
    """All that a weight takes part in: back from the error to its unit, and forward to every output used on the way.

    Of a large layer the first units alone are derived.
    """

    def of(layer: str) -> tuple[int, ...]:
        size = net.sizes[layer]
        if size <= MOST_DERIVED:
            return tuple(range(size))
        return tuple(sorted({*_first(size, view), weight.to} if layer == weight.layer else _first(size, view)))

    after = {weight.layer}
    for layer in net.layers:
        if after & set(layer.sources or ()):
            after.add(layer.name)
    before = set(after)
    for layer in reversed(net.layers):
        if layer.name in before:
            before |= set(layer.sources or ())
    units = {layer.name: of(layer.name) for layer in net.layers if layer.name in before}
    back = {layer.name: of(layer.name) for layer in net.layers if layer.name in after}
    return Selection(units, weight, True, {**back, weight.layer: (weight.to,)})


def _unit(view: View) -> tuple[str | None, int | None]:
    """The layer and the number of the unit asked for."""
    if not isinstance(view.neuron, str):
        return view.layer, view.neuron
    text = view.neuron.strip()
    if text.isdecimal():
        return view.layer, int(text)
    layer, _, number = text.removesuffix("]").partition("[")
    if not text.endswith("]") or not number.isdecimal():
        raise ArgumentError(f"neuron {text!r} is no unit: write its number with layer, or layer[2]")
    if view.layer not in (None, layer):
        raise ArgumentError(f"neuron {text!r} is not of layer {view.layer!r}: name one of them")
    return layer, int(number)


def _first(size: int, view: View) -> tuple[int, ...]:
    return tuple(range(min(size, view.most_neurons)))
