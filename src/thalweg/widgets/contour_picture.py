"""An error surface, or the error along one weight, that one clicks: the paths of rules from there."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from ..core.arrays import Array
from ..core.kinds import check_count, is_finite_number, takes_kinds
from ..core.losses import Loss
from ..core.network import Network, Parameters
from ..core.plain_data import GivenObject
from ..errors import ArgumentError, ThalwegError, shown
from ..optimizers.rule import Rule
from ..plots.surface import check_paths
from ..surface import ErrorAlongWeight, Surface, error_along_weight, error_surface
from .contour_data import drawing_data
from .contour_following import Answer, Following, ManyRules, Point, follow, named
from .contour_page import last_step, page_of
from .contour_rules import TURNED, settings_of, turned
from .formula_data import Json
from .picture import Picture
from .picture_page import module, style

VIEWS = ("contours", "surface")
_SOON = 0.015
"""Seconds after which a first answer shows the beginnings of paths, where someone else follows the rules."""
Work: TypeAlias = Callable[[Callable[[], Answer], Callable[[Answer], None]], None]
"""Who follows the rules: it calls the first function, and with what that gives the second one."""


class Contour(Picture):
    """The error over two weights or directions, or over one weight, with the paths of rules, to be clicked.

    In a notebook a click lets Python follow the rules from there: the paths are those of `tw.trajectory`, and all
    weights but those of the axes begin as in `params`; the start can be dragged and typed, too. `begin` does the same
    from Python, and `follow` follows other rules. Each rule has a slider of its learning rate, with the largest stable
    one marked where the curvature bounds it, and of its momentum; what diverges is told. The eigenvectors of the
    curvature can be drawn, and the error be seen as a surface. The paths can be played, stopped and gone through step
    by step. As a page (`to_html`) a click shows the weights there and the error, interpolated.

    Args:
        net, loss, params, P, T: As `tw.error_surface` has them.
        across: Two names of weights, one name in a list for the error along that weight, or "random", "gradient", "pca"
            or an array of two directions, as in `tw.error_surface`.
        rules: A name or object of `tw.optimizers`, several of them, or a mapping of what the paths are called to these.
        steps: Updates of each rule.
        only: Whether the weights of the axes alone are trained; of one weight this is always so.
        batch_size, sample_weight, target_weight, targets, l2, seed: As in `tw.trajectory`.
        span, points: As in `tw.error_surface`.
        view: "contours" or "surface".
        eigenvectors: Whether they are drawn at first.
        work: Who follows the rules, such as a thread; None: they are followed at once.

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
    """Each with its `name`, `points`, errors `F` and why it `ended`; with a `note` of what its rate comes to."""
    rules: list[Json]
    """Of each rule its settings, and the largest stable rate (`bound`)."""
    turned: list[Json]
    """Of each rule the learning rate and the momentum that it is to have, None where it has none."""
    curvature: list[Json]
    """The eigenvalues and eigenvectors at the start and at the minimum."""
    step: int
    """Up to which step the paths are shown."""
    view: str
    """"contours" or "surface"."""
    eigenvectors: bool
    """Whether they are drawn."""
    told: str
    """What was asked for and cannot be."""
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
        rules: ManyRules = "gd",
        *,
        steps: int = 100,
        only: bool = False,
        batch_size: int | str = "all",
        span: Sequence[object] | None = None,
        points: int = 100,
        sample_weight: Array | None = None,
        target_weight: Array | None = None,
        targets: str = "complete",
        l2: float = 0.0,
        seed: int = 0,
        view: str = "contours",
        eigenvectors: bool = False,
        work: Callable[[Callable[[], Answer], Callable[[Answer], None]], object] | None = None,
    ) -> None:
        weights = list(across) if isinstance(across, Sequence) and not isinstance(across, str) else None
        if only and weights is None:
            raise ArgumentError("only needs the weights to train: name one or two by across")
        if view not in VIEWS:
            raise ArgumentError(f"view is {shown(view)}; it must be one of {', '.join(VIEWS)}")
        weighing = {"sample_weight": sample_weight, "target_weight": target_weight, "targets": targets, "l2": l2}
        point = Point(net, loss, params, P, T, weighing)
        followed = named(rules)
        check_paths(len(followed))
        alone = weights if weights is not None and len(weights) == 1 else None
        how = {
            "steps": steps, "batch_size": batch_size, "order": "sequential", "seed": seed,
            "only": weights if only or alone else None,
        }  # fmt: skip
        began = time.perf_counter()
        taken = follow(point, params, followed, how)
        took = time.perf_counter() - began
        look = {"span": span, "points": points, **weighing}
        if alone:
            drawn = error_along_weight(net, loss, params, P, T, alone[0], trajectories=taken, **look)
        else:
            drawn = error_surface(net, loss, params, P, T, across, trajectories=taken, seed=seed, **look)
        self._drawn: Surface | ErrorAlongWeight = drawn
        self._following, self._followed, self._work = Following(point, drawn, how), followed, work
        self._kinds = {len(followed): _kinds_of(followed)}
        data = drawing_data(drawn, net)
        self._following.remember(data["start"], followed, taken, took)
        self._from, self._shown, self._quiet, self._count = tuple(data["start"]), followed, False, 0
        first = self._following.answer(self._from, followed)
        super().__init__(
            data, paths=first.paths, start=list(data["start"]), step=last_step(first.paths), live=True,
            rules=first.rules, turned=_turned(first.rules), curvature=first.curvature, view=view,
            eigenvectors=eigenvectors, told="",
        )  # fmt: skip
        if hasattr(self, "observe"):
            self.observe(self._asked, names=["start", "turned"])

    @property
    def drawn(self) -> Surface | ErrorAlongWeight:
        """The error that is drawn, with the paths that it began with."""
        return self._drawn

    @property
    def following(self) -> list[Rule]:
        """The rules that are followed, with the learning rates and the momentum that they have now."""
        return [one.rule for one in self._followed]

    @property
    def shown(self) -> tuple[list[float], list[Rule]]:
        """The start and the rules whose paths are shown: those asked for may still be computed."""
        return list(self._from), [one.rule for one in self._shown]

    def begin(self, *start: float) -> None:
        """Follow the rules from other values on the axes; raises ArgumentError for values that are none."""
        count = len(self.data["names"])
        if len(start) != count:
            raise ArgumentError(
                f"begin takes {count} value{'s' * (count > 1)}, one for each axis, and has {len(start)}"
            )
        if not all(map(is_finite_number, start)):
            raise ArgumentError(f"begin has {', '.join(map(repr, start))}: give finite numbers")
        at = [float(x) for x in start]
        if self.start == at:
            return
        self.start = at
        if not hasattr(self, "observe"):
            self._asked(None)

    @takes_kinds
    def follow(self, rules: ManyRules | None = None, *, steps: int | None = None) -> None:
        """Follow other rules, or more or fewer steps, from the same start; None leaves them as they are.

        The error is not computed again. Raises ArgumentError for rules that are none, or more than can be told apart.
        """
        followed = self._followed if rules is None else named(rules)
        check_paths(len(followed))
        if steps is not None:
            self._following = self._following.with_steps(check_count("steps", steps))
        self._followed, self._quiet = followed, True
        self._kinds[len(followed)] = _kinds_of(followed)
        self.turned = [list(settings_of(one.rule).values()) for one in followed]
        self._quiet = False
        self._answer(keep_tops=rules is None)

    def take(self, values: GivenObject) -> None:
        """Take what the picture asks for in a host that sends single values: of other names and kinds nothing."""
        kinds = {"start": list, "turned": list, "step": int, "view": str, "eigenvectors": bool}
        for name, value in values.items():
            if name in kinds and type(value) is kinds[name]:
                setattr(self, name, value)

    def to_html(self) -> str:
        """The picture as one HTML page, as it stands now: it loads nothing and needs no server."""
        now = {name: getattr(self, name) for name in ("data", "paths", "start", "step", "view", "curvature")}
        return page_of({**now, "eigenvectors": self.eigenvectors})

    def _asked(self, _: object) -> None:
        """Follow the rules as they were turned, from `start`; what cannot be is told."""
        if self._quiet:
            return
        try:
            start, values = self.start, self.turned
            if len(start) != len(self.data["names"]) or not all(map(is_finite_number, start)):
                raise ArgumentError(f"the start is {shown(start)}; it must be a finite number for each axis")
            if len(values) != len(self._followed) or not all(isinstance(one, list) for one in values):
                values = self._of_those_known(values)
            self._followed = [one._replace(rule=turned(one.rule, two)) for one, two in
                              zip(self._followed, values, strict=True)]  # fmt: skip
            self._answer()
        except ThalwegError as error:
            self.told = str(error)

    def _of_those_known(self, values: list[Any]) -> list[Any]:
        """The values of all rules, where the page turned one before it knew of those that were added behind."""
        now: list[Any] = [list(settings_of(one.rule).values()) for one in self._followed]
        known = self._kinds.get(len(values))
        if known != _kinds_of(self._followed)[: len(values)] or not all(isinstance(one, list) for one in values):
            return now
        return [*values, *now[len(values) :]]

    def _answer(self, *, keep_tops: bool = True) -> None:
        tops = [one.get("top", 0.0) for one in self.rules] if keep_tops else []
        start, followed = [float(x) for x in self.start], list(self._followed)
        asked = partial(self._following.answer, start, followed, tops)
        show = partial(self._show, start, followed)
        if self._work is None:
            show(asked())
            return
        self._count += 1
        self._work(
            partial(asked, most=self._following.quick(_SOON)), partial(self._begin_to_show, show, asked, self._count)
        )

    def _begin_to_show(
        self, show: Callable[[Answer], None], asked: Callable[[], Answer], count: int, answer: Answer
    ) -> None:
        """Let the picture show an answer, and the whole of it later, unless something else was asked since."""
        show(answer)
        if not answer.whole and count == self._count and self._work is not None:
            self._work(asked, show)

    def _show(self, start: list[float], followed: list[Any], answer: Answer) -> None:
        """Let the picture show an answer."""
        before, last = last_step(self.paths), last_step(answer.paths)
        moved, self._from, self._shown = tuple(start) != self._from, tuple(start), followed
        self.told = ""
        self.curvature = answer.curvature
        self.rules = answer.rules
        if answer.whole:
            self.step = last if moved or self.step >= before else min(self.step, last)
        self.paths = answer.paths


def _kinds_of(followed: Sequence[Any]) -> list[type]:
    return [type(one.rule) for one in followed]


def _turned(rules: Sequence[Mapping[str, Json]]) -> list[Json]:
    return [[one.get(name) for name in TURNED] for one in rules]
