"""A learning rate for each layer, against plain loops over layers that have rules of their own."""

import numpy as np
import optax
import pytest

import thalweg as tw
from thalweg.optimizers.full_batch import FullBatchRule
from thalweg.optimizers.rule import RULES

P, T = np.array([[0.3, -0.7], [1.1, 0.4]]), np.array([[0.2], [0.9]])
NET = tw.Network({"p": 2}, [tw.Layer("hidden", 3, "tanh"), tw.Layer("out", 1, "sigmoid")])
RATES = {"hidden": 0.3, "out": 0.02}
RULES_WITH_RATES = [
    name
    for name in RULES
    if not issubclass(RULES[name], FullBatchRule) and "learning_rate" in {field.name for field in RULES[name].numbers()}
]
"""Those that ask for a gradient alone."""


def taken(rule, steps=3, **how):
    """The steps one after another."""
    params, state, found = NET.init(1, dtype="float64"), None, []
    for _ in range(steps):
        found.append(tw.worked_step(NET, "half_sse", params, P, T, rule, state, **how))
        params, state = found[-1].after()
    return found


@pytest.mark.parametrize("name", RULES_WITH_RATES)
def test_each_layer_goes_as_a_rule_of_its_rate_would(name):
    """Each layer's own update and state, by a rule that sees no other layer."""
    params, states = NET.init(1, dtype="float64"), {}
    for step in taken(RULES[name](), learning_rates=RATES):
        gradient = tw.gradient(NET, "half_sse", params, P, T)[1]
        new = {}
        for layer, rate in RATES.items():
            rule = RULES[name](learning_rate=rate)
            state = states.get(layer) or rule.init(params[layer])
            delta, states[layer] = rule.update(gradient[layer], state, params[layer])
            weights = {source: W + delta.weights[source] for source, W in params[layer].weights.items()}
            new[layer] = type(params[layer])(weights, params[layer].bias + delta.bias)
        np.testing.assert_allclose(NET.ravel(step.new_params), NET.ravel(new), rtol=1e-12, atol=1e-15)
        params = new


def test_the_multi_transform_of_optax_is_the_same():
    last = taken(tw.Momentum(momentum=0.5), learning_rates=RATES)[-1]
    transformation = optax.multi_transform(
        {layer: optax.sgd(rate, momentum=0.5) for layer, rate in RATES.items()}, {layer: layer for layer in RATES}
    )
    theirs = taken(transformation)[-1]
    np.testing.assert_allclose(NET.ravel(last.new_params), NET.ravel(theirs.new_params), rtol=1e-5)


def test_the_rates_are_shown_where_they_act():
    text = taken("gd", steps=1, learning_rates=RATES)[0].show()
    assert "learning rate α = 0.3 of hidden, 0.02 of out" in text
    assert text.count("= -α ∂F/∂") == text.count("= -(0.3)(") + text.count("= -(0.02)(") == 13
    assert all("= -(0.02)(" in line for line in text.splitlines() if line.startswith("  Δw²"))
    shown = taken("adam", steps=1, learning_rates=RATES)[0].show()
    assert shown.count(" = 0.3 / (√(") == 9
    assert shown.count(" = 0.02 / (√(") == 4


@pytest.mark.parametrize(("rule", "told"), [("rprop", "has no learning rate"), ("gda", "moves all")])
def test_rules_that_have_no_rate_to_give(rule, told):
    with pytest.raises(tw.ArgumentError, match=f"learning_rates: {rule} {told}"):
        taken(rule, steps=1, learning_rates=RATES)
