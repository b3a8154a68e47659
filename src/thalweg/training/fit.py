"""train: examples in, trained parameters out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.arrays import Array
from ..core.network import Network
from .loop import drive
from .option_arguments import takes_all_options
from .options import TrainingOptions
from .recipe import make_recipe
from .run import Run


@takes_all_options(TrainingOptions)
def train(net: Network, P: Array | Mapping[str, Array], T: Array, **options: Any) -> Run:
    """Train a network by backpropagation, on NumPy or compiled by XLA, with the same result up to rounding.

    Args:
        net: The network.
        P: Inputs (examples, features), or a mapping of one array for each input.
        T: Targets (examples, outputs); for cross-entropy one-hot rows, or 0/1 for a sigmoid output.
        {options}

    Returns a `Run`. Ctrl-C ends the run cleanly, with the best parameters so far; a second one raises
    KeyboardInterrupt. Raises ArgumentError and DataError for arguments that make no run.

    >>> import numpy as np, thalweg as tw
    >>> P, T = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0], [1], [1], [0]])
    >>> run = tw.train(tw.mlp(2, 4, 1, output="sigmoid"), P, T, optimizer=tw.Adam(0.05), batch_size="all", epochs=500)
    >>> run.predict(P).round().astype(int).ravel()
    array([0, 1, 1, 0])

    Source: docs/sources.md.
    """
    checked = TrainingOptions(**options)
    return drive(make_recipe(net, P, T, checked), checked.max_seconds, checked.callbacks)
