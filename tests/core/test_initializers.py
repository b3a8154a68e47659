"""Every initializer of the table: the distribution that it promises, by large draws."""

import math

import numpy as np
import pytest
import scipy.stats

import thalweg as tw
from thalweg.core.activations import ACTIVATIONS, ReLU, Sigmoid, Tanh
from thalweg.core.initializers import INITIALIZERS, Uniform

SIZE, N_IN = 300, 200
TANH = Tanh()

WEIGHTS = {  # the distribution of a weight of a layer of 300 units fed by 200, tanh
    "xavier_normal": scipy.stats.norm(0.0, math.sqrt(2.0 / 500.0)),
    "he_normal": scipy.stats.norm(0.0, 0.1),
    "lecun_normal": scipy.stats.norm(0.0, math.sqrt(0.005)),
    "xavier_uniform": scipy.stats.uniform(-math.sqrt(0.012), 2.0 * math.sqrt(0.012)),
    "uniform": scipy.stats.uniform(-1.0, 2.0),
    "auto": scipy.stats.norm(0.0, math.sqrt(2.0 / 500.0)),
}
OTHERS = {"zeros", "nguyen_widrow", "initnw"}
"""Initializers with tests of their own below."""

every = pytest.mark.parametrize("name", list(INITIALIZERS))


def test_every_initializer_has_its_oracle():
    assert set(INITIALIZERS) == set(WEIGHTS) | OTHERS, "name the distribution of a new initializer's weights in WEIGHTS"


@pytest.mark.parametrize("name", list(WEIGHTS))
def test_mean_variance_and_shape_of_the_weights(name):
    W, _ = INITIALIZERS.get(name)(np.random.default_rng(1), SIZE, N_IN, TANH)
    expected = WEIGHTS[name]
    error = expected.std() / math.sqrt(W.size)
    assert abs(W.mean()) < 4.0 * error
    assert W.var() == pytest.approx(expected.var(), rel=0.03)
    assert scipy.stats.kstest(W.ravel(), expected.cdf).pvalue > 0.01


@pytest.mark.parametrize("name", ["xavier_uniform", "uniform"])
def test_uniform_weights_fill_their_bounds_and_no_more(name):
    W, _ = INITIALIZERS.get(name)(np.random.default_rng(1), SIZE, N_IN, TANH)
    reach = WEIGHTS[name].support()[1]
    assert 0.999 * reach < np.abs(W).max() <= reach
    assert W.min() < -0.999 * reach


@every
def test_the_bias(name):
    _, b = INITIALIZERS.get(name)(np.random.default_rng(1), 20_000, 2, TANH)
    assert b.shape == (20_000,)
    if name == "initnw":
        np.testing.assert_allclose(
            np.unique(np.abs(b).round(9)), 1.4 * math.sqrt(20_000) * np.arange(1, 20_000, 2) / 19_999
        )
        return
    if name not in ("uniform", "nguyen_widrow"):
        np.testing.assert_array_equal(b, 0.0)
        return
    reach = 1.0 if name == "uniform" else 0.7 * math.sqrt(20_000)
    assert scipy.stats.kstest(b, scipy.stats.uniform(-reach, 2.0 * reach).cdf).pvalue > 0.01


def test_uniform_reach():
    W, b = Uniform(reach=0.02)(np.random.default_rng(1), SIZE, N_IN, TANH)
    assert 0.0199 < np.abs(W).max() <= 0.02
    assert 0.015 < np.abs(b).max() <= 0.02


def test_zeros():
    W, b = INITIALIZERS.get("zeros")(np.random.default_rng(1), 2, 3, TANH)
    np.testing.assert_array_equal(W, np.zeros((2, 3)))
    np.testing.assert_array_equal(b, np.zeros(2))


@pytest.mark.parametrize(("size", "n_in"), [(1, 1), (5, 1), (8, 3), (50, 10)])
@pytest.mark.parametrize(("activation", "factor"), [(Tanh(), 1.0), (Sigmoid(), 2.0), (ReLU(), 1.0)])
def test_nguyen_widrow_lengths_and_directions(size, n_in, activation, factor):
    W, b = INITIALIZERS.get("nguyen_widrow")(np.random.default_rng(2), size, n_in, activation)
    beta = factor * 0.7 * size ** (1.0 / n_in)
    np.testing.assert_allclose(np.sqrt((W**2).sum(axis=1)), beta, rtol=1e-12)
    assert np.abs(b).max() <= beta
    if size > 1 and n_in > 1:
        assert np.linalg.matrix_rank(W) == min(size, n_in)


def test_auto_takes_what_the_activation_names():
    families = {"he_normal": "relu leaky_relu elu silu gelu softplus", "lecun_normal": "selu"}
    for name in ACTIVATIONS:
        fits = next((family for family, members in families.items() if name in members.split()), "xavier_normal")
        activation = ACTIVATIONS.get(name)
        W, b = INITIALIZERS.get("auto")(np.random.default_rng(3), 4, 5, activation)
        W_named, b_named = INITIALIZERS.get(activation.initializer)(np.random.default_rng(3), 4, 5, activation)
        np.testing.assert_array_equal(W, W_named)
        np.testing.assert_array_equal(b, b_named)
        assert activation.initializer == fits, name


def test_a_network_draws_layer_by_layer_with_all_sources_counted():
    net = tw.Network({"p": 150, "q": 50}, [tw.Layer("a", 300, "relu", ("p", "q")), tw.Layer("b", 100, "selu")])
    params = net.init(seed=3)
    for W in params["a"].weights.values():
        assert W.std() == pytest.approx(math.sqrt(2.0 / 200.0), rel=0.03)
    assert params["b"].weights["a"].std() == pytest.approx(math.sqrt(1.0 / 300.0), rel=0.03)


@every
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_parameters_of_a_network(name, dtype):
    net = tw.mlp(3, 4, 2)
    params = net.init(seed=1, initializer=name, dtype=dtype)
    net.check_parameters(params)
    x = net.ravel(params)
    assert x.dtype == dtype
    np.testing.assert_array_equal(x, net.ravel(net.init(seed=1, initializer=INITIALIZERS.get(name), dtype=dtype)))
    if name != "zeros":
        assert (x != net.ravel(net.init(seed=2, initializer=name, dtype=dtype))).any()


def test_an_unknown_initializer():
    with pytest.raises(tw.ArgumentError, match="unknown initializer 'xavier_norml': did you mean 'xavier_normal'"):
        tw.mlp(2, 1).init(initializer="xavier_norml")


def calcnw(W, size, ranges, active):
    """MATLAB's documented steps in plain loops, from the directions drawn; gives biases and lengths of rows."""
    beta = 0.7 * size ** (1 / len(ranges))
    half, middle = (active[1] - active[0]) / 2, (active[1] + active[0]) / 2
    biases, lengths = [], []
    for i in range(size):
        unit = [w * (high - low) / 2 for w, (low, high) in zip(W[i], ranges, strict=True)]  # as if inputs were in ±1
        lengths.append(math.hypot(*unit) / half)
        even = 0.0 if size == 1 else beta * (-1 + 2 * i / (size - 1)) * (1 if unit[0] > 0 else -1)
        centre = sum(w * (high + low) / 2 for w, (low, high) in zip(W[i], ranges, strict=True))
        biases.append(half * even + middle - centre)
    return biases, lengths, beta


@pytest.mark.parametrize(
    ("hidden", "active", "outputs"),
    [
        ("tansig", (-2, 2), (-1, 1)), ("logsig", (-4, 4), (0, 1)), ("satlins", (-1, 1), (-1, 1)),
        ("satlin", (0, 1), (0, 1)), ("radbas", (-2, 2), (0, 1)), ("tribas", (-1, 1), (0, 1)),
    ],
)  # fmt: skip
def test_initnw_is_matlabs_rule(hidden, active, outputs):
    net = tw.cascade(3, 5, 4, 1, hidden=hidden)
    params = net.init(1, tw.initializers.InitNW(low=-2.0, high=6.0))
    for name, sources in (("layer1", {"input": (-2, 6)}), ("layer2", {"input": (-2, 6), "layer1": outputs})):
        weights, b = params[name]
        W = np.concatenate([weights[source] for source in sources], axis=1)
        ranges = [bounds for source, bounds in sources.items() for _ in range(weights[source].shape[1])]
        biases, lengths, beta = calcnw(W, len(W), ranges, active)
        np.testing.assert_allclose(lengths, beta, rtol=1e-12)
        np.testing.assert_allclose(b, biases, rtol=1e-10, atol=1e-12)
    last = params["layer3"]  # linear: no active region, so weights and biases from -1 to 1
    drawn = np.concatenate([W.ravel() for W in last.weights.values()])
    assert 0.7 < np.abs(drawn).max() <= 1.0
    assert 0 < abs(last.bias[0]) <= 1.0


def test_initnw_takes_the_range_of_each_input():
    low, high = (-2.0, 0.0, 1.0), (6.0, 1.0, 1000.0)
    weights, b = tw.mlp(3, 5, 1).init(1, tw.initializers.InitNW(low, list(high)))["layer1"]
    biases, lengths, beta = calcnw(weights["input"], 5, list(zip(low, high, strict=True)), (-2, 2))
    np.testing.assert_allclose(lengths, beta, rtol=1e-12)
    np.testing.assert_allclose(b, biases, rtol=1e-10, atol=1e-12)
    part = tw.initializers.InitNW(low, 2000)  # a number for all
    described = tw.initializers.INITIALIZERS.describe(part)
    assert tw.initializers.INITIALIZERS.build(described) == part


def test_initnw_of_tanh_is_twice_nguyen_widrow_and_of_one_unit_unbiased():
    W, _ = INITIALIZERS.get("initnw")(np.random.default_rng(3), 6, 4, TANH)
    other, _ = INITIALIZERS.get("nguyen_widrow")(np.random.default_rng(3), 6, 4, TANH)
    np.testing.assert_allclose(W, 2.0 * other, rtol=1e-12)
    assert INITIALIZERS.get("initnw")(np.random.default_rng(3), 1, 2, TANH)[1] == [0.0]


@pytest.mark.parametrize("hidden", ["relu", "softplus"])
def test_initnw_without_bounds_or_bias_draws_evenly(hidden):
    net = tw.Network(
        {"p": 40}, [tw.Layer("a", 30, hidden), tw.Layer("b", 30, "tanh"), tw.Layer("c", 9, "tanh", bias=False)]
    )
    params = net.init(0, "initnw")
    for name, source in (("a", "p"), ("b", "a"), ("c", "b")):
        W = params[name].weights[source]
        assert scipy.stats.kstest(W.ravel(), scipy.stats.uniform(-1.0, 2.0).cdf).pvalue > 0.001
    assert params["c"].bias is None


@pytest.mark.parametrize(
    ("low", "high", "told"),
    [
        ((0.0, 1.0), (1.0, 1.0), r"initnw: low is \(0.0, 1.0\) and high \(1.0, 1.0\); low must be below high"),
        ((0.0, 0.0), (1.0, 1.0, 1.0), "initnw: low has 2 numbers and high 3; give one for each input"),
        ("x", 1.0, "initnw: low is 'x'; it must be a finite number, or one for each input"),
        ((0.0, np.nan), 1.0, "initnw: low is .0.0, nan.; it must be a finite number, or one for each input"),
        ((0.0, 0.0), 1.0, "initnw: low has 2 numbers for 3 inputs; give one for each"),
    ],
)
def test_initnw_refuses_ranges_that_do_not_fit(low, high, told):
    with pytest.raises(tw.ArgumentError, match=told):
        tw.mlp(3, 2, 1).init(0, tw.initializers.InitNW(low, high))


def test_initnw_refuses_a_range_that_is_none():
    with pytest.raises(tw.ArgumentError, match=r"initnw: low is 1.0 and high 1.0; low must be below high"):
        tw.initializers.InitNW(low=1.0)
