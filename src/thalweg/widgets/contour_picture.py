"""An error surface, or the error along one weight, that one clicks: the paths of rules from there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

import numpy as np

from ..core.kinds import takes_kinds
from ..core.losses import Loss
from ..core.network import Network, Parameters
from ..errors import ArgumentError
from ..plots.surface import check_paths
from ..surface import ErrorAlongWeight, Surface, Trajectory, error_along_weight, error_surface, trajectory
from ..surface.error_surface import path_on
from .contour_data import drawing_data, paths_data
from .contour_page import last_step, page_of
from .formula_data import Json
from .picture import Picture
from .picture_page import module, style


class Contour(Picture):
    """The error over two weights or directions, or over one weight, with the paths of rules, to be clicked.

    In a notebook a click lets Python follow the rules from there: the paths are those of `tw.trajectory`, and all
    weights but those of the axes begin as in `params`. `begin` does the same from Python. They can be played, stopped
    and gone through step by step. As a page (`to_html`) a click shows the weights there and the error, interpolated.

    Args:
        net, loss, params, P, T: As `tw.error_surface` has them.
        across: Two names of weights, one name in a list for the error along that weight, or "random", "gradient", "pca"
            or an array of two directions, as in `tw.error_surface`.
        rules: A name or object of `tw.optimizers`, several of them, or a mapping of what the paths are called to these.
        steps: Updates of each rule.
        only: Whether the weights of the axes alone are trained; of one weight this is always so.
        batch_size, sample_weight, target_weight, targets, l2, seed: As in `tw.trajectory`.
        span, points: As in `tw.error_surface`.

    Raises ArgumentError and DataError for what does not fit.

    >>> import numpy as np, thalweg as tw
    >>> net, P, T = tw.mlp(1, 1), np.array([[1.0], [2.0]]), np.array([[1.0], [3.0]])
    >>> start, across = net.unravel(np.array([2.0, 0.0])), ("layer1[0,0]", "layer1[0]")
    >>> picture = tw.widgets.Contour(net, "mse", start, P, T, across, tw.GradientDescent(0.1), steps=3, points=5)
    >>> picture.begin(0.5, -1.0)
    >>> picture.start, picture.paths[0]["points"][0]
    ([0.5, -1.0], [0.5, -1])
    """

    start: list[float]
    """Where the paths begin, on the axes."""
    paths: list[Json]
    """Each with its `name`, `points`, errors `F` and why it `ended`."""
    step: int
    """Up to which step they are shown."""
    _esm = module("contour")
    _css = style("contour")

    @takes_kinds
    def __init__(
        self,
        net: Network,
        loss: str | Loss | None,
        params: Parameters,
        P: np.ndarray | Mapping[str, np.ndarray],
        T: np.ndarray,
        across: Sequence[str] | str | np.ndarray,
        rules: Any = "gd",
        *,
        steps: int = 100,
        only: bool = False,
        batch_size: int | str = "all",
        span: Sequence[Any] | None = None,
        points: int = 100,
        sample_weight: Any = None,
        target_weight: Any = None,
        targets: str = "complete",
        l2: float = 0.0,
        seed: int = 0,
    ) -> None:
        weights = list(across) if isinstance(across, Sequence) and not isinstance(across, str) else None
        if only and weights is None:
            raise ArgumentError("only needs the weights to train: name one or two by across")
        self._of = net, loss, params, P, T
        self._weighing = {
            "sample_weight": sample_weight, "target_weight": target_weight, "targets": targets, "l2": l2,
        }  # fmt: skip
        self._rules = _named(rules)
        check_paths(len(self._rules))
        self._alone = weights if weights is not None and len(weights) == 1 else None
        self._following = {
            "steps": steps, "batch_size": batch_size, "order": "sequential", "seed": seed,
            "only": weights if only or self._alone else None,
        }  # fmt: skip
        taken = self._follow(params)
        look = {"span": span, "points": points, **self._weighing}
        if self._alone:
            drawn = error_along_weight(net, loss, params, P, T, self._alone[0], trajectories=taken, **look)
        else:
            drawn = error_surface(net, loss, params, P, T, across, trajectories=taken, seed=seed, **look)
        self._drawn: Surface | ErrorAlongWeight = drawn
        data, paths = drawing_data(drawn, net), paths_data(drawn.paths)
        super().__init__(data, paths=paths, start=list(data["start"]), step=last_step(paths), live=True)
        if hasattr(self, "observe"):
            self.observe(self._clicked, names="start")

    def begin(self, *start: float) -> None:
        """Follow the rules from other values on the axes; raises ArgumentError for values that are none."""
        count = len(self.data["names"])
        if len(start) != count:
            raise ArgumentError(
                f"begin takes {count} value{'s' * (count > 1)}, one for each axis, and has {len(start)}"
            )
        if not all(isinstance(x, int | float | np.number) and isfinite(x) for x in start):
            raise ArgumentError(f"begin has {', '.join(map(repr, start))}: give finite numbers")
        at = [float(x) for x in start]
        if self.start == at:
            return
        self.start = at
        if not hasattr(self, "observe"):
            self._clicked(None)

    def to_html(self) -> str:
        """The picture as one HTML page, as it stands now: it loads nothing and needs no server."""
        return page_of({"data": self.data, "paths": self.paths, "start": self.start, "step": self.step})

    def _clicked(self, _: object) -> None:
        """Follow the rules from `start`."""
        net, _, params, *_ = self._of
        at = np.array(self.start, dtype=np.float64)
        if isinstance(self._drawn, Surface):
            plane = self._drawn.plane
            taken = self._follow(net.unravel(plane.points(at[None])[0]))
            paths = paths_data(path_on(plane, one) for one in taken)
        else:
            from ..core.weight_names import find_weight, index_of

            x = np.array(net.ravel(params))
            x[index_of(net, find_weight(net, self._drawn.name))] = at[0]
            there = net.unravel(x)
            ends = float(self._drawn.values[0]), float(self._drawn.values[-1])
            _, loss, _, P, T = self._of
            along = error_along_weight(
                net, loss, there, P, T, self._drawn.name, span=ends, points=2, trajectories=self._follow(there),
                **self._weighing,
            )  # fmt: skip
            paths = paths_data(along.paths)
        self.step = last_step(paths)
        self.paths = paths

    def _follow(self, params: Parameters) -> list[Trajectory]:
        net, loss, _, P, T = self._of
        how = {**self._following, **self._weighing}
        return [trajectory(net, loss, params, P, T, rule, name=name, **how) for name, rule in self._rules.items()]


def _named(rules: Any) -> dict[str, Any]:
    """The rules by what their paths are called."""
    from ..optimizers import RULES
    from ..optimizers.interop import as_rule

    if isinstance(rules, Mapping):
        return {str(name): rule for name, rule in rules.items()}
    several = list(rules) if isinstance(rules, list | tuple) and not hasattr(rules, "update") else [rules]
    found: dict[str, Any] = {}
    for rule in several:
        made = as_rule(rule)
        name = RULES.name_of(made) if RULES.has(made) else type(made).__name__
        rate = getattr(made, "learning_rate", None)
        name = f"{name}, α = {rate:g}" if isinstance(rate, int | float) else name
        if name in found:
            raise ArgumentError(f"two rules are called {name!r}: give a mapping of names to rules")
        found[name] = rule
    return found
