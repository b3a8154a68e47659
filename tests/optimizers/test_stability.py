"""The bound on the learning rate against the spectral radius of the updates themselves."""

import dataclasses

import numpy as np
import pytest

import thalweg as tw
from thalweg.optimizers.rule import RULES
from thalweg.optimizers.stability import stability_bound

BOUNDED = [tw.GradientDescent()] + [
    kind(momentum=alpha) for kind in (tw.Momentum, tw.Nesterov) for alpha in (0.0, 0.3, 0.9, 0.99)
]

BOUNDED += [tw.Momentum(momentum=0.9, averaged=True), tw.Momentum(momentum=0.9, averaged=True, velocity=True)]


def radius(rule, curvature):
    """The spectral radius of the linear map (x, what the state holds) → the same after an update of F = ½λx²."""
    state = rule.init(np.zeros(1))
    held = [name for name in state._fields if name != "step"]
    size = 1 + len(held)
    columns = []
    for unit in np.eye(size):
        x = unit[:1]
        now = state._replace(**{name: unit[i : i + 1] for i, name in enumerate(held, start=1)})
        delta, after = rule.update(curvature * x, now, x)
        columns.append(np.concatenate([x + delta, *(getattr(after, name) for name in held)]))
    return np.abs(np.linalg.eigvals(np.stack(columns, axis=1))).max()


@pytest.mark.parametrize("rule", BOUNDED, ids=str)
@pytest.mark.parametrize("curvature", [0.1, 40.0])
def test_below_the_bound_updates_shrink_and_above_they_grow(rule, curvature):
    bound = stability_bound(rule)
    rate = bound.factor / curvature
    assert radius(dataclasses.replace(rule, learning_rate=0.999 * rate), curvature) < 1
    assert radius(dataclasses.replace(rule, learning_rate=1.001 * rate), curvature) > 1


@pytest.mark.parametrize("rule", BOUNDED, ids=str)
def test_the_formula_is_the_factor(rule):
    bound = stability_bound(rule)
    formula = bound.formula.replace("λ_max", "1.0").replace("2(", "2*(").replace(")1", ")*1").replace("2α", "2*α")
    assert eval(formula, {"α": getattr(rule, "momentum", 0.0)}) == pytest.approx(bound.factor)


def test_other_rules_have_none():
    having = {name for name, kind in RULES.items() if stability_bound(kind()) is not None}
    assert having == {"gd", "momentum", "nesterov"}


def test_a_schedule_of_the_momentum_counts_as_at_the_start():
    assert stability_bound(tw.Momentum(momentum=lambda k: 0.5 + 0.1 * k)).factor == 3.0
