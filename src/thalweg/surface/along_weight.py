"""The error against one weight, all others held, with the tangent whose slope is the gradient (AIFH figure 6.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..core.arrays import Array
from ..core.kinds import takes_kinds
from ..core.losses import LOSSES, Loss
from ..core.network import Network, Parameters
from ..core.plain_data import JsonObject
from ..core.weight_names import find_weight, index_of, name_of
from ..errors import ArgumentError, DataError
from ..optimizers.full_batch import Problem
from .evaluate import errors_across
from .loss_point import check_loss_point, error_told, named
from .plane import check_points, check_span
from .trajectory import Trajectory

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


@dataclass(frozen=True)
class Descent:
    """The way of a rule that trains one weight: its `values` (points,), F and ∂F/∂w there, the start first.

    `stopped_because` is that of the trajectory.
    """

    name: str
    values: np.ndarray
    F: np.ndarray
    slopes: np.ndarray
    stopped_because: str

    @property
    def steps(self) -> np.ndarray:
        """Δw of each update (points - 1,)."""
        return np.diff(self.values)


@dataclass(frozen=True)
class ErrorAlongWeight:
    """F (points,) at the values (points,) of a weight; `at` is the weight's own value, where F is `F_at`.

    F is NaN where it is not finite. `paths` are those of rules that train this weight alone.
    """

    name: str
    values: np.ndarray
    F: np.ndarray
    at: float
    F_at: float
    slope: float
    """∂F/∂w at the weight's own value, by the backward phase."""
    loss: str
    paths: tuple[Descent, ...] = ()
    l2: float = 0.0
    """The penalty in F."""

    @property
    def error(self) -> str:
        """What F is, in words: the error of a loss, and the l2 penalty if it has one."""
        return error_told(self.loss, self.l2)

    def tangent(self, values: ArrayLike) -> np.ndarray:
        """F(w₀) + ∂F/∂w (w - w₀)."""
        return self.F_at + self.slope * (np.asarray(values) - self.at)

    def to_dict(self) -> JsonObject:
        """Plain data for a file; None where F is not finite."""
        from ..files.model_file import plain

        return plain({**vars(self), "paths": [vars(path) for path in self.paths]})


@takes_kinds
def error_along_weight(
    net: Network,
    loss: str | Loss | None,
    params: Parameters,
    P: np.ndarray | Mapping[str, np.ndarray],
    T: np.ndarray,
    weight: str,
    *,
    span: tuple[float, float] | None = None,
    points: int = 200,
    trajectories: Sequence[Trajectory] = (),
    sample_weight: Array | None = None,
    target_weight: Array | None = None,
    targets: str = "complete",
    l2: float = 0.0,
) -> ErrorAlongWeight:
    """F as one weight or bias varies and all others stay, with the tangent at its own value: slope ∂F/∂w.

    Args:
        net: The network.
        loss: A name or object of `tw.losses`; None: the one that `tw.train` would take.
        params: The parameters, as `net.init()` gives them.
        P: Inputs (examples, features), or a mapping of one array for each input.
        T: Targets (examples, outputs).
        weight: `layer[to,from]`, or `layer[to]` for a bias, counted from 0.
        span: (low, high) of the weight; None: 3 or its own size to either side of it, and so far as the paths go.
        points: How many values are taken over the span.
        trajectories: Paths of rules, from `trajectory` with this weight as the `only` one.
        sample_weight: (examples,) weights of the examples; 2 counts as the example given twice.
        target_weight: (examples, outputs) weights of the single targets; 0 is as left out.
        targets: "complete", or "ignore_nan": a target that is NaN is missing, and has weight 0.
        l2: Adds (l2/2) Σ w² over the weights to F.

    Raises ArgumentError and DataError for what does not fit, and for a span on which F is nowhere finite.
    AIFH figure 6.1.

    >>> import numpy as np, thalweg as tw
    >>> net = tw.mlp(1, 1)
    >>> params = net.unravel(np.array([2.0, 0.0]))
    >>> curve = error_along_weight(net, "sse", params, np.array([[1.0]]), np.array([[5.0]]), "layer1[0,0]", points=3)
    >>> curve.values, curve.F, curve.slope
    (array([-1.,  2.,  5.]), array([36.,  9.,  0.]), -6.0)
    """
    problem, x = check_loss_point(net, loss, params, P, T, sample_weight, l2, target_weight, targets)
    place = find_weight(net, weight)
    index, name = index_of(net, place), name_of(net, place)
    at = float(x[index])
    reach = max(3.0, abs(at))
    paths = tuple(_descent(problem, index, name, one) for one in trajectories)
    ends = [at - reach, at + reach, *(value for path in paths for value in path.values)]
    low, high = (min(ends), max(ends)) if span is None else check_span("span", span)
    values = np.linspace(low, high, check_points(points))
    direction = np.arange(len(x)) == index
    F = errors_across(problem, np.where(direction, 0.0, x), direction[None].astype(np.float64), values[:, None])
    if np.isnan(F).all():
        raise DataError(f"the error is not finite for any {name} from {low:g} to {high:g}: choose a smaller span")
    F_at, g = problem.gradient(x)
    return ErrorAlongWeight(
        name, values, F, at, float(F_at), float(g[index]), named(LOSSES, problem.loss), paths, float(l2)
    )


def _descent(problem: Problem, index: int, name: str, path: Trajectory) -> Descent:
    """A trajectory as one of a weight; raises ArgumentError for one on which others move."""
    others = np.delete(path.X, index, axis=1)
    if (others != others[0]).any():
        raise ArgumentError(f"on the path {path.name!r} other weights move: follow it with only=[{name!r}]")
    slopes = np.array([problem.gradient(x)[1][index] for x in path.X], dtype=np.float64)
    return Descent(path.name, path.X[:, index], path.F, slopes, path.stopped_because)
