"""Decision regions, values over two inputs, or a fitted curve, and the examples: live, or epoch by epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..core.kinds import check_count, takes_kinds
from ..core.network import Parameters
from ..errors import ArgumentError
from ..plots.parts import Fitted
from ..plots.section import Said, Section, section_of_run
from .formula_data import Json
from .picture import Picture
from .picture_page import module, page, style
from .regions_data import frame_data, scale_of, still_data
from .regions_page import as_read

if TYPE_CHECKING:
    from ..training.run import Run


class Regions(Picture):
    """What a network says over two of its inputs, or along one, with the examples of each part, wrong ones marked.

    Of a classifier the regions of its classes, each by a colour and a pattern, the paler the less sure; of a regression
    the values as shades; along one input the fitted curve with its errors. Other inputs are held, which the picture
    says. The examples of training, validation and test differ by how they are filled, those of classes by colour and
    shape. A recorded run is played, stepped and gone through; the pointer, or Shift and the arrow keys, read a point.

    Args:
        of: A run as `tw.train` returns it, what `tw.fitnet` or `patternnet` leaves, or a `tw.plots.Section`.
        across: One or two inputs, by name or number from 0; None: the first two, or the only one.
        held: At what other inputs are held; None: the median of the training examples.
        names: Of the inputs.
        classes: Of one-hot targets, or the two of a single output; () where two values are no classes.
        output: Which of several outputs, from 1.
        frames: At how many moments of the run it is shown, for which the run is made again; 0: its end alone.
        title: What stands above; "" for nothing.

    Its values can be read and set: `frame`, which of the recorded `frames` is shown. `now` is the moment of a run that
    goes on; while it is there, it is what is shown:

    >>> import numpy as np, thalweg as tw
    >>> P, T = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0], [1], [1], [0]])
    >>> run = tw.train(tw.mlp(2, 4, 1, output="sigmoid"), P, T, optimizer="bfgs", epochs=60, engine="numpy")
    >>> picture = tw.widgets.Regions(run, frames=5)
    >>> [frame["epoch"] for frame in picture.frames][0], picture.frames[-1]["wrong"]
    (0, 0)
    >>> picture.show(run.params, epoch=12)  # live: as cheap as one frame; ten times a second is fine
    >>> picture.now["epoch"]
    12

    `show(params, epoch)` shows parameters as they are now; `record(params, epoch)` adds them to the frames;
    `begin(section)` shows another section, without frames; `conclude(run, frames)` puts a finished run in the place of
    what was live. Raises ArgumentError and DataError for what does not fit.
    """

    frame: int
    """Which of `frames` is shown, from 0."""
    frames: list[Json]
    """What was recorded: of each its epoch, its update, and what the network said."""
    now: dict[str, Json]
    """The moment of a run that goes on; {} for none."""
    _esm = module("regions")
    _css = style("regions")

    @takes_kinds
    def __init__(
        self,
        of: Run | Fitted | Section,
        *,
        across: Sequence[str | int] | None = None,
        held: Mapping[str, float] | None = None,
        names: Sequence[str] | None = None,
        classes: Sequence[object] | None = None,
        output: int = 1,
        frames: int = 40,
        title: str = "What the network says",
    ) -> None:
        self._title = title
        self._looks: dict[str, Any] = {
            "across": across, "held": held, "names": names, "classes": classes, "output": output
        }  # fmt: skip
        frames = check_count("frames", frames, 0, 400)
        self._scale = (0.0, 1.0)
        if isinstance(of, Section):
            self.section = of
            self._scale = scale_of(of, [])
            super().__init__(still_data(of, title, self._scale), frames=[], frame=0, now={})
            return
        self.section = section_of_run(_a_run(of), **self._looks)
        told, kept = self._of_run(of, frames)
        super().__init__(still_data(self.section, title, self._scale), frames=told, frame=kept, now={})

    def show(self, params: Parameters, epoch: int = 0, update: int | None = None) -> None:
        """Show what the network says with these parameters, as the moment of a run that goes on."""
        self.now = self._frame(params, epoch, update)

    def record(self, params: Parameters, epoch: int, update: int | None = None) -> None:
        """Add what the network says with these parameters to the frames, and show it."""
        self.frames = [*self.frames, self._frame(params, epoch, update)]
        self.frame = len(self.frames) - 1
        self.now = {}

    def begin(self, section: Section) -> None:
        """Show another section, of which nothing was recorded yet."""
        self.section = section
        self._scale = scale_of(section, [])
        self.now, self.frames, self.frame = {}, [], 0
        self.data = still_data(section, self._title, self._scale)

    def conclude(self, run: Run | Fitted, frames: int = 40) -> None:
        """Show a finished run, at so many of its moments, in the place of what was live."""
        self.section = section_of_run(_a_run(run), **self._looks)
        told, kept = self._of_run(run, check_count("frames", frames, 0, 400))
        self.now, self.frame, self.frames = {}, 0, told
        self.data = still_data(self.section, self._title, self._scale)
        self.frame = kept

    def to_html(self) -> str:
        """The picture as one HTML page, as it stands now: it loads nothing and needs no server."""
        frames = [*self.frames, self.now] if self.now else self.frames
        frame = len(frames) - 1 if self.now else self.frame
        values = {"data": self.data, "frames": frames, "frame": max(0, frame), "now": {}}
        return page("regions", values, self._title or "What the network says", as_read(self.data, frames))

    def _frame(self, params: Parameters, epoch: int, update: int | None) -> dict[str, Json]:
        return frame_data(self.section, self.section.said(params), int(epoch), update, self._scale)

    def _of_run(self, of: Run | Fitted, frames: int) -> tuple[list[Json], int]:
        """The frames of a run, and which of them are the parameters that it keeps."""
        from ..training.waypoints import kept_of, waypoints_of

        run = of.run if isinstance(of, Fitted) else of
        found = waypoints_of(run, frames)
        said: list[Said] = [self.section.said(one.params) for one in found]
        self._scale = scale_of(self.section, said)
        told = [
            frame_data(self.section, one, at.epoch, at.update, self._scale) for at, one in zip(found, said, strict=True)
        ]
        return told, kept_of(run, found)


def _a_run(of: object) -> Run | Fitted:
    from ..training.run import Run

    if not isinstance(of, Run | Fitted):
        raise ArgumentError(
            f"regions are of a run, of what tw.fitnet leaves, or of a tw.plots.Section, not of {type(of).__name__}"
        )
    return of
