"""The rule of a step file: its settings, a rate for each layer, and the state that a text gives it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...core.kinds import is_count
from ...core.network import LayerParameters, Network, Parameters
from ...errors import ArgumentError, shown
from ...optimizers.rule import RULES, Rule
from .network import check_keys, read_array, read_number, read_parameters, read_part


@dataclass(frozen=True)
class StepRule:
    """A rule, its state before the first step (None: the rule's own), and a rate for each layer, if they have them."""

    rule: Rule
    state: Any = None
    learning_rates: Mapping[str, float] | None = None


def read_rule(net: Network, given: Any, dtype: str, from_to: bool, shared: Sequence[str]) -> StepRule:
    """What `[optimizer]` says; raises ArgumentError that names the key at fault."""
    state = rates = None
    if isinstance(given, Mapping):
        given = dict(given)
        state = given.pop("state", None)
        if isinstance(given.get("learning_rate"), Mapping):
            rates = given.pop("learning_rate")
    rule = read_part(RULES, given, "optimizer")
    return StepRule(rule, None if state is None else _state(net, rule, state, dtype, from_to, shared), rates)


def _state(net: Network, rule: Rule, state: Any, dtype: str, from_to: bool, shared: Sequence[str]) -> Any:
    """The state as the file gives it; what is left out is as the rule begins."""
    if not isinstance(state, Mapping):
        raise ArgumentError(f"the optimizer's state is {shown(state)}; write it as [optimizer.state]")
    size = net.parameter_count
    begun = rule.init(np.zeros(size, dtype))
    check_keys("[optimizer.state]", state, begun._fields)
    parts = {}
    for name, value in state.items():
        place = f"[optimizer.state] {name}"
        at_start = getattr(begun, name)
        if name == "step":
            if not is_count(value, 0):
                raise ArgumentError(f"{place} is {shown(value)}; it is the number of updates done")
            parts[name] = value
        elif np.ndim(at_start) == 0:
            parts[name] = np.asarray(read_number(place, value), dtype=dtype)
        elif isinstance(value, Mapping):
            parts[name] = net.ravel(_tree(net, value, place, dtype, from_to, shared))
        else:
            parts[name] = read_array(value, place, (size,), dtype)
    return begun._replace(**parts)


def _tree(
    net: Network, value: Mapping[str, Any], place: str, dtype: str, from_to: bool, shared: Sequence[str]
) -> Parameters:
    """A part of a state layer by layer, as weights and bias; what is left out is 0."""
    check_keys(place, value, [layer.name for layer in net.layers])
    tree: Parameters = {}
    for layer in net.layers:
        zeros = LayerParameters(
            {source: np.zeros((layer.size, net.sizes[source]), dtype) for source in layer.sources or ()},
            np.zeros(layer.size, dtype) if layer.bias else None,
        )
        entry = value.get(layer.name, {})
        where = f"{place}.{layer.name}"
        if not isinstance(entry, Mapping):
            raise ArgumentError(f"{where} is {shown(entry)}; write it as weights and bias")
        check_keys(where, entry, ("weights", "bias"))
        if layer.name in shared and "bias" in entry:
            entry = {**entry, "bias": [read_number(f"{where} bias", entry["bias"])] * layer.size}
        tree[layer.name] = read_parameters(net, layer, entry, zeros, dtype, from_to, place)
    return tree
