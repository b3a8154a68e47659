"""The network of a step, drawn with its numbers, each unit and connection to be clicked."""

from __future__ import annotations

from typing import Any

from ..core.kinds import takes_kinds
from ..worked.calculation import WorkedStep
from .picture import Picture
from .picture_data import steps_data
from .picture_page import as_read, module, page, style


class Network(Picture):
    """The network of a step with the numbers of each phase: outputs, sensitivities, gradients, new weights.

    `view` holds fields of `View`: of a large layer the first units are drawn. Raises ArgumentError for what the step
    has not.

    >>> import numpy as np, thalweg as tw
    >>> net = tw.mlp(1, 1)
    >>> step = tw.worked_step(net, "sse", net.unravel(np.array([2.0, 0.0])), [[3.0]], [[5.0]])
    >>> tw.widgets.Network(step).to_html().count("<script")
    2
    """

    notation: str
    """The notation in which it shows it."""
    _esm = module("network")
    _css = style()

    @takes_kinds
    def __init__(self, step: WorkedStep, **view: Any) -> None:
        data = steps_data([step], [step.notation], **view)
        self._read = as_read([step], view)
        super().__init__(data, notation=step.notation)

    def to_html(self) -> str:
        """The drawing as one HTML page that loads nothing and needs no server."""
        return page("network", {"data": self.data, "notation": self.notation}, self.data["title"], self._read)
