"""What a person gives an estimator: types of arrays and frames, and of parameters that several kinds of value serve."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import sparray, spmatrix

from ..core.activations import Activation
from ..core.initializers import Initializer
from ..optimizers.rule import Rule

if TYPE_CHECKING:
    from optax import GradientTransformation
else:
    GradientTransformation = tuple  # which it is; optax is not imported for its name

ArrayOrFrame: TypeAlias = ArrayLike | spmatrix | sparray
"""What scikit-learn takes as X and y: arrays, lists, frames and series of pandas or Polars, sparse arrays."""

ActivationOrName: TypeAlias = str | Activation
InitializerOrPair: TypeAlias = str | Initializer | Sequence[Sequence[np.ndarray]]
"""A name, an initializer, or a pair of coefs and intercepts."""
Solver: TypeAlias = str | Rule | GradientTransformation
Scorer: TypeAlias = Callable[..., float]
"""scikit-learn's: called with an estimator, X and y, and with `sample_weight` where rows have weights."""


class HeldOut(NamedTuple):
    """Rows of one's own to hold out, their targets and their weights."""

    X: ArrayOrFrame
    y: ArrayOrFrame
    weight: ArrayLike | None
