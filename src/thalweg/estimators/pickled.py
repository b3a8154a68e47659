"""What is pickled of an estimator."""

from __future__ import annotations

import dataclasses
from typing import Any

from sklearn.base import BaseEstimator


class PickledWithoutRows(BaseEstimator):
    """An estimator that is pickled without the rows that its `run_` was made from."""

    def __getstate__(self) -> Any:
        """All but those rows."""
        state: Any = super().__getstate__()
        if "run_" in state:
            state = {**state, "run_": dataclasses.replace(state["run_"], recipe=None, checkpoint=None)}
        return state
