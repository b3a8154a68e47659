"""The numbers that the texts print, at the precision at which they print them."""

import numpy as np
import pytest

import thalweg as tw
from thalweg.core.network import LayerParameters

FULL = {"rtol": 1e-13, "atol": 1e-16}


@pytest.fixture
def xor(reference):
    """AIFH's XOR network: 2-2-1, sigmoid, half sum square error."""
    given = reference("aifh_xor")
    net = tw.mlp(2, 2, 1, hidden="sigmoid", output="sigmoid")
    return given, net, _layers_of(given["weights"])


def _layers_of(named):
    """AIFH names each weight by its two ends, and the bias by B."""
    return {
        "layer1": LayerParameters(
            {"input": np.array([[named["I1->H1"], named["I2->H1"]], [named["I1->H2"], named["I2->H2"]]])},
            np.array([named["B->H1"], named["B->H2"]]),
        ),
        "layer2": LayerParameters({"layer1": np.array([[named["H1->O"], named["H2->O"]]])}, np.array([named["B->O"]])),
    }


def test_aifh_xor_one_example(xor):
    given, net, params = xor
    example = given["example"]
    P, T = np.array([example["input"]]), np.array([[example["target"]]])
    passed = tw.forward(net, params, P)
    s = tw.sensitivities(net, "half_sse", params, P, T)
    for found, name in (
        (passed.net_inputs, "net_inputs"),
        (passed.outputs, "outputs"),
        (s, "sensitivities"),
    ):
        np.testing.assert_allclose(found["layer1"], [[example[name]["H1"], example[name]["H2"]]], **FULL)
        np.testing.assert_allclose(found["layer2"], [[example[name]["O"]]], **FULL)
    _, gradient = tw.gradient(net, "half_sse", params, P, T)
    np.testing.assert_allclose(net.ravel(gradient), net.ravel(_layers_of(example["gradient"])), **FULL)


def test_aifh_xor_batch(xor):
    given, net, params = xor
    batch = given["batch"]
    P, T = np.array(batch["order"]), np.array(batch["targets"])[:, None]
    np.testing.assert_allclose(tw.forward(net, params, P).output[:, 0], batch["outputs"], **FULL)
    F, gradient = tw.gradient(net, "half_sse", params, P, T)
    np.testing.assert_allclose(net.ravel(gradient), net.ravel(_layers_of(batch["gradient_sum"])), **FULL)
    np.testing.assert_allclose(tw.gradient(net, "mse", params, P, T)[0], batch["mse_before"], **FULL)
    np.testing.assert_allclose(F, 2.0 * batch["mse_before"], **FULL)

    x = net.ravel(params)
    for rule in (
        tw.GradientDescent(given["learning_rate"]),
        tw.Momentum(given["learning_rate"], given["momentum"]),
    ):
        delta, _ = rule.update(net.ravel(gradient), rule.init(x), x)
        after, _ = tw.gradient(net, "mse", net.unravel(x + delta), P, T)
        np.testing.assert_allclose(after, batch["mse_after_one_step"], **FULL)


def test_aifh_xor_batch_is_the_sum_of_its_examples(xor):
    given, net, params = xor
    P, T = np.array(given["batch"]["order"]), np.array(given["batch"]["targets"])[:, None]
    one_by_one = [net.ravel(tw.gradient(net, "half_sse", params, P[[q]], T[[q]])[1]) for q in range(4)]
    np.testing.assert_allclose(sum(one_by_one), net.ravel(_layers_of(given["batch"]["gradient_sum"])), **FULL)


def test_nnd_function_approximation(reference):
    given = reference("nnd_function_approximation")
    net = tw.mlp(1, 2, 1, hidden="sigmoid", output="linear")
    params = {
        "layer1": LayerParameters({"input": np.array(given["W1"])[:, None]}, np.array(given["b1"])),
        "layer2": LayerParameters({"layer1": np.array([given["W2"]])}, np.array([given["b2"]])),
    }
    P, T = np.array([[given["p"]]]), np.array([[given["t"]]])
    passed = tw.forward(net, params, P)
    np.testing.assert_allclose(passed.outputs["layer1"], [given["a1"]], **FULL)
    np.testing.assert_allclose(passed.output, [[given["a2"]]], **FULL)
    np.testing.assert_allclose(T - passed.output, [[given["error"]]], **FULL)
    s = tw.sensitivities(net, "sse", params, P, T)
    np.testing.assert_allclose(s["layer1"], [given["s1"]], **FULL)
    np.testing.assert_allclose(s["layer2"], [[given["s2"]]], **FULL)

    F, gradient = tw.gradient(net, "sse", params, P, T)
    np.testing.assert_allclose(F, given["error"] ** 2, **FULL)
    rule, x = tw.GradientDescent(0.1), net.ravel(params)
    delta, _ = rule.update(net.ravel(gradient), rule.init(x), x)
    new = net.unravel(x + delta)
    np.testing.assert_allclose(new["layer1"].weights["input"][:, 0], given["new_W1"], **FULL)
    np.testing.assert_allclose(new["layer1"].bias, given["new_b1"], **FULL)
    np.testing.assert_allclose(new["layer2"].weights["layer1"], [given["new_W2"]], **FULL)
    np.testing.assert_allclose(new["layer2"].bias, [given["new_b2"]], **FULL)


def test_qmind_output_layer(reference):
    """QMIND adds what it computes: its gradient is the negative sensitivity, its cost the error t - a."""
    given = reference("qmind_and")
    printed = 0.005 + 1e-9
    a, t = np.array([given["output"]]), np.array([given["expected"]])
    net = tw.Network({"hidden": 1}, [tw.Layer("out", 2, "sigmoid")])
    o = given["hidden_output_0"]
    n = np.log(a / (1.0 - a))
    W = np.array([[given["weight_00"]], [0.3]])
    params = {"out": LayerParameters({"hidden": W}, (n - o * W.T)[0])}
    P = np.array([[o]])
    passed = tw.forward(net, params, P)
    np.testing.assert_allclose(passed.output, a, rtol=1e-12)
    np.testing.assert_allclose(t - passed.output, [given["cost"]], atol=printed)
    derivative = net.output.activation.derivative(passed.output)
    np.testing.assert_allclose(derivative, [given["derivative"]], atol=printed)
    s = tw.sensitivities(net, "half_sse", params, P, t)["out"]
    np.testing.assert_allclose(-s, [given["gradient"]], atol=printed)

    _, gradient = tw.gradient(net, "half_sse", params, P, t)
    rule, x = tw.GradientDescent(1.0), net.ravel(params)
    delta, _ = rule.update(net.ravel(gradient), rule.init(x), x)
    assert net.unravel(delta)["out"].weights["hidden"][0, 0] == pytest.approx(given["delta_weight_00"], abs=printed)
    new = net.unravel(x + delta)["out"].weights["hidden"][0, 0]
    assert new == pytest.approx(given["new_weight_00"], abs=printed)


def test_brilliant_first_iteration(reference):
    given = reference("brilliant_sigmoid")
    net = tw.mlp(3, 3, 1, hidden="sigmoid", output="linear")
    params = _with_bias_rows(given["initial_hidden"], given["initial_output"])
    P, T = np.array(given["inputs"]), np.array(given["targets"])[:, None]
    F, gradient = tw.gradient(net, "half_mse", params, P, T)
    expected = _with_bias_rows(given["first_gradient_hidden"], given["first_gradient_output"])
    np.testing.assert_allclose(F, given["losses"][0][1], **FULL)
    np.testing.assert_allclose(net.ravel(gradient), net.ravel(expected), rtol=1e-12)

    rule, x = tw.GradientDescent(given["learning_rate"]), net.ravel(params)
    delta, _ = rule.update(net.ravel(gradient), rule.init(x), x)
    F, _ = tw.gradient(net, "half_mse", net.unravel(x + delta), P, T)
    assert given["losses"][1][0] == 1
    np.testing.assert_allclose(F, given["losses"][1][1], rtol=1e-12)


def _with_bias_rows(hidden, output):
    """BRL keeps the bias as row 0 of a matrix of (1 + sources) × size."""
    hidden, output = np.array(hidden), np.array(output)
    return {
        "layer1": LayerParameters({"input": hidden[1:].T.copy()}, hidden[0]),
        "layer2": LayerParameters({"layer1": output[1:].T.copy()}, output[0]),
    }


def test_nnd_e3_1(reference):
    given = reference("nnd_quadratic")["E3_1"]
    net = tw.mlp(1, 1)
    x = np.array([given["start"]["w"], given["start"]["b"]], dtype=float)
    P, T = np.array(given["inputs"])[:, None], np.array(given["targets"])[:, None]
    F, gradient = tw.gradient(net, "sse", net.unravel(x), P, T)
    assert given["error_before"] == F
    np.testing.assert_array_equal(net.ravel(gradient), [given["gradient"]["w"], given["gradient"]["b"]])
    rule = tw.GradientDescent(given["learning_rate"])
    x = x + rule.update(net.ravel(gradient), rule.init(x), x)[0]
    np.testing.assert_allclose(x, [given["after_one_step"]["w"], given["after_one_step"]["b"]], rtol=1e-14)
    F, _ = tw.gradient(net, "sse", net.unravel(x), P, T)
    np.testing.assert_allclose(F, given["error_after"], rtol=1e-14)


@pytest.mark.parametrize("name", ["eq_3_15", "P3_3"])
def test_nnd_quadratic_surface(reference, name):
    given = reference("nnd_quadratic")[name]
    net = tw.Network({"p": 2}, [tw.Layer("a", 1, bias=False)])
    P, T = np.array(given["inputs"]), np.array(given["targets"])[:, None]
    A, d, c = np.array(given["A"]), np.array(given["d"]), given["c"]
    for x in np.array([[0.0, 0.0], [1.0, 1.0], [-3.0, 0.5], given["minimum"]]):
        F, gradient = tw.gradient(net, "sse", net.unravel(x), P, T)
        np.testing.assert_allclose(F, c + d @ x + 0.5 * x @ A @ x, atol=1e-13)
        np.testing.assert_allclose(net.ravel(gradient), A @ x + d, atol=1e-13)


def test_nnd_gradient_descent_demonstration(reference):
    given = reference("nnd_demonstrations")["gradient_descent"]
    net = tw.Network({"p": 2}, [tw.Layer("a", 1, bias=False)])
    P, T = np.array(given["inputs"]), np.array(given["targets"])[:, None]
    rule, x = tw.GradientDescent(given["learning_rate"]), np.array(given["start"])
    state = rule.init(x)
    for iteration in range(1, given["iterations"] + 1):
        gradient = net.ravel(tw.gradient(net, "sse", net.unravel(x), P, T)[1])
        delta, state = rule.update(gradient, state, x)
        x = x + delta
        if iteration == 1:
            np.testing.assert_allclose(x, given["after_step_1"], rtol=1e-14)
    np.testing.assert_allclose(x, given["after_step_100"], atol=5e-6)


def test_nnd_p3_2_like_shortcut_adds_its_terms():
    """A layer fed by the input twice, once through a layer, once past it: the chain rule by hand, term by term."""
    w1, b1, w2, v, b2 = 0.7, -0.2, 1.5, -0.6, 0.3
    net = tw.Network({"p": 1}, [tw.Layer("one", 1, "tanh"), tw.Layer("two", 1, "sigmoid", ("one", "p"))])
    p, t = 0.9, 0.25
    a1 = np.tanh(w1 * p + b1)
    a2 = 1.0 / (1.0 + np.exp(-(w2 * a1 + v * p + b2)))
    s2 = -2.0 * (t - a2) * a2 * (1.0 - a2)
    s1 = s2 * w2 * (1.0 - a1**2)
    F, gradient = tw.gradient(net, "sse", net.unravel(np.array([w1, b1, w2, v, b2])), np.array([[p]]), np.array([[t]]))
    np.testing.assert_allclose(F, (t - a2) ** 2, rtol=1e-14)
    np.testing.assert_allclose(net.ravel(gradient), [s1 * p, s1, s2 * a1, s2 * p, s2], rtol=1e-13)
