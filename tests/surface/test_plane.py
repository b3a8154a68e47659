"""Directions: what each pair is, by jax.hessian, NumPy's own decompositions and norms."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import thalweg as tw
from thalweg.optimizers.full_batch import Problem
from thalweg.surface.plane import Plane, curvature_along, find_plane, largest_curvatures

NET = tw.Network({"p": 2}, [tw.Layer("hidden", 3, "tanh"), tw.Layer("out", 1, "linear", ("hidden", "p"))])
RNG = np.random.default_rng(0)
PROBLEM = Problem(NET, tw.losses.MSE(), {"p": RNG.normal(size=(20, 2))}, RNG.normal(size=(20, 1)))
X0 = NET.ravel(NET.init(4))


def jax_error(x):
    """F of NET by plain jnp."""
    W, b, V, U, c = x[:6].reshape(3, 2), x[6:9], x[9:12], x[12:14], x[14]
    p = PROBLEM.inputs["p"]
    return jnp.mean((jnp.tanh(p @ W.T + b) @ V + p @ U + c - PROBLEM.T[:, 0]) ** 2)


def plane(across, steps=(), seed=0):
    return find_plane(PROBLEM, X0, across, steps, seed)


def test_two_weights_by_their_names():
    found = plane(("hidden[2,1]", "out[0,p:0]"))
    assert found.names == ("hidden[2,1]", "out[0,p:0]")
    point = found.points(np.array([[7.0, -8.0]]))[0]
    changed = np.flatnonzero(point != X0)
    np.testing.assert_array_equal(changed, [5, 12])
    np.testing.assert_array_equal(point[changed], [7.0, -8.0])
    np.testing.assert_array_equal(found.coordinates(X0[None]), X0[None, [5, 12]])


def test_two_weights_are_seen_as_far_as_they_are_large():
    x = X0.copy()
    x[[5, 12]] = 2.0, -7.0
    assert find_plane(PROBLEM, x, ("hidden[2,1]", "out[0,p:0]"), (), 0).reach == (3.0, 7.0)


def test_random_directions_are_in_each_unit_as_long_as_the_unit():
    found = plane("random", seed=5)
    units = [[0, 1, 6], [2, 3, 7], [4, 5, 8], [9, 10, 11, 12, 13, 14]]
    for unit in units:
        for direction in found.directions:
            assert np.linalg.norm(direction[unit]) == pytest.approx(np.linalg.norm(X0[unit]), rel=1e-12)
    np.testing.assert_array_equal(found.directions, plane("random", seed=5).directions)
    assert not np.allclose(found.directions, plane("random", seed=6).directions)
    np.testing.assert_allclose(found.coordinates(X0[None]), 0.0)


def test_the_gradient_and_the_largest_curvature():
    with jax.enable_x64(True):
        both = jax.jit(
            lambda x: (jax.grad(jax_error)(x), jax.hessian(jax_error)(x)),
            compiler_options={"xla_backend_optimization_level": 0},
        )
        g, H = map(np.asarray, both(X0))
    values, vectors = np.linalg.eigh(H)
    first, second = plane("gradient").directions
    np.testing.assert_allclose(first, -g / np.linalg.norm(g), atol=1e-12)
    assert abs(first @ second) < 1e-12
    assert np.linalg.norm(second) == pytest.approx(1.0)
    rest = vectors[:, -1] - first * (first @ vectors[:, -1]) - second * (second @ vectors[:, -1])
    np.testing.assert_allclose(rest, 0.0, atol=1e-10)  # the eigenvector lies in the plane
    assert plane("gradient").names[1] == f"largest curvature ({values[-1]:.3g})"
    D = np.random.default_rng(2).normal(size=(2, len(X0)))
    np.testing.assert_allclose(curvature_along(PROBLEM, X0, D), D @ H @ D.T, rtol=1e-9)


def test_at_a_minimum_the_two_largest_curvatures():
    net = tw.Network({"p": 2}, [tw.Layer("a", 1, bias=False)])
    P, T = np.array([[-4.0, 2.0], [1.0, 2.0]]), np.zeros((2, 1))  # NND P3.3's inputs
    found = find_plane(Problem(net, tw.losses.SSE(), {"p": P}, T), np.zeros(2), "gradient", (), 0)
    assert found.names == ("largest curvature (40)", "second largest (10)")
    np.testing.assert_allclose(np.abs(found.directions), np.array([[2, 1], [1, 2]]) / 5**0.5, atol=1e-12)


@pytest.mark.parametrize("hidden", [3, 40])
def test_lanczos_and_the_whole_matrix_agree_with_numpy(hidden):
    net = tw.mlp(2, hidden, 1, hidden="tanh")
    problem = Problem(net, tw.losses.MSE(), {"input": PROBLEM.inputs["p"]}, PROBLEM.T)
    x = net.ravel(net.init(1))
    values, vectors = largest_curvatures(problem, x)
    expected, columns = np.linalg.eigh(problem.hessian(x))
    np.testing.assert_allclose(values, expected[::-1][:2], rtol=1e-9)
    np.testing.assert_allclose(np.abs(np.sum(vectors * columns.T[::-1][:2], axis=1)), 1.0, rtol=1e-9)


def test_a_large_curvature_downwards_is_not_the_largest():
    class Saddle:
        """½ Σ λ x², seen through its products alone."""

        curvatures = np.concatenate([[-50.0, 3.0, 7.0, -0.2], np.linspace(-1, 1, 66)])

        def hessian_product(self, at, v):
            return self.curvatures * v

    values, vectors = largest_curvatures(Saddle(), np.zeros(70))
    np.testing.assert_allclose(values, [7.0, 3.0], rtol=1e-9)
    np.testing.assert_allclose(vectors, np.eye(70)[[2, 1]], atol=1e-6)


def test_principal_directions():
    """Steps that lie in a plane but for a little: the plane is found, and the share that it holds."""
    rng = np.random.default_rng(1)
    basis = np.linalg.qr(rng.normal(size=(15, 3)))[0].T
    c = rng.normal(size=(50, 3)) * [5.0, 1.0, 0.01]
    found = plane("pca", [X0 + c @ basis])
    np.testing.assert_allclose(np.abs(found.directions @ basis.T), [[1, 0, 0], [0, 1, 0]], atol=0.05)
    np.testing.assert_allclose(found.directions @ found.directions.T, np.eye(2), atol=1e-12)
    variance = np.linalg.eigvalsh(c.T @ c)[::-1]
    np.testing.assert_allclose(found.share, variance[:2] / variance.sum(), rtol=1e-9)
    assert found.coordinates(X0 + c[-1:] @ basis).min() > 0  # the axes rise towards the end


def test_given_directions_need_not_stand_at_right_angles():
    directions = RNG.normal(size=(2, 15))
    found = plane(directions)
    c = np.array([[0.5, -2.0], [1.0, 1.0]])
    np.testing.assert_allclose(found.coordinates(found.points(c)), c, rtol=1e-12)
    off = found.points(c) + np.linalg.svd(directions)[2][5]  # beside the plane: the nearest point is meant
    np.testing.assert_allclose(found.coordinates(off), c, rtol=1e-9)


LINE = np.outer([1.0, 2.0, 3.0], np.ones(15)) + X0


@pytest.mark.parametrize(
    ("across", "words"),
    [
        (("hidden[0,0]", "out[0,p:0]", "out[0]"), "a surface has two directions, and across names 3 directions"),
        (("hidden[0,0]",), "one weight: use error_along_weight, or name two"),
        ((), "across names 0 directions"),
        (("hidden[0,0]", "hidden[0,0]"), "named twice"),
        (("hidden[0,0]", "ot[0]"), "unknown layer 'ot': did you mean 'out'"),
        ("randm", "unknown directions 'randm': did you mean 'random'"),
        ("pca", "'pca' needs trajectories"),
        (3, "across is 3; it must be two names of weights"),
        (np.ones((2, 15)), "the two directions make no plane: give two directions that are not along one line"),
        (np.zeros((2, 15)), "make no plane"),
        (np.full((2, 15), np.nan), "not finite"),
        (np.ones((3, 15)), r"across has shape \(3, 15\); it must be \(2, 15\)"),
    ],
)
def test_mistakes(across, words):
    with pytest.raises(tw.ArgumentError, match=words) as told:
        plane(across)
    assert "\n" not in str(told.value)


def test_no_plane_from_a_line_or_from_nothing():
    with pytest.raises(tw.ArgumentError, match="go along one line"):
        plane("pca", [LINE])
    with pytest.raises(tw.ArgumentError, match="go along one line"):
        plane("pca", [X0[None]])
    with pytest.raises(tw.ArgumentError, match="which are 0: use 'gradient'"):
        find_plane(PROBLEM, 0 * X0, "random", (), 0)
    one = tw.Network({"p": 2}, [tw.Layer("a", 1, bias=False)])
    with pytest.raises(tw.ArgumentError, match="one parameter"):
        find_plane(Problem(one, tw.losses.MSE(), {}, np.zeros((1, 1))), np.ones(1), "random", (), 0)


def test_a_plane_is_plain_data():
    assert Plane(("a", "b"), X0, np.eye(2, 15)).share is None
