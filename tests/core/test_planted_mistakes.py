"""The checks themselves are checked: a derivative that is wrong on purpose must be caught."""

from dataclasses import dataclass

import numpy as np
import pytest
from oracles import Case, check_backpropagate, check_gradient
from planted import LostTerm, MissingFactor, NetInputForOutput, WrongBelowZero, WrongSign

import thalweg as tw
from thalweg.core import losses, propagation
from thalweg.core.activations import Softmax, Tanh
from thalweg.core.network import LayerParameters

N = np.random.default_rng(1).normal(size=(4, 2))
V = np.random.default_rng(2).normal(size=(4, 2))


@dataclass(frozen=True)
class SlightlyOff(Tanh):
    def derivative(self, x):
        return super().derivative(x) * (1.0 + 1e-6)


@dataclass(frozen=True)
class DiagonalAlone(Softmax):
    def backpropagate(self, n, a, v):
        return a * (1.0 - a) * v


@dataclass(frozen=True)
class LossWithoutItsTwo(losses.MSE):
    def derivative(self, a, t):
        return a - t


@dataclass(frozen=True)
class LossOfWrongSign(losses.MSE):
    def derivative(self, a, t):
        return 2.0 * (t - a)


@dataclass(frozen=True)
class LossThatDoesNotAverage(losses.MSE):
    def derivative(self, a, t):
        return 2.0 * a.shape[1] * (a - t)


@dataclass(frozen=True)
class UnfusedTwice(losses.CrossEntropy):
    def sensitivity(self, activation, n, a, t):
        return activation.backpropagate(n, a, a - t)


def case(hidden="tanh", loss=None, output="linear", weight=None):
    """2-2-2-2, so that a transposed weight matrix has the right shape."""
    net = tw.Network(
        {"p": 2}, [tw.Layer("a", 2, hidden), tw.Layer("b", 2, "tanh"), tw.Layer("out", 2, output, ("b", "p"))]
    )
    rng = np.random.default_rng(8)
    params = net.unravel(rng.normal(size=net.parameter_count))
    P, T = rng.normal(size=(3, 2)), rng.uniform(size=(3, 2))
    return Case(net, loss or losses.MSE(), params, P, T, weight)


ACTIVATIONS = [WrongSign, MissingFactor, SlightlyOff, NetInputForOutput, LostTerm, WrongBelowZero, DiagonalAlone]


@pytest.mark.parametrize("wrong", ACTIVATIONS)
def test_a_wrong_activation_is_caught(wrong):
    right = wrong.__base__()
    np.testing.assert_array_equal(wrong()(N), right(N))
    check_backpropagate(right, N, V)
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        check_backpropagate(wrong(), N, V)


@pytest.mark.parametrize("wrong", ACTIVATIONS)
@pytest.mark.parametrize("place", ["hidden", "output"])
def test_a_wrong_activation_is_caught_in_a_network(wrong, place):
    check_gradient(case(**{place: wrong.__base__()}))
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        check_gradient(case(**{place: wrong()}))


@pytest.mark.parametrize("wrong", [LossWithoutItsTwo, LossOfWrongSign, LossThatDoesNotAverage])
def test_a_wrong_loss_is_caught(wrong):
    check_gradient(case(loss=losses.MSE()))
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        check_gradient(case(loss=wrong()))


@pytest.mark.parametrize("output", ["sigmoid", "softmax"])
def test_a_cross_entropy_with_the_activation_applied_twice_is_caught(output):
    check_gradient(case(loss=losses.CrossEntropy(), output=output))
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        check_gradient(case(loss=UnfusedTwice(), output=output))


def _through(params_going_back):
    """tw.gradient, but with other weights on the way back."""

    def gradient(net, loss, params, P, T, weight, *, l1, l2):
        F, _ = tw.gradient(net, loss, params, P, T, weight)
        passed = tw.forward(net, params, P)
        s = propagation.backward_phase(net, loss, params_going_back(params), passed, T, weight)
        return F, {
            layer.name: LayerParameters(
                {source: s[layer.name].T @ passed.outputs[source] for source in layer.sources},
                s[layer.name].sum(axis=0),
            )
            for layer in net.layers
        }

    return gradient


def test_transposed_weights_are_caught():
    def transposed(params):
        return {
            name: LayerParameters({source: W.T for source, W in weights.items()}, bias)
            for name, (weights, bias) in params.items()
        }

    check_gradient(case(), _through(lambda params: params))
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        check_gradient(case(), _through(transposed))


def _tampered(change):
    def gradient(net, loss, params, P, T, weight, *, l1, l2):
        F, found = tw.gradient(net, loss, params, P, T, weight, l1=l1, l2=l2)
        return F, change(found)

    return gradient


def _without_bias(found):
    return {name: LayerParameters(weights, np.zeros_like(bias)) for name, (weights, bias) in found.items()}


def _without_shortcut(found):
    weights = {**found["out"].weights, "p": np.zeros_like(found["out"].weights["p"])}
    return {**found, "out": LayerParameters(weights, found["out"].bias)}


@pytest.mark.parametrize("change", [_without_bias, _without_shortcut])
def test_a_missing_gradient_is_caught(change):
    check_gradient(case(), _tampered(lambda found: found))
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        check_gradient(case(), _tampered(change))


def test_forgotten_sample_weights_and_penalties_are_caught():
    weighted = case(weight=np.array([1.0, 2.0, 0.5]))
    check_gradient(weighted)

    def unweighted(net, loss, params, P, T, weight, *, l1, l2):
        return tw.gradient(net, loss, params, P, T, weight)[0], tw.gradient(net, loss, params, P, T)[1]

    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        check_gradient(weighted, unweighted)

    def unpenalised(net, loss, params, P, T, weight, *, l1, l2):
        return tw.gradient(net, loss, params, P, T, l1=l1, l2=l2)[0], tw.gradient(net, loss, params, P, T)[1]

    for penalty in ({"l1": 0.1}, {"l2": 0.1}):
        check_gradient(case()._replace(**penalty))
        with pytest.raises(AssertionError, match="Not equal to tolerance"):
            check_gradient(case()._replace(**penalty), unpenalised)
