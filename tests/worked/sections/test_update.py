"""The update as it is shown: what a first step of Rprop is, and the number of an update for its rule."""

import numpy as np
import pytest

import thalweg as tw
from thalweg.optimizers import Adam, Momentum, Rprop

NET = tw.mlp(2, 2, 1)
PARAMS = NET.init(3)
P, T = np.array([[0.5, -1.0], [1.5, 0.3]]), np.array([[0.4], [-0.7]])


def parts(step, part, notation="nnd"):
    lines = step.document(notation, most_neurons=9, most_terms=9).lines()
    return [line for line in lines if line.about.get("part") == part]


@pytest.mark.parametrize("notation", ["nnd", "aifh"])
def test_a_first_step_that_was_drawn_is_shown_as_it_was_drawn(notation):
    rule = Rprop(delta0=0.005, delta0_high=0.02)
    step = tw.worked_step(NET, "sse", PARAMS, P, T, rule)
    drawn = np.abs(NET.ravel(step.delta))
    assert len(np.unique(drawn)) == NET.parameter_count
    assert ((drawn > 0.005) & (drawn < 0.02)).all()
    shown = parts(step, "rate", notation)
    assert sorted(line.value for line in shown) == sorted(drawn)
    assert not any(line.steps for line in shown)
    assert "= Δ₀" not in step.show(notation)


def test_a_first_step_that_was_not_drawn_is_the_setting():
    shown = parts(tw.worked_step(NET, "sse", PARAMS, P, T, Rprop(delta0=0.03)), "rate")
    assert {line.value for line in shown} == {0.03}
    assert all(line.steps for line in shown)
    assert {line.steps[0].base for line in shown} == {"Δ"}


@pytest.mark.parametrize("rule", [Adam(), Momentum(lambda k: 0.1 / (1 + k), 0.5)], ids=["adam", "scheduled"])
def test_the_number_of_the_update_is_the_rules_own(rule):
    """A run that goes on with the state of another counts its own updates; the rule counts all."""
    first = tw.worked_step(NET, "sse", PARAMS, P, T, rule)
    second = tw.worked_step(NET, "sse", first.new_params, P, T, rule, first.new_state, number=1)
    assert second.number == 1
    deltas = parts(second, "delta")
    assert len(deltas) == NET.parameter_count
    assert all(line.steps for line in deltas)
    hats = parts(second, "m_hat")
    assert all(line.steps for line in hats)
    x = NET.ravel(first.new_params)
    F, g = tw.gradient(NET, "sse", first.new_params, P, T)
    state = rule.update(NET.ravel(tw.gradient(NET, "sse", PARAMS, P, T)[1]), rule.init(x), NET.ravel(PARAMS), F)[1]
    expected, _ = rule.update(NET.ravel(g), state, x, F)
    assert sorted(line.value for line in deltas) == pytest.approx(sorted(expected), rel=1e-12)


@pytest.mark.parametrize("rule", ["lm", "newton", "bfgs", "gd"])
def test_of_a_rule_that_moves_all_at_once_it_is_said_where_the_updates_stand(rule):
    told = tw.worked_step(NET, "sse", PARAMS, P, T, rule).show()
    assert ("The rule makes the updates of all weights at once" in told) == (rule != "gd")
