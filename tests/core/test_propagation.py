"""The forward and backward phases: what they return, and how it hangs together."""

import numpy as np
import pytest
from oracles import EVERYTHING, Case, random_case

import thalweg as tw
from thalweg.core.losses import LOSSES
from thalweg.core.network import LayerParameters


@pytest.fixture
def case():
    return random_case(EVERYTHING, LOSSES.get("cross_entropy"), seed=17, examples=4, weighted=True)


def test_forward_returns_every_number_by_name(case):
    net, _, params, P, *_ = case
    passed = tw.forward(net, params, P)
    layers = [layer.name for layer in net.layers]
    assert list(passed.net_inputs) == layers
    assert list(passed.outputs) == [*net.inputs, *layers]
    for layer in net.layers:
        by_hand = np.zeros((4, layer.size)) if params[layer.name].bias is None else params[layer.name].bias
        for source in layer.sources:
            W = params[layer.name].weights[source]
            by_hand = by_hand + np.array([[W[i] @ a for i in range(layer.size)] for a in passed.outputs[source]])
        np.testing.assert_allclose(passed.net_inputs[layer.name], by_hand, rtol=1e-12, atol=1e-14)
        np.testing.assert_array_equal(passed.outputs[layer.name], layer.activation(passed.net_inputs[layer.name]))
    assert passed.output is passed.outputs["out"]
    for name in net.inputs:
        assert passed.outputs[name] is P[name]


def test_no_example_too_many_is_mixed_into_another(case):
    net, loss, params, P, T, *_ = case
    together = tw.sensitivities(net, LOSSES["cross_entropy"](reduction="sum"), params, P, T)
    for row in range(4):
        one = {name: values[row : row + 1] for name, values in P.items()}
        alone = tw.sensitivities(net, loss, params, one, T[row : row + 1])
        for layer, s in alone.items():
            np.testing.assert_allclose(s[0], together[layer][row], rtol=1e-10, atol=1e-15)


def test_the_gradient_is_made_of_the_sensitivities(case):
    net, loss, params, P, T, weight, *_ = case
    passed = tw.forward(net, params, P)
    s = tw.sensitivities(net, loss, params, P, T, weight)
    _, gradient = tw.gradient(net, loss, params, P, T, weight)
    for layer in net.layers:
        for source in layer.sources:
            by_hand = sum(np.outer(s[layer.name][q], passed.outputs[source][q]) for q in range(4))
            np.testing.assert_allclose(gradient[layer.name].weights[source], by_hand, rtol=1e-12, atol=1e-16)
        if layer.bias:
            np.testing.assert_allclose(gradient[layer.name].bias, s[layer.name].sum(axis=0), rtol=1e-13)
        else:
            assert gradient[layer.name].bias is None


def test_a_layer_without_bias_has_none():
    net = tw.Network({"p": 2}, [tw.Layer("a", 2, "tanh", bias=False), tw.Layer("b", 1, bias=False)])
    params = {
        "a": LayerParameters({"p": np.array([[1.0, -1.0], [0.5, 0.5]])}, None),
        "b": LayerParameters({"a": np.array([[2.0, 1.0]])}, None),
    }
    passed = tw.forward(net, params, np.array([[1.0, 0.0]]))
    np.testing.assert_allclose(passed.output, [[2.0 * np.tanh(1.0) + np.tanh(0.5)]], rtol=1e-15)
    np.testing.assert_array_equal(tw.forward(net, params, np.zeros((1, 2))).output, [[0.0]])


def test_cases_are_what_they_say(case):
    assert isinstance(case, Case)
    assert case.weight.shape == (4,)
    assert len({id(array) for array in case.P.values()}) == 2
