"""Activations by the names that others give them: formulas beside plain NumPy, and slopes of each unit."""

import string

import numpy as np
import pytest

from thalweg.core.activations import ELU, Formula, LeakyReLU, Satlins
from thalweg.errors import ArgumentError
from thalweg.exchange.assembly import Assembly
from thalweg.exchange.known_activations import (
    FORMULAS,
    celu,
    elu,
    formula,
    formula_text,
    hard_tanh,
    leaky,
    relu_of,
    with_slopes,
)

N = np.concatenate([np.linspace(-9.0, 9.0, 73), [-1e-3, 1e-3]])
SETTINGS = {
    "alpha": 0.7, "beta": 0.4, "gamma": 1.1, "lambd": 0.5, "least": -0.5, "most": 2.0, "slope": 0.1, "value": -3.0,
}  # fmt: skip


@pytest.mark.parametrize("name", FORMULAS)
def test_every_formula_is_one_and_its_slope_is_that_of_differences(name):
    wanted = {field for _, field, _, _ in string.Formatter().parse(FORMULAS[name]) if field} - {"n"}
    found = formula(name, **{field: SETTINGS[field] for field in wanted})
    assert isinstance(found, Formula)
    n = N + 0.0123  # no corner of any
    assert np.isfinite(found(n)).all()
    np.testing.assert_allclose(found.derivative(n), (found(n + 1e-6) - found(n - 1e-6)) / 2e-6, atol=1e-7)


def test_a_part_of_another_formula_stands_in_its_place():
    assert formula_text("leaky_relu", "(2*n)", slope="(-0.5)") == "(2*n) if (2*n) > 0 else (-0.5)*(2*n)"


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (leaky(0.0), "relu"), (leaky(-0.25), LeakyReLU(-0.25)), (elu(0.0), "relu"), (elu(2.0), ELU(2.0)),
        (celu(1.0, "node"), ELU(1.0)), (hard_tanh(-1.0, 1.0), "satlins"), (relu_of(0.0, None, 0.0), "relu"),
        (relu_of(0.1, None, 0.0), LeakyReLU(0.1)),
    ],
)  # fmt: skip
def test_what_we_have_is_ours(found, expected):
    assert found == expected


@pytest.mark.parametrize(
    ("found", "f"),
    [
        (elu(-0.5), lambda n: np.where(n > 0, n, -0.5 * np.expm1(n))),
        (celu(0.5, "node"), lambda n: np.where(n > 0, n, 0.5 * np.expm1(n / 0.5))),
        (hard_tanh(-2.0, 0.25), lambda n: np.clip(n, -2.0, 0.25)),
        (hard_tanh(-1.0, 1.0), Satlins()),
        (relu_of(0.0, 6.0, 0.0), lambda n: np.clip(n, 0, 6)),
        (relu_of(0.0, 3.0, 0.0), lambda n: np.clip(n, 0, 3)),
        (relu_of(0.2, None, 1.0), lambda n: np.where(n >= 1, n, 0.2 * (n - 1))),
        (relu_of(0.2, 2.0, -1.0), lambda n: np.where(n >= -1, np.minimum(n, 2), 0.2 * (n + 1))),
    ],
)
def test_settings_are_obeyed(found, f):
    from thalweg.core.activations import ACTIVATIONS

    np.testing.assert_allclose(ACTIVATIONS.get(found)(N), f(N), rtol=1e-13, atol=1e-13)


def test_an_alpha_of_0_is_refused():
    with pytest.raises(ArgumentError, match="node: alpha is 0"):
        celu(0.0, "node")


@pytest.mark.parametrize("count", [1, 3, 64])
def test_units_of_the_same_slope_are_a_layer(count):
    rng = np.random.default_rng(0)
    slopes = rng.normal(size=count)[rng.integers(0, count, 80)] if count > 1 else np.array([0.3])
    W, P = rng.normal(size=(80, 4)), rng.normal(size=(7, 4))
    made = Assembly()
    weighed = made.weigh(made.input("p", 4), W, None, "layer 1", "h")
    network, params = made.finish(with_slopes(made, weighed, slopes, "PReLU", "h"))
    n = P @ W.T
    from thalweg import forward

    np.testing.assert_allclose(
        forward(network, params, P).output, np.maximum(n, 0) + slopes * np.minimum(n, 0), rtol=1e-12, atol=1e-12
    )
    assert len(network.layers) == (1 if count == 1 else len(np.unique(slopes)) + 1)


@pytest.mark.parametrize(
    ("slopes", "told"),
    [
        (np.ones(3), "PReLU has 3 slopes for 80 units; it must have 1, or one for each"),
        (np.arange(80.0), "PReLU has 80 different slopes; a layer has one"),
        (np.array([np.nan]), "its slopes: a number that is not finite"),
    ],
)
def test_slopes_that_no_layer_has_are_refused(slopes, told):
    made = Assembly()
    with pytest.raises(ArgumentError, match=told):
        with_slopes(made, made.weigh(made.input("p", 1), np.ones((80, 1)), None, "layer 1"), slopes, "PReLU")
