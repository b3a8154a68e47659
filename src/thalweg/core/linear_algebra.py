"""Linear systems that say by a flag, on NumPy as on JAX, that they could not be solved."""

from __future__ import annotations

from importlib import import_module

from .arrays import Array, Float, Namespace, namespace

_SMALL = 64
"""Above, threads are worth their start. SciPy's wait for work for a while, as NumPy's do, and with one core for each
thread those of two libraries in turn wait for each other (measured: Levenberg-Marquardt takes three times as long).
"""


def cholesky(A: Float[Array, "n n"]) -> tuple[Float[Array, "n n"], Array]:
    """L with A = L Lᵀ in its lower triangle (above it, anything), and whether A is positive definite; if not, NaN.

    >>> import numpy as np
    >>> cholesky(np.array([[4.0, 0.0], [0.0, 0.0]]))[1]
    np.False_
    """
    xp = namespace(A)
    library = xp.__name__.partition(".")[0]
    if library == "numpy" and A.shape[0] > _SMALL:
        try:
            L = xp.linalg.cholesky(A)
        except _failures(xp):
            L = xp.full_like(A, float("nan"))
        return L, xp.isfinite(L[-1, -1])
    if library == "numpy":  # LAPACK's routine itself, which answers in a tenth of the time for a small matrix
        lapack = import_module("scipy.linalg.lapack")
        L, failed = (lapack.spotrf if A.dtype == xp.float32 else lapack.dpotrf)(A, lower=1, clean=0)
        return (xp.full_like(A, float("nan")) if failed else L), xp.isfinite(L[-1, -1]) & (failed == 0)
    L, _ = import_module(f"{library}.scipy.linalg").cho_factor(A, lower=True)
    return L, xp.isfinite(L[-1, -1])


def cholesky_solve(L: Float[Array, "n n"], b: Float[Array, " n"]) -> Float[Array, " n"]:
    """y of L Lᵀ y = b, from the lower triangle of L.

    >>> import numpy as np
    >>> cholesky_solve(cholesky(np.array([[4.0, 0.0], [0.0, 1.0]]))[0], np.array([2.0, 3.0]))
    array([0.5, 3. ])
    """
    xp = namespace(L, b)
    library = xp.__name__.partition(".")[0]
    if library == "numpy":
        lapack = import_module("scipy.linalg.lapack")
        return (lapack.spotrs if L.dtype == xp.float32 else lapack.dpotrs)(L, b, lower=1)[0]
    return import_module(f"{library}.scipy.linalg").cho_solve((L, True), b)


def solve(A: Float[Array, "n n"], b: Float[Array, " n"]) -> tuple[Float[Array, " n"], Array]:
    """y of A y = b, and whether A is regular; NaN if it is not.

    >>> import numpy as np
    >>> solve(np.zeros((1, 1)), np.ones(1))
    (array([nan]), np.False_)
    """
    xp = namespace(A, b)
    try:
        y = xp.linalg.solve(A, b)
    except _failures(xp):
        y = xp.full_like(b, float("nan"))
    return y, xp.all(xp.isfinite(y))


def least_squares(A: Float[Array, "m n"], b: Float[Array, " m"]) -> Float[Array, " n"]:
    """The shortest y of those with the least |A y - b|; NaN if A or b is not finite.

    >>> import numpy as np
    >>> least_squares(np.array([[1.0, 1.0]]), np.array([2.0]))
    array([1., 1.])
    """
    xp = namespace(A, b)
    try:
        return xp.linalg.lstsq(A, b)[0]
    except _failures(xp):
        return xp.full((A.shape[1],), float("nan"), dtype=A.dtype)


def eigh(A: Float[Array, "n n"]) -> tuple[Float[Array, " n"], Float[Array, "n n"]]:
    """Eigenvalues of a symmetric matrix, rising, and its eigenvectors as columns; NaN if it is not finite.

    >>> import numpy as np
    >>> eigh(np.array([[2.0, 0.0], [0.0, 1.0]]))[0]
    array([1., 2.])
    """
    xp = namespace(A)
    try:
        values, vectors = xp.linalg.eigh(A)
    except _failures(xp):
        return xp.full((A.shape[0],), float("nan"), dtype=A.dtype), xp.full_like(A, float("nan"))
    return values, vectors


def _failures(xp: Namespace) -> tuple[type[Exception], ...]:
    """What the array library raises for a matrix that it cannot handle; JAX raises nothing and gives NaN."""
    failure = getattr(xp.linalg, "LinAlgError", None)
    return () if failure is None else (failure,)
