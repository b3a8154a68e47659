"""Second-order rules that hold parameters, against the same on a network that has not got them."""

import numpy as np
import pytest

import thalweg as tw
from thalweg.optimizers.full_batch import FullBatchRule, Problem
from thalweg.optimizers.rule import RULES
from thalweg.worked.step.held_problem import HeldProblem

RNG = np.random.default_rng(5)
P, T = RNG.normal(size=(8, 2)), RNG.uniform(0.1, 0.9, (8, 2))
NET = tw.Network({"p": 2}, [tw.Layer("h", 3, "tanh"), tw.Layer("out", 2, "sigmoid")])
BARE = tw.Network({"p": 2}, [tw.Layer("h", 3, "tanh", bias=False), tw.Layer("out", 2, "sigmoid", bias=False)])
X = RNG.normal(size=BARE.parameter_count)
WITH = {name: type(part)(part.weights, np.zeros(NET.sizes[name])) for name, part in BARE.unravel(X).items()}
"""Biases that are 0, and held, are none."""
SECOND_ORDER = [name for name in RULES if issubclass(RULES[name], FullBatchRule) and name != "br"]


@pytest.mark.parametrize("name", SECOND_ORDER)
@pytest.mark.parametrize("l2", [0.0, 0.1])
def test_biases_that_are_0_and_held_are_none(name, l2):
    params, bare, states = WITH, BARE.unravel(X), [None, None]
    for _ in range(2):
        held = tw.worked_step(NET, "mse", params, P, T, name, states[0], l2=l2, fixed=["bias"])
        without = tw.worked_step(BARE, "mse", bare, P, T, name, states[1], l2=l2)
        np.testing.assert_array_equal(held.new_params["h"].bias, np.zeros(3))
        weights = BARE.ravel({k: type(v)(v.weights, None) for k, v in held.new_params.items()})
        np.testing.assert_allclose(weights, BARE.ravel(without.new_params), rtol=1e-7, atol=1e-9)
        assert held.value_after < held.value or name in ("gda", "gdx", "scg")
        params, bare, states = held.new_params, without.new_params, [held.new_state, without.new_state]


def test_what_moves_has_the_derivatives_that_it_has():
    held = np.zeros(NET.parameter_count, dtype=bool)
    held[[0, 4, 7, 16]] = True
    free = np.flatnonzero(~held)
    x, v = RNG.normal(size=len(held)), RNG.normal(size=len(held))
    at = NET, tw.losses.MSE(), {"p": P}, T
    whole, part = Problem(*at), HeldProblem(*at, held=held)
    np.testing.assert_allclose(part.gradient(x)[1][free], whole.gradient(x)[1][free])
    np.testing.assert_allclose(part.hessian(x)[np.ix_(free, free)], whole.hessian(x)[np.ix_(free, free)])
    for product in ("hessian_product", "gauss_newton_product", "acceleration_term"):
        found, expected = getattr(part, product)(x, v), getattr(whole, product)(x, np.where(held, 0.0, v))
        np.testing.assert_allclose(found[free], expected[free], rtol=1e-10, atol=1e-12)
        np.testing.assert_array_equal(found[held], np.zeros(held.sum()))
    np.testing.assert_array_equal(part.penalized(x), np.where(held, 0.0, whole.penalized(x)))
    R = part.triangle(x)
    np.testing.assert_array_equal(R[:, :-1][:, held], 0.0)
    expected = whole.triangle(x)
    kept = [*free, len(held)]
    np.testing.assert_allclose((R.T @ R)[np.ix_(kept, kept)], (expected.T @ expected)[np.ix_(kept, kept)], atol=1e-12)


def test_a_system_shows_what_moves_and_other_rules_say_why_not():
    text = tw.worked_step(NET, "mse", WITH, P, T, "lm", fixed=["bias"]).show()
    assert "Held as they are: all biases." in text
    for rule in ("br",):
        with pytest.raises(tw.ArgumentError, match=f"fixed: {rule} weighs or moves all parameters together"):
            tw.worked_step(NET, "mse", WITH, P, T, rule, fixed=["bias"])
