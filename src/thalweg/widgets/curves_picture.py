"""The curves of runs: losses, gradient norm, learning rate, mu, whatever was recorded; of runs that still go on too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..core.kinds import takes_kinds
from ..errors import ArgumentError, unknown
from .curves_data import MOST_RUNS, RunCurves, curves_of, panels_of, several_runs, spans_decades, tail_data, whole_data
from .curves_page import as_read
from .formula_data import Json
from .picture import Picture
from .picture_page import module, page, style

_MOST_IN_TAIL = 80
"""Stretches of a curve that are sent again with what is new; with more, all is sent, and the tail begins anew."""
_FEW_PANELS, _FEW_LIVE = 3, 2
"""So many are shown at first: of runs that have ended, and of those that go on."""


class Curves(Picture):
    """Losses and what else each epoch recorded, over the epochs, of one run or of several, while they go on too.

    Long runs are thinned to the least and greatest value of each stretch of epochs, so that no spike is lost; what is
    not finite is a gap, and told. Where validation was best is marked, and the end, with why. Curves and runs are shown
    and hidden by a click on their name; the pointer, or the arrow keys, read the numbers of an epoch; the run can be
    played and gone through.

    Args:
        runs: A run as `tw.train` returns it, a history, what `tw.fitnet` leaves, a model with its record, or a dict of
            numbers by name ({"loss": [...], "validation_loss": [...]}); several by a dict of what they are called, or
            a list. None: none yet, for `append`.
        names: What the runs are called.
        log: Whether scales are logarithmic; None: where the losses span decades (always so where there is no run yet).
        panels: Which are shown: "losses", or the names of what was recorded; None: the first three.
        title: What stands above; "" for nothing, where the page around it says why a run ended as well.

    Its values can be read and set: `log`; `panels`; `hidden`, names of curves ("test_loss") and runs that are not
    shown; `epoch`, the one that is looked at (0: the last). `data` and `tail` are what Python sends: all, and what came
    since.

    A run that goes on is appended to; what is sent each time is a few numbers, so that ten times a second is cheap:

    >>> import thalweg as tw
    >>> picture = tw.widgets.Curves()
    >>> picture.append({"loss": [0.5, 0.25], "validation_loss": [0.6, 0.3]})
    >>> picture.append({"loss": 0.125, "validation_loss": 0.4}, ended="all 3 epochs were run")
    >>> picture.runs["run"].epochs, picture.runs["run"].at_best()
    (3, [2, 0.3])

    `conclude(run)` puts a finished run in the place of what was appended; `add(name, run)` and `remove(name)` change
    which runs there are; `refresh()` sends what was added to `picture.runs` elsewhere. Raises ArgumentError and
    DataError for what are no curves.
    """

    log: bool
    """Whether scales are logarithmic."""
    panels: list[str]
    """Those that are shown."""
    hidden: list[str]
    """Names of curves and runs that are not shown."""
    epoch: int
    """The epoch that is looked at; 0: the last."""
    tail: list[Json]
    """What came since `data`."""
    _esm = module("curves")
    _css = style("curves")

    @takes_kinds
    def __init__(
        self,
        runs: object = None,
        *,
        names: Sequence[str] | None = None,
        log: bool | None = None,
        panels: Sequence[str] | None = None,
        title: str = "Training",
    ) -> None:
        found = several_runs(runs, names)
        self.runs: dict[str, RunCurves] = {run.name: run for run in found}
        self._title = title
        self._sent: dict[tuple[str, str], tuple[int, int]] = {}
        there = panels_of(found)
        for name in panels or ():
            if found and name not in there:
                raise ArgumentError(unknown("panel", name, there))
        self._chosen = panels is not None
        self._offered = there or ["losses"]
        super().__init__(
            self._whole(),
            log=(spans_decades(found) if found else True) if log is None else log,
            panels=list(panels) if panels is not None else there[:_FEW_PANELS] or ["losses"],
            hidden=[],
            epoch=0,
            tail=[],
        )

    @takes_kinds
    def append(
        self,
        values: Mapping[str, object],
        run: str = "run",
        *,
        best: int | None = None,
        ended: str | None = None,
    ) -> None:
        """Add the values of epochs that follow, a number or several by name, and show them.

        `best` is the epoch whose parameters are kept, None: where the validation loss is least; `ended` says why the
        run has ended.
        """
        if run not in self.runs:
            self._check_room()
            self.runs[run] = RunCurves(run)
        of = self.runs[run]
        of.add(values)
        of.best = of.best if best is None else best
        of.ended = of.ended if ended is None else ended
        self.refresh()

    def conclude(self, run: object, name: str = "run") -> None:
        """Show a finished run in the place of what was appended under its name."""
        self.runs[name] = curves_of(name, run)
        self._send_all()

    def add(self, name: str, run: object) -> None:
        """Show one more run, or another under a name."""
        if name not in self.runs:
            self._check_room()
        self.conclude(run, name)

    def remove(self, name: str) -> None:
        """Show a run no more; raises ArgumentError for one that is not there."""
        if name not in self.runs:
            raise ArgumentError(unknown("run", name, list(self.runs)))
        del self.runs[name]
        self._send_all()

    def replace(self, runs: Mapping[str, RunCurves]) -> None:
        """Show other runs, from their start."""
        self.runs = dict(runs)
        self._send_all()

    def refresh(self) -> None:
        """Send what was added since, in whatever way."""
        runs = list(self.runs.values())
        there = {(run.name, name): curve for run in runs for name, curve in dict(run.curves).items()}
        if set(there) != set(self._sent) or any(
            curve.stride != self._sent[key][0] or not 0 <= curve.stretches - self._sent[key][1] <= _MOST_IN_TAIL
            for key, curve in there.items()
        ):
            self._send_all()
            return
        self.tail = tail_data(runs, {key: since for key, (_, since) in self._sent.items()})

    def to_html(self) -> str:
        """The picture as one HTML page, as it stands now: it loads nothing and needs no server."""
        runs = list(self.runs.values())
        data = whole_data(runs, self._title)
        now = {name: getattr(self, name) for name in ("log", "panels", "hidden", "epoch")}
        return page("curves", {"data": data, "tail": [], **now}, self._title or "Training", as_read(runs, data))

    def _check_room(self) -> None:
        if len(self.runs) >= MOST_RUNS:
            raise ArgumentError(f"there are {MOST_RUNS} runs, the most that can be told apart: remove one first")

    def _send_all(self) -> None:
        new = [name for name in panels_of(list(self.runs.values())) if name not in self._offered]
        self._offered += new
        if new and not self._chosen:
            self.panels = [*self.panels, *new[: max(0, _FEW_LIVE - len(self.panels))]]
        whole = self._whole()
        self.tail = []
        self.data = whole

    def _whole(self) -> dict[str, Json]:
        runs = list(self.runs.values())
        self._sent = {
            (run.name, name): (curve.stride, max(0, curve.stretches - 1))
            for run in runs for name, curve in dict(run.curves).items()
        }  # fmt: skip
        return whole_data(runs, self._title)
