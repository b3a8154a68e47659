"""A loss of one's own formula: what a listed loss gives, what differences and jax.grad give, and what is refused."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import thalweg as tw
from thalweg.core.losses import LOSSES, FormulaLoss
from thalweg.errors import ArgumentError

RNG = np.random.default_rng(0)
A, T = RNG.normal(size=(5, 3)), RNG.normal(size=(5, 3))
SAME = {"e**2": "mse", "abs(e)": "mae", "e**2/2 if abs(e) <= 1 else abs(e) - 0.5": "huber"}
FORMULAS = ["sqrt(1 + e**2) - 1", "log(1 + e**2)", "abs(e)**1.5", "log(cosh(e))", "max(e, 0)**2 + abs(e)/3"]


@pytest.mark.parametrize(("formula", "name"), SAME.items())
def test_it_is_the_listed_loss_of_the_same_formula(formula, name):
    mine, listed = FormulaLoss(formula), LOSSES.get(name)
    for method in ("value", "derivative", "second_derivative"):
        np.testing.assert_allclose(getattr(mine, method)(A, T), getattr(listed, method)(A, T), atol=1e-12)
    net = tw.mlp(2, 3, 2)
    params, P = net.init(0), RNG.normal(size=(4, 2))
    ours, theirs = (tw.gradient(net, loss, params, P, T[:4, :2]) for loss in (mine, listed))
    np.testing.assert_allclose(ours[0], theirs[0], rtol=1e-12)
    np.testing.assert_allclose(net.ravel(ours[1]), net.ravel(theirs[1]), atol=1e-12)


@pytest.mark.parametrize("formula", FORMULAS)
def test_its_derivatives_are_those_of_jax_and_of_differences(formula):
    loss = FormulaLoss(formula)
    with jax.enable_x64(True):
        a, t = jnp.asarray(A), jnp.asarray(T)
        slope = jax.grad(lambda a: loss.value(a, t).sum())(a)
    np.testing.assert_allclose(loss.derivative(A, T), slope, rtol=1e-9, atol=1e-12)
    h = 1e-5
    change = (loss.derivative(A + h, T) - loss.derivative(A - h, T)) / (2 * h)
    np.testing.assert_allclose(loss.second_derivative(A, T), change, rtol=1e-5, atol=1e-5)


def test_it_is_trained_with_saved_and_shown(tmp_path):
    P, t = A[:, :2], A[:, 2:]
    net = tw.mlp(2, 3, 1, output="linear")
    loss = FormulaLoss("log(1 + e**2)")
    run = tw.train(net, P, t, loss=loss, epochs=30, engine="numpy", optimizer="rprop")
    assert run.history.loss[-1] < run.history.loss[0]
    tw.save(run, tmp_path / "m.thalweg")
    assert tw.load(tmp_path / "m.thalweg").loss == loss
    lines = str(run.step(3).document("nnd"))
    assert "ln" in lines or "log" in lines


@pytest.mark.parametrize(
    ("formula", "told"),
    [
        ("a - t", "formula, column 5: unknown name 't'"),
        ("3", "needs the error e"),
        ("1/e", "not finite at e = 0"),
        ("e > 0", "formula"),
        ("sign(e)", "jumps"),
        ("__import__('os')", "formula, column 1"),
        (3, "formula is 3; it must be a text"),
    ],
)
def test_what_cannot_be_trained_with_is_told(formula, told):
    with pytest.raises(ArgumentError) as caught:
        FormulaLoss(formula)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_lists_of_losses_are_as_they_were():
    assert "formula" in LOSSES
    assert "formula" not in list(LOSSES)
