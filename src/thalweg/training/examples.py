"""What a network is trained on: inputs, targets and weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.arrays import Array

if TYPE_CHECKING:
    import numpy as np


class Examples(NamedTuple):
    """Inputs by name, targets, and weights: of each example, or of each target where these differ (None: all alike).

    A target that is missing is 0 and has weight 0.
    """

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
        return Examples(
            inputs, self.T.take(rows, axis=0), None if self.weight is None else self.weight.take(rows, axis=0)
        )

    @property
    def counted(self) -> np.ndarray | None:
        """A mask of the examples with a target that counts, on NumPy; None: all.

        >>> import numpy as np
        >>> Examples({}, np.zeros((2, 2)), np.array([[0.0, 1.0], [0.0, 0.0]])).counted
        array([ True, False])
        """
        if self.weight is None:
            return None
        counted = self.weight > 0
        counted = counted.any(axis=1) if counted.ndim == 2 else counted
        return None if counted.all() else counted

    @property
    def counting_targets(self) -> np.ndarray:
        """The targets that count, on NumPy: all of them, or where they have weights of their own a flat array of some.

        >>> import numpy as np
        >>> Examples({}, np.array([[5.0, 7.0]]), np.array([[1.0, 0.0]])).counting_targets
        array([5.])
        """
        return self.T if self.weight is None or self.weight.ndim == 1 else self.T[self.weight > 0]

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
