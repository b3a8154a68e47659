"""Quadratic error surfaces: every number of the texts, exact trajectories, stability, and what has no quadratic."""

import re
from fractions import Fraction

import numpy as np
import pytest

import thalweg as tw
from thalweg.core.losses import LOSSES
from thalweg.surface import Quadratic

RNG = np.random.default_rng(0)
NEURON = tw.Network({"p": 2}, [tw.Layer("a", 1, bias=False)])


def example(reference, name, file="nnd_quadratic"):
    text = reference(file)[name]
    P, T = np.array(text["inputs"], float), np.array(text["targets"], float)
    return P.reshape(len(P), -1), T[:, None], text


def random_quadratic(n=5, seed=0, low=0.5):
    rng = np.random.default_rng(seed)
    Q = np.linalg.qr(rng.normal(size=(n, n)))[0]
    return Quadratic(1.5, rng.normal(size=n), Q * np.linspace(low, 8, n) @ Q.T)


# The texts


@pytest.mark.parametrize("name", ["eq_3_15", "P3_3"])
def test_every_number_of_nnd(reference, name):
    P, T, text = example(reference, name)
    F = tw.quadratic(NEURON, "sse", P, T)
    np.testing.assert_array_equal(F.A, text["A"])
    np.testing.assert_array_equal(F.d, text["d"])
    assert F.c == text["c"]
    np.testing.assert_allclose(F.eigenvalues, text["eigenvalues"], rtol=1e-12)
    np.testing.assert_allclose(F.minimum, text["minimum"], rtol=1e-12)
    np.testing.assert_allclose(F.largest_stable_rate(), text["max_stable_learning_rate"], rtol=1e-12)
    np.testing.assert_allclose(F.condition_number, text["eigenvalues"][1] / text["eigenvalues"][0], rtol=1e-12)
    assert F.rank == 2
    assert F.has_minimum
    if "error_at_minimum" in text:
        np.testing.assert_allclose(F.value(F.minimum), text["error_at_minimum"], atol=1e-12)
    for z, expected in zip(F.eigenvectors.T, text.get("eigenvectors_up_to_scale", []), strict=False):
        np.testing.assert_allclose(abs(z @ expected), np.linalg.norm(expected), rtol=1e-12)


def test_the_matrix_of_gradient_descent_as_corrected(reference):
    P, T, text = example(reference, "eq_3_15")
    F = tw.quadratic(NEURON, "sse", P, T)
    np.testing.assert_allclose(F.descent_matrix(0.01), text["gd_matrix_at_learning_rate_0.01"], rtol=1e-12)
    np.testing.assert_allclose(F.descent_offset(0.01), text["gd_offset_at_learning_rate_0.01"], rtol=1e-12)


def test_the_demonstration_of_gradient_descent(reference):
    P, T, text = example(reference, "gradient_descent", "nnd_demonstrations")
    F = tw.quadratic(NEURON, "sse", P, T)
    X = F.gradient_descent(text["start"], text["learning_rate"], text["iterations"])
    assert X.shape == (101, 2)
    np.testing.assert_allclose(X[1], text["after_step_1"], rtol=1e-12)
    np.testing.assert_allclose(X[100], text["after_step_100"], atol=5e-6)


def test_p3_3_at_its_largest_rate_swings_along_the_steep_eigenvector(reference):
    P, T, text = example(reference, "P3_3")
    F = tw.quadratic(NEURON, "sse", P, T)
    X = F.gradient_descent(text["start"], text["max_stable_learning_rate"], 400)
    steep = np.array(text["eigenvectors_up_to_scale"][1]) / np.sqrt(5)
    swing = (np.array(text["start"]) - text["minimum"]) @ steep * steep
    np.testing.assert_allclose(X[-1], text["minimum"] + swing, rtol=1e-9)
    np.testing.assert_allclose(X[-2], text["minimum"] - swing, rtol=1e-9)


def test_e3_1_and_e3_2(reference):
    P, T, text = example(reference, "E3_1")
    F = tw.quadratic(tw.mlp(1, 1), "sse", P, T)
    start = np.array([text["start"]["w"], text["start"]["b"]], float)
    assert F.value(start) == text["error_before"]
    np.testing.assert_array_equal(F.gradient(start), [text["gradient"]["w"], text["gradient"]["b"]])
    after = F.gradient_descent(start, text["learning_rate"], 1)[-1]
    np.testing.assert_allclose(after, list(text["after_one_step"].values()), rtol=1e-12)
    np.testing.assert_allclose(F.value(after), text["error_after"], rtol=1e-12)
    newton = reference("nnd_quadratic")["E3_2"]
    np.testing.assert_array_equal(F.A, newton["hessian"])
    np.testing.assert_allclose(start + F.newton_step(start), list(newton["after_one_newton_step"].values()))
    np.testing.assert_allclose(F.value(start + F.newton_step(start)), newton["error_after"], atol=1e-12)


# Any linear network


@pytest.mark.parametrize("loss", [name for name, kind in LOSSES.items() if kind().squares])
def test_it_is_the_error_of_the_network(loss):
    net = tw.Network(
        {"p": 2, "q": 1}, [tw.Layer("unused", 2, "tanh", ("p",)), tw.Layer("out", 2, "linear", ("q", "p"))]
    )
    P = {"p": RNG.normal(size=(20, 2)), "q": RNG.normal(size=(20, 1))}
    T, weight = RNG.normal(size=(20, 2)), RNG.uniform(0.5, 2, size=20)
    F = tw.quadratic(net, loss, P, T, sample_weight=weight, l2=0.1)
    for x in RNG.normal(size=(5, net.parameter_count)):
        expected, g = tw.gradient(net, loss, net.unravel(x), P, T, weight, l2=0.1)
        np.testing.assert_allclose(F.value(x), expected, rtol=1e-12)
        np.testing.assert_allclose(F.gradient(x), net.ravel(g), rtol=1e-9, atol=1e-12)
    points = RNG.normal(size=(3, 4, net.parameter_count))
    np.testing.assert_allclose(F.value(points)[1, 2], F.value(points[1, 2]))
    np.testing.assert_allclose(F.gradient(points)[1, 2], F.gradient(points[1, 2]))


def test_the_minimum_is_that_of_least_squares():
    net = tw.mlp(3, 1)
    P, T = RNG.normal(size=(20, 3)), RNG.normal(size=(20, 1))
    F = tw.quadratic(net, "mse", P, T)
    U = np.column_stack([P, np.ones(20)])
    np.testing.assert_allclose(F.minimum, np.linalg.lstsq(U, T[:, 0])[0], rtol=1e-10)
    assert F.minimum_told == "one minimum: every eigenvalue is positive"


@pytest.mark.parametrize("mean", [0.0, 1e5, 1e6])
def test_a_column_of_large_numbers_has_its_minimum(mean):
    p, T = mean + 1e6 * RNG.normal(size=40), 3.0 + RNG.normal(size=(40, 1))
    F = tw.quadratic(tw.mlp(1, 1), "sse", p[:, None], T)
    assert F.rank == 2
    np.testing.assert_allclose(F.minimum, np.linalg.lstsq(np.column_stack([p, np.ones(40)]), T[:, 0])[0], rtol=1e-2)
    np.testing.assert_allclose(F.condition_number, np.linalg.cond(F.A), rtol=1e-2)


def test_of_a_singular_matrix_the_shortest_minimum_is_given_and_told():
    net = tw.mlp(4, 1)
    P, T = RNG.normal(size=(3, 4)), RNG.normal(size=(3, 1))
    P[:, 3] = P[:, 2]
    F = tw.quadratic(net, "mse", P, T)
    U = np.column_stack([P, np.ones(3)])
    np.testing.assert_allclose(F.minimum, np.linalg.lstsq(U, T[:, 0])[0], rtol=1e-9)
    assert F.rank == 3
    assert F.condition_number == np.inf
    assert "singular, of rank 3 of 5" in F.minimum_told
    np.testing.assert_allclose(F.gradient(F.minimum + F.newton_step(F.minimum)), 0.0, atol=1e-12)


@pytest.mark.parametrize(
    ("A", "d", "told"),
    [
        ([[1.0, 0.0], [0.0, -2.0]], [1.0, 1.0], "along 1 of 2 eigenvectors, whose eigenvalues are negative"),
        ([[1.0, 0.0], [0.0, 0.0]], [1.0, 1.0], "slope along a direction without curvature"),
    ],
)
def test_without_a_lowest_point(A, d, told):
    F = Quadratic(0.0, np.array(d), np.array(A))
    assert not F.has_minimum
    with pytest.raises(tw.ArgumentError, match="no minimum") as refused:
        _ = F.minimum
    assert told in str(refused.value)
    np.testing.assert_allclose(F.gradient(F.stationary) * np.diagonal(A), 0.0, atol=1e-12)


def test_conditions_and_rates_without_curvature():
    assert np.isnan(Quadratic(0.0, np.zeros(2), np.diag([2.0, -1.0])).condition_number)
    assert Quadratic(0.0, np.zeros(2), np.diag([-2.0, -1.0])).largest_stable_rate() == np.inf
    assert Quadratic(0.0, np.zeros(2), np.zeros((2, 2))).largest_stable_rate() == np.inf


# Trajectories


@pytest.mark.parametrize("low", [0.5, 0.0, -1.0], ids=["minimum", "flat", "saddle"])
@pytest.mark.parametrize("momentum", [None, 0.0, 0.7])
@pytest.mark.parametrize("rate", [0.05, 0.24, 0.3])
def test_trajectories_are_those_of_the_rules(low, momentum, rate):
    F, start = random_quadratic(low=low), RNG.normal(size=5)
    if momentum is None:
        rule, X = tw.GradientDescent(rate), F.gradient_descent(start, rate, 40)
    else:
        rule, X = tw.Momentum(rate, momentum), F.momentum_descent(start, rate, momentum, 40)
    x, state = start, rule.init(start)
    for k in range(41):
        np.testing.assert_allclose(X[k], x, rtol=1e-8, atol=1e-8)
        delta, state = rule.update(F.gradient(x), state, x)
        x = x + delta


@pytest.mark.parametrize("curvature", [1e-12, 1e-9, 1e-5, 0.5, 1.0, 1.9, -1e-9])
@pytest.mark.parametrize("steps", [1, 3, 1000])
def test_trajectories_are_exact_along_a_direction_of_little_curvature(curvature, steps):
    """x_k + 1/λ shrinks by 1 - λ: with λ as a fraction, to the last digit."""
    F = Quadratic(0.0, [0.0, 1.0], [[1.0, 0.0], [0.0, curvature]])
    q = Fraction(curvature)
    expected = float(((1 - q) ** steps - 1) / q)
    np.testing.assert_allclose(F.gradient_descent([0.0, 0.0], 1.0, steps)[-1], [0.0, expected], rtol=1e-13)


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
@pytest.mark.parametrize(("share", "converges"), [(0.99, True), (1.01, False)])
def test_training_just_below_and_just_above_the_largest_stable_rate(momentum, share, converges):
    net = tw.mlp(3, 1)
    P, T = RNG.normal(size=(20, 3)), RNG.normal(size=(20, 1))
    F = tw.quadratic(net, "sse", P, T)
    rule = tw.Momentum(share * F.largest_stable_rate(momentum), momentum)
    run = tw.train(net, P, T, "sse", rule, "all", epochs=20_000, params=net.init(1), dtype="float64", engine="xla")
    if converges:
        assert run.stopped_because == "epochs"
        np.testing.assert_allclose(net.ravel(run.params), F.minimum, rtol=1e-6)
    else:
        assert run.stopped_because == "diverged"
        told = float(re.search(r" = ([\d.e-]+); it was", run.explanation)[1])
        np.testing.assert_allclose(told, F.largest_stable_rate(momentum), rtol=5e-3)


# What has none


@pytest.mark.parametrize(
    ("net", "loss", "says"),
    [
        (tw.mlp(2, 1), "mae", "mae is no squared error"),
        (tw.mlp(2, 1), "huber", "huber is no squared error"),
        (tw.mlp(2, 1, output="sigmoid"), None, "cross_entropy is no squared error"),
        (tw.mlp(2, 1, output="tanh"), "mse", "layer 'layer1' is tanh"),
        (tw.mlp(2, 3, 1, hidden="linear"), "mse", "layer 'layer2' is fed by layer 'layer1', which has weights"),
    ],
)
def test_refuses_with_the_remedy(net, loss, says):
    with pytest.raises(tw.ArgumentError, match=says) as refused:
        tw.quadratic(net, loss, np.zeros((3, 2)), np.zeros((3, 1)))
    assert "tw.taylor" in str(refused.value)


def test_refuses_what_does_not_fit():
    with pytest.raises(tw.ArgumentError, match=r"use tw\.curvature_spectrum"):
        tw.quadratic(tw.mlp(20_000, 1), "mse", np.zeros((1, 20_000)), np.zeros((1, 1)))
    with pytest.raises(tw.DataError, match="must be finite"):
        tw.quadratic(tw.mlp(1, 1), "mse", np.full((3, 1), 1e200), np.zeros((3, 1)))
    with pytest.raises(tw.DataError, match="row 1, column 0"):
        tw.quadratic(tw.mlp(1, 1), "mse", np.array([[1.0], [np.nan]]), np.zeros((2, 1)))
    F = random_quadratic()
    for call in (F.newton_step, lambda x: F.gradient_descent(x, 0.1, 3), lambda x: F.momentum_descent(x, 0.1, 0.5, 3)):
        with pytest.raises(tw.ArgumentError, match=r"the point has shape \(2,\); it must be \(5,\)"):
            call(np.zeros(2))
    with pytest.raises(tw.ArgumentError, match="momentum is 1"):
        F.largest_stable_rate(1.0)
    with pytest.raises(tw.ArgumentError, match="steps is 0"):
        F.gradient_descent(np.zeros(5), 0.1, 0)
    with pytest.raises(tw.ArgumentError, match="learning_rate is nan"):
        F.gradient_descent(np.zeros(5), float("nan"), 1)


@pytest.mark.parametrize(
    ("c", "d", "A", "says"),
    [
        (0.0, [1.0, 1.0], np.eye(3), r"d has shape \(2,\) and A \(3, 3\)"),
        (0.0, 1.0, [[1.0]], r"d has shape \(\)"),
        (0.0, [], np.zeros((0, 0)), r"d has shape \(0,\)"),
        (0.0, [1.0, 1.0], [[1.0, 0.5], [0.0, 1.0]], "A is not symmetric"),
        (0.0, [1.0, 1.0], np.full((2, 2), np.nan), "must be finite"),
        (np.inf, [1.0], [[1.0]], "must be finite"),
    ],
)
def test_refuses_what_is_no_quadratic(c, d, A, says):
    with pytest.raises(tw.ThalwegError, match=says):
        Quadratic(c, d, A)


def test_lists_and_whole_numbers_are_taken():
    F = Quadratic(4, [4, 4], [[12, -8], [-8, 12]])
    np.testing.assert_allclose(F.minimum, [-1, -1])
    np.testing.assert_allclose(F.newton_step([0, 0]), [-1, -1])
