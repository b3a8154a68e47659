"""The gradients by the inputs, against jax.grad."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import thalweg as tw

P, Q, T = np.array([[0.3, -0.7], [1.1, 0.4]]), np.array([[0.5], [-0.2]]), np.array([[0.2], [0.9]])
NET = tw.Network({"p": 2, "q": 1}, [tw.Layer("h", 3, "tanh", ("p",)), tw.Layer("out", 1, "sigmoid", ("h", "q", "p"))])
PARAMS = NET.init(4, dtype="float64")


def error(P, Q, weight):
    h, out = PARAMS["h"], PARAMS["out"]
    a1 = jnp.tanh(P @ h.weights["p"].T + h.bias)
    n = a1 @ out.weights["h"].T + Q @ out.weights["q"].T + P @ out.weights["p"].T + out.bias
    return jnp.sum(weight[:, None] * (jax.nn.sigmoid(n) - T) ** 2) / jnp.sum(weight)


@pytest.mark.parametrize(("weight", "notation"), [([1.0, 1.0], "nnd"), ([2.0, 0.5], "qmind")])
def test_they_are_those_of_jax_and_are_shown(weight, notation):
    with jax.enable_x64(True):
        by_P, by_Q = jax.jit(jax.grad(error, (0, 1)))(P, Q, jnp.asarray(weight))
    step = tw.worked_step(NET, "mse", PARAMS, {"p": P, "q": Q}, T, sample_weight=weight, input_gradients=True)
    np.testing.assert_allclose(step.input_gradient["p"], by_P, rtol=1e-10)
    np.testing.assert_allclose(step.input_gradient["q"], by_Q, rtol=1e-10)
    lines = [line for line in step.document(notation).lines() if line.about["quantity"] == "input_gradient"]
    assert len(lines) == 6
    for line in lines:
        expected = {"p": by_P, "q": by_Q}[line.about["source"]][line.about["example"], line.about["origin"]]
        assert line.value == pytest.approx(float(expected), rel=1e-10)
        assert len(line.steps) == 2


def test_they_are_shown_only_where_asked_for():
    step = tw.worked_step(NET, "mse", PARAMS, {"p": P, "q": Q}, T)
    assert "by the inputs" not in step.show()
    step = tw.worked_step(NET, "mse", PARAMS, {"p": P, "q": Q}, T, input_gradients=True)
    assert "Gradients by the inputs, example 2" in step.show()
    assert "by the inputs" not in step.show(weight="h[0,1]")
    assert "[3 more: " in step.show(most_terms=1)
    assert "... and 1 more of p" in step.show(most_terms=1)


def test_an_input_that_feeds_nothing_has_a_gradient_of_0():
    net = tw.Network({"p": 1, "q": 1}, [tw.Layer("out", 1, "linear", ("p",))])
    step = tw.worked_step(net, "mse", net.init(0), {"p": [[1.0]], "q": [[2.0]]}, [[1.0]], input_gradients=True)
    np.testing.assert_array_equal(step.input_gradient["q"], [[0.0]])
    assert "∂F/∂q₁ = 0" in step.show()
