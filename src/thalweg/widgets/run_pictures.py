"""The pictures of a run beside each other: curves, network, and what it says of its inputs; live, or ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.kinds import check_count
from ..errors import ArgumentError
from ..plots.section import section_of_run
from ..training.history import History, kept_update
from ..training.progress import clock_time
from ..training.recipe import Recipe
from ..training.run import Run
from ..training.waypoints import Waypoint, kept_of, waypoints_of
from .board import Board
from .curves_picture import Curves
from .looking_on import Onlooker
from .network_picture import Network
from .picture import Picture
from .regions_picture import Regions
from .status_picture import Status, standing
from .weights_data import MAP_CELLS

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
    pictures: dict[str, Picture] = {"curves": Curves(run), "network": Network(run, frames=frames)}
    if has_section(recipe):
        pictures["regions"] = Regions(run, frames=frames)
    return Board(pictures, f"Run of {run.network}", run.in_html())


class GoingPictures:
    """The pictures of a run that goes on, from what an onlooker keeps of it; in the end they can be gone through.

    `on_stop` is what their Stop button calls (None: there is none); `section` is what the regions are of, and `maps`
    what units respond to, if it is not the examples as they are; `names` are what the inputs are called.
    """

    def __init__(
        self,
        looking: Onlooker,
        *,
        kernel: str = "",
        on_stop: Callable[[], Any] | None = None,
        section: Section | None = None,
        maps: Section | None = None,
        names: Sequence[str] | None = None,
    ) -> None:
        self._looking = looking
        recipe = looking.recipe
        net = recipe.program.net
        if section is None and has_section(recipe):
            section = section_of_run(_begun(recipe), names=names)
            maps = section_of_run(_begun(recipe), names=names, classes=(), cells=MAP_CELLS)
        self.status = Status(looking.title(), kernel=kernel, on_stop=on_stop)
        self.curves = Curves(title="Curves")
        self.curves.runs["run"] = looking.curves
        self.network = Network(net, section=maps, names=names)
        self.regions = None if section is None else Regions(section)
        pictures: dict[str, Picture] = {"status": self.status, "curves": self.curves, "network": self.network}
        if self.regions is not None:
            pictures["regions"] = self.regions
        self.board = Board(pictures, looking.title(), net.in_html(), wide="status")
        self.refresh()

    def refresh(self) -> None:
        """Show how the run stands."""
        looking, now = self._looking, self._looking.latest()
        self.status.show(standing(looking.title(), looking.lines(), looking.share), going=self.status.going)
        self.curves.refresh()
        self.network.show(now.params, now.epoch, now.update)
        if self.regions is not None:
            self.regions.show(now.params, now.epoch, now.update)

    def conclude(self, run: Run, *, again: bool = False) -> None:
        """Show the run that has ended: with its moments that were kept, or made again to go through more of them."""
        looking = self._looking
        moments: list[Any] = waypoints_of(run, FRAMES) if again else looking.kept()
        if not any(np.array_equal(run.network.ravel(one.params), run.network.ravel(run.params)) for one in moments):
            steps, validated = looking.recipe.batch_order.steps, looking.recipe.validation is not None
            kept = kept_update(validated, run.stopped_because, run.best_epoch, steps=steps, updates=run.updates)
            epoch = run.epochs if run.kept_epoch is None else run.kept_epoch
            moments = sorted([*moments, Waypoint(kept, epoch, run.params)], key=lambda one: (one.epoch, one.update))
        at = kept_of(run, moments)
        lines = [*looking.losses(), clock_time(run.seconds), run.engine]
        self.status.show(standing(looking.title(), lines, 1.0, run.explanation), going=False)
        self.curves.conclude(run)
        for picture in (self.network, self.regions):
            if picture is not None:
                frames = []
                for one in moments:
                    picture.show(one.params, one.epoch, one.update)
                    frames.append(picture.now)
                picture.frames, picture.frame, picture.now = frames, at, {}


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
