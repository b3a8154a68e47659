"""The rules of estimators by scikit-learn's names, and their learning rates from epoch to epoch."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np

from ..core.arrays import Array, Scalar, Tree
from ..optimizers.adam import Adam
from ..optimizers.gradient_descent import Momentum, Nesterov
from ..optimizers.interop import as_rule
from ..optimizers.rule import Rule, Schedule
from ..registry import replaced

if TYPE_CHECKING:
    from .base import BaseMLP

STOCHASTIC = ("sgd", "adam")


@dataclasses.dataclass
class EpochRates:
    """The learning rate of each epoch, as a schedule of the updates: that of an epoch not told is the nearest one told.

    `first` is the number of updates that the rule had made before, `steps` that of an epoch.

    >>> rates = EpochRates(first=0, steps=2, rates=[0.1, 0.05])
    >>> rates(np.arange(6))
    array([0.1 , 0.1 , 0.05, 0.05, 0.05, 0.05])
    """

    first: int
    steps: int
    rates: list[float]

    def __call__(self, step: Scalar) -> Array:
        """The rate of the update after `step` updates."""
        epochs = (np.asarray(step) - self.first) // self.steps
        return np.asarray(self.rates)[np.clip(epochs, 0, len(self.rates) - 1)]


_KEPT = ("solver", "learning_rate", "learning_rate_init", "power_t", "momentum", "nesterovs_momentum", "beta_1",
         "beta_2", "epsilon")  # fmt: skip


class SolverState:
    """What a solver carries from one `partial_fit` to the next, begun from an estimator's parameters.

    As in scikit-learn, parameters that are set between two of them count from the next `fit` on.
    """

    def __init__(self, estimator: BaseMLP) -> None:
        self.given = SimpleNamespace(**{name: getattr(estimator, name) for name in _KEPT})
        self.learning_rate = float(estimator.learning_rate_init)
        self.rule: Tree | None = None
        """The state of the rule; None before its first update."""
        self.kind: object = None
        """The rule with its numbers at their defaults, the sizes, the type: they must be the next one's, too."""


def rule_of(given: SimpleNamespace, rate: float | Schedule) -> Rule:
    """The rule of a solver by an estimator's parameters, with its learning rate if it has one."""
    match given.solver:
        case "sgd":
            # 1 is allowed there: the number next to it makes the same updates, to the last digit
            momentum = min(float(given.momentum), np.nextafter(1.0, 0.0))
            return (Nesterov if given.nesterovs_momentum else Momentum)(rate, momentum)
        case "adam":
            return Adam(rate, given.beta_1, given.beta_2, given.epsilon, epsilon_hat=True)
        case str() as name:
            rule = as_rule(name)
            return replaced(rule, learning_rate=rate) if has_rate(rule) else rule
        case rule:
            return as_rule(rule)


def inverse_scaled(given: SimpleNamespace, samples: int) -> float:
    """The learning rate after so many samples were presented: its initial value / (samples + 1) ** power_t."""
    return float(given.learning_rate_init) / (samples + 1) ** given.power_t


def has_rate(rule: Rule) -> bool:
    """Whether a rule has a learning rate to set."""
    return any(field.name == "learning_rate" for field in rule.numbers())
