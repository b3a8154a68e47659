"""When `partial_fit` is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .base import BaseMLP


def is_stochastic(estimator: BaseMLP) -> bool:
    """Whether an estimator's solver takes one epoch after another; raises AttributeError if not."""
    if estimator.solver == "lbfgs":
        raise AttributeError("partial_fit is only available for stochastic optimizers. lbfgs is not stochastic.")
    return True
