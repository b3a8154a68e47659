"""Weights of single targets, and targets that are missing: F and its derivatives know only those that are there."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from oracles import LOSS_ORACLES, PROBABILITY_LOSSES
from parts_of_ones_own import Direction, LogCosh, Smoothed

import thalweg as tw
from thalweg.core import blocks
from thalweg.core.curvature import gauss_newton_product, hessian, hessian_product
from thalweg.core.curvature_at import curvature_at
from thalweg.core.losses import LOSSES
from thalweg.core.propagation import loss_and_gradient
from thalweg.core.weighing import example_factors
from thalweg.optimizers import full_batch
from thalweg.optimizers.full_batch import Problem

CASES = [
    *((name, output) for name in LOSSES for output in sorted(PROBABILITY_LOSSES.get(name, {"tanh", "softmax"}))),
    (LogCosh(), Direction()),
]
ROWS, OUTPUTS = 9, 3


def of_case(loss, output):
    """A network, its parameters, inputs, targets with some missing, and weights of the others."""
    rng = np.random.default_rng(3)
    net = tw.mlp(2, 4, OUTPUTS, hidden="sigmoid", output=output)
    T = rng.uniform(0.05, 0.95, (ROWS, OUTPUTS))
    T = T / T.sum(axis=1, keepdims=True) if output == "softmax" else T
    T[[0, 2, 2, 5, 5, 5], [1, 0, 2, 0, 1, 2]] = np.nan
    return net, net.init(1), rng.normal(size=(ROWS, 2)), T, rng.uniform(0.3, 2.0, T.shape)


def of_those_there(net, loss, params, P, T, v):
    """F from the targets that are there, one by one, each with the outputs of its example; and their derivatives by JAX
    where others have written the loss."""
    loss = LOSSES.get(loss)
    last, total, weights = net.output, 0.0, 0.0
    passed = tw.forward(net, params, P)
    for q, k in np.argwhere(np.isfinite(T)):
        n, a = passed.net_inputs[last.name][[q]], passed.output[[q]]
        alone = np.zeros((1, OUTPUTS))
        alone[0, k] = T[q, k]
        total += v[q, k] * loss.terms(last.activation, n, a, alone)[0, k]
        weights += v[q, k]
    if loss.averages_outputs:
        total /= OUTPUTS
    return total if loss.reduction == "sum" else total * OUTPUTS / weights


def by_differences(F, x, h=1e-6):
    return np.array([(F(x + h * e) - F(x - h * e)) / (2 * h) for e in np.eye(len(x))])


@pytest.mark.parametrize(("loss", "output"), CASES)
def test_the_gradient_is_that_of_the_targets_that_are_there(loss, output):
    net, params, P, T, v = of_case(loss, output)
    F, g = tw.gradient(net, loss, params, P, T, target_weight=v, targets="ignore_nan")
    assert pytest.approx(of_those_there(net, loss, params, P, T, v), rel=1e-12) == F
    found = by_differences(lambda x: of_those_there(net, loss, net.unravel(x), P, T, v), net.ravel(params))
    np.testing.assert_allclose(net.ravel(g), found, rtol=1e-6, atol=1e-9)
    s = tw.sensitivities(net, loss, params, P, T, target_weight=v, targets="ignore_nan")
    np.testing.assert_allclose(s["layer2"].sum(axis=0), g["layer2"].bias, rtol=1e-12)
    assert not s["layer2"][5].any()  # all of its targets are missing
    filled = np.where(np.isnan(T), 0.7, T)
    zeros = np.where(np.isnan(T), 0.0, v)
    again = tw.gradient(net, loss, params, P, filled, target_weight=zeros)[1]
    np.testing.assert_allclose(net.ravel(again), net.ravel(g), rtol=1e-13)


@pytest.mark.parametrize(("loss", "output"), CASES)
def test_curvature_is_the_derivative_of_that_gradient(loss, output):
    net, params, P, T, v = of_case(loss, output)
    loss, x = LOSSES.get(loss), net.ravel(params)
    c, T = np.where(np.isnan(T), 0.0, v), np.nan_to_num(T)
    inputs, d = {"input": P}, np.random.default_rng(0).normal(size=len(x))

    def gradient(x):
        return net.ravel(loss_and_gradient(net, loss, net.unravel(x), inputs, T, c)[1])

    H = hessian(net, loss, params, inputs, T, c)
    np.testing.assert_allclose(H, by_differences(gradient, x, 1e-5), rtol=1e-4, atol=1e-7)
    exact = curvature_at(net, loss, params, inputs, T, c)
    np.testing.assert_allclose(exact.product(d), H @ d, rtol=1e-9, atol=1e-12)
    along = hessian_product(net, loss, params, inputs, T, net.unravel(d), c)
    np.testing.assert_allclose(net.ravel(along), H @ d, rtol=1e-9, atol=1e-12)
    G = Problem(net, loss, inputs, T, c).gauss_newton(x)[2]
    product = gauss_newton_product(net, loss, params, inputs, T, net.unravel(d), c)
    np.testing.assert_allclose(net.ravel(product), G @ d, rtol=1e-9, atol=1e-12)
    same = curvature_at(net, loss, params, inputs, T, c, gauss_newton=True)
    np.testing.assert_allclose(same.product(d), G @ d, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if name in ("mse", "half_sse", "cross_entropy") else pytest.mark.thorough)
        for name in LOSSES  # each by differences above
    ],
)
def test_the_gradient_by_jax_of_losses_as_others_have_written_them(name):
    output = "softmax" if name == "cross_entropy" else "tanh"
    net, params, P, T, v = of_case(name, output)
    loss, of_example = LOSSES.get(name), LOSS_ORACLES[name]
    places = np.argwhere(np.isfinite(T))

    def F(x):
        passed = tw.forward(net, net.unravel(x), jnp.asarray(P))
        n, a = passed.net_inputs["layer2"][places[:, 0]], passed.output[places[:, 0]]
        there = np.eye(OUTPUTS)[places[:, 1]]
        t = jnp.asarray(there * np.nan_to_num(T)[places[:, 0]])
        a = a if output == "softmax" else a * there  # there all other outputs hit their targets
        terms = of_example(output, n, a, t)
        total = jnp.sum(terms * v[tuple(places.T)])
        return total if loss.reduction == "sum" else total * OUTPUTS / v[tuple(places.T)].sum()

    with jax.enable_x64(True):
        value, by_jax = jax.jit(jax.value_and_grad(F))(jnp.asarray(net.ravel(params)))
    found, g = tw.gradient(net, name, params, P, T, target_weight=v, targets="ignore_nan")
    assert found == pytest.approx(float(value), rel=1e-12)
    np.testing.assert_allclose(net.ravel(g), by_jax, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("output", ["tanh", "softmax"])
def test_weights_of_one_number_in_each_row_are_weights_of_examples(output):
    net, params, P, T, _ = of_case("mse", output)
    T = np.nan_to_num(T)
    w = np.random.default_rng(4).uniform(0.5, 2.0, ROWS)
    plain, ones = (tw.gradient(net, "mse", params, P, T, **given) for given in ({}, {"target_weight": np.ones_like(T)}))
    assert ones[0] == plain[0]
    assert (net.ravel(ones[1]) == net.ravel(plain[1])).all()
    by_rows = tw.gradient(net, "mse", params, P, T, target_weight=np.repeat(w[:, None], OUTPUTS, axis=1))
    of_examples = tw.gradient(net, "mse", params, P, T, w)
    assert (net.ravel(by_rows[1]) == net.ravel(of_examples[1])).all()


def test_weights_of_examples_and_of_targets_multiply():
    net, params, P, T, v = of_case("half_mse", "tanh")
    w = np.random.default_rng(4).uniform(0.5, 2.0, ROWS)
    both = tw.gradient(net, "half_mse", params, P, T, w, target_weight=v, targets="ignore_nan")
    one = tw.gradient(net, "half_mse", params, P, T, target_weight=v * w[:, None], targets="ignore_nan")
    assert both[0] == pytest.approx(one[0], rel=1e-14)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_factors(reduction):
    v = np.array([[1.0, 0.0, 3.0], [0.5, 0.5, 0.0]])
    loss = tw.losses.MSE(reduction=reduction)
    share = 1.0 / 3.0 if reduction == "sum" else 1.0 / v.sum()
    np.testing.assert_allclose(example_factors(loss, 3, 2, v), v * share, rtol=1e-15)
    loss = tw.losses.HalfMSE(reduction=reduction)
    np.testing.assert_allclose(example_factors(loss, 3, 2, v), v * share * 3.0, rtol=1e-15)
    nothing = example_factors(loss, 3, 2, np.zeros_like(v))
    assert nothing.shape == v.shape
    assert not nothing.any()


@pytest.mark.parametrize(("loss", "xp"), [("mse", np), ("sse", np), ("sse", jnp)])
def test_block_by_block(loss, xp, monkeypatch):
    net, params, P, T, v = of_case(loss, "tanh")
    c, T, x = np.where(np.isnan(T), 0.0, v), np.nan_to_num(T), net.ravel(params)
    whole = Problem(net, LOSSES.get(loss), {"input": P}, T, c)
    F, g = whole.gradient(x)
    G, (H, term) = whole.gauss_newton(x)[2], (whole.hessian(x), whole.acceleration_term(x, 1.0 + x))
    monkeypatch.setattr(blocks, "BLOCK", 2)
    monkeypatch.setattr(blocks, "COMPILED_NUMBERS", 4 * sum(net.sizes.values()))
    monkeypatch.setattr(full_batch, "_NUMBERS_IN_A_CHUNK", 4 * net.parameter_count * OUTPUTS)
    with jax.enable_x64(True):
        given = [xp.asarray(array) for array in (P, T, c, x)]
        parts = dataclasses.replace(whole, inputs={"input": given[0]}, T=given[1], weight=given[2])
        x = given[3]
        np.testing.assert_allclose(parts.gradient(x)[1], g, rtol=1e-10, atol=1e-14)
        if xp is np:
            np.testing.assert_allclose(parts.value(x), F, rtol=1e-12)
        np.testing.assert_allclose(parts.gauss_newton(x)[2], G, rtol=1e-10, atol=1e-14)
        if xp is np:
            np.testing.assert_allclose(parts.hessian(x), H, rtol=1e-10, atol=1e-14)
            np.testing.assert_allclose(parts.acceleration_term(x, 1.0 + x), term, rtol=1e-10, atol=1e-14)
            squares, JJ, Jr = parts.normal_equations(x)
            R = parts.triangle(x)
            np.testing.assert_allclose(np.r_[squares, Jr, JJ.ravel()], np.r_[F, 0.5 * g, 0.5 * G.ravel()], rtol=1e-9)
            np.testing.assert_allclose(R.T @ R, np.block([[JJ, Jr[:, None]], [Jr[None], squares]]), atol=1e-12)


def test_gradients_within_a_compiled_function():
    net, params, P, T, _ = of_case("mse", "softmax")
    with jax.enable_x64(True):
        F = jax.jit(lambda T: tw.gradient(net, "mse", params, P, T, targets="ignore_nan")[0])(T)
    assert float(F) == pytest.approx(float(tw.gradient(net, "mse", params, P, T, targets="ignore_nan")[0]), rel=1e-12)


NAN, ZERO = np.array([[1.0, np.nan]]), np.zeros((1, 2))


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"T": NAN}, r"T has nan at row 0, column 1 .* missing: targets='ignore_nan'$"),
        ({"T": np.array([[np.inf, 1.0]]), "targets": "ignore_nan"}, r"T has inf at row 0, column 0 .* such rows$"),
        ({"targets": "ignore"}, "targets is 'ignore'; it must be one of 'complete', 'ignore_nan'"),
        ({"targets": 3}, "targets is 3; it must be one of"),
        ({"target_weight": np.ones(2)}, r"target_weight has shape \(2,\) and T \(1, 2\)"),
        ({"target_weight": np.ones((1, 1))}, r"target_weight has shape \(1, 1\) and T \(1, 2\)"),
        ({"target_weight": -np.ones((1, 2))}, "target_weight is -1 at row 0, column 0; a weight must not be negative"),
        ({"target_weight": NAN}, "target_weight has nan at row 0, column 1"),
        ({"target_weight": [["a", "b"]]}, "target_weight holds values of type"),
        ({"target_weight": ZERO}, "target_weight is 0 everywhere; some target must count"),
        ({"T": np.full((1, 2), np.nan), "targets": "ignore_nan"}, "T has no target: all are missing"),
        ({"loss": Smoothed(), "target_weight": [[1.0, 2.0]]}, "'Smoothed' does not say how single targets are weighed"),
    ],
)  # fmt: skip
def test_refuses(given, says):
    given = {"loss": "mse", "T": np.ones((1, 2)), **given}
    net = tw.mlp(1, 2, output="sigmoid")
    loss, T = given.pop("loss"), given.pop("T")
    with pytest.raises((tw.ArgumentError, tw.DataError), match=says):
        tw.gradient(net, loss, net.init(0), np.ones((1, 1)), T, **given)
    if loss == "mse":
        with pytest.raises((tw.ArgumentError, tw.DataError), match=says):
            tw.train(net, np.ones((1, 1)), T, loss, epochs=1, **given)


def test_a_fused_loss_that_does_not_take_weights_goes_with_those_of_examples():
    net, T = tw.mlp(1, 2, output="softmax"), np.array([[0.0, 1.0], [1.0, 0.0]])
    given = {"target_weight": np.array([[2.0, 2.0], [1.0, 1.0]])}
    F = tw.gradient(net, Smoothed(), net.init(0), np.ones((2, 1)), T, **given)[0]
    assert tw.gradient(net, Smoothed(), net.init(0), np.ones((2, 1)), T, np.array([2.0, 1.0]))[0] == F
