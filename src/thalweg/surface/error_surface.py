"""The error over a plane through the parameters' space, with the trajectories of update rules upon it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeGuard

import numpy as np

from ..core.arrays import Array
from ..core.kinds import takes_kinds
from ..core.losses import LOSSES, Loss
from ..core.network import Network, Parameters
from ..core.plain_data import JsonObject
from ..errors import DataError
from ..notebook import InWords
from ..notebook.pictures import shades
from ..notebook.pieces import paragraph
from ..optimizers.full_batch import Problem
from .evaluate import errors_across
from .loss_point import check_loss_point, error_told, named
from .plane import Plane, check_points, check_span, curvature_along, find_plane
from .trajectory import Trajectory

End: TypeAlias = float | Sequence[float]
"""Of a span: the low or the high end of both axes; or of one axis both."""


@dataclass(frozen=True)
class Path:
    """A trajectory as it is seen on a surface: its `points` (points, 2) are its nearest ones in the plane.

    `F` (points,) is the error at the trajectory itself, which is the surface's only where it lies in the plane;
    `share` is what of the squared distance that it went from the plane's origin lies in the plane: 1 for a trajectory
    that stays in it.
    """

    name: str
    points: np.ndarray
    F: np.ndarray
    share: float
    stopped_because: str


@dataclass(frozen=True, repr=False)
class Surface(InWords):
    """F (rows, columns) over a plane: F[i, j] at `first[j]`, `second[i]`; NaN where it is not finite.

    For two weights the axes are their values, for other directions the distance from the point given, in units of the
    directions. `center` is the point given, with its error `F_center`, its `slope` (2,) and `curvature` (2, 2): the
    gradient and the Hessian of F along the axes there. `minimum` is the lowest point within the ranges, to more digits
    than the grid has, and `F_minimum` its error; `at_edge` says that it lies on the border, so that F falls further
    outside.
    """

    plane: Plane
    loss: str
    first: np.ndarray
    second: np.ndarray
    F: np.ndarray
    center: np.ndarray
    F_center: float
    slope: np.ndarray
    curvature: np.ndarray
    minimum: np.ndarray
    F_minimum: float
    at_edge: bool
    paths: tuple[Path, ...] = ()
    l2: float = 0.0
    """The penalty in F."""

    @property
    def error(self) -> str:
        """What F is, in words: the error of a loss, and the l2 penalty if it has one."""
        return error_told(self.loss, self.l2)

    @property
    def names(self) -> tuple[str, str]:
        """The names of the two axes."""
        return self.plane.names

    def in_words(self) -> str:
        """Over what the error is, and its lowest point."""
        at = ", ".join(f"{name} = {value:.4g}" for name, value in zip(self.names, self.minimum, strict=True))
        low = "lowest shown" if self.at_edge else "minimum"
        lines = [f"{self.error} over {' and '.join(self.names)}: {self.F_center:.4g} at the parameters"]
        lines.append(f"{low}: {self.F_minimum:.4g} at {at}")
        return "\n".join([*lines, *(f"{path.name}: ends at {path.F[-1]:.4g}" for path in self.paths)])

    def in_html(self) -> str:
        """The words, and the error as shades over the two axes."""
        title, *more = self.in_words().splitlines()
        ranges = (float(self.first[0]), float(self.first[-1])), (float(self.second[0]), float(self.second[-1]))
        at = [
            (float(x) - low) / (high - low) if high > low else 0.5
            for x, (low, high) in zip(self.minimum, ranges, strict=True)
        ]
        picture = shades(self.F.tolist(), self.names[0], self.names[1], ranges, (at[0], at[1]))
        faint = paragraph("the lower the error, the fuller the colour; the ring is the lowest point", "faint")
        return paragraph(title, "title") + "".join(map(paragraph, more)) + picture + faint

    def to_dict(self) -> JsonObject:
        """Plain data for a file; None where F is not finite, or where something is not known."""
        from ..files.model_file import plain

        return plain({**vars(self), "plane": vars(self.plane), "paths": [vars(path) for path in self.paths]})


@takes_kinds
def error_surface(
    net: Network,
    loss: str | Loss | None,
    params: Parameters,
    P: np.ndarray | Mapping[str, np.ndarray],
    T: np.ndarray,
    across: Sequence[str] | str | np.ndarray,
    *,
    span: Sequence[End] | np.ndarray | None = None,
    points: int = 100,
    trajectories: Sequence[Trajectory] = (),
    sample_weight: Array | None = None,
    target_weight: Array | None = None,
    targets: str = "complete",
    l2: float = 0.0,
    seed: int = 0,
) -> Surface:
    """F over two weights or two directions through `params`, on a grid of points × points, all else held.

    `across` is two names of weights, `layer[to,from]` or `layer[to]` for a bias; or

    - "random": two random directions, in each unit as long as the unit's weights and bias (Li et al. 2018);
    - "gradient": down the gradient, and the direction of largest curvature beside it;
    - "pca": the two principal directions of the trajectories' steps from `params`;
    - an array (2, parameters) of directions, such as `directions` of another surface's plane.

    Args:
        net: The network.
        loss: A name or object of `tw.losses`; None: the one that `tw.train` would take.
        params: The parameters, as `net.init()` gives them.
        P: Inputs (examples, features), or a mapping of one array for each input.
        T: Targets (examples, outputs).
        across: Over what, as above.
        span: (low, high) for both axes, or a pair of these; None: so far that it holds the trajectories.
        points: How many values are taken along each axis.
        trajectories: Paths of rules, from `trajectory`, that lie upon the surface.
        sample_weight: (examples,) weights of the examples; 2 counts as the example given twice.
        target_weight: (examples, outputs) weights of the single targets; 0 is as left out.
        targets: "complete", or "ignore_nan": a target that is NaN is missing, and has weight 0.
        l2: Adds (l2/2) Σ w² over the weights to F.
        seed: Of the random directions.

    Raises ArgumentError and DataError for what does not fit, and for ranges over which F is nowhere finite.
    NND figures 3.2 to 3.4.

    >>> import numpy as np, thalweg as tw
    >>> net = tw.mlp(1, 1)
    >>> P, T = np.array([[-1.0], [0.0], [1.0]]), np.array([[-1.5], [0.5], [2.5]])
    >>> start = net.unravel(np.array([0.0, 0.0]))
    >>> over = error_surface(net, "sse", start, P, T, ("layer1[0,0]", "layer1[0]"), span=(0, 2), points=3)
    >>> over.F, over.minimum.round(6)
    (array([[ 8.75,  2.75,  0.75],
           [ 8.75,  2.75,  0.75],
           [14.75,  8.75,  6.75]]), array([2. , 0.5]))
    """
    problem, x = check_loss_point(net, loss, params, P, T, sample_weight, l2, target_weight, targets)
    for taken in trajectories:
        if not isinstance(taken, Trajectory) or taken.X.shape[1] != len(x):
            raise DataError("a trajectory is not one of this network: make it with tw.trajectory")
    plane = find_plane(problem, x, across, [taken.X for taken in trajectories], seed)
    count = check_points(points)
    paths = tuple(path_on(plane, taken) for taken in trajectories)
    center = plane.coordinates(x[None])[0]
    ranges = _ranges(plane, center, paths) if span is None else _given_ranges(span)
    first, second = (np.linspace(low, high, count) for low, high in ranges)
    grid = np.stack(np.meshgrid(first, second), axis=-1).reshape(-1, 2)
    F = errors_across(problem, plane.origin, plane.directions, grid).reshape(count, count)
    if np.isnan(F).all():
        raise DataError(
            f"the error is not finite at any point of {plane.names[0]} from {first[0]:g} to {first[-1]:g} and "
            f"{plane.names[1]} from {second[0]:g} to {second[-1]:g}: choose a smaller range"
        )
    with np.errstate(all="ignore"):
        F_center, g = problem.gradient(x)
        curvature = curvature_along(problem, x, plane.directions)
        minimum, F_minimum = _minimum(problem, plane, first, second, F)
    return Surface(
        plane=plane,
        loss=named(LOSSES, problem.loss),
        first=first,
        second=second,
        F=F,
        center=center,
        F_center=float(F_center),
        slope=plane.directions @ g,
        curvature=curvature,
        minimum=minimum,
        F_minimum=F_minimum,
        at_edge=bool(((minimum <= (first[0], second[0])) | (minimum >= (first[-1], second[-1]))).any()),
        paths=paths,
        l2=float(l2),
    )


def path_on(plane: Plane, taken: Trajectory) -> Path:
    """A trajectory as it is seen on a plane."""
    points = plane.coordinates(taken.X)
    went = np.sum((taken.X - taken.X[0]) ** 2)
    missed = np.sum((taken.X - taken.X[0] - (points - points[0]) @ plane.directions) ** 2)
    return Path(taken.name, points, taken.F, float(1.0 - missed / went) if went else 1.0, taken.stopped_because)


def _given_ranges(span: Sequence[End] | np.ndarray) -> list[tuple[float, float]]:
    return [check_span("span", part) for part in (span if _is_of_each(span) else (span, span))]


def _is_of_each(span: Sequence[End] | np.ndarray) -> TypeGuard[Sequence[Sequence[float]]]:
    return len(span) == 2 and all(np.shape(np.asarray(end, dtype=object)) == (2,) for end in span)


def _ranges(plane: Plane, center: np.ndarray, paths: Sequence[Path]) -> list[tuple[float, float]]:
    """Ranges that hold the centre and the trajectories, but for points at four times the first error or more."""
    middle, half = center, np.array(plane.reach)
    if paths:
        held = np.concatenate([center[None], *(path.points[4.0 * path.F[0] >= path.F] for path in paths)])
        went = np.ptp(held, axis=0)
        if went.max() > 0:
            middle, half = 0.5 * (held.min(axis=0) + held.max(axis=0)), 0.65 * np.maximum(went, 0.25 * went.max())
    return [(float(m - h), float(m + h)) for m, h in zip(middle, half, strict=True)]


def _minimum(
    problem: Problem, plane: Plane, first: np.ndarray, second: np.ndarray, F: np.ndarray
) -> tuple[np.ndarray, float]:
    """The lowest point within the ranges: from the lowest of the grid on by SciPy's L-BFGS-B."""
    from scipy.optimize import minimize

    row, column = np.unravel_index(np.nanargmin(F), F.shape)
    start = np.array([first[column], second[row]])

    def value_and_slope(c: np.ndarray) -> tuple[float, np.ndarray]:
        value, g = problem.gradient(plane.points(c[None])[0])
        return float(value), plane.directions @ g

    bounds = [(first[0], first[-1]), (second[0], second[-1])]
    found = minimize(
        value_and_slope,
        start,
        jac=True,
        bounds=bounds,
        method="L-BFGS-B",
        options={"ftol": 1e-15, "gtol": 1e-10, "maxfun": 200},
    )
    lowest = float(F[row, column])
    return (found.x, float(found.fun)) if found.fun <= lowest else (start, lowest)
