"""What a network refuses to be given, and how it says so."""

import jax.numpy as jnp
import numpy as np
import pytest
from oracles import EVERYTHING, random_case

import thalweg as tw
from thalweg.core.losses import LOSSES

P2, T1 = np.array([[0.0, 1.0], [1.0, 1.0], [1.0, 0.0]]), np.array([[1.0], [0.0], [1.0]])


@pytest.fixture
def case():
    return random_case(EVERYTHING, LOSSES.get("cross_entropy"), seed=17, examples=4, weighted=True)


def chain():
    net = tw.mlp(2, 3, 1, output="sigmoid")
    return net, net.init(seed=1)


@pytest.mark.parametrize("xp", [np, jnp])
@pytest.mark.parametrize(
    ("P", "message"),
    [
        (np.zeros(2), "P has shape (2,); it must be (examples, 2): reshape it to two dimensions"),
        (np.zeros((1, 2, 1)), "P has shape (1, 2, 1); it must be (examples, 2): reshape it to two dimensions"),
        (np.zeros((5, 3)), "P has 3 columns, shape (5, 3); input 'input' has size 2"),
        (np.float64(3.0), "P has shape (); it must be (examples, 2): reshape it to two dimensions"),
    ],
)
def test_inputs_of_wrong_shape(P, message, xp):
    net, params = chain()
    for call in (tw.forward, lambda net, params, P: tw.gradient(net, "mse", params, P, T1)):
        with pytest.raises(tw.ArgumentError) as told:
            call(net, params, xp.asarray(P))
        assert str(told.value) == message


@pytest.mark.parametrize(
    ("T", "message"),
    [
        (np.zeros(3), "T has shape (3,); it must be (examples, 1): reshape it to two dimensions"),
        (np.zeros((3, 2)), "T has 2 columns, shape (3, 2); output layer 'layer2' has size 1"),
        (np.zeros((2, 1)), "T has 2 examples and P has 3: they must have the same"),
        ([0, 1, 0], "T has shape (3,); it must be (examples, 1): reshape it to two dimensions"),
    ],
)
def test_targets_of_wrong_shape(T, message):
    net, params = chain()
    for function in (tw.gradient, tw.sensitivities):
        with pytest.raises(tw.ArgumentError) as told:
            function(net, "mse", params, P2, T)
        assert str(told.value) == message


@pytest.mark.parametrize("weight", [np.ones(2), np.ones((3, 1)), 1.0])
def test_sample_weights_of_wrong_shape(weight):
    net, params = chain()
    for function in (tw.gradient, tw.sensitivities):
        with pytest.raises(tw.ArgumentError, match=r"sample_weight has shape \(.*\); P has 3 examples"):
            function(net, "mse", params, P2, T1, weight)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda P: P["p"], "P is one array, but the network has 2 inputs: give P={'p': ..., 'q': ...}"),
        (lambda P: {"p": P["p"]}, "P has inputs 'p'; the network has p, q"),
        (lambda P: {**P, "r": P["p"]}, "P has inputs 'p', 'q', 'r'; the network has p, q"),
        (lambda P: {**P, "q": P["q"][:3]}, "P['q'] has 3 examples; the inputs before it have 4"),
        (lambda P: {**P, "q": P["p"]}, "P['q'] has 3 columns, shape (4, 3); input 'q' has size 2"),
        (
            lambda P: {**P, "p": P["p"][0]},
            "P['p'] has shape (3,); it must be (examples, 3): reshape it to two dimensions",
        ),
    ],
)
def test_several_inputs_that_do_not_fit(case, change, message):
    net, loss, params, P, T, *_ = case
    for call in (
        lambda P: tw.forward(net, params, P),
        lambda P: tw.gradient(net, loss, params, P, T),
        lambda P: tw.sensitivities(net, loss, params, P, T),
    ):
        with pytest.raises(tw.ArgumentError) as told:
            call(change(P))
        assert str(told.value) == message


def test_an_unknown_loss():
    net, params = chain()
    with pytest.raises(tw.ArgumentError, match="unknown loss 'cross_entrpy': did you mean 'cross_entropy'"):
        tw.gradient(net, "cross_entrpy", params, P2, T1)
    with pytest.raises(tw.ArgumentError, match="loss must be a name or a Loss object, not "):
        tw.sensitivities(net, tw.losses.MSE, params, P2, T1)
