"""What a network is trained on: inputs, targets and weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

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
        inputs = {name: P[rows] if _is_sparse(P) else P.take(rows, axis=0) for name, P in self.inputs.items()}
        return Examples(inputs, self.T.take(rows, axis=0), None if self.weight is None else self.weight.take(rows))

    def dense(self) -> Examples:
        """The same with sparse inputs, which estimators take, as arrays.

        >>> import numpy as np, scipy.sparse
        >>> Examples({"input": scipy.sparse.eye_array(2)}, np.ones((2, 1)), None).dense().inputs["input"]
        array([[1., 0.],
               [0., 1.]])
        """
        return self._replace(inputs={name: P.toarray() if _is_sparse(P) else P for name, P in self.inputs.items()})


def _is_sparse(P: Any) -> bool:
    return hasattr(P, "toarray")
