"""The losses of estimators by scikit-learn's names."""

from __future__ import annotations

from dataclasses import dataclass

from ..core.activations import Activation
from ..core.arrays import Array
from ..core.losses import LOSSES, HalfMSE, Loss
from .given import Solver
from .poisson import Poisson


@dataclass(frozen=True)
class HalfMSEByOutput(HalfMSE):
    """scikit-learn's squared error of several outputs: it tells ½ (1/S) Σ e², and descends by the gradient of ½ Σ e².

    >>> import numpy as np
    >>> a, t = np.zeros((1, 2)), np.array([[1.0, 3.0]])
    >>> HalfMSEByOutput().terms(None, a, a, t), HalfMSEByOutput().derivative(a, t)
    (array([[0.25, 2.25]]), array([[-1., -3.]]))
    """

    def terms(self, activation: Activation, n: Array, a: Array, t: Array) -> Array:
        """½ e²/S."""
        return self.value(a, t) / a.shape[-1]


def loss_of(given: str | Loss, outputs: int, solver: Solver) -> Loss:
    """A loss by scikit-learn's name, by ours, or as it is, for so many outputs and a solver."""
    if isinstance(given, str):
        if given == "squared_error":
            follows = isinstance(solver, str) and solver in ("sgd", "adam", "lbfgs")
            return HalfMSEByOutput() if outputs > 1 and follows else HalfMSE()
        if given == "poisson":
            return Poisson()
        if given == "log_loss":
            given = "cross_entropy"
    return LOSSES.get(given)
