"""The pictures of a run beside each other: curves, network, and what it says of its inputs; live, or ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.kinds import check_count
from ..errors import ArgumentError
from ..notebook.pieces import card
from ..training.history import History, kept_update
from ..training.progress import clock_time
from ..training.recipe import Recipe
from ..training.run import Run
from .board import Board
from .curves_picture import Curves
from .looking_on import Moment, Onlooker
from .picture import Picture
from .regions_picture import Regions
from .status_picture import Status, standing
from .weights_picture import Weights

if TYPE_CHECKING:
    from ..plots.section import Section

FRAMES = 40
_MOST_DRAWN = 2_000_000
"""Parameters of a network that is gone through."""


def run_board(run: Run, frames: int = FRAMES) -> Board:
    """The pictures of a finished run, which is made again to be gone through at so many of its moments; 0: its end.

    Raises ArgumentError for a run without its examples, and for one that cannot be made again.
    """
    frames = check_count("frames", frames, 0, 400)
    recipe = run.recipe
    if recipe is None:
        raise ArgumentError("this run has no recipe, so that it cannot be gone through: use a run as train returned it")
    frames = frames if run.network.parameter_count <= _MOST_DRAWN else 0
    weights = _weights(recipe)
    weights.show(run.params)
    pictures: dict[str, Picture] = {"curves": Curves(run), "weights": weights}
    at = None
    if has_section(recipe):
        pictures["regions"] = regions = Regions(run, frames=frames)
        at = regions.frame
    if frames:
        from ..training.waypoints import waypoints

        moments = [(one.epoch, one.params) for one in waypoints(run, frames)]
        weights.record(moments, len(moments) - 1 if at is None else at)
    return Board(pictures, f"Run of {run.network}", card(run.in_html()))


class GoingPictures:
    """The pictures of a run that goes on, from what an onlooker keeps of it; in the end they can be gone through.

    `on_stop` is what their Stop button calls (None: there is none), `section` what the regions are of, if they are not
    of the examples as they are, `names` what the inputs are called.
    """

    def __init__(
        self,
        looking: Onlooker,
        *,
        kernel: str = "",
        on_stop: Callable[[], Any] | None = None,
        section: Section | None = None,
        names: Sequence[str] = (),
    ) -> None:
        self._looking = looking
        recipe = looking.recipe
        net = recipe.program.net
        self.status = Status(looking.title(), kernel=kernel, on_stop=on_stop)
        self.curves = Curves(title="Curves")
        self.curves.runs["run"] = looking.curves
        self.weights = _weights(recipe, names)
        self.regions: Regions | None = None
        if section is not None:
            self.regions = Regions(section)
        elif has_section(recipe):
            self.regions = Regions(_begun(recipe), frames=0, names=list(names) or None)
        pictures: dict[str, Picture] = {"status": self.status, "curves": self.curves, "weights": self.weights}
        if self.regions is not None:
            pictures["regions"] = self.regions
        self.board = Board(pictures, looking.title(), card(net.in_html()), wide="status")
        self.refresh()

    def refresh(self) -> None:
        """Show how the run stands."""
        looking, now = self._looking, self._looking.latest()
        self.status.show(standing(looking.title(), looking.lines(), looking.share), going=self.status.going)
        self.curves.refresh()
        self.weights.show(now.params)
        if self.regions is not None:
            self.regions.show(now.params, now.epoch, now.update)

    def conclude(self, run: Run, *, again: bool = False) -> None:
        """Show the run that has ended: with its moments that were kept, or made again to go through more of them."""
        looking = self._looking
        moments: list[Moment] = looking.kept()
        if again:
            from ..training.waypoints import waypoints

            moments = [Moment(one.epoch, one.update, one.params) for one in waypoints(run, FRAMES)]
        net = run.network
        x = net.ravel(run.params)
        same = [k for k, one in enumerate(moments) if np.array_equal(net.ravel(one.params), x)]
        if not same:
            steps, validated = looking.recipe.batch_order.steps, looking.recipe.validation is not None
            kept = kept_update(validated, run.stopped_because, run.best_epoch, steps=steps, updates=run.updates)
            epoch = run.epochs if run.kept_epoch is None else run.kept_epoch
            moments = [*moments, Moment(epoch, kept, run.params)]
            moments.sort(key=lambda one: one.epoch)
            same = [k for k, one in enumerate(moments) if one.params is run.params]
        lines = [*looking.losses(), clock_time(run.seconds), run.engine]
        self.status.show(standing(looking.title(), lines, 1.0, run.explanation), going=False)
        self.curves.conclude(run)
        self.weights.record([(one.epoch, one.params) for one in moments], same[-1])
        if self.regions is not None:
            frames = []
            for one in moments:
                self.regions.show(one.params, one.epoch, one.update)
                frames.append(self.regions.now)
            self.regions.frames, self.regions.frame, self.regions.now = frames, same[-1], {}


def _begun(recipe: Recipe) -> Run:
    """The run of a recipe before its first update."""
    return Run(
        network=recipe.program.net,
        params=recipe.params,
        loss=recipe.program.loss,
        optimizer=recipe.rule,
        history=History(np.zeros(0), None, None),
        epochs=0,
        updates=0,
        best_epoch=0,
        stopped_because="epochs",
        explanation="",
        engine=recipe.engine,
        seconds=0.0,
        seed=recipe.batch_order.seed,
        recipe=recipe,
    )


def has_section(recipe: Recipe) -> bool:
    """Whether a network has one input or two, over which what it says is drawn."""
    return sum(recipe.program.net.inputs.values()) <= 2


def _weights(recipe: Recipe, names: Sequence[str] = ()) -> Weights:
    P = dict(recipe.examples.inputs) if has_section(recipe) else None
    return Weights(recipe.program.net, recipe.params, P, names=names)
