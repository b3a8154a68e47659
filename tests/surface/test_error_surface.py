"""Surfaces: values by formulas, curvature by jax.hessian, minima by the texts, and what is refused."""

import json
from fractions import Fraction

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import thalweg as tw

LINEAR = tw.Network({"p": 2}, [tw.Layer("a", 1, bias=False)])
WEIGHTS = ("a[0,0]", "a[0,1]")
NET = tw.mlp(2, 3, 1, hidden="tanh", output="sigmoid")
RNG = np.random.default_rng(0)
P, T = RNG.normal(size=(12, 2)), RNG.random((12, 1))
START = NET.init(2)


def of_the_text(reference, name):
    text = reference("nnd_quadratic")[name]
    return np.array(text["inputs"], float), np.array(text["targets"], float)[:, None], text


@pytest.mark.parametrize("name", ["eq_3_15", "P3_3"])
def test_a_quadratic_of_the_text(reference, name):
    P, T, text = of_the_text(reference, name)
    A, d, c = np.array(text["A"]), np.array(text["d"]), text["c"]
    x0 = np.array([0.5, -0.25])
    over = tw.error_surface(LINEAR, "sse", LINEAR.unravel(x0), P, T, WEIGHTS, span=((-3, 2), (-2, 2.5)), points=7)
    np.testing.assert_array_equal(over.first, np.linspace(-3, 2, 7))
    np.testing.assert_array_equal(over.second, np.linspace(-2, 2.5, 7))
    for i, second in enumerate(over.second):
        for j, first in enumerate(over.first):
            x = np.array([first, second])
            assert over.F[i, j] == pytest.approx(c + d @ x + 0.5 * x @ A @ x, rel=1e-12, abs=1e-12)
    np.testing.assert_array_equal(over.center, x0)
    assert over.F_center == pytest.approx(c + d @ x0 + 0.5 * x0 @ A @ x0)
    np.testing.assert_allclose(over.slope, d + A @ x0, rtol=1e-12)
    np.testing.assert_allclose(over.curvature, A, rtol=1e-12)
    np.testing.assert_allclose(np.linalg.eigvalsh(over.curvature), text["eigenvalues"])
    np.testing.assert_allclose(over.minimum, text["minimum"], atol=1e-6)
    assert over.F_minimum < 1e-10 + (c + d @ text["minimum"] / 2)
    assert not over.at_edge


@pytest.mark.parametrize("across", ["random", "gradient", ("layer1[0,1]", "layer2[0]")])
def test_each_point_is_the_error_of_its_parameters(across):
    over = tw.error_surface(NET, "mse", START, P, T, across, points=5, l2=0.1)
    for i, j in ((0, 0), (4, 1), (2, 2)):
        x = over.plane.points(np.array([[over.first[j], over.second[i]]]))[0]
        assert over.F[i, j] == pytest.approx(tw.gradient(NET, "mse", NET.unravel(x), P, T, l2=0.1)[0], rel=1e-12)
    np.testing.assert_allclose(over.plane.points(over.center[None])[0], NET.ravel(START), atol=1e-14)
    assert over.F_center == pytest.approx(tw.gradient(NET, "mse", START, P, T, l2=0.1)[0], rel=1e-12)


def test_slope_and_curvature_at_the_centre_by_jax():
    over = tw.error_surface(NET, "mse", START, P, T, "random", points=2)

    def error(c):
        x = over.plane.origin + c @ over.plane.directions
        a = jnp.tanh(P @ x[:6].reshape(3, 2).T + x[6:9]) @ x[9:12] + x[12]
        return jnp.mean((jax.nn.sigmoid(a) - T[:, 0]) ** 2)

    with jax.enable_x64(True):
        both = jax.jit(lambda c: (jax.grad(error)(c), jax.hessian(error)(c)))
        slope, curvature = both(np.zeros(2))
    np.testing.assert_allclose(over.slope, slope, rtol=1e-10)
    np.testing.assert_allclose(over.curvature, curvature, rtol=1e-10)


def test_no_point_of_the_grid_lies_below_the_minimum():
    over = tw.error_surface(NET, "mse", START, P, T, "random", points=40, seed=1)
    assert over.F_minimum <= over.F.min()
    c = over.minimum[None]
    F = tw.gradient(NET, "mse", NET.unravel(over.plane.points(c)[0]), P, T)[0]
    assert pytest.approx(F, rel=1e-12) == over.F_minimum


def test_a_lowest_point_at_the_border_is_told(reference):
    P, T, _ = of_the_text(reference, "P3_3")
    over = tw.error_surface(LINEAR, "sse", LINEAR.unravel(np.ones(2)), P, T, WEIGHTS, span=(1, 2), points=5)
    assert over.at_edge
    assert over.minimum.min() == 1.0


def test_paths_of_two_weights_are_the_weights(reference):
    P, T, _ = of_the_text(reference, "P3_3")
    start = LINEAR.unravel(np.ones(2))
    taken = [tw.trajectory(LINEAR, "sse", start, P, T, rule, steps=9) for rule in (tw.GradientDescent(0.01), "adam")]
    over = tw.error_surface(LINEAR, "sse", start, P, T, WEIGHTS, trajectories=taken, points=4)
    for path, one in zip(over.paths, taken, strict=True):
        np.testing.assert_allclose(path.points, one.X, rtol=1e-14)
        np.testing.assert_array_equal(path.F, one.F)
        assert path.share == 1.0
        assert (path.name, path.stopped_because) == (one.name, "steps")
        assert (path.points > (over.first[0], over.second[0])).all()
        assert (path.points < (over.first[-1], over.second[-1])).all()


def test_a_path_that_leaves_the_plane_says_how_much_of_it_is_seen():
    taken = tw.trajectory(NET, "mse", START, P, T, tw.GradientDescent(0.5), steps=20)
    over = tw.error_surface(NET, "mse", START, P, T, ("layer1[0,0]", "layer2[0,0]"), trajectories=[taken], points=4)
    moved = taken.X - taken.X[0]
    np.testing.assert_allclose(over.paths[0].points, taken.X[:, [0, 9]], rtol=1e-13)
    assert over.paths[0].share == pytest.approx((moved[:, [0, 9]] ** 2).sum() / (moved**2).sum())
    assert over.paths[0].share < 0.9


def test_the_plane_of_the_principal_directions_holds_more_of_the_paths_than_any_other():
    rules = tw.GradientDescent(0.5), tw.Momentum(0.3), tw.Adam(0.05)
    taken = [tw.trajectory(NET, "mse", START, P, T, rule, steps=60) for rule in rules]
    pca = tw.error_surface(NET, "mse", START, P, T, "pca", trajectories=taken, points=4)
    steps = np.concatenate([one.X for one in taken]) - NET.ravel(START)
    assert pca.plane.share is not None

    def held(over):
        directions = np.linalg.qr(over.plane.directions.T)[0]
        return ((steps @ directions) ** 2).sum() / (steps**2).sum()

    assert held(pca) == pytest.approx(sum(pca.plane.share))
    for seed in range(5):
        assert held(tw.error_surface(NET, "mse", START, P, T, "random", points=2, seed=seed)) < held(pca)


def test_a_path_that_flies_away_does_not_make_the_rest_small(reference):
    P, T, _ = of_the_text(reference, "P3_3")
    start = LINEAR.unravel(np.ones(2))
    taken = [tw.trajectory(LINEAR, "sse", start, P, T, tw.GradientDescent(rate), steps=400) for rate in (0.02, 0.2)]
    assert taken[1].stopped_because == "diverged"
    over = tw.error_surface(LINEAR, "sse", start, P, T, WEIGHTS, trajectories=taken, points=4)
    assert np.ptp(over.first) < 10


def test_what_is_not_finite_is_nan_and_the_rest_is_drawn():
    net = tw.mlp(2, 3, 1, hidden="relu")
    over = tw.error_surface(
        net, "mse", net.init(0), 1e30 * np.abs(P), T, ("layer1[0,0]", "layer2[0,0]"),
        span=((-1e80, 1e80), (-1e100, 1e100)), points=10,
    )  # fmt: skip
    missing = np.isnan(over.F)
    assert 0 < missing.sum() < over.F.size
    told = json.loads(json.dumps(over.to_dict(), allow_nan=False))
    np.testing.assert_array_equal(np.array(told["F"], dtype=object) == None, missing)  # noqa: E711


def test_as_data():
    taken = tw.trajectory(NET, "mse", START, P, T, "adam", steps=3)
    over = tw.error_surface(NET, "mse", START, P, T, "gradient", points=3, trajectories=[taken])
    told = json.loads(json.dumps(over.to_dict(), allow_nan=False))
    assert np.array(told["F"]).shape == (3, 3)
    assert np.array(told["plane"]["directions"]).shape == (2, 13)
    assert told["plane"]["names"][0] == "down the gradient"
    assert told["paths"][0]["name"] == "adam"
    assert len(told["paths"][0]["points"]) == 4


@pytest.mark.parametrize(
    ("changed", "error", "words"),
    [
        ({"across": ("layer1[0,0]",) * 3}, tw.ArgumentError, "a surface has two directions"),
        ({"across": ("layer1[0,0]", "layr2[0]")}, tw.ArgumentError, "did you mean 'layer2'"),
        ({"span": (2, 1)}, tw.ArgumentError, "low below high"),
        ({"span": ((0, 1), (0, 1), (0, 1))}, tw.ArgumentError, "span is"),
        ({"span": ((0, 1), (0, float("nan")))}, tw.ArgumentError, "finite"),
        ({"span": ((0, 1), None)}, tw.ArgumentError, r"span is \(\(0, 1\), None\); it must be \(low, high\)"),
        ({"span": ((0, 1), (0,))}, tw.ArgumentError, r"it must be \(low, high\)"),
        ({"span": ((0, (1, 2)), (0, 1))}, tw.ArgumentError, r"it must be \(low, high\)"),
        ({"span": ("a", "b")}, tw.ArgumentError, r"span is \('a', 'b'\); it must be \(low, high\)"),
        ({"points": 1}, tw.ArgumentError, "at least 2"),
        ({"trajectories": [3]}, tw.DataError, "not one of this network"),
        ({"span": (1e308, 1.5e308)}, tw.DataError, "the error is not finite at any point of layer1"),
        ({"P": P[:0], "T": T[:0]}, tw.DataError, "P has no examples"),
        ({"P": None}, tw.ArgumentError, "P is None; it must be an array"),
        ({"loss": "cross_entropy", "net": tw.mlp(2, 1)}, tw.ArgumentError, "needs sigmoid or softmax"),
    ],
)
def test_mistakes(changed, error, words):
    net = changed.get("net", tw.mlp(2, 3, 1, hidden="linear"))
    given = {"loss": "mse", "P": P, "T": T, "across": ("layer1[0,0]", "layer2[0,0]"), **changed}
    given.pop("net", None)
    positional = [given.pop(name) for name in ("loss",)]
    with pytest.raises(error, match=words) as told:
        tw.error_surface(net, positional[0], net.init(0), given.pop("P"), given.pop("T"), given.pop("across"), **given)
    assert "\n" not in str(told.value)


def test_a_span_is_of_any_numbers():
    start = LINEAR.init(0)
    right = tw.error_surface(LINEAR, "sse", start, P, T, WEIGHTS, span=((-1, 1), (-2, 2)), points=3)
    for span in (np.array([[-1, 1], [-2, 2]]), [np.array([-1, 1]), (Fraction(-2), Fraction(2))]):
        over = tw.error_surface(LINEAR, "sse", start, P, T, WEIGHTS, span=span, points=3)
        np.testing.assert_array_equal(over.F, right.F)


def test_a_penalty_of_another_library_is_plain_data():
    l2, given = jnp.asarray(0.5), (LINEAR, "sse", LINEAR.init(0), P, T)
    drawn = (
        tw.error_surface(*given, WEIGHTS, points=2, l2=l2),
        tw.error_along_weight(*given, "a[0,0]", points=2, l2=l2),
        tw.error_along_direction(*given, np.ones(2), points=2, l2=l2),
    )
    for one in drawn:
        assert json.loads(json.dumps(one.to_dict()))["l2"] == 0.5


def test_a_trajectory_of_another_network():
    other = tw.trajectory(LINEAR, "sse", LINEAR.init(0), P, T, "gd", steps=2)
    with pytest.raises(tw.DataError, match="not one of this network"):
        tw.error_surface(NET, "mse", START, P, T, "pca", trajectories=[other])
