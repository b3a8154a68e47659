"""The update of a first-order rule with every quantity in it, and the same with a learning rate for each layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...core.network import Network
from ...core.weight_names import weight_at
from ...errors import ArgumentError
from ...optimizers.rule import RULES, Rule
from ...optimizers.shown import ShownRule
from ...registry import replaced


def updated(rule: Rule, g: Any, state: Any, x: Any, value: Any) -> tuple[Any, Any, dict[str, Any]]:
    """The update, the state after it, and every quantity of it by name: what the rule shows, or its state keeps.

    >>> import numpy as np, thalweg as tw
    >>> rule, x = tw.Momentum(0.1, 0.5), np.zeros(1)
    >>> updated(rule, np.ones(1), rule.init(x), x, None)[2]
    {'delta': array([-0.1])}
    """
    delta, after = rule.update(g, state, x, value)
    if isinstance(rule, ShownRule):
        return delta, after, rule.parts(g, state, x, value)
    kept = {name: part for name, part in after._asdict().items() if name not in ("step", "delta")}
    return delta, after, {**kept, "delta": delta}


def update_by_layer(
    net: Network, rule: Rule, rates: Mapping[str, float], g: Any, state: Any, x: Any, value: Any
) -> tuple[Any, Any, dict[str, Any]]:
    """`updated` of a rule that has a rate for each layer: that of the rule with each rate, each layer's own of it.

    Raises ArgumentError for a rule without a learning rate, and for one that changes it.
    """
    name = RULES.name_of(rule)
    if "learning_rate" not in {field.name for field in rule.numbers()}:
        raise ArgumentError(f"learning_rates: {name} has no learning rate: take another rule, such as gd")
    if "learning_rate" in rule.recorded:
        raise ArgumentError(f"learning_rates: {name} changes its one learning rate: take another rule, such as gd")
    owner = np.asarray([weight_at(net, index).layer for index in range(net.parameter_count)])
    found = {layer: updated(replaced(rule, learning_rate=rate), g, state, x, value) for layer, rate in rates.items()}

    def of_each(values: Mapping[str, Any]) -> Any:
        """What each layer has of a quantity; a number that all have stays one."""
        first = next(iter(values.values()))
        if np.ndim(first) == 0 and all(one == first for one in values.values()):
            return first
        joined = np.empty_like(x)
        for layer, one in values.items():
            joined = np.where(owner == layer, one, joined)
        return joined.astype(x.dtype)

    delta = of_each({layer: one for layer, (one, _, _) in found.items()})
    states = {layer: one for layer, (_, one, _) in found.items()}
    begun = next(iter(states.values()))
    after = type(begun)(*(of_each({k: getattr(s, part) for k, s in states.items()}) for part in begun._fields))
    names = next(iter(found.values()))[2]
    return delta, after, {part: of_each({layer: one[2][part] for layer, one in found.items()}) for part in names}
