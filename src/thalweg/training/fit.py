"""train: examples in, trained parameters out."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from ..core.arrays import Array
from ..core.network import Network
from .loop import drive
from .option_arguments import takes_all_options
from .options import TrainingOptions
from .recipe import make_recipe
from .run import Run

_log = logging.getLogger("thalweg")


@takes_all_options(TrainingOptions)
def train(net: Network, P: Array | Mapping[str, Array], T: Array, **options: Any) -> Run:
    """Train a network by backpropagation, on NumPy or compiled by XLA, with the same result up to rounding.

    Args:
        net: The network.
        P: Inputs (examples, features), or a mapping of one array for each input.
        T: Targets (examples, outputs); for cross-entropy one-hot rows, or 0/1 for a sigmoid output.
        {options}

    Returns a `Run`; what is plainly wrong with what it learnt (the first of `run.findings`) is logged in one line.
    Ctrl-C ends the run cleanly, with the best parameters so far; a second one raises KeyboardInterrupt. Raises
    ArgumentError and DataError for arguments that make no run.

    >>> import numpy as np, thalweg as tw
    >>> P, T = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0], [1], [1], [0]])
    >>> run = tw.train(tw.mlp(2, 4, 1, output="sigmoid"), P, T, optimizer=tw.Adam(0.05), batch_size="all", epochs=500)
    >>> run.predict(P).round().astype(int).ravel()
    array([0, 1, 1, 0])

    Source: docs/sources.md.
    """
    checked = TrainingOptions(**options)
    run = drive(make_recipe(net, P, T, checked), checked.max_seconds, checked.callbacks)
    if run.findings:
        _log.warning(str(run.findings[0]))
    return run
