"""Momentum and Nesterov's momentum as the texts write them, iterated by hand."""

import numpy as np
import pytest

import thalweg as tw

GRADIENTS = [1.0, -0.5, 2.0, 0.0, -3.0, 0.25]


def updates(rule):
    x = np.array([0.0])
    state, found = rule.init(x), []
    for g in GRADIENTS:
        delta, state = rule.update(np.array([g]), state, x)
        found.append(float(delta[0]))
        x = x + delta
    return found


def test_momentum_in_numbers():
    """AIFH 6.12 with ε = 0.1 and α = 0.5, each step worked out on paper."""
    np.testing.assert_allclose(
        updates(tw.Momentum(0.1, 0.5)), [-0.1, 0.0, -0.2, -0.1, 0.25, 0.1], rtol=1e-14, atol=1e-16
    )


def test_nesterov_in_numbers():
    """AIFH 6.13-6.14 with ε = 0.1 and α = 0.5: n = 0.1, 0, 0.2, 0.1, -0.25, -0.1."""
    np.testing.assert_allclose(
        updates(tw.Nesterov(0.1, 0.5)), [-0.15, 0.05, -0.3, -0.05, 0.425, 0.025], rtol=1e-13, atol=1e-16
    )


@pytest.mark.parametrize(("rate", "memory"), [(0.1, 0.9), (0.7, 0.3), (0.01, 0.0)])
def test_the_written_forms(rate, memory):
    delta, n, of_momentum, of_nesterov = 0.0, 0.0, [], []
    for g in GRADIENTS:
        delta = -rate * g + memory * delta
        of_momentum.append(delta)
        before, n = n, memory * n + rate * g
        of_nesterov.append(memory * before - (1.0 + memory) * n)
    np.testing.assert_allclose(updates(tw.Momentum(rate, memory)), of_momentum, rtol=1e-13, atol=1e-16)
    np.testing.assert_allclose(updates(tw.Nesterov(rate, memory)), of_nesterov, rtol=1e-13, atol=1e-16)


@pytest.mark.parametrize("averaged", [False, True])
def test_a_velocity_is_multiplied_with_the_rate_of_now(averaged):
    """Ng's equations and Hagan's, with a rate that changes: there the two forms part."""
    rates, memory = [0.1, 0.2, 0.05, 0.4, 0.1, 0.3], 0.6
    share = 1.0 - memory if averaged else 1.0
    v, delta, by_velocity, by_update = 0.0, 0.0, [], []
    for rate, g in zip(rates, GRADIENTS, strict=True):
        v = memory * v + share * g
        by_velocity.append(-rate * v)
        delta = memory * delta - share * rate * g
        by_update.append(delta)
    rate_at = lambda k: np.asarray(rates)[np.asarray(k)]  # noqa: E731
    for expected, velocity in ((by_velocity, True), (by_update, False)):
        rule = tw.Momentum(rate_at, memory, averaged=averaged, velocity=velocity)
        np.testing.assert_allclose(updates(rule), expected, rtol=1e-13, atol=1e-16)


def test_both_engines_train_by_a_velocity():
    """The losses of both, and the parameters of a plain loop over the gradients."""
    P = np.linspace(-1.0, 1.0, 8)[:, None]
    net, rule = tw.mlp(1, 2, 1), tw.Momentum(0.1, 0.8, averaged=True, velocity=True)
    first = net.init(3, dtype="float64")
    runs = [
        tw.train(net, P, P**2, "mse", rule, params=first, batch_size="all", epochs=6, dtype="float64", engine=engine)
        for engine in ("numpy", "xla")
    ]
    x, v = net.ravel(first), 0.0
    for _ in range(6):
        v = 0.8 * v + 0.2 * net.ravel(tw.gradient(net, "mse", net.unravel(x), P, P**2)[1])
        x = x - 0.1 * v
    for run in runs:
        np.testing.assert_allclose(net.ravel(run.params), x, rtol=1e-9, atol=1e-12)


def test_a_rate_for_each_layer_is_no_setting_of_a_rule():
    with pytest.raises(tw.ArgumentError, match="worked_step") as caught:
        tw.GradientDescent({"hidden": 0.1})
    assert "optax.multi_transform" in str(caught.value)


def test_nesterov_is_momentum_that_looks_ahead():
    """Sutskever's form: the gradient is taken at x + α v. Its looked-ahead point is our x."""
    rate, memory = 0.1, 0.8
    slope = lambda x: 4.0 * x - 1.0  # noqa: E731
    x, v = 2.0, 0.0
    ours, rule = np.array([2.0]), tw.Nesterov(rate, memory)
    state = rule.init(ours)
    for _ in range(15):
        v = memory * v - rate * slope(x + memory * v)
        x = x + v
        delta, state = rule.update(slope(ours), state, ours)
        ours = ours + delta
        np.testing.assert_allclose(ours, [x + memory * v], rtol=1e-12)


def test_qminds_added_cost_is_gradient_descent(reference):
    """QMIND adds learning rate · (t - a) f' o; subtracting the gradient of ½ Σ e² is the same."""
    given = reference("qmind_and")
    a, t, o = np.array(given["output"]), np.array(given["expected"]), given["hidden_output_0"]
    added = 0.05 * np.outer((t - a) * a * (1.0 - a), [o])
    net = tw.Network({"hidden": 1}, [tw.Layer("out", 2, "sigmoid", bias=False)])
    params = net.unravel(np.log(a / (1.0 - a)) / o)
    _, gradient = tw.gradient(net, "half_sse", params, np.array([[o]]), t[None, :])
    rule = tw.GradientDescent(0.05)
    delta, _ = rule.update(gradient, rule.init(params), params)
    np.testing.assert_allclose(delta["out"].weights["hidden"], added, rtol=1e-12)


def test_the_largest_stable_learning_rate(reference):
    """NND P3.3: below 2/λ_max the path settles, above it runs away."""
    given = reference("nnd_quadratic")["P3_3"]
    A, d = np.array(given["A"]), np.array(given["d"])

    def after(rate, steps=400):
        rule, x = tw.GradientDescent(rate), np.array(given["start"], dtype=float)
        state = rule.init(x)
        for _ in range(steps):
            delta, state = rule.update(A @ x + d, state, x)
            x = x + delta
        return x

    np.testing.assert_allclose(after(0.95 * given["max_stable_learning_rate"]), given["minimum"], atol=1e-12)
    assert np.abs(after(1.05 * given["max_stable_learning_rate"])).max() > 1e6


def test_a_momentum_refuses_the_state_of_its_other_form():
    x = np.zeros(2)
    for velocity, wanted in ((True, "VelocityState"), (False, "MomentumState")):
        state = tw.Momentum(velocity=not velocity).init(x)
        with pytest.raises(tw.ArgumentError, match=f"it must be a {wanted}, as the rule's init gives it"):
            tw.Momentum(velocity=velocity).update(x, state, x)
