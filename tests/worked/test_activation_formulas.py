"""The formulas that a worked step shows: of every activation, and of a user's formula, its cases as they fall."""

import numpy as np
import pytest

import thalweg as tw
from thalweg.core.activations import ACTIVATIONS, Elementwise, Formula
from thalweg.formulas.building import build
from thalweg.formulas.evaluation import evaluate
from thalweg.formulas.expression import Number
from thalweg.worked.activation_formulas import formulas, settings

FORMULAS = ["x*tanh(log(1+exp(x)))", "max(x, 0.1*x)", "x if x > 0 else e**x - 1", "n/(1+abs(n))", "x*(1+erf(x/2))/pi"]
ELEMENTWISE = [ACTIVATIONS.get(name) for name in ACTIVATIONS if issubclass(ACTIVATIONS[name], Elementwise)]


@pytest.mark.parametrize("activation", [*ELEMENTWISE, *map(Formula, FORMULAS)], ids=str)
def test_they_are_the_activation(activation):
    for n in (-1.7, -0.3, 0.6, 2.4):
        value, slope = formulas(activation, n)
        a = float(activation(np.array(n)))
        names = {name: Number(number) for name, number in settings(activation).items()}
        names |= {"n": Number(n), "a": Number(a), "pi": Number(np.pi)}
        assert evaluate(build(value, names)) == pytest.approx(a, rel=1e-12)
        expected = activation.derivative(np.array(n if activation.reads == "net_input" else a))
        assert evaluate(build(slope, names)) == pytest.approx(float(expected), rel=1e-12)


def test_a_step_shows_the_formula():
    net = tw.mlp(1, 1, hidden="tanh", output=tw.activation_from_formula(FORMULAS[0]))
    step = tw.worked_step(net, "mse", net.init(0), np.array([[0.5]]), np.array([[1.0]]))
    assert "tanh(ln(1 + exp(n¹₁)))" in step.show("nnd")
