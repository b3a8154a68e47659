"""What the letters of a worked step mean."""

import numpy as np
import pytest

import thalweg as tw
from thalweg.core.activations import Activation, Linear, Softmax, Tanh


def _symbols(rule: tw.optimizers.Rule, hidden: Activation | None = None) -> dict[str, str]:
    net = tw.Network(
        {"p": 2}, [tw.Layer("hidden", 2, activation=hidden or Tanh()), tw.Layer("out", 1, activation=Linear())]
    )
    P, T = np.array([[0.5, -0.3]]), np.array([[0.7]])
    text = tw.worked_step(net, "sse", net.init(0), P, T, rule).show()
    lines = [line.split(None, 1) for line in str(text).split("Forward phase")[0].splitlines() if line.startswith("  ")]
    return {line[0]: line[1] for line in lines if len(line) == 2}


@pytest.mark.parametrize(
    ("rule", "letter", "meaning"),
    [
        (tw.optimizers.Adam(), "v¹₁,₁", "running mean of the gradient's square"),
        (tw.optimizers.RMSProp(), "v¹₁,₁", "running mean of the gradient's square"),
        (tw.optimizers.AdaGrad(), "v¹₁,₁", "sum of the gradient's squares"),
        (tw.optimizers.AdaMax(), "u¹₁,₁", "largest size of the gradient, which fades"),
    ],
)
def test_the_letters_of_a_rule(rule: tw.optimizers.Rule, letter: str, meaning: str):
    """Adam's v was called the derivative of the error by an output, which has the same letter and is not shown."""
    assert _symbols(rule)[letter] == meaning


def test_a_letter_of_two_meanings_has_both():
    meanings = list(_symbols(tw.optimizers.Adam(), Softmax()).values())
    both = "derivative of the error by an output of hidden; in the update running mean of the gradient's square"
    assert both in meanings


def test_settings_have_the_digits_of_the_lines():
    net = tw.mlp(1, 1)
    step = tw.worked_step(net, "mse", net.init(0), [[0.5]], [[0.2]], tw.GradientDescent(1 / 35), l2=1 / 30)
    for form in ("units", "matrix"):
        told = step.show(digits=12, form=form).partition("Forward phase")[0]
        assert told.count("0.0285714285714") == 2  # of the rule, and of its letter
        assert "0.0333333333333" in told
    assert "α = 0.0285714. Update" in step.show()


@pytest.mark.parametrize(("notation", "second"), [("nnd", "2"), ("qmind", "1"), ("sklearn", "1")])
def test_outputs_are_counted_as_the_notation_counts(notation, second):
    net = tw.mlp(1, 2)
    T = [[0.1, np.nan]]
    told = tw.worked_step(net, "mse", net.init(0), [[0.5]], T, notation=notation, targets="ignore_nan").show()
    assert f"The target of output {second} is missing." in told
    assert f"Output {second} has no part in the error" in told


def test_a_bias_that_units_have_together_is_counted_once():
    net = tw.mlp(2, 3, 1)
    step = tw.worked_step(net, "mse", net.init(0, "zeros"), [[0.5, 1.0]], [[0.2]], shared_bias=["layer1"])
    assert "(11 parameters)" in step.show()
