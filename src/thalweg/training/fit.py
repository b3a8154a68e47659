"""train: examples in, trained parameters out."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Mapping
from typing import Any

from ..core.arrays import Array
from ..core.network import Network
from ..errors import ArgumentError
from .checkpoint import check_continuable, longer, same_but_epochs, started_from
from .loop import drive
from .option_arguments import takes_all_options
from .options import TrainingOptions
from .recipe import Recipe, make_recipe
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
    recipe, before = _recipe(net, P, T, checked)
    run = drive(recipe, checked.max_seconds, checked.callbacks, before)
    if run.findings:
        _log.warning(str(run.findings[0]))
    return run


def _recipe(net: Network, P: Any, T: Any, options: TrainingOptions) -> tuple[Recipe, Run | None]:
    """The recipe, and the run that it goes on with; None if it only starts where that one ended, or from nothing."""
    run = options.state
    if run is None:
        return make_recipe(net, P, T, options), None
    if options.params is not None:
        raise ArgumentError("params and state both say where to start: give one of them")
    before, _ = check_continuable(run)
    as_before = {
        name: getattr(before, name) for name in ("dtype", "engine") if getattr(options, name) in (None, "auto")
    }
    recipe = make_recipe(net, P, T, dataclasses.replace(options, **as_before))
    if same_but_epochs(recipe, before):
        return longer(before, run, recipe.epochs), run
    return started_from(recipe, run), None
