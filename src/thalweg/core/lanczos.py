"""The outermost eigenvalues of a symmetric matrix that is known by its products with vectors: restarted Lanczos.

A basis of the Krylov space v, Av, A²v, ... is held orthonormal by projecting every new vector on all the others, twice.
Within the basis A is a small matrix, whose eigenvalues θ and eigenvectors s give the Ritz pairs θ and y = Σ s_i v_i of
A. When the basis is full it starts anew from the Ritz vectors next to those wanted (the thick restart of Wu & Simon
2000), so that memory stays bounded. The residual |Ay - θy| of a pair comes for nothing: some eigenvalue lies no further
from θ than that, and with the gap to the next one θ is as near as residual²/gap.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from .arrays import Array, Float, Namespace, Scalar, namespace
from .control import choose, put, while_loop
from .linear_algebra import eigh

_NUMBERS_IN_A_BASIS = 1 << 22
_LARGEST_BASIS = 48
_SPARE = 8
"""Vectors that a basis has at least beside twice those wanted."""


class Ritz(NamedTuple):
    """The eigenpairs found, the largest first, and what they cost."""

    values: Float[Array, " pairs"]
    vectors: Float[Array, "pairs n"]
    residuals: Float[Array, " pairs"]
    """|Ay - θy| of each pair."""
    products: Array
    """How often the matrix was multiplied with a vector."""
    converged: Array


class _State(NamedTuple):
    V: Array
    """The basis as rows, the next vector after them, then zeros."""
    H: Array
    """A within the basis."""
    size: Array
    """How many vectors of the basis were multiplied."""
    products: Array
    values: Array
    weights: Array
    """Of the wanted Ritz vectors over the basis, as rows."""
    residuals: Array
    done: Array


def basis_size(n: int, wanted: int) -> int:
    """How many vectors of length n a basis holds: at most 48, and fewer large ones, but some more than are wanted.

    >>> basis_size(10, 2), basis_size(10_000, 2), basis_size(10_000_000, 2)
    (10, 48, 12)
    """
    return min(n, max(2 * wanted + _SPARE, min(_LARGEST_BASIS, _NUMBERS_IN_A_BASIS // n)))


def lanczos(
    product: Callable[[Float[Array, " n"]], Float[Array, " n"]],
    start: Float[Array, " n"],
    spare: Float[Array, " n"],
    *,
    largest: int = 1,
    smallest: int = 0,
    tolerance: Scalar = 1e-3,
    most_products: Array | int = 1000,
) -> Ritz:
    """The `largest` and `smallest` eigenpairs of the symmetric A with A v = `product(v)`, searched from `start`.

    It ends when each residual |Ay - θy| is at most `tolerance` times the largest |θ|, or after `most_products`. `spare`
    is a random vector to go on with where the space from `start` is spent, or if that is 0; of an eigenvalue that
    occurs several times one pair is found. `largest + smallest` must be from 1 to n. Runs step by step on NumPy, and
    compiles on JAX.

    >>> import numpy as np
    >>> A = np.diag([5.0, 1.0, -2.0])
    >>> found = lanczos(lambda v: A @ v, np.ones(3), np.ones(3), largest=1, smallest=1, tolerance=1e-9)
    >>> found.values.round(6), abs(found.vectors).round(6)
    (array([ 5., -2.]), array([[1., 0., 0.],
           [0., 0., 1.]]))

    Source: Lanczos 1950; Wu & Simon 2000.
    """
    xp = namespace(start)
    n, wanted = start.shape[0], largest + smallest
    full = basis_size(n, wanted)
    kept = min(full - 1, wanted + (full - wanted) // 3)
    least = xp.finfo(start.dtype).eps * 16
    tolerance = xp.where(xp.asarray(tolerance) > least, tolerance, least)
    places = xp.arange(full)

    def step(state: _State) -> _State:
        j = state.size
        w = product(state.V[j])
        w, h = _made_orthogonal(state.V, w)
        beta = _norm(xp, w)
        new = xp.where(places <= j, h[:full], 0.0)
        H = put(put(state.H, j, new).T, j, new)
        spent = beta <= least * _norm(xp, xp.reshape(H, (-1,)))
        beta = xp.where(spent, 0.0, beta)
        values, weights, residuals = ritz(H, j + 1, beta)
        worst = xp.max(residuals)
        scale = xp.max(xp.abs(values))
        enough = (worst <= tolerance * scale) & (j + 1 >= min(n, wanted))
        products = state.products + 1
        done = enough | (products >= most_products) | ~xp.isfinite(worst) | (j + 1 >= n)
        w = choose(xp, spent, lambda w: _made_orthogonal(state.V, xp.roll(spare, j + 1))[0], lambda w: w, w)
        length = _norm(xp, w)
        V = put(state.V, j + 1, w / xp.where(length > 0, length, 1.0))
        return _State(V, H, j + 1, products, values, weights, residuals, done)

    def ritz(H: Array, size: Array | int, beta: Scalar) -> tuple[Array, Array, Array]:
        """Values, weights and residuals of the wanted pairs in a basis of this size."""
        norm = _norm(xp, xp.reshape(H, (-1,)))
        beyond = xp.where(norm > 0, 2.0 * norm, 1.0)  # above every eigenvalue: what is not in the basis
        unused = xp.astype(places >= size, H.dtype) * beyond
        values, vectors = eigh(H + unused[:, None] * xp.eye(full, dtype=H.dtype))
        at = [xp.maximum(size - 1 - i, 0) for i in range(largest)]
        at += [xp.minimum(smallest - 1 - i, size - 1) for i in range(smallest)]
        at = xp.stack([xp.asarray(place) for place in at])
        weights = xp.take(vectors, at, axis=1).T
        return xp.take(values, at), weights, beta * xp.abs(xp.take(weights, size - 1, axis=1))

    def restart(state: _State) -> _State:
        """The basis of the outermost Ritz vectors, and the residual that they have in common."""
        values, vectors = eigh(state.H)
        low = smallest and max(smallest, (kept - largest) * smallest // wanted)
        at = xp.concat([xp.arange(full - (kept - low), full), xp.arange(low)])
        rows = xp.take(vectors, at, axis=1).T @ state.V[:full]
        zeros = xp.zeros((full - kept, n), dtype=rows.dtype)
        V = put(xp.concat([rows, zeros, zeros[:1]]), kept, state.V[full])
        diagonal = xp.concat([xp.take(values, at), xp.zeros(full - kept, dtype=rows.dtype)])
        return state._replace(V=V, H=diagonal[:, None] * xp.eye(full, dtype=rows.dtype), size=xp.asarray(kept))

    start = xp.where(_norm(xp, start) > 0, start, spare)
    first = start / _norm(xp, start)
    nothing = xp.zeros((), dtype=start.dtype)
    state = _State(
        V=put(xp.zeros((full + 1, n), dtype=start.dtype), 0, first),
        H=xp.zeros((full, full), dtype=start.dtype),
        size=xp.asarray(0),
        products=xp.asarray(0),
        values=xp.broadcast_to(nothing, (wanted,)),
        weights=xp.broadcast_to(nothing, (wanted, full)),
        residuals=xp.broadcast_to(nothing, (wanted,)),
        done=xp.asarray(False),
    )

    def fill(state: _State) -> _State:
        """A basis from where it stands to where it is full, or good enough."""
        if full < n:
            state = choose(xp, state.size == full, restart, lambda state: state, state)
        return while_loop(xp, lambda state: ~state.done & (state.size < full), step, state)

    end = while_loop(xp, lambda state: ~state.done, fill, state)
    converged = xp.max(end.residuals) <= tolerance * xp.max(xp.abs(end.values))
    return Ritz(end.values, end.weights @ end.V[:full], end.residuals, end.products, converged)


def _made_orthogonal(V: Array, w: Array) -> tuple[Array, Array]:
    """w less its projections on the rows of V, and these; twice, since once leaves rounding errors."""
    h = V @ w
    w = w - h @ V
    again = V @ w
    return w - again @ V, h + again


def _norm(xp: Namespace, v: Array) -> Array:
    """|v|, also where the squares of its numbers are too small or too large for their type."""
    most = xp.max(xp.abs(v))
    v = v / xp.where(most > 0, most, 1.0)
    return most * xp.sqrt(xp.sum(v * v))
