"""What can be diagnosed beside a run: what holds one."""

from __future__ import annotations

from typing import Protocol

from ..training.run import Run


class HasRun(Protocol):
    """What holds a run, as `tw.train_table` and recipes return it."""

    @property
    def run(self) -> Run:
        """The run of the network."""
        ...


class IsFitted(Protocol):
    """An estimator that was fitted."""

    run_: Run
