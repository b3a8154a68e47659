"""What a reader found: a network with its parameters, and what its file says of columns, classes and scaling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..core.network import Network, Parameters
from ..data.scale import Scale
from ..files.model import Model


@dataclass(frozen=True)
class Found:
    """A network as it was found elsewhere; what is None or () is not said there.

    `scales` and `target_scales`, of each input and output, are those that were kept out of the weights.
    """

    network: Network
    params: Parameters
    words: str
    """What it was read from, such as "an ONNX graph"."""
    loss: Any = None
    columns: tuple[str, ...] = ()
    classes: tuple[Any, ...] = ()
    """Those of one target; of several targets of two classes each, a tuple of tuples."""
    scales: tuple[Scale, ...] = ()
    target_scales: tuple[Scale, ...] = ()
    notes: tuple[str, ...] = ()
    model: Model | None = None
    """The whole model, where the file is an export of one."""
