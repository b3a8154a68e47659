"""Two directions through a point of the parameters' space: two weights, random, the gradient and curvature, or PCA."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ..core.kinds import as_number, check_count
from ..core.network import Network
from ..core.weight_names import find_weight, index_of, name_of
from ..errors import ArgumentError, DataError, shown, unknown
from ..optimizers.full_batch import Problem
from .choices import DIRECTIONS


@dataclass(frozen=True)
class Plane:
    """The points origin + c_1 direction_1 + c_2 direction_2, with the names of the two axes.

    `origin` is (parameters,) and `directions` (2, parameters), both in the order of `Network.ravel`. `share` is what
    of the squared length of the steps lies along each direction of a PCA, and None for other planes; `reach` is how
    far to either side one would look if nothing else says so.

    >>> plane = Plane(("a", "b"), np.zeros(3), np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 2.0]]))
    >>> plane.points(np.array([[5.0, 1.0]])), plane.coordinates(np.array([[5.0, 9.0, 2.0]]))
    (array([[5., 0., 2.]]), array([[5., 1.]]))
    """

    names: tuple[str, str]
    origin: np.ndarray
    directions: np.ndarray
    reach: tuple[float, float] = (1.0, 1.0)
    share: tuple[float, float] | None = None

    def points(self, coordinates: np.ndarray) -> np.ndarray:
        """The parameter vectors (points, parameters) at coordinates (points, 2)."""
        return self.origin + coordinates @ self.directions

    def coordinates(self, X: np.ndarray) -> np.ndarray:
        """The coordinates (points, 2) of the points of the plane that are nearest to the vectors X."""
        D = self.directions
        return np.linalg.solve(D @ D.T, D @ (X - self.origin).T).T


def find_plane(problem: Problem, x: np.ndarray, across: object, steps: Sequence[np.ndarray], seed: int) -> Plane:
    """The plane that `across` says: two names of weights, a name of `DIRECTIONS`, or an array (2, parameters).

    `steps` are the points (points, parameters) of trajectories, for PCA. Raises ArgumentError for other than two
    directions, for weights and directions that do not exist, and for directions that make no plane.
    """
    if isinstance(across, str):
        if across not in DIRECTIONS:
            raise ArgumentError(f"{unknown('directions', across, DIRECTIONS)}; or give the names of two weights")
        if len(x) < 2:
            raise ArgumentError("the network has one parameter: a surface needs two; use error_along_weight")
        if across == "random":
            return _random(problem.net, x, seed)
        return _gradient(problem, x) if across == "gradient" else _principal(x, steps)
    if isinstance(across, np.ndarray) and across.dtype.kind == "f":
        return _given(x, across)
    if not isinstance(across, Sequence) or not all(isinstance(name, str) for name in across):
        raise ArgumentError(
            f"across is {shown(across)}; it must be two names of weights, one of {', '.join(DIRECTIONS)}, or an array "
            "of two directions"
        )
    if len(across) != 2:
        what = "one weight: use error_along_weight, or name two" if len(across) == 1 else f"{len(across)} directions"
        raise ArgumentError(f"a surface has two directions, and across names {what}")
    return _weights(problem.net, x, across)


def curvature_along(problem: Problem, x: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """The curvature D ∇²F(x) Dᵀ of F at x along directions, which are the rows of D: (directions, directions).

    >>> import thalweg as tw
    >>> problem = Problem(tw.mlp(1, 1), tw.losses.SSE(), {"input": np.array([[3.0]])}, np.array([[5.0]]))
    >>> curvature_along(problem, np.zeros(2), np.eye(2))
    array([[18.,  6.],
           [ 6.,  2.]])
    """
    with np.errstate(all="ignore"):
        return np.stack([directions @ problem.hessian_product(x, direction) for direction in directions])


def check_span(name: str, span: Iterable[object]) -> tuple[float, float]:
    """(low, high) as finite numbers, low below high; raises ArgumentError otherwise."""
    try:
        low, high = map(as_number, span)
    except (TypeError, ValueError):
        low = high = None
    if low is None or high is None:
        raise ArgumentError(f"{name} is {shown(span)}; it must be (low, high)")
    if not (np.isfinite([low, high, high - low]).all() and low < high):
        raise ArgumentError(f"{name} is {shown(span)}; it must be (low, high), finite and low below high")
    return low, high


def check_points(points: object) -> int:
    """A number of points along an axis; raises ArgumentError unless it is a whole number of at least 2."""
    return check_count("points", points, 2)


def _weights(net: Network, x: np.ndarray, names: Sequence[str]) -> Plane:
    places = [find_weight(net, name) for name in names]
    if places[0] == places[1]:
        raise ArgumentError(f"weight {names[0]!r} is named twice: a surface needs two weights")
    at = [index_of(net, place) for place in places]
    directions = np.zeros((2, len(x)))
    directions[[0, 1], at] = 1.0
    origin = x.copy()
    origin[at] = 0.0
    reach = np.maximum(3.0, np.abs(x[at]))
    return Plane((name_of(net, places[0]), name_of(net, places[1])), origin, directions, (reach[0], reach[1]))


def _given(x: np.ndarray, directions: np.ndarray) -> Plane:
    if directions.shape != (2, len(x)):
        raise ArgumentError(
            f"across has shape {directions.shape}; it must be (2, {len(x)}): two directions, one number a parameter"
        )
    if not np.isfinite(directions).all():
        raise ArgumentError("across has a number that is not finite: give two finite directions")
    _check_plane(directions, "give two directions that are not along one line")
    return Plane(("direction 1", "direction 2"), x, directions.astype(np.float64))


def _random(net: Network, x: np.ndarray, seed: int) -> Plane:
    """Random directions, in each unit (its weights and bias together) as long as the unit's own (Li et al. 2018)."""
    directions = np.random.default_rng(seed).normal(size=(2, len(x)))
    numbered = net.unravel(np.arange(float(len(x))))
    for weights, bias in numbered.values():
        columns = [*weights.values(), *([] if bias is None else [bias[:, None]])]
        for unit in np.concatenate(columns, axis=1).astype(np.intp):
            norms = np.linalg.norm(directions[:, unit], axis=1, keepdims=True)
            directions[:, unit] *= np.linalg.norm(x[unit]) / norms
    _check_plane(directions, "they are as long as the parameters of each unit, which are 0: use 'gradient'")
    return Plane(("random direction 1", "random direction 2"), x, directions)


def _gradient(problem: Problem, x: np.ndarray) -> Plane:
    _, g = problem.gradient(x)
    values, vectors = largest_curvatures(problem, x)
    if not (np.isfinite(g).all() and np.isfinite(values).all()):
        raise DataError("the gradient or the curvature at the parameters is not finite: start from smaller parameters")
    return downhill_plane(x, g, values, vectors)


def downhill_plane(x: np.ndarray, g: np.ndarray, values: np.ndarray, vectors: np.ndarray, least: float = 1e-6) -> Plane:
    """Down the gradient, and the direction of largest curvature as far as it stands at right angles to it.

    `values` (2,) are the largest curvatures, `vectors` (2, parameters) their directions; the second is taken where less
    than `least` of the first's length stands at right angles to the gradient. Raises DataError if they span no plane.
    """
    length = np.linalg.norm(g)
    half = float(0.5 * np.linalg.norm(x)) or 1.0
    reach = half, half
    if length == 0:
        names = f"largest curvature ({values[0]:.3g})", f"second largest ({values[1]:.3g})"
        return Plane(names, x, vectors, reach)
    down = -g / length
    for name, value, vector in zip(("largest", "second largest"), values, vectors, strict=True):
        beside = vector - (vector @ down) * down
        if np.linalg.norm(beside) > least:
            beside = beside / np.linalg.norm(beside)
            names = "down the gradient", f"{name} curvature ({value:.3g})"
            return Plane(names, x, np.stack([down, beside]), reach)
    raise DataError("the gradient and the curvature at the parameters span no plane: use 'random'")


def largest_curvatures(problem: Problem, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The two largest eigenvalues of ∇²F at a point, the largest first, and their eigenvectors as rows, by Lanczos."""
    size = len(at)
    if size <= 64:
        values, vectors = np.linalg.eigh(problem.hessian(at))
    else:
        from scipy.sparse.linalg import LinearOperator, eigsh

        class Curvature(LinearOperator):
            def _matvec(self, x: np.ndarray) -> np.ndarray:
                return problem.hessian_product(at, x.ravel())

        start = np.random.default_rng(0).normal(size=size)
        values, vectors = eigsh(Curvature(at.dtype, (size, size)), k=2, which="LA", v0=start)
    rows = vectors.T[::-1][:2]
    return values[::-1][:2], rows * _sign(rows)


def _principal(x: np.ndarray, steps: Sequence[np.ndarray]) -> Plane:
    """The directions from x in which trajectories went the furthest: their principal components about x."""
    if not steps:
        raise ArgumentError("'pca' needs trajectories: give some, or use 'random' or 'gradient'")
    moved = np.concatenate(steps) - x
    _, lengths, rows = np.linalg.svd(moved, full_matrices=False)
    if len(lengths) < 2 or lengths[1] <= 1e-9 * lengths[0] or lengths[0] == 0:
        raise ArgumentError("the trajectories go along one line, and 'pca' needs two directions: use 'gradient'")
    shares = lengths**2 / np.sum(lengths**2)
    names = tuple(f"principal direction {k + 1} ({100 * shares[k]:.0f} %)" for k in range(2))
    # Rising along each axis, so that trajectories run the way one reads.
    signs = np.where(moved[-1] @ rows[:2].T < 0, -1.0, 1.0)[:, None]
    return Plane((names[0], names[1]), x, rows[:2] * signs, share=(float(shares[0]), float(shares[1])))


def _check_plane(directions: np.ndarray, remedy: str) -> None:
    """Raise ArgumentError for two directions that lie along one line."""
    lengths = np.linalg.norm(directions, axis=1)
    if (lengths == 0).any() or np.linalg.svd(directions / lengths[:, None], compute_uv=False)[1] < 1e-6:
        raise ArgumentError(f"the two directions make no plane: {remedy}")


def _sign(rows: np.ndarray) -> np.ndarray:
    """For each row, the sign that makes its largest entry positive."""
    largest = np.take_along_axis(rows, np.abs(rows).argmax(axis=1)[:, None], axis=1)
    return np.where(largest < 0, -1.0, 1.0)
