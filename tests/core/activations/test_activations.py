"""Every activation of the table: its derivative, its types, its tails, against JAX, SciPy and differences."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special
import scipy.stats
from oracles import ACTIVATION_ORACLES, SMOOTH_ACTIVATIONS, check_backpropagate

import thalweg as tw
from thalweg.core.activations import ACTIVATIONS, ELU, SELU, Elementwise, LeakyReLU, Softmax
from thalweg.core.initializers import INITIALIZERS

NAMES = list(ACTIVATIONS)
N = np.linspace(-7.3, 6.9, 40).reshape(8, 5)
V = np.random.default_rng(3).normal(size=N.shape)
N_DOT, V_DOT = np.random.default_rng(4).normal(size=(2, *N.shape))
EXTREME = np.array([[1000.0, -1000.0, 0.0, 40.0], [-1000.0, -1000.0, -40.0, -700.0], [1000.0, 999.0, 88.0, 709.0]])

SCIPY = {
    "linear": lambda n: n,
    "sigmoid": scipy.special.expit,
    "tanh": lambda n: 2.0 * scipy.special.expit(2.0 * n) - 1.0,
    "relu": lambda n: n * np.heaviside(n, 0.0),
    "leaky_relu": lambda n: np.piecewise(n, [n < 0], [lambda n: n / 100.0, lambda n: n]),
    "elu": lambda n: np.piecewise(n, [n < 0], [lambda n: np.exp(n) - 1.0, lambda n: n]),
    "selu": lambda n: np.piecewise(
        n, [n < 0], [lambda n: 1.7580993408473766 * (np.exp(n) - 1.0), lambda n: 1.0507009873554805 * n]
    ),
    "silu": lambda n: n * scipy.special.expit(n),
    "gelu": lambda n: n * scipy.stats.norm.cdf(n),
    "softplus": lambda n: np.logaddexp(0.0, n),
    "elliott": lambda n: np.sign(n) * (1.0 - 1.0 / (1.0 + np.abs(n))),
    "softmax": lambda n: scipy.special.softmax(n, axis=-1),
    "satlin": lambda n: np.clip(n, 0.0, 1.0),
    "satlins": lambda n: np.clip(n, -1.0, 1.0),
    "radbas": lambda n: np.sqrt(np.pi) * scipy.stats.norm.pdf(n, scale=np.sqrt(0.5)),
    "tribas": lambda n: scipy.stats.triang.pdf(n, 0.5, loc=-1.0, scale=2.0),
    "formula": lambda n: n * np.tanh(np.logaddexp(0.0, n)),
}

every = pytest.mark.parametrize("name", NAMES)


def test_every_activation_has_its_oracles():
    assert set(ACTIVATIONS) == set(SCIPY), "write a new activation's formula into SCIPY of this test, by other means"
    assert set(ACTIVATIONS) == set(ACTIVATION_ORACLES), "name JAX's own function in ACTIVATION_ORACLES of oracles.py"


def test_the_activations_of_the_texts_are_there():
    promised = "linear sigmoid tanh relu leaky_relu elu selu silu gelu softplus elliott softmax"
    assert set(promised.split()) <= set(ACTIVATIONS)


@every
def test_values_are_those_of_scipy(name):
    np.testing.assert_allclose(ACTIVATIONS.get(name)(N), SCIPY[name](N), rtol=1e-13, atol=1e-15)


@functools.cache
def by_jax(name):
    """JAX's own function at N and at EXTREME, in one program.

    At N the output, what it sends back of ones and of V, and how the latter changes by N_DOT and V_DOT; at EXTREME the
    output, and what it sends back of 1.5.
    """
    oracle = ACTIVATION_ORACLES[name]

    @jax.jit
    def of(n, v, n_dot, v_dot, extreme):
        def back(n, v):
            return jax.vjp(oracle, n)[1](v)[0]

        sent_back, change = jax.jvp(back, (n, v), (n_dot, v_dot))
        ends = oracle(extreme), back(extreme, jnp.full_like(extreme, 1.5))
        return oracle(n), back(n, jnp.ones_like(n)), sent_back, change, *ends

    with jax.enable_x64(True):
        return [np.asarray(found) for found in of(N, V, N_DOT, V_DOT, EXTREME)]


@functools.cache
def compiled(name, dtype):
    """Ours inside XLA: the output at N and what it sends back of V, and what it sends back of 1.5 at EXTREME."""
    activation = ACTIVATIONS.get(name)

    @jax.jit
    def of(n, v, extreme):
        at_extremes = activation.backpropagate(extreme, activation(extreme), jnp.full_like(extreme, 1.5))
        return activation(n), activation.backpropagate(n, activation(n), v), at_extremes

    with jax.enable_x64(dtype == "float64"):
        return of(*(values.astype(dtype) for values in (N, V, EXTREME)))


@every
def test_values_are_those_of_jax(name):
    np.testing.assert_allclose(ACTIVATIONS.get(name)(N), by_jax(name)[0], rtol=1e-12, atol=1e-15)


@every
def test_backpropagate_and_how_it_changes_are_those_of_jax(name):
    activation = ACTIVATIONS.get(name)
    _, _, back, change, *_ = by_jax(name)
    np.testing.assert_allclose(activation.backpropagate(N, activation(N), V), back, rtol=1e-11, atol=1e-14)
    found = activation.backpropagate_dot(N, activation(N), V, N_DOT, V_DOT)
    np.testing.assert_allclose(found, change, rtol=1e-10, atol=1e-13)


@every
def test_derivative_of_an_elementwise_activation(name):
    activation = ACTIVATIONS.get(name)
    if not isinstance(activation, Elementwise):
        assert name == "softmax"
        return
    assert activation.reads in ("net_input", "output")
    found = activation.derivative(N if activation.reads == "net_input" else activation(N))
    np.testing.assert_allclose(found, by_jax(name)[1], rtol=1e-11, atol=1e-14)


@every
def test_backpropagate_is_the_jacobian_by_differences(name):
    check_backpropagate(ACTIVATIONS.get(name), N, V)


@every
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_numpy_and_jax_agree_and_keep_the_type(name, dtype):
    activation = ACTIVATIONS.get(name)
    n, v = N.astype(dtype), V.astype(dtype)
    a = activation(n)
    back = activation.backpropagate(n, a, v)
    jax_a, jax_back, _ = compiled(name, dtype)
    for array in (jax_a, jax_back):
        assert isinstance(array, jax.Array)
        assert array.dtype == dtype
    for array in (a, back):
        assert isinstance(array, np.ndarray)
        assert array.dtype == dtype
    near = {"rtol": 1e-12, "atol": 1e-15} if dtype == "float64" else {"rtol": 3e-5, "atol": 1e-6}
    np.testing.assert_allclose(jax_a, a, **near)
    np.testing.assert_allclose(jax_back, back, **near)
    np.testing.assert_allclose(a, activation(N), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(back, activation.backpropagate(N, activation(N), V), rtol=1e-4, atol=1e-5)


@every
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_extreme_net_inputs_are_finite_and_right(name, dtype):
    activation = ACTIVATIONS.get(name)
    n = EXTREME.astype(dtype)
    v = np.full_like(n, 1.5)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        a = activation(n)
        back = activation.backpropagate(n, a, v)
        if isinstance(activation, Elementwise):
            derivative = activation.derivative(n if activation.reads == "net_input" else a)
    *_, expected, expected_back = by_jax(name)
    near = {"rtol": 1e-12, "atol": 1e-15} if dtype == "float64" else {"rtol": 1e-6, "atol": 1e-6}
    np.testing.assert_allclose(a, expected, **near)
    away = (EXTREME != 0.0) | (name in SMOOTH_ACTIVATIONS)
    np.testing.assert_allclose(back[away], expected_back[away], **near)
    assert np.isfinite(back).all()
    if isinstance(activation, Elementwise):
        np.testing.assert_allclose(back, 1.5 * derivative, rtol=1e-6)
    np.testing.assert_allclose(compiled(name, dtype)[-1], back, rtol=1e-6, atol=1e-7)


@every
def test_any_number_of_leading_axes(name):
    activation = ACTIVATIONS.get(name)
    n, v = N.reshape(2, 4, 5), V.reshape(2, 4, 5)
    np.testing.assert_array_equal(activation(n), activation(N).reshape(2, 4, 5))
    back = activation.backpropagate(n, activation(n), v)
    np.testing.assert_array_equal(back.reshape(8, 5), activation.backpropagate(N, activation(N), V))
    np.testing.assert_allclose(activation(N[0]), activation(N)[0], rtol=1e-15)


@every
def test_arguments_stay_as_they_are(name):
    activation = ACTIVATIONS.get(name)
    n, v = N.copy(), V.copy()
    n.flags.writeable = v.flags.writeable = False
    a = activation(n)
    kept = a.copy()
    activation.backpropagate(n, a, v)
    np.testing.assert_array_equal(a, kept)
    np.testing.assert_array_equal(n, N)


@every
def test_the_initializer_it_names_exists(name):
    named = ACTIVATIONS[name].initializer
    assert named in INITIALIZERS
    assert named != "auto"


@pytest.mark.parametrize(
    ("name", "derivative"), [("relu", 0.0), ("leaky_relu", 0.01), ("elu", 1.0), ("elliott", 1.0), ("sigmoid", 0.25)]
)
def test_derivative_at_net_input_zero(name, derivative):
    activation, zero, one = ACTIVATIONS.get(name), np.zeros((1, 1)), np.ones((1, 1))
    assert activation.backpropagate(zero, activation(zero), one) == derivative


@every
def test_what_is_said_of_it_holds_at_its_corners_too(name):
    """The formulas that a step shows, read as Python, at -1, 0 and 1, which no difference tells."""
    kind = {"elu": ELU(0.5), "leaky_relu": LeakyReLU(0.1)}
    activation = kind.get(name) or ACTIVATIONS.get(name)
    if not isinstance(activation, Elementwise):
        return
    words = {word: getattr(np, word) for word in ("abs", "exp", "log", "max", "min", "pi", "sign", "sqrt", "tanh")}
    words |= {"ln": np.log, "erf": scipy.special.erf, "max": max, "min": min}
    for n in (-2.0, -1.0, 0.0, 1.0, 2.0):
        a = float(activation(np.array(n)))
        letters = {**words, **vars(type(activation)), **vars(activation), "n": n, "a": a}
        assert a == pytest.approx(eval(activation.value_text, letters), abs=1e-14)
        slope = activation.backpropagate(np.array([n]), np.array([a]), np.ones(1))[0]
        assert slope == pytest.approx(eval(activation.derivative_text, letters), abs=1e-14)


def test_softmax_jacobian_is_the_full_matrix():
    n = np.array([[0.3, -1.2, 2.0], [5.0, 5.0, -4.0]])
    with jax.enable_x64(True):
        expected = jax.jit(jax.vmap(jax.jacobian(jax.nn.softmax)))(n)
    np.testing.assert_allclose(Softmax().jacobian(Softmax()(n)), expected, rtol=1e-12, atol=1e-16)


def test_softmax_rows_add_up_to_one_and_do_not_notice_a_shift():
    a = Softmax()(N)
    np.testing.assert_allclose(a.sum(axis=-1), 1.0, rtol=1e-14)
    np.testing.assert_allclose(Softmax()(N + 100.0), a, rtol=1e-12)


def test_selu_keeps_mean_zero_and_variance_one():
    moments = [
        scipy.integrate.quad(lambda n, p=power: float(SELU()(np.array(n))) ** p * scipy.stats.norm.pdf(n), -30, 30)[0]
        for power in (1, 2)
    ]
    np.testing.assert_allclose(moments, [0.0, 1.0], atol=1e-7)


@pytest.mark.parametrize("activation", [LeakyReLU(slope=0.3), LeakyReLU(slope=-0.5), ELU(alpha=0.4), ELU(alpha=2.5)])
def test_settings_reach_value_and_derivative(activation):
    check_backpropagate(activation, N, V)
    expected = (
        np.where(N > 0, N, activation.slope * N)
        if isinstance(activation, LeakyReLU)
        else np.where(N > 0, N, activation.alpha * (np.exp(N) - 1.0))
    )
    np.testing.assert_allclose(activation(N), expected, rtol=1e-12)


@pytest.mark.parametrize("alpha", [0.0, -1.0, float("nan")])
def test_elu_refuses_an_alpha_that_is_not_positive(alpha):
    with pytest.raises(tw.ArgumentError, match=rf"elu: alpha is {alpha}"):
        ELU(alpha=alpha)
