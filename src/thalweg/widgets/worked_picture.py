"""Steps to be stepped through: the network, the calculation line by line, and where each number came from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

from ..core.kinds import takes_kinds
from ..worked.calculation import WorkedStep
from ..worked.notations import AnyNotation
from ..worked.sections.view import ViewFields
from .formula_data import Json
from .picture import Picture
from .picture_data import offered_notations, several, steps_data
from .picture_page import LARGEST, as_read, hiding, module, page, style

_STANDING = ("notation", "form", "step", "line", "phase", "hidden", "phased")
"""The values that say where it stands."""


class WorkedSettings(ViewFields, total=False):
    """What `Worked` takes beside its steps and its notation."""

    notations: Sequence[AnyNotation] | None
    hidden: bool | Sequence[str]
    phased: bool
    on_demand: bool


class Worked(Picture):
    """A step, or steps that follow one another: forward and back by line, phase, example, step and epoch.

    A unit, a connection or a number that is clicked shows its formula and where its numbers came from, a weight its
    chain rule; values can be hidden and guessed, and the `notation` changed. `notations` are those of its menu (None:
    all, or as many as 2 MB hold); with `on_demand` each is made only when it is chosen, which is sooner seen, but needs
    this Python behind it. With `hidden` it begins with its values hidden, or those of the quantities that are
    named, such as ["sensitivity", "new_weight"]; with `phased` it shows one phase at a time: forward layer by layer,
    output sensitivities, interior sensitivities layer by layer, gradients, update. `view` holds fields of `View`. Its
    values can be read and set in a notebook: `notation`, `step` (of the steps given, from 0), `line`, `hidden`,
    `phased`; `phase` is where it stands, such as "interior:layer1". Raises ArgumentError for steps of several networks
    and for what the steps have not.

    >>> import numpy as np, thalweg as tw
    >>> net = tw.mlp(1, 1)
    >>> step = tw.worked_step(net, "sse", net.unravel(np.array([2.0, 0.0])), [[3.0]], [[5.0]])
    >>> picture = tw.widgets.Worked(step, notation="ncsu")
    >>> picture.notation, picture.line
    ('ncsu', 0)
    >>> picture.to_html().startswith("<!doctype html>")
    True
    """

    notation: str
    """The notation in which it shows it."""
    form: str
    """Unit by unit, or by matrices: "units" or "matrix"."""
    step: int
    """Of the steps given, from 0."""
    line: int
    """Of the step, from 0."""
    phased: bool
    """Whether it shows one phase at a time."""
    phase: str
    """Where it stands, such as "interior:layer1"."""
    _esm = module("worked")
    _css = style()

    @takes_kinds
    def __init__(
        self,
        steps: WorkedStep | Sequence[WorkedStep],
        notation: AnyNotation | None = None,
        *,
        notations: Sequence[AnyNotation] | None = None,
        hidden: bool | Sequence[str] = False,
        phased: bool = False,
        on_demand: bool = False,
        **view: Unpack[ViewFields],
    ) -> None:
        self._steps = steps = several(steps)
        self._view, self._notations, self._on_demand = view, notations, on_demand
        data = self._written(notation)
        self._first = notation
        self._begin(data, hidden=hiding(data, hidden), phased=phased)
        if hasattr(self, "observe"):
            self.observe(lambda change: self._asked(change["new"]), "wanted")

    def _begin(self, data: dict[str, Json], **values: Any) -> None:
        own = {"notation": data["notation"], "form": data["form"], "step": 0, "line": 0, "phase": "", "wanted": ""}
        super().__init__(data, **{**own, **values})

    def _asked(self, name: str) -> None:
        """A notation was chosen that is not there yet."""
        found = dict(offered_notations(self._steps, self._notations))
        if name in found:
            self.data = self._written(found[name])

    def _written(self, notation: AnyNotation | None) -> dict[str, Json]:
        """The data with a notation in front, alone if the others are made on demand."""
        if not self._on_demand:
            return steps_data(self._steps, self._notations, notation=notation, largest=LARGEST, **self._view)
        return steps_data(self._steps, [], notation=notation, offered=self._notations, offers=True, **self._view)

    def to_html(self) -> str:
        """The steps as one HTML page, as they stand now: it loads nothing, needs no server, and can be printed."""
        now = {name: getattr(self, name) for name in _STANDING}
        data = self.data
        if self._on_demand:
            first = dict(offered_notations(self._steps, self._notations))[self.notation]
            data = steps_data(self._steps, self._notations, notation=first, largest=LARGEST, **self._view)
        return page("worked", {"data": data, **now}, data["title"], as_read(self._steps, self._view, self._first))
