"""Lanczos against NumPy's eigvalsh: random spectra, eigenvalues that occur often, restarts, and XLA."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from thalweg.core.lanczos import basis_size, lanczos

RNG = np.random.default_rng(0)


def symmetric(n, seed=0):
    A = np.random.default_rng(seed).normal(size=(n, n))
    return A + A.T


def found_in(A, seed=1, **options):
    start, spare = np.random.default_rng(seed).normal(size=(2, len(A)))
    return lanczos(lambda v: A @ v, start, spare, **options)


def ends(A, largest, smallest):
    values = np.linalg.eigvalsh(A)
    return np.concatenate([values[::-1][:largest], values[:smallest][::-1]])


ASKED = [(1, 0), (0, 1), (1, 1), (3, 2)]


@pytest.mark.parametrize(
    ("n", "largest", "smallest"),
    [(n, *asked) for n in (1, 2, 3, 10, 49, 60, 300) for asked in ASKED if sum(asked) <= n],
)
@pytest.mark.parametrize("tolerance", [1e-2, 1e-11])
def test_the_ends_of_the_spectrum_by_numpy(n, largest, smallest, tolerance):
    A = symmetric(n)
    found = found_in(A, largest=largest, smallest=smallest, tolerance=tolerance)
    scale = np.abs(np.linalg.eigvalsh(A)).max()
    assert found.converged
    assert found.residuals.max() <= tolerance * scale
    # An eigenvalue lies within the residual of each value found; with random spectra it is the one at the end.
    np.testing.assert_allclose(found.values, ends(A, largest, smallest), rtol=0, atol=max(tolerance, 1e-13) * scale)


def test_residuals_are_what_they_say_and_vectors_are_orthonormal():
    A = symmetric(200)
    found = found_in(A, largest=2, smallest=2, tolerance=1e-4)
    beside = found.vectors @ A - found.values[:, None] * found.vectors
    np.testing.assert_allclose(np.linalg.norm(beside, axis=1), found.residuals, rtol=1e-6)
    np.testing.assert_allclose(found.vectors @ found.vectors.T, np.eye(4), atol=1e-12)
    assert found.residuals.max() > 1e-6  # it did stop early


def test_the_error_of_a_value_is_about_the_square_of_its_residual():
    A = symmetric(200)
    values = np.linalg.eigvalsh(A)
    found = found_in(A, largest=1, tolerance=1e-3)
    gap = values[-1] - values[-2]
    assert abs(found.values[0] - values[-1]) <= found.residuals[0] ** 2 / gap * 1.01


def test_a_matrix_that_only_curves_downwards_takes_as_many_products_as_its_negative():
    """The tolerance is a share of the largest size, whatever the signs."""
    A = symmetric(60) @ symmetric(60)
    for asked in ({"largest": 1, "smallest": 2}, {"largest": 2, "smallest": 1}):
        turned = {"largest": asked["smallest"], "smallest": asked["largest"]}
        found, other = found_in(A, tolerance=1e-3, **asked), found_in(-A, tolerance=1e-3, **turned)
        assert found.products == other.products < 60
        np.testing.assert_allclose(found.values, -other.values[::-1], rtol=1e-9)


def test_many_restarts_of_a_small_basis():
    """A spectrum with a cluster at its end needs many more products than a basis holds."""
    values = np.concatenate([np.linspace(0, 1, 500), [1.001]])
    Q = np.linalg.qr(RNG.normal(size=(501, 501)))[0]
    found = found_in(Q * values @ Q.T, largest=1, tolerance=1e-6)
    assert found.converged
    assert found.products > 2 * basis_size(501, 1)
    np.testing.assert_allclose(found.values, 1.001, rtol=1e-9)
    np.testing.assert_allclose(abs(found.vectors[0] @ Q[:, -1]), 1.0, rtol=1e-6)


@pytest.mark.parametrize(
    ("diagonal", "expected"),
    [
        ([0.0] * 5, [0, 0, 0]),
        ([3.0] * 5, [3, 3, 3]),
        ([1.0, 1, 1, 2, 2], [2, 2, 1]),
        ([4.0, -1, 0, 0, 0, 0], [4, 0, -1]),
        ([-1.0, -2, -2], [-1, -2, -2]),
    ],
)
def test_eigenvalues_that_occur_several_times(diagonal, expected):
    found = found_in(np.diag(diagonal), largest=2, smallest=1, tolerance=1e-9)
    assert found.converged
    np.testing.assert_allclose(found.values, expected, atol=1e-12)


def test_products_are_bounded_and_told():
    calls = []
    A = symmetric(300)

    def product(v):
        calls.append(1)
        return A @ v

    found = lanczos(product, *RNG.normal(size=(2, 300)), largest=1, tolerance=1e-12, most_products=7)
    assert (int(found.products), len(calls), bool(found.converged)) == (7, 7, False)
    assert found.values[0] < np.linalg.eigvalsh(A)[-1]  # a Ritz value lies within the spectrum


def test_a_matrix_that_is_not_finite_ends_the_search():
    found = found_in(np.full((5, 5), np.nan), largest=1)
    assert not found.converged
    assert found.products == 1
    assert np.isnan(found.values).all()


@pytest.mark.parametrize(("n", "tolerance"), [pytest.param(6, 1e-4, marks=pytest.mark.thorough), (300, 1e-9)])
def test_compiled_it_finds_the_same(n, tolerance):
    A = symmetric(n)
    start, spare = RNG.normal(size=(2, n))
    with jax.enable_x64(True):
        compiled = jax.jit(
            lambda A, start, spare: lanczos(lambda v: A @ v, start, spare, largest=2, smallest=1, tolerance=tolerance)
        )
        found = jax.tree.map(np.asarray, compiled(*map(jnp.asarray, (A, start, spare))))
    expected = lanczos(lambda v: A @ v, start, spare, largest=2, smallest=1, tolerance=tolerance)
    assert found.products == expected.products
    np.testing.assert_allclose(found.values, expected.values, rtol=1e-9)
    np.testing.assert_allclose(found.residuals, expected.residuals, rtol=1e-3, atol=1e-10)


def test_compiled_it_goes_on_where_a_space_is_spent():
    found = jax.jit(lambda v, r: lanczos(lambda v: 3 * v, v, r, largest=2, smallest=1))(
        jnp.ones(6), jnp.arange(6.0) ** 2
    )
    np.testing.assert_allclose(found.values, [3, 3, 3], rtol=1e-5)
    assert found.products == 3


def test_in_float32_no_tolerance_is_below_rounding():
    A = symmetric(100).astype(np.float32)
    start, spare = RNG.normal(size=(2, 100)).astype(np.float32)
    found = lanczos(lambda v: A @ v, start, spare, largest=1, smallest=1, tolerance=0.0)
    assert found.converged
    assert found.values.dtype == np.float32
    np.testing.assert_allclose(found.values, ends(A.astype(float), 1, 1), rtol=1e-5)


@pytest.mark.parametrize(
    ("kind", "scale"),
    [
        *((np.asarray, scale) for scale in (1e-30, 1e-20, 1.0, 1e20, 1e30)),
        pytest.param(jnp.asarray, 1e-30, marks=pytest.mark.thorough),
    ],
)
def test_in_float32_no_size_of_the_matrix_is_lost(scale, kind):
    A = (scale * symmetric(100)).astype(np.float32)
    start, spare = (kind(v) for v in RNG.normal(size=(2, 100)).astype(np.float32))
    found = lanczos(lambda v: kind(A) @ v, start, spare, largest=2, smallest=1, tolerance=1e-4)
    assert found.converged
    expected = ends(A.astype(float), 2, 1)
    np.testing.assert_allclose(found.values, expected, rtol=0, atol=1e-3 * abs(expected).max())


def test_a_start_of_zeros_is_replaced():
    A = symmetric(20)
    found = lanczos(lambda v: A @ v, np.zeros(20), RNG.normal(size=20), largest=1, tolerance=1e-9)
    np.testing.assert_allclose(found.values, ends(A, 1, 0))


@pytest.mark.parametrize("xp", [np, pytest.param(jnp, marks=pytest.mark.thorough)])
def test_a_start_that_is_an_eigenvector_is_left_for_the_spare_vector(xp):
    """Its Krylov space is spent at once, exactly."""
    with jax.enable_x64(True):
        A = xp.asarray(np.diag([5.0, 4.0, 3.0, 2.0, 1.0]))
        spare = xp.asarray(np.random.default_rng(0).normal(size=5))
        found = lanczos(lambda v: A @ v, xp.asarray(np.eye(5)[4]), spare, largest=2, smallest=1, tolerance=1e-9)
        np.testing.assert_allclose(found.values, [5, 4, 1], rtol=1e-9)
