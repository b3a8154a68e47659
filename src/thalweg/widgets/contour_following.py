"""The rules of a contour followed from a point of its axes: their paths, the curvature there, and what is stable."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from ..core.network import Network, Parameters
from ..core.weight_names import find_weight, index_of
from ..optimizers.rule import Rule
from ..surface import ErrorAlongWeight, Surface, Trajectory, error_along_weight, trajectory
from ..surface.error_surface import path_on
from ..surface.loss_point import check_loss_point
from ..surface.plane import curvature_along, largest_curvatures
from .contour_data import curvature_data, paths_data
from .contour_rules import outcome, settings_of, slider_data
from .formula_data import Json

if TYPE_CHECKING:
    from optax import GradientTransformation

    from ..optimizers.full_batch import Problem

AnyRule: TypeAlias = "str | Rule | GradientTransformation"
ManyRules: TypeAlias = "AnyRule | Sequence[AnyRule] | Mapping[str, AnyRule]"
"""A rule, several, or a mapping of what their paths are called to them."""

_MOST_CURVED = 20_000_000
"""Parameters times examples, above which the largest curvature of all weights is not looked for at each start."""


_MOST_KNOWN = 8
"""Trajectories that are kept."""


class Followed(NamedTuple):
    """A rule that is followed; its path is called by `label`, or else by the rule and its learning rate."""

    base: str
    rule: Rule
    label: str | None = None

    @property
    def name(self) -> str:
        """What its path is called."""
        rate, momentum = settings_of(self.rule).values()
        called = "α =" if momentum is None else "learning rate"  # beside a momentum α
        return self.label or (f"{self.base}, {called} {rate:g}" if rate is not None else self.base)


def names_of(followed: Sequence[Followed]) -> list[str]:
    """What the paths of rules are called: where names are alike with the momentum, and where that is with a number.

    >>> import thalweg as tw
    >>> names_of(named([tw.optimizers.Momentum(0.1, 0.5), tw.optimizers.Momentum(0.1, 0.9)]))
    ['momentum, learning rate 0.1, momentum 0.5', 'momentum, learning rate 0.1, momentum 0.9']
    """
    names = [one.name for one in followed]
    alike = [name for name in names if names.count(name) > 1]
    for k, one in enumerate(followed):
        momentum = settings_of(one.rule)["momentum"]
        names[k] += f", momentum {momentum:g}" if names[k] in alike and momentum is not None else ""
    return numbered(names)


def numbered(names: Sequence[str]) -> list[str]:
    """Names, of which no two are alike.

    >>> numbered(["gd", "adam", "gd"])
    ['gd', 'adam', 'gd (2)']
    """
    counts = [names[: k + 1].count(name) for k, name in enumerate(names)]
    return [name if count == 1 else f"{name} ({count})" for name, count in zip(names, counts, strict=True)]


class Steepest(NamedTuple):
    """The largest curvature that bounds learning rates, and where it is; 0 where none is known."""

    curvature: float
    where: str


class Answer(NamedTuple):
    """The paths of the rules from a start, their sliders, and the curvature at the start and at the minimum."""

    paths: list[Json]
    rules: list[Json]
    curvature: list[Json]
    whole: bool = True
    """Whether each path has all its steps; a first answer may have the beginnings of paths that take long."""


@dataclass(frozen=True)
class Point:
    """A network, its loss and examples, with the parameters that a picture is of."""

    net: Network
    loss: Any
    params: Parameters
    P: Any
    T: Any
    weighing: Mapping[str, Any]

    @cached_property
    def problem(self) -> Problem:
        """The error as a function of all parameters."""
        return check_loss_point(
            self.net, self.loss, self.params, self.P, self.T, self.weighing["sample_weight"], self.weighing["l2"],
            self.weighing["target_weight"], self.weighing["targets"],
        ).problem  # fmt: skip


def follow(point: Point, params: Parameters, followed: Sequence[Followed], how: Mapping[str, Any]) -> list[Trajectory]:
    """The trajectories of rules from parameters; `how` are options of `trajectory`."""
    return [
        trajectory(point.net, point.loss, params, point.P, point.T, one.rule, name=name, **how, **point.weighing)
        for one, name in zip(followed, names_of(followed), strict=True)
    ]


class Following:
    """Answers where the rules go from a start; a path that was followed before is not followed again."""

    def __init__(self, point: Point, drawn: Surface | ErrorAlongWeight, how: Mapping[str, Any]) -> None:
        self._point, self._drawn, self._how = point, drawn, dict(how)
        self._known: dict[Any, Trajectory] = {}
        self._curved: dict[tuple[float, ...], Json] = {}
        self._pace = 0.0

    def quick(self, seconds: float) -> int:
        """How many steps of a path can be followed in so many seconds, from how long the last one took."""
        return int(seconds / self._pace) if self._pace else self._how["steps"]

    def remember(
        self, start: Sequence[float], followed: Sequence[Followed], taken: Sequence[Trajectory], seconds: float
    ) -> None:
        """Keep trajectories that were followed from a start, in so many seconds."""
        self._pace = seconds / max(1, sum(len(one.X) for one in taken))
        for one, path in zip(followed, taken, strict=True):
            key = _key(start, one)
            if key is not None:
                self._known[key] = path

    def with_steps(self, steps: int) -> Following:
        """The same with another number of updates."""
        return Following(self._point, self._drawn, {**self._how, "steps": steps})

    def answer(
        self, start: Sequence[float], followed: Sequence[Followed], tops: Sequence[float] = (), most: int | None = None
    ) -> Answer:
        """The paths from values on the axes; `tops` are how far the sliders go now.

        Of a path that has to be followed anew `most` steps are followed; None: all of them.
        """
        x = self._x_at(start)
        steps = self._how["steps"] if most is None else max(1, min(most, self._how["steps"]))
        taken = [self._taken(tuple(start), x, one, steps) for one in followed]
        whole = all(len(one.X) > self._how["steps"] or one.stopped_because != "steps" for one in taken)  # fmt: skip
        if isinstance(self._drawn, Surface):
            plane = self._drawn.plane
            paths = [path_on(plane, one) for one in taken]
        else:
            ends = float(self._drawn.values[0]), float(self._drawn.values[-1])
            of = self._point
            along = error_along_weight(
                of.net, of.loss, of.net.unravel(x), of.P, of.T, self._drawn.name, span=ends, points=2,
                trajectories=taken, **of.weighing,
            )  # fmt: skip
            paths = list(along.paths)
        steepest = self.steepest(start)
        data = [{**path, "name": name} for path, name in zip(paths_data(paths), names_of(followed), strict=True)]
        sliders, named = [], numbered([one.base for one in followed])
        for k, (path, one) in enumerate(zip(paths, followed, strict=True)):
            words, diverges = outcome(path, one.rule, steepest.curvature)
            if words:
                data[k] |= {"note": words, "diverges": diverges}
            slider = slider_data(named[k], one.rule, steepest.curvature, tops[k] if k < len(tops) else 0.0)
            sliders.append({**slider, "where": steepest.where} if "bound" in slider else slider)
        return Answer(data, sliders, self.curvatures(start), whole)

    def curvatures(self, start: Sequence[float]) -> list[Json]:
        """The eigenvalues and eigenvectors of the curvature in the plane, at the start and at its minimum."""
        if not isinstance(self._drawn, Surface):
            return []
        at_start = self._curvature(tuple(start), "start")
        if self._drawn.at_edge:
            return [] if at_start is None else [at_start]
        lowest = self._curvature((float(self._drawn.minimum[0]), float(self._drawn.minimum[1])), "minimum")
        return [one for one in (at_start, lowest) if one is not None]

    def steepest(self, start: Sequence[float]) -> Steepest:
        """The largest curvature of what is trained: at the minimum that is seen, or else at the start."""
        if not self._in_plane:
            size = self._point.net.parameter_count * len(self._point.problem.T)
            if size > _MOST_CURVED:
                return Steepest(0.0, "")
            key = (*start, np.inf)
            if key not in self._curved:
                with np.errstate(all="ignore"):
                    self._curved[key] = _largest(self._point.problem, self._x_at(start))
            return Steepest(self._curved[key], "of all weights, at the start")
        known = self.curvatures(start)
        if isinstance(self._drawn, Surface):
            return Steepest(max(known[-1]["values"]), f"at the {known[-1]['where']}") if known else Steepest(0.0, "")
        direction = np.zeros((1, self._point.net.parameter_count))
        direction[0, self._indices()[0]] = 1.0
        lowest = int(np.nanargmin(self._drawn.F))
        inner = 0 < lowest < len(self._drawn.F) - 1
        x = self._x_at([float(self._drawn.values[lowest])] if inner else start)
        found = float(curvature_along(self._point.problem, x, direction)[0, 0])
        where = "at the minimum" if inner else "at the start"
        return Steepest(found, where) if np.isfinite(found) else Steepest(0.0, "")

    @property
    def _in_plane(self) -> bool:
        """Whether the rules cannot leave what is drawn."""
        return self._how["only"] is not None or (
            isinstance(self._drawn, Surface) and len(self._drawn.plane.origin) == 2
        )

    def _taken(self, start: tuple[float, ...], x: np.ndarray, one: Followed, steps: int) -> Trajectory:
        key = _key(start, one)
        if key is None or key not in self._known:
            began = time.perf_counter()
            (taken,) = follow(self._point, self._point.net.unravel(x), [one], {**self._how, "steps": steps})
            self._pace = (time.perf_counter() - began) / len(taken.X)
            if key is None or steps < self._how["steps"]:
                return taken
            while len(self._known) >= _MOST_KNOWN:
                self._known.pop(next(iter(self._known)))
            self._known[key] = taken
        return self._known[key]

    def _curvature(self, at: tuple[float, ...], where: str) -> Json | None:
        assert isinstance(self._drawn, Surface)
        if at not in self._curved:
            if len(self._curved) > 50:
                self._curved.clear()
            x = self._x_at(at)
            H = curvature_along(self._point.problem, x, self._drawn.plane.directions)
            self._curved[at] = curvature_data(H, at, where) if np.isfinite(H).all() else None
        found = self._curved[at]
        return None if found is None else {**found, "where": where}

    def _x_at(self, start: Sequence[float]) -> np.ndarray:
        """The parameters at values on the axes."""
        if isinstance(self._drawn, Surface):
            return self._drawn.plane.points(np.array([start], dtype=np.float64))[0]
        x = np.array(self._point.net.ravel(self._point.params))
        x[self._indices()] = start
        return x

    def _indices(self) -> list[int]:
        net = self._point.net
        names = self._drawn.names if isinstance(self._drawn, Surface) else (self._drawn.name,)
        return [index_of(net, find_weight(net, name)) for name in names]


def _key(start: Sequence[float], one: Followed) -> Any:
    """By what a trajectory is known; None for a rule that cannot be a key."""
    key = (tuple(start), one)
    try:
        hash(key)
    except TypeError:
        return None
    return key


def _largest(problem: Problem, x: np.ndarray) -> float:
    """The largest curvature at a point; 0 where it is not found or not finite."""
    from scipy.sparse.linalg import ArpackError

    try:
        found = float(largest_curvatures(problem, x)[0][0])
    except (ArpackError, np.linalg.LinAlgError):
        return 0.0
    return found if np.isfinite(found) else 0.0


def named(rules: ManyRules) -> list[Followed]:
    """The rules with what their paths are called: a name or an object, several, or a mapping of names to them."""
    from ..optimizers import RULES
    from ..optimizers.interop import as_rule

    if isinstance(rules, Mapping):
        return [Followed(str(name), as_rule(rule), str(name)) for name, rule in rules.items()]
    several: list[Any] = list(rules) if isinstance(rules, list | tuple) and not hasattr(rules, "update") else [rules]
    found: list[Followed] = []
    for rule in several:
        made = as_rule(rule)
        found.append(Followed(RULES.name_of(made) if RULES.has(made) else type(made).__name__, made))
    return found
