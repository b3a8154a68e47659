"""What an output function can give: by its values on a dense grid; targets outside it, by counting."""

import numpy as np
import pytest

import thalweg as tw
from thalweg.core.activations import ACTIVATIONS
from thalweg.training.reach import reach, targets_in_reach

X = np.random.default_rng(0).uniform(-1, 1, (200, 3))


@pytest.mark.parametrize("name", [name for name in ACTIVATIONS if name != "softmax"])
def test_no_value_lies_outside_and_limits_are_reached_nearly(name):
    f = ACTIVATIONS.get(name)
    low, high = reach(f)
    a = f(np.linspace(-900.0, 900.0, 200_001))
    assert low - 1e-3 <= a.min()
    assert a.max() <= high + 1e-3
    assert a.min() < (-5.0 if low == -np.inf else low + 2e-3)
    assert a.max() > (5.0 if high == np.inf else high - 2e-3)


@pytest.mark.parametrize(
    ("formula", "limits"),
    [("3*tanh(x)", (-3, 3)), ("exp(-x*x)", (0, 1)), ("sin(x) - 1", (-2, 0)), ("max(x, 2)", (2, np.inf))],
)
def test_of_a_formula(formula, limits):
    assert reach(tw.activation_from_formula(formula)) == pytest.approx(limits, abs=1e-3)


def test_of_an_activation_that_cannot_be_hashed():
    class Mine(type(ACTIVATIONS.get("tanh"))):
        __hash__ = None

    assert reach(Mine()) == (-1, 1)


@pytest.mark.parametrize(
    ("output", "T", "words"),
    [
        ("sigmoid", 25 + 20 * X[:, :1], "targets lie outside what a sigmoid can give (0 to 1): 5."),
        ("tanh", 5 + 3 * X[:, :1], "targets lie outside what a tanh can give (-1 to 1): 2."),
        ("softplus", -5 + 3 * X[:, :1], "targets lie outside what a softplus can give (0 or more): -7."),
        ("elliott", 5 + 3 * X[:, :1], "what an elliott can give (-1 to 1)"),
        ("elu", X[:, :1] - 4, "what an elu can give (-1 or more)"),
        ("softmax", X[:, :2], "what a softmax can give (0 to 1)"),
    ],
)
def test_targets_out_of_reach(output, T, words):
    """Field 06-output-cannot-reach-targets."""
    (found,) = targets_in_reach(tw.mlp(3, T.shape[1], output=output), T)
    assert words in found.text
    assert "linear output" in found.remedy


def test_an_activation_that_is_in_no_table_is_called_as_its_class():
    class Swing(type(ACTIVATIONS.get("tanh"))):
        pass

    (found,) = targets_in_reach(tw.mlp(3, 1, output=Swing()), 5 + 3 * X[:, :1])
    assert "what a Swing can give (-1 to 1)" in found.text


def test_as_many_as_there_are_are_told():
    """Field 06-output-cannot-reach-targets: a sigmoid with -1/+1."""
    T = np.sign(X[:, :1])
    (found,) = targets_in_reach(tw.mlp(3, 1, output="sigmoid"), T)
    assert found.text.startswith(f"{np.sum(T < 0)} of 200 targets lie outside")


def test_rows_of_a_softmax_add_up_to_1():
    T = np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 0.0]])
    (found,) = targets_in_reach(tw.mlp(3, 2, output="softmax"), T)
    assert "2 of 3 examples have targets that do not add up to 1" in found.text
    assert targets_in_reach(tw.mlp(3, 2, output="softmax"), T[:1]) == ()


@pytest.mark.parametrize(
    ("output", "T"),
    [("linear", 1e9 * X), ("sigmoid", X > 0), ("tanh", np.sign(X)), ("relu", np.abs(X)), ("leaky_relu", -1e5 * X)],
)
def test_targets_in_reach_are_told_nothing(output, T):
    assert targets_in_reach(tw.mlp(3, 3, output=output), T.astype(float)) == ()
