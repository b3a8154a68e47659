"""What a reader found: a network with its parameters, and what its file says of columns, classes and scaling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ..core.losses import Loss
from ..core.network import Network, Parameters
from ..data.scale import Scale
from ..data.target import Label
from ..files.model import Model

Classes: TypeAlias = Sequence[Label | tuple[Label, Label] | list[Label]]
"""Those of one target; of several targets of two classes each, a pair of each."""


@dataclass(frozen=True)
class Found:
    """A network as it was found elsewhere; what is None or () is not said there.

    `scales` and `target_scales`, of each input and output, are those that were kept out of the weights.
    """

    network: Network
    params: Parameters
    words: str
    """What it was read from, such as "an ONNX graph"."""
    loss: str | Loss | None = None
    columns: tuple[str, ...] = ()
    classes: Classes = ()
    """Those of one target; of several targets of two classes each, a tuple of tuples."""
    scales: tuple[Scale, ...] = ()
    target_scales: tuple[Scale, ...] = ()
    notes: tuple[str, ...] = ()
    model: Model | None = None
    """The whole model, where the file is an export of one."""
