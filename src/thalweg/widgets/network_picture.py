"""The network drawn: of a step with its numbers, of a run with its weights by width and colour, live too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias, Unpack

from ..core import network as core_network
from ..core.kinds import check_count, takes_kinds
from ..errors import ArgumentError, shown
from ..plots.parts import Fitted
from ..worked.calculation import WorkedStep
from ..worked.sections.view import ViewFields
from .formula_data import Json
from .picture import Picture
from .picture_data import steps_data
from .picture_page import as_read, module, page, style
from .weights_data import MAP_CELLS, MOST_UNITS, diagram_data, weights_frame
from .weights_page import as_read as weights_as_read

if TYPE_CHECKING:
    from ..core.network import Parameters
    from ..plots.section import Section
    from ..training.run import Run

Drawn: TypeAlias = "WorkedStep | core_network.Network | Run | Fitted"
"""What has a network to be drawn."""


class Network(Picture):
    """The network of a step with the numbers of each phase; or of a run with its weights by width and colour.

    Of a step: outputs, sensitivities, gradients, new weights, by its phase and example. Of a run: its weights, gone
    through, played and stepped: blue where positive, orange and dashed where negative, the wider the larger; numbers on
    hover, those of a unit when it is clicked. Of a network of one or two inputs each unit shows its response to them.

    Args:
        step: A step, a run as `tw.train` or `tw.fitnet` returns it, or a `tw.Network`, to be followed live by `show`.
        params: Of a network, the weights that are shown at first.
        across: Of a run of more than two inputs, to which one or two of them units respond.
        held: At what the others are held, as in `tw.widgets.Regions`.
        names: Of a run, what its inputs are called.
        section: Of a network, over which inputs units respond (a `tw.plots.Section`).
        frames: Of a run, at how many of its moments at most, for which it is made again.
        most_units: Of a large layer so many units are drawn, the first ones.
        title: What stands above.
        view: Of a step, fields of `View`.

    A run's `frames` were recorded; `frame` is which of them is shown, and `now` the moment of a run that goes on ({}
    for none). Raises ArgumentError for what the step has not, and for a run without its recipe.

    >>> import numpy as np, thalweg as tw
    >>> net = tw.mlp(1, 1)
    >>> step = tw.worked_step(net, "sse", net.unravel(np.array([2.0, 0.0])), [[3.0]], [[5.0]])
    >>> tw.widgets.Network(step).to_html().count("<script")
    2
    >>> picture = tw.widgets.Network(net, params=net.unravel(np.array([2.0, 0.0])))
    >>> picture.show(net.unravel(np.array([1.5, -0.5])), epoch=3)
    >>> picture.now["weights"], picture.now["biases"]
    ({'layer1': {'input': [[1.5]]}}, {'layer1': [-0.5]})
    """

    notation: str
    """The notation in which it shows a step."""
    frame: int
    """Of a run, which of `frames` is shown, from 0."""
    frames: list[Json]
    """Of a run, what was recorded."""
    now: dict[str, Json]
    """The moment of a run that goes on; {} for none."""
    _esm = module("network")
    _css = style("network")

    @takes_kinds
    def __init__(
        self,
        step: Drawn,
        *,
        params: Parameters | None = None,
        across: Sequence[str | int] | None = None,
        held: Mapping[str, float] | None = None,
        names: Sequence[str] | None = None,
        section: Section | None = None,
        frames: int = 40,
        most_units: int = MOST_UNITS,
        title: str = "Network",
        **view: Unpack[ViewFields],
    ) -> None:
        self._title = title
        if isinstance(step, WorkedStep):
            data = steps_data([step], [step.notation], **view)
            self._read = as_read([step], view)
            super().__init__(data, notation=step.notation)
            return
        if view:
            raise ArgumentError(f"{next(iter(view))} is of a step, and this is none")
        self._most = check_count("most_units", most_units, 1, 24)
        frames = check_count("frames", frames, 0, 400)
        told, kept = [], 0
        if isinstance(step, core_network.Network):
            self._net, self._section = step, section
            if params is not None:
                told = [weights_frame(step, params, 0, None, section, self._most)]
        else:
            self._of_run(step, across, held, names)
            told, kept = self._frames(step, frames)
        super().__init__(self._still(names), frames=told, frame=kept, now={})

    def show(self, params: Parameters, epoch: int = 0, update: int | None = None) -> None:
        """Show parameters as those of a run that goes on."""
        self.now = weights_frame(self._net, params, epoch, update, self._section, self._most)

    def begin(
        self, net: core_network.Network, section: Section | None = None, names: Sequence[str] | None = None
    ) -> None:
        """Show another network, of which nothing was recorded yet."""
        self._net, self._section = net, section
        self.now, self.frames, self.frame = {}, [], 0
        self.data = self._still(names)

    def to_html(self) -> str:
        """The drawing as one HTML page that loads nothing and needs no server."""
        if "steps" in self.data:
            return page("network", {"data": self.data, "notation": self.notation}, self.data["title"], self._read)
        frames = [*self.frames, self.now] if self.now else self.frames
        frame = len(frames) - 1 if self.now else self.frame
        values = {"data": self.data, "frames": frames, "frame": max(0, frame), "now": {}}
        return page("network", values, self._title or "Network", weights_as_read(self.data, frames[frame:][:1]))

    def _still(self, names: Sequence[str] | None) -> dict[str, Json]:
        own = () if self._section is None or self._section.held else self._section.names
        named = tuple(map(str, own if names is None else names))
        return diagram_data(self._net, self._title, named, self._section, self._most)

    def _of_run(
        self,
        run: Run | Fitted,
        across: Sequence[str | int] | None,
        held: Mapping[str, float] | None,
        names: Sequence[str] | None,
    ) -> None:
        from ..plots.section import section_of_run
        from ..training.run import Run

        if not isinstance(run, Run | Fitted):
            raise ArgumentError(f"step is {shown(run)}; it must be a worked step, a run, or a network with its params")
        self._net = run.run.network if isinstance(run, Fitted) else run.network
        few = sum(self._net.inputs.values()) <= 2
        self._section = (
            section_of_run(run, across, held, names=names, classes=(), cells=MAP_CELLS) if few or across else None
        )

    def _frames(self, of: Run | Fitted, frames: int) -> tuple[list[Json], int]:
        """The frames of a run, and which of them are the parameters that it keeps."""
        from ..training.waypoints import kept_of, waypoints_of

        found = waypoints_of(of.run if isinstance(of, Fitted) else of, frames)
        told = [weights_frame(self._net, at.params, at.epoch, at.update, self._section, self._most) for at in found]
        return told, kept_of(of.run if isinstance(of, Fitted) else of, found)
