"""What a run leaves: the trained parameters, the history, and why it ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.arrays import Array
from ..core.losses import Loss
from ..core.network import Network, Parameters
from ..core.propagation import forward
from ..optimizers.rule import Rule
from .history import History


@dataclass(frozen=True)
class Run:
    """A finished run.

    `params` are NumPy arrays: those after the epoch of the lowest validation loss if there was a validation set;
    those of the lowest training loss if the run diverged or ran out of patience; else those after the last update.
    `stopped_because` is one of "epochs", "goal", "min_gradient", "stalled", "patience", "generalization_loss",
    "min_progress", "seconds", "callback", "interrupted" and "diverged"; `explanation` is the sentence for it. `epochs`
    and `updates` count those completed; `best_epoch` is counted from 1 (0: the initial parameters).
    """

    network: Network
    params: Parameters
    loss: Loss
    optimizer: Rule
    history: History
    epochs: int
    updates: int
    best_epoch: int
    stopped_because: str
    explanation: str
    engine: str
    seconds: float
    seed: int
    state: Any = None
    """The last state of the rule, its named parts as NumPy arrays."""

    def predict(self, P: Array | Mapping[str, Array]) -> np.ndarray:
        """The network's output (examples, outputs) for inputs (examples, features), in the type of its parameters."""
        inputs = {name: np.asarray(p) for name, p in P.items()} if isinstance(P, Mapping) else np.asarray(P)
        return forward(self.network, self.params, inputs).output


@dataclass(frozen=True)
class EpochEnd:
    """What a callback is told at the end of an epoch; `parameters()` gives the current ones."""

    epoch: int
    epochs: int
    updates: int
    loss: float
    validation_loss: float | None
    best_epoch: int
    seconds: float
    parameters: Callable[[], Any]
