"""What a network is trained on: inputs, targets and weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ..core.arrays import Array


class Examples(NamedTuple):
    """Inputs by name, targets, and the weight of each example (None: all alike)."""

    inputs: Mapping[str, Array]
    T: Array
    weight: Array | None

    def taken(self, rows: Array) -> Examples:
        """The examples of these rows, on NumPy.

        >>> import numpy as np
        >>> Examples({"input": np.eye(3)}, np.arange(3.0)[:, None], None).taken(np.array([2, 0])).T.ravel()
        array([2., 0.])
        """
        inputs = {name: P.take(rows, axis=0) for name, P in self.inputs.items()}
        return Examples(inputs, self.T.take(rows, axis=0), None if self.weight is None else self.weight.take(rows))
