"""What is pickled of an estimator."""

from __future__ import annotations

import dataclasses
from typing import Any

from sklearn.base import BaseEstimator

from ..training.run import Run


class PickledWithoutRows(BaseEstimator):
    """An estimator that is pickled without the rows that its `run_` and its `runs_` were made from."""

    def __getstate__(self) -> dict[str, object]:
        """All but those rows."""
        state: Any = super().__getstate__()
        if "run_" in state:
            state = {**state, "run_": _without_rows(state["run_"])}
        if "runs_" in state:
            state = {**state, "runs_": tuple(map(_without_rows, state["runs_"]))}
        return state


def _without_rows(run: Run) -> Run:
    return dataclasses.replace(run, recipe=None, checkpoint=None)
