"""Cholesky's decomposition, small and large: NumPy takes another routine above a size."""

import numpy as np
import pytest

from thalweg.core.linear_algebra import cholesky, cholesky_solve, solve


@pytest.mark.parametrize("size", [3, 64, 65, 120])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_solves_and_tells_what_it_cannot(size: int, dtype: str) -> None:
    rng = np.random.default_rng(size)
    half = rng.normal(size=(size, 2 * size))
    A, b = half @ half.T, rng.normal(size=size)
    L, solved = cholesky(A.astype(dtype))
    y = cholesky_solve(L, b.astype(dtype))
    assert solved
    assert y.dtype == dtype
    np.testing.assert_allclose(y, np.linalg.solve(A, b), rtol=1e-3 if dtype == "float32" else 1e-9, atol=1e-6)
    indefinite = A - 2.0 * np.linalg.eigvalsh(A)[0] * np.eye(size)
    L, solved = cholesky(indefinite.astype(dtype))
    assert not solved
    assert np.all(np.isnan(cholesky_solve(L, b.astype(dtype))))


def test_a_solution_with_one_number_too_large_is_none():
    with np.errstate(all="ignore"):
        y, solved = solve(np.diag([1e-300, 1.0]), np.array([1e300, 2.0]))
    assert y[1] == 2.0
    assert not solved
    assert solve(np.diag([1e-300, 1.0]), np.array([1e-300, 2.0]))[1]
