"""The work of the room of rates: a grid of networks trained at once, and a range test; both can be stopped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..learning_rates import RangeTest, RatesGrid
from ..learning_rates.range_test import range_test
from ..learning_rates.rates_grid import grid_and_runs, range_of_rates
from ..training.history import History
from ..training.member_group import Member
from .building import Built
from .jobs import Job
from .rates_state import RatesState

_NOT_TAKEN = (
    "max_seconds", "engine", "callbacks", "state", "verbose", "record", "test", "patience", "goal", "min_gradient",
)  # fmt: skip
"""Options of a training that these have not: they go to their ends, all at once."""
_OF_A_TEST = ("loss", "batch_size", "l2", "sample_weight", "target_weight", "targets", "order", "seed")
LOWEST, HIGHEST = 1e-5, 10.0
"""The rates of a range test where none are given."""


class Tried(NamedTuple):
    """A grid, what it was made from, and what each of its networks recorded, row by row."""

    state: RatesState
    grid: RatesGrid
    histories: tuple[History, ...]
    stopped: tuple[str, ...]
    """Why each ended, in words."""

    def history(self, row: int, column: int) -> History:
        """What the network of a cell recorded."""
        return self.histories[row * self.grid.errors.shape[1] + column]

    def why(self, row: int, column: int) -> str:
        """Why it ended."""
        return self.stopped[row * self.grid.errors.shape[1] + column]


def rates_of(state: RatesState, built: Built) -> list[float]:
    """The rates that are tried, evenly on a logarithmic scale, each to three digits.

    Without bounds of its own they go from a five-hundredth of the largest stable rate to four times that.
    """
    low, high = state.low, state.high
    if low is None or high is None:
        part = built.prepared.train
        found = range_of_rates(built.network, part.P, part.T, options_of(state, built))
        low, high = low or min(found[0], (high or np.inf) / 10), high or max(found[1], (low or 0.0) * 10)
    return sorted({float(f"{rate:.3g}") for rate in np.geomspace(low, high, state.columns)})


def options_of(state: RatesState, built: Built) -> dict[str, Any]:
    """The options of each network's training."""
    options = {name: value for name, value in built.options.items() if name not in _NOT_TAKEN}
    if options.get("validation") is not None:
        options["validation"] = tuple(options["validation"])
    return {**options, "optimizer": state.made_rule(), "epochs": state.epochs}


def try_rates(state: RatesState, built: Built, job: Job[Tried]) -> Tried:
    """Train a network with each rate and momentum, all at once; raises as `tw.rates_grid` does."""
    part = built.prepared.train
    rates = rates_of(state, built)

    def look(members: Sequence[Member]) -> None:
        done = sum(member.epochs if member.goes_on else state.epochs for member in members)
        job.tell(done, state.epochs * len(members))

    grid, runs = grid_and_runs(
        built.network, part.P, part.T, rates, list(state.momenta) if state.has_momentum else None,
        options_of(state, built), built.prepared.encoding.output_names or None, look,
    )  # fmt: skip
    return Tried(state, grid, tuple(run.history for run in runs), tuple(run.explanation for run in runs))


def find_range(state: RatesState, built: Built, job: Job[RangeTest]) -> RangeTest:
    """The range test of the training's rule; raises as `tw.learning_rate_range_test` does."""
    part = built.prepared.train
    options = {name: value for name, value in built.options.items() if name in _OF_A_TEST}

    def on_update(k: int) -> bool:
        job.tell(k, state.updates)
        return job.stopped

    return range_test(
        built.network, part.P, part.T, state.low or LOWEST, state.high or HIGHEST, state.updates,
        {**options, "optimizer": state.made_rule()}, on_update,
    )  # fmt: skip
