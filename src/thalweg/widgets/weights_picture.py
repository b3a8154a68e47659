"""The network with its weights as they are, while it learns too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ..core.checked import check_inputs
from ..core.kinds import takes_kinds
from ..core.network import Network, Parameters
from .formula_data import Json
from .picture import Picture
from .picture_page import module, page, style
from .weights_data import ground_of, weights_data


class Weights(Picture):
    """A network whose connections are as wide as their weights: blue where positive, orange and dashed where negative.

    The pointer, or the tab key, reads the numbers. Given inputs `P` of two columns, each unit holds a small map of what
    it answers over their plane. `show` draws other parameters, as those of a network that learns. Of a large layer the
    first units are drawn. `frames` are those of a run at some of its moments, `frame` which of them is drawn; with -1
    it is what `show` was given.

    Args:
        net: The network.
        params: Its parameters.
        P: Inputs, as `tw.forward` takes them; None: no maps.
        names: What the inputs are called; none: by their places.
        title: What stands above; "" for nothing.

    >>> import thalweg as tw
    >>> net = tw.mlp(2, 3, 1)
    >>> picture = tw.widgets.Weights(net, net.init(0), [[0, 0], [1, 1]])
    >>> picture.show(net.init(1))
    >>> len(picture.data["weights"][0]["values"]), len(picture.data["columns"][1]["maps"])
    (3, 3)
    """

    frame: int
    """Which of `frames` is drawn, from 0; -1: the parameters that were shown last."""
    frames: list[Json]
    """The network at some moments of a run."""
    _esm = module("weights")
    _css = style("weights")

    @takes_kinds
    def __init__(
        self,
        net: Network,
        params: Parameters,
        P: np.ndarray | Mapping[str, np.ndarray] | Sequence[Any] | None = None,
        *,
        names: Sequence[str] = (),
        title: str = "Network",
    ) -> None:
        inputs = None if P is None else {name: np.asarray(p) for name, p in check_inputs(net, P).items()}
        self._ground = None if inputs is None else ground_of(net, inputs, names)
        self._net, self._names, self._title = net, tuple(names), title
        super().__init__(self._drawn(params), frames=[], frame=-1)

    def show(self, params: Parameters) -> None:
        """Draw other parameters."""
        self.data = self._drawn(params)
        if self.frame != -1:
            self.frame = -1

    def record(self, moments: Iterable[tuple[int, Parameters]], at: int | None = None) -> None:
        """Put moments of a run, each an epoch and its parameters, in the place of the frames; draw `at` or the last."""
        self.frame = -1
        self.frames = [{**self._drawn(params), "epoch": epoch} for epoch, params in moments]
        self.frame = len(self.frames) - 1 if at is None else at

    def to_html(self) -> str:
        """The drawing as one HTML page that loads nothing and needs no server."""
        values = {"data": self.data, "frames": [], "frame": -1}
        if self.frame >= 0:
            values["data"] = self.frames[self.frame]
        return page("weights", values, self._title or "Network", self._net.in_html())

    def _drawn(self, params: Parameters) -> dict[str, Any]:
        return weights_data(self._net, params, ground=self._ground, names=self._names, title=self._title)
