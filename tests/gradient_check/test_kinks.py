"""No right gradient is called wrong where inputs lie on kinks: of random networks, whatever slope is taken there."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import thalweg as tw
from thalweg.core.activations import ACTIVATIONS

SLOPES = {"closed": lambda n: 1.0 * (n > 0), "open": lambda n: 1.0 * (n >= 0), "half": lambda n: 0.5 * (np.sign(n) + 1)}


def student(seed, slope, zero):
    """A ReLU network with inputs of 0 and biases of 0, so that many examples lie on kinks; F and its gradient."""
    rng = np.random.default_rng(seed)
    P, T = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
    P[rng.random(6) < 0.4] = 0.0
    x = {"W1": rng.normal(size=(4, 3)) * (not zero), "b1": np.zeros(4), "W2": rng.normal(size=(2, 4)), "b2": np.ones(2)}

    def F(x):
        a = np.maximum(P @ x["W1"].T + x["b1"], 0.0)
        return 0.5 * np.mean(np.sum((a @ x["W2"].T + x["b2"] - T) ** 2, axis=1))

    def g(x):
        n = P @ x["W1"].T + x["b1"]
        a = np.maximum(n, 0.0)
        s2 = (a @ x["W2"].T + x["b2"] - T) / 6
        s1 = s2 @ x["W2"] * slope(n)
        return {"W1": s1.T @ P, "b1": s1.sum(0), "W2": s2.T @ a, "b2": s2.sum(0)}

    return F, g, x


@pytest.mark.parametrize(("slope", "zero"), [("closed", False), ("open", True), ("half", False), ("half", True)])
@settings(max_examples=2)
@given(st.integers(0, 2**32 - 1))
def test_any_slope_of_a_relu_at_0_is_right(slope, zero, seed):
    F, g, x = student(seed, SLOPES[slope], zero)
    check = tw.check_gradient(F, g, x)
    assert check.passed, str(check)
    fixed = g(x)
    assert tw.check_gradient(F, lambda x: fixed, x).passed


@pytest.mark.parametrize("slope", [np.ones_like, lambda n: -1.0 * (n > 0), lambda n: 1.0 * (n < 0)])
def test_a_wrong_slope_is_not_excused_by_kinks(slope):
    F, g, x = student(0, slope, zero=False)
    assert not tw.check_gradient(F, g, x).passed


@pytest.mark.parametrize(("factor", "slope"), [(0.8, "closed"), (1.1, "open"), (1.3, "half")])
def test_a_factor_is_not_excused_where_it_lies_between_the_slopes_of_a_kink(factor, slope):
    F, g, x = student(0, SLOPES[slope], zero=False)
    check = tw.check_gradient(F, lambda x: {name: (factor if name == "b1" else 1.0) * a for name, a in g(x).items()}, x)
    assert not check.passed
    assert {name[:2] for name, verdict in zip(check.names, check.verdicts, strict=True) if verdict == "wrong"} == {"b1"}
    half = lambda x: factor * 0.5 * (1.0 + np.sign(x))  # noqa: E731
    assert not tw.check_gradient(lambda x: np.maximum(x, 0.0).sum(), half, np.zeros(4)).passed


def test_entries_at_kinks_are_named():
    F = lambda x: np.sum(np.maximum(x, 0.0))  # noqa: E731
    told = tw.check_gradient(F, lambda x: 1.0 * (x > 0), np.array([0.0, 1.0, 0.0])).explanation
    assert "2 entries lie at a kink" in told
    assert "(x[0] and x[2])" in told


def test_kinks_that_make_up_for_each_other():
    F = lambda w: (max(w[0], 0.0) - max(-w[0], 0.0) - 1.0) ** 2  # noqa: E731
    g = lambda w: 2 * (w - 1.0) * (1.0 * (w > 0) + 1.0 * (w < 0))  # noqa: E731
    check = tw.check_gradient(F, g, np.zeros(1))
    assert check.verdicts == ("kink",)
    assert check.passed
    assert not tw.check_gradient(F, lambda w: 2 * (w - 1.0) * (w > 0), np.array([-0.3])).passed


@settings(max_examples=3)
@given(
    st.sampled_from(["relu", "leaky_relu", "elu", "selu", *ACTIVATIONS]),
    st.sampled_from(["relu", "leaky_relu", "selu", *ACTIVATIONS]),
    st.sampled_from(["mse", "mae", "huber", "sse"]),
    st.sampled_from(["inputs 0", "some 0", "weights 0", "rounded"]),
    st.booleans(),
    st.integers(0, 2**32 - 1),
)
def test_random_networks_on_kinks(first, second, loss, which, exact, seed):
    rng = np.random.default_rng(seed)
    net = tw.Network({"p": 2}, [tw.Layer("a", 3, first), tw.Layer("b", 2, second), tw.Layer("c", 2)])
    x = rng.normal(size=net.parameter_count)
    params = net.unravel(np.round(x) if which == "rounded" else x)
    for layer in params.values():
        layer.bias[...] = 0.0
    P = np.round(rng.normal(size=(4, 2))) * (which != "inputs 0")
    if which == "some 0":
        P[:2] = 0.0
    if which == "weights 0":
        params["a"].weights["p"][...] = 0.0
    T = tw.forward(net, params, P).output.copy() if exact else rng.normal(size=(4, 2))
    own = tw.check_network(net, loss, params, P, T)
    assert own.passed, str(own)
    box = tw.check_gradient(
        lambda p: tw.gradient(net, loss, p, P, T)[0], lambda p: tw.gradient(net, loss, p, P, T)[1], params
    )
    assert box.passed, str(box)
    fixed = tw.gradient(net, loss, params, P, T)[1]
    box = tw.check_gradient(lambda p: tw.gradient(net, loss, p, P, T)[0], lambda p: fixed, params)
    assert box.passed, str(box)


@pytest.mark.parametrize(
    "seed", [pytest.param(seed, marks=[] if seed in (696, 699) else pytest.mark.thorough) for seed in range(690, 700)]
)
def test_fixed_numbers_where_two_layers_have_their_kinks(seed):
    """Seed 696 once, 699 later: of 16 sides looked at few had what is taken at x, and others spread them."""
    rng = np.random.default_rng(seed)
    net = tw.Network({"p": 2}, [tw.Layer("a", 3, "leaky_relu"), tw.Layer("b", 2, "leaky_relu"), tw.Layer("c", 2)])
    params = net.unravel(rng.normal(size=net.parameter_count))
    for layer in params.values():
        layer.bias[...] = 0.0
    P, T = np.round(rng.normal(size=(4, 2))), rng.normal(size=(4, 2))
    P[:2] = 0.0
    fixed = tw.gradient(net, "sse", params, P, T)[1]
    check = tw.check_gradient(lambda p: tw.gradient(net, "sse", p, P, T)[0], lambda p: fixed, params)
    assert check.passed, str(check)


@pytest.mark.parametrize("seed", [18, 27, 40, 60])
def test_an_absolute_error_of_0_everywhere_is_not_rough(seed):
    """In single precision it was told that F is too rough: all slopes jump at x."""
    rng = np.random.default_rng(seed)
    net = tw.Network({"p": 2}, [tw.Layer("a", 3, "tanh"), tw.Layer("b", 2, "silu"), tw.Layer("c", 2)])
    params = net.unravel(rng.normal(size=net.parameter_count).astype(np.float32))
    P = np.round(rng.normal(size=(4, 2))).astype(np.float32)
    T = tw.forward(net, params, P).output
    check = tw.check_network(net, "mae", params, P, T)
    assert check.passed, str(check)


def test_the_rows_on_a_kink_are_told():
    net = tw.Network({"p": 2}, [tw.Layer("a", 3, "relu"), tw.Layer("b", 1)])
    params = net.init(1)
    P = np.array([[1.0, 2.0], [0.0, 0.0], [-1.0, 0.5]])
    check = tw.check_network(net, "mse", params, P, np.ones((3, 1)))
    assert check.passed
    assert "(rows 1, counted from 0)" in check.explanation
