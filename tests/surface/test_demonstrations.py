"""The demonstrations: their parameters and what is published of them."""

import numpy as np
import pytest

import thalweg as tw
from thalweg.core.activations import ACTIVATIONS


def test_gradient_descent_is_the_demonstration_of_the_text(reference):
    text = reference("nnd_demonstrations")["gradient_descent"]
    shown = tw.surface.demonstration("dl3gd")
    np.testing.assert_array_equal(shown.P, text["inputs"])
    np.testing.assert_array_equal(shown.T[:, 0], text["targets"])
    (view,) = shown.views
    assert list(view.start) == text["start"]
    assert shown.rules == (tw.GradientDescent(text["learning_rate"]),)
    taken = tw.trajectory(shown.network, shown.loss, shown.start(), shown.P, shown.T, shown.rules[0], steps=shown.steps)
    np.testing.assert_allclose(taken.X[1], text["after_step_1"], rtol=1e-12)
    np.testing.assert_allclose(taken.X[text["iterations"]], text["after_step_100"], atol=5e-6)


def test_adam_is_the_demonstration_of_the_text(reference):
    text = reference("nnd_demonstrations")["adam"]
    shown = tw.surface.demonstration("dl3aa")
    ends = text["inputs"]
    count = round((ends["to"] - ends["from"]) / ends["step"]) + 1
    np.testing.assert_allclose(shown.P[:, 0], [ends["from"] + k * ends["step"] for k in range(count)], atol=1e-12)
    target = text["target_network"]
    x = [*target["W1"], *target["b1"], *target["W2"], target["b2"]]
    np.testing.assert_array_equal(shown.network.ravel(shown.params), x)
    assert [ACTIVATIONS.name_of(layer.activation) for layer in shown.network.layers] == ["sigmoid", "sigmoid"]
    assert float(tw.gradient(shown.network, shown.loss, shown.params, shown.P, shown.T)[0]) == 0
    named = {"W1[0]": "layer1[0,0]", "W2[0]": "layer2[0,0]", "b1[0]": "layer1[0]", "b1[1]": "layer1[1]"}
    for view, pair, ranges in zip(shown.views, text["pairs"], text["ranges"], strict=True):
        assert list(view.weights) == [named[name] for name in pair.split(", ")]
        assert [list(ends) for ends in view.span] == ranges
        assert all(low < x < high for x, (low, high) in zip(view.start, view.span, strict=True))
    settings = {name: text[name] for name in ("learning_rate", "beta1", "beta2", "epsilon")}
    assert shown.rules[0] == tw.Adam(**settings)
    assert shown.steps == text["epochs"]


def test_an_unknown_one_is_refused():
    with pytest.raises(tw.ThalwegError, match="did you mean 'dl3gd'"):
        tw.surface.demonstration("dl3gb")
