"""The error along a direction: its values, slope and curvature by JAX, its parabola, and a descent by the real rule."""

import functools
import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import thalweg as tw

RNG = np.random.default_rng(0)
NET = tw.mlp(2, 3, 1, hidden="tanh", output="sigmoid")
PARAMS = NET.init(seed=3)
X = NET.ravel(PARAMS)
P, T = RNG.normal(size=(12, 2)), RNG.random((12, 1))
V = RNG.normal(size=NET.parameter_count)
UNIT = V / np.linalg.norm(V)
LINEAR = tw.mlp(2, 1)


def error(x, l2=0.0):
    """The mean squared error of NET, written for JAX."""
    W1, b1, W2, b2 = x[:6].reshape(3, 2), x[6:9], x[9:12].reshape(1, 3), x[12:]
    a = jax.nn.sigmoid(jnp.tanh(P @ W1.T + b1) @ W2.T + b2)
    return jnp.mean((a - T) ** 2) + 0.5 * l2 * (jnp.sum(W1**2) + jnp.sum(W2**2))


@functools.partial(jax.jit, compiler_options={"xla_backend_optimization_level": 0})
def by_jax(x, l2):
    return error(x, l2), jax.grad(error)(x, l2), jax.hessian(error)(x, l2)


def quadratic(points=5, **more):
    """A linear network's squared error, along the eigenvector of its largest curvature."""
    H = np.array(2 * np.c_[P, np.ones(12)].T @ np.c_[P, np.ones(12)] / 12)
    values, vectors = np.linalg.eigh(H)
    params = LINEAR.init(0)
    along = tw.error_along_direction(LINEAR, "mse", params, P, T, vectors[:, -1], points=points, **more)
    return along, params, values[-1]


@pytest.mark.parametrize("l2", [0.0, 0.3])
def test_slope_and_curvature_are_those_of_jax(l2):
    along = tw.error_along_direction(NET, "mse", PARAMS, P, T, V, l2=l2)
    with jax.enable_x64(True):
        F, g, H = map(np.asarray, by_jax(X, l2))
    assert along.F_at == pytest.approx(float(F), rel=1e-12)
    assert along.slope == pytest.approx(g @ UNIT, rel=1e-10)
    assert along.curvature == pytest.approx(UNIT @ H @ UNIT, rel=1e-10)


@pytest.mark.parametrize("l2", [0.0, 0.3])
def test_the_curve_is_the_error_at_each_step(l2):
    along = tw.error_along_direction(NET, "mse", PARAMS, P, T, V, l2=l2, span=(-2, 3), points=6)
    np.testing.assert_allclose(along.steps, [-2, -1, 0, 1, 2, 3])
    for step, F in zip(along.steps, along.F, strict=True):
        assert pytest.approx(float(tw.gradient(NET, "mse", NET.unravel(X + step * UNIT), P, T, l2=l2)[0])) == F
    assert along.F[2] == pytest.approx(along.F_at, rel=1e-13)
    assert (along.name, along.loss) == ("direction", "mse")


def test_the_direction_has_length_1_whatever_was_given():
    long, short = (tw.error_along_direction(NET, "mse", PARAMS, P, T, size * V) for size in (1e9, 1e-9))
    np.testing.assert_allclose(long.direction, UNIT)
    np.testing.assert_allclose(long.F, short.F)
    back = tw.error_along_direction(NET, "mse", PARAMS, P, T, -V)
    np.testing.assert_allclose(back.F, long.F[::-1], rtol=1e-12)
    assert back.slope == pytest.approx(-long.slope)


def test_the_weights_of_examples_count():
    weight = np.repeat([0.0, 1.0], 6)
    some = tw.error_along_direction(NET, "sse", PARAMS, P, T, V, sample_weight=weight, span=(-1, 1))
    fewer = tw.error_along_direction(NET, "sse", PARAMS, P[6:], T[6:], V, span=(-1, 1))
    np.testing.assert_allclose(some.F, fewer.F)
    assert (some.slope, some.curvature) == (pytest.approx(fewer.slope), pytest.approx(fewer.curvature))


def test_the_parabola_touches_the_curve():
    """Their difference is of the third order: a tenth of the step, a thousandth of the difference."""

    def missed(h):
        along = tw.error_along_direction(NET, "mse", PARAMS, P, T, V, span=(-h, h), points=3)
        return np.abs(along.parabola(along.steps) - along.F).max()

    assert missed(1e-1) / missed(1e-2) == pytest.approx(1000, rel=0.1)


def test_of_a_linear_network_the_parabola_is_the_error():
    along, _, largest = quadratic(points=51)
    assert along.curvature == pytest.approx(largest, rel=1e-12)
    np.testing.assert_allclose(along.parabola(along.steps), along.F, rtol=1e-12)


@pytest.mark.parametrize("share", [0.3, 0.9, 1.1, 1.7])
def test_a_descent_is_that_of_gradient_descent(share):
    along, params, largest = quadratic()
    rate = share * 2 / largest
    run = [tw.train(LINEAR, P, T, params=params, optimizer=tw.GradientDescent(rate), batch_size="all", epochs=epochs,
                    dtype="float64", engine="numpy") for epochs in range(1, 5)]  # fmt: skip
    went = [(LINEAR.ravel(after.params) - LINEAR.ravel(params)) @ along.direction for after in run]
    np.testing.assert_allclose(along.descent(rate, 4), [0.0, *went], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("share", "nearer"), [(0.999, True), (1.001, False)])
def test_at_twice_the_inverse_curvature_descent_turns_unstable(share, nearer):
    along, _, largest = quadratic()
    lowest = -along.slope / along.curvature
    away = np.abs(along.descent(share * 2 / largest, 200) - lowest)
    assert (np.diff(away) < 0).all() == nearer
    assert (np.diff(away) > 0).all() != nearer


def test_the_default_span_holds_the_lowest_point_twice_over():
    along, _, _ = quadratic(points=101)
    lowest = -along.slope / along.curvature
    assert along.steps[0] == -along.steps[-1]
    assert along.steps[-1] >= 2 * abs(lowest)
    assert along.parabola(along.steps).max() >= 2 * along.F_at - 1e-12
    flat = tw.error_along_direction(LINEAR, "mse", LINEAR.unravel(np.zeros(3)), 0 * P, 0 * T, np.array([1.0, 0, 0]))
    assert (flat.steps[0], flat.steps[-1]) == (-1.0, 1.0)
    assert (flat.F == 0).all()


def test_as_data():
    net = tw.mlp(1, 1)
    along = tw.error_along_direction(
        net, "mse", net.unravel(np.zeros(2)), [[1.0]], [[1.0]], np.array([0.0, 3.0]), span=(-1e200, 1e200), points=3,
        name="bias",
    )  # fmt: skip
    told = json.loads(json.dumps(along.to_dict(), allow_nan=False))
    assert told == {
        "name": "bias",
        "steps": [-1e200, 0.0, 1e200],
        "F": [None, 1.0, None],
        "F_at": 1.0,
        "slope": -2.0,
        "curvature": 2.0,
        "loss": "mse",
        "l2": 0.0,
        "parabola": [None, 1.0, None],
    }


@pytest.mark.parametrize(
    ("changed", "error", "words"),
    [
        ({"direction": V[:5]}, tw.ArgumentError, r"direction has shape \(5,\); it must be \(13,\)"),
        ({"direction": V[None]}, tw.ArgumentError, r"direction has shape \(1, 13\)"),
        ({"direction": 0 * V}, tw.ArgumentError, "direction is 0 or not finite"),
        ({"direction": V * np.nan}, tw.ArgumentError, "direction is 0 or not finite"),
        ({"direction": np.r_[np.inf, V[1:]]}, tw.ArgumentError, "direction is 0 or not finite"),
        ({"direction": "random"}, tw.ArgumentError, "direction is 'random'; it must be 13 numbers"),
        ({"direction": [[1.0], [2.0, 3.0]]}, tw.ArgumentError, "it must be 13 numbers"),
        ({"direction": V * 1j}, tw.ArgumentError, "it must be 13 numbers"),
        ({"span": (1, 1)}, tw.ArgumentError, r"span is \(1, 1\)"),
        ({"span": (0, float("inf"))}, tw.ArgumentError, "finite"),
        ({"points": 1}, tw.ArgumentError, "points is 1"),
        ({"P": P[:0], "T": T[:0]}, tw.DataError, "P has no examples"),
        ({"P": P * np.nan}, tw.DataError, "P has nan at row 0, column 0"),
        ({"params": None}, tw.ArgumentError, "params is NoneType"),
        ({"l2": -1}, tw.ArgumentError, "l2"),
        ({"loss": "mean"}, tw.ArgumentError, "unknown loss 'mean'"),
    ],
)
def test_mistakes(changed, error, words):
    given = {"loss": "mse", "params": PARAMS, "P": P, "T": T, "direction": V, "span": None, "points": 10} | changed
    places = [given.pop(name) for name in ("loss", "params", "P", "T", "direction")]
    with pytest.raises(error, match=words) as told:
        tw.error_along_direction(NET, *places, **given)
    assert "\n" not in str(told.value)


def test_nowhere_finite():
    huge = LINEAR.unravel(np.full(3, 1e200))
    with pytest.raises(tw.DataError, match="at the parameters are not finite: use smaller parameters"):
        tw.error_along_direction(LINEAR, "mse", huge, P, T, np.ones(3))
    with pytest.raises(tw.DataError, match=r"not finite for any step from 1e\+200 to 2e\+200: choose a smaller span"):
        tw.error_along_direction(LINEAR, "mse", LINEAR.init(0), P, T, np.ones(3), span=(1e200, 2e200))


def test_a_tiny_or_huge_direction_is_no_other():
    for size in (1e-200, 1e200):
        along = tw.error_along_direction(NET, "mse", PARAMS, P, T, size * V)
        np.testing.assert_allclose(along.direction, UNIT)
