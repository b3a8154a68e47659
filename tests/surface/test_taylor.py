"""Taylor expansions: exact derivatives, errors of third order, and how far they hold."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from oracles import nothing_added, oracle_loss

import thalweg as tw
from thalweg.core.losses import LOSSES

RNG = np.random.default_rng(0)
NET = tw.Network(
    {"p": 2},
    [tw.Layer("a", 3, "tanh"), tw.Layer("b", 2, "silu", ("a", "p")), tw.Layer("out", 2, "softmax", ("b", "a"))],
)
P, T = RNG.normal(size=(15, 2)), np.eye(2)[RNG.integers(0, 2, 15)]
WEIGHT = RNG.uniform(0.5, 2, 15)


def expansion(l2=0.1):
    return tw.taylor(NET, None, NET.init(1), P, T, sample_weight=WEIGHT, l2=l2)


def test_value_gradient_and_hessian_by_jax():
    about = expansion()
    with jax.enable_x64(True):

        def of(x):
            params, added = NET.unravel(x), nothing_added(NET, len(T))
            return oracle_loss(NET, LOSSES.get("cross_entropy"), params, added, {"p": P}, T, WEIGHT, l2=0.1)

        def everything(x):
            return of(x), jax.grad(of)(x), jax.hessian(of)(x)

        F, g, H = jax.jit(everything)(jnp.asarray(about.point))
    np.testing.assert_allclose(about.F, F, rtol=1e-12)
    np.testing.assert_allclose(about.gradient, g, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(about.hessian, H, rtol=1e-9, atol=1e-11)


def test_its_error_is_of_third_order():
    about, v = expansion(), RNG.normal(size=NET.parameter_count)
    errors = []
    for h in (0.02, 0.01, 0.005):
        x = about.point + h * v
        F, _ = tw.gradient(NET, "cross_entropy", NET.unravel(x), P, T, WEIGHT, l2=0.1)
        errors.append(abs(about.value(x) - F))
    np.testing.assert_allclose([errors[0] / errors[1], errors[1] / errors[2]], 8.0, rtol=0.1)


def test_values_of_many_points_and_the_quadratic():
    about, points = expansion(), RNG.normal(size=(2, 3, NET.parameter_count))
    np.testing.assert_allclose(about.value(points)[1, 2], about.value(points[1, 2]))
    np.testing.assert_allclose(about.quadratic.value(points), about.value(points), rtol=1e-9)
    np.testing.assert_allclose(about.quadratic.gradient(about.point), about.gradient, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("tolerance", [0.01, 0.1, 0.5])
def test_it_holds_up_to_its_reach_and_not_beyond(tolerance):
    about, v = expansion(l2=0.0), 3.0 * np.random.default_rng(3).normal(size=NET.parameter_count)

    def error_at(h):
        x = about.point + h * v
        F, _ = tw.gradient(NET, "cross_entropy", NET.unravel(x), P, T, WEIGHT)
        return abs(about.value(x) - F) / F

    reach = about.reach(v, tolerance)
    np.testing.assert_allclose(reach.error, tolerance, rtol=1e-6)
    np.testing.assert_allclose(error_at(reach.step), tolerance, rtol=1e-6)
    assert max(error_at(h) for h in np.linspace(0, 0.999 * reach.step, 200)) <= tolerance
    assert error_at(1.001 * reach.step) > tolerance
    longer = about.reach(NET.unravel(2.0 * v), tolerance)
    np.testing.assert_allclose(longer.step, 0.5 * reach.step, rtol=1e-6)


def test_a_short_direction_is_looked_along_as_far_as_a_long_one(unchecked_shapes):
    net = tw.mlp(1, 1, output="tanh")
    about = tw.taylor(net, "sse", net.unravel(np.zeros(2)), np.array([[1.0]]), np.array([[1.0]]))
    v = np.array([1.0, 0.5])
    assert about.reach(1e-9 * v).step == pytest.approx(1e9 * about.reach(v).step, rel=1e-9)


def test_without_a_direction_it_looks_down_the_gradient():
    about = expansion()
    assert about.reach().step == about.reach(-about.gradient).step


def test_on_a_quadratic_it_holds_everywhere():
    about = tw.taylor(tw.mlp(2, 1), "mse", tw.mlp(2, 1).init(0), P, T[:, :1])
    assert about.reach().step == np.inf


def test_at_a_perfect_fit_it_is_judged_by_what_it_rises_to():
    net = tw.mlp(1, 1, output="tanh")
    about = tw.taylor(net, "sse", net.unravel(np.zeros(2)), np.array([[1.0]]), np.array([[0.0]]))
    reach = about.reach(np.array([1.0, 0.0]), tolerance=0.1)
    h = reach.step
    np.testing.assert_allclose((h**2 - np.tanh(h) ** 2) / np.tanh(h) ** 2, 0.1, rtol=1e-6)


@pytest.mark.parametrize(
    ("direction", "says"),
    [
        (np.zeros(2), "0 or not finite"),
        (np.array([1.0, np.nan]), "0 or not finite"),
        ("gradient", "direction does not hold numbers"),
        ([[1.0], [1.0, 2.0]], "direction does not hold numbers"),
        (np.ones(3), r"shape \(3,\); the network has 2 parameters"),
        (None, "the gradient is 0: give a direction"),
    ],
)
def test_refuses_directions(direction, says):
    net = tw.mlp(1, 1)
    about = tw.taylor(net, "sse", net.unravel(np.zeros(2)), np.array([[1.0]]), np.array([[0.0]]))
    with pytest.raises(tw.ArgumentError, match=says):
        about.reach(direction)


def test_refuses_points():
    net = tw.mlp(1, 1)
    with pytest.raises(tw.DataError, match="not finite: use smaller parameters"):
        tw.taylor(net, "sse", net.unravel(np.array([1e200, 0.0])), np.array([[1.0]]), np.array([[0.0]]))
    wide = tw.mlp(100, 300, 1)
    with pytest.raises(tw.ArgumentError, match=r"use tw\.curvature_spectrum"):
        tw.taylor(wide, "sse", wide.init(0), np.zeros((1, 100)), np.zeros((1, 1)))
