"""F with one weight moved is what the whole forward phase gives with that weight."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import thalweg as tw
from thalweg.core.activations import ACTIVATIONS
from thalweg.core.losses import LOSSES
from thalweg.gradient_check.perturbed import perturbed_losses, size_of_terms

NETS = {
    "a chain": tw.mlp(3, 4, 2),
    "one layer": tw.mlp(3, 2, output="softmax"),
    "all shortcuts": tw.cascade(3, 4, 3, 2, hidden="relu"),
    "a graph": tw.Network(
        {"p": 3, "q": 2},
        [
            tw.Layer("a", 3, "softmax", ("p",)),
            tw.Layer("b", 2, "relu", ("q", "p"), bias=False),
            tw.Layer("dead_end", 2, "softplus", ("a",)),
            tw.Layer("c", 3, "tanh", ("a", "b")),
            tw.Layer("out", 2, "sigmoid", ("c", "a", "q")),
        ],
    ),
}
few = settings(suppress_health_check=[HealthCheck.too_slow])


def expected(net, loss, params, P, T, weight, l1, l2, index, point):
    x = net.ravel(params)
    x[index] = point
    return tw.gradient(net, loss, net.unravel(x), P, T, weight, l1=l1, l2=l2)[0]


@pytest.mark.parametrize("name", NETS)
@settings(few, max_examples=6)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.1]), st.sampled_from([0.0, 0.2]), st.booleans())
def test_each_weight(name, seed, l1, l2, weighted):
    net, rng = NETS[name], np.random.default_rng(seed)
    params = net.unravel(rng.normal(size=net.parameter_count))
    P = {source: rng.normal(size=(4, size)) for source, size in net.inputs.items()}
    T = rng.normal(size=(4, 2))
    weight = rng.uniform(0.5, 2.0, 4) if weighted else None
    values = perturbed_losses(net, tw.losses.MSE(), params, P, T, weight, l1=l1, l2=l2)
    indices = rng.permutation(np.repeat(np.arange(net.parameter_count), 2))
    points = rng.normal(size=len(indices))
    told = [expected(net, "mse", params, P, T, weight, l1, l2, *at) for at in zip(indices, points, strict=True)]
    np.testing.assert_allclose(values(indices, points), told, rtol=1e-13)
    assert values(indices[:0], points[:0]).shape == (0,)


@pytest.mark.parametrize("activation", list(ACTIVATIONS))
def test_each_activation(activation):
    net = tw.mlp(2, 3, 2, hidden=activation, output=activation)
    rng = np.random.default_rng(0)
    params, P, T = net.unravel(rng.normal(size=17)), rng.normal(size=(4, 2)), rng.normal(size=(4, 2))
    values = perturbed_losses(net, tw.losses.SSE(), params, {"input": P}, T)
    points = rng.normal(size=17)
    told = [expected(net, "sse", params, P, T, None, 0, 0, *at) for at in enumerate(points)]
    np.testing.assert_allclose(values(np.arange(17), points), told, rtol=1e-13)


def test_many_weights_in_parts(monkeypatch):
    from thalweg.gradient_check import perturbed

    net, rng = NETS["a graph"], np.random.default_rng(0)
    params = net.unravel(rng.normal(size=net.parameter_count))
    P = {source: rng.normal(size=(4, size)) for source, size in net.inputs.items()}
    values = perturbed_losses(net, tw.losses.MSE(), params, P, rng.normal(size=(4, 2)))
    everything = np.arange(net.parameter_count)
    whole = values(everything, np.ones(len(everything)))
    monkeypatch.setattr(perturbed, "_NUMBERS_AT_ONCE", 1)
    np.testing.assert_allclose(values(everything, np.ones(len(everything))), whole, rtol=1e-14)


def test_the_parameters_stay_as_they_are():
    net = NETS["all shortcuts"]
    params = net.init(0)
    before = net.ravel(params).copy()
    rng = np.random.default_rng(0)
    values = perturbed_losses(net, tw.losses.MSE(), params, {"input": rng.normal(size=(4, 3))}, np.ones((4, 2)))
    values(np.arange(net.parameter_count), rng.normal(size=net.parameter_count))
    np.testing.assert_array_equal(net.ravel(params), before)


@pytest.mark.parametrize(("loss", "factor"), [("sse", 1.0), ("half_sse", 0.5), ("mse", 1 / 20), ("half_mse", 1 / 20)])
def test_the_size_of_terms_is_the_loss_of_zeros(loss, factor):
    T = np.random.default_rng(0).normal(size=(10, 2))
    size = size_of_terms(tw.mlp(1, 2), LOSSES.get(loss), T, None)
    assert size == pytest.approx(factor * np.sum(T**2))
