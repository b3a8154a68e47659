"""Steps to be stepped through: the network, the calculation line by line, and where each number came from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..core.kinds import takes_kinds
from ..worked.calculation import WorkedStep
from ..worked.notations import AnyNotation
from .picture import Picture
from .picture_data import several, steps_data
from .picture_page import LARGEST, as_read, hiding, module, page, style


class Worked(Picture):
    """A step, or steps that follow one another: forward and back by line, phase, example, step and epoch.

    A unit, a connection or a number that is clicked shows its formula and where its numbers came from, a weight its
    chain rule; values can be hidden and guessed, and the `notation` changed. `notations` are those of its menu (None:
    all, or as many as 2 MB hold). With `hidden` it begins with its values hidden, or those of the quantities that are
    named, such as ["sensitivity", "new_weight"]. `view` holds fields of `View`. Its
    values can be read and set in a notebook: `notation`, `step` (of the steps given, from 0), `line`, `hidden`. Raises
    ArgumentError for steps of several networks and for what the steps have not.

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
        **view: Any,
    ) -> None:
        steps = several(steps)
        data = steps_data(steps, notations, notation=notation, largest=LARGEST, **view)
        self._read = as_read(steps, view, notation)
        super().__init__(
            data, notation=data["notation"], form=data["form"], step=0, line=0, hidden=hiding(data, hidden)
        )

    def to_html(self) -> str:
        """The steps as one HTML page, as they stand now: it loads nothing, needs no server, and can be printed."""
        now = {name: getattr(self, name) for name in ("notation", "form", "step", "line", "hidden")}
        return page("worked", {"data": self.data, **now}, self.data["title"], self._read)
