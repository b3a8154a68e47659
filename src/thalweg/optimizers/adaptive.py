"""Rules with a rate of its own for every weight."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from ..core.arrays import namespace, tree_map
from .gradient_descent import zeros_like
from .rule import RULES, Number, Rule, number


class AdamState(NamedTuple):
    """The number of updates done, and the running means m of g and v of g²."""

    step: Any
    m: Any
    v: Any


@RULES.register("adam")
@dataclass(frozen=True)
class Adam(Rule):
    """Adam: m ← β₁m + (1-β₁)g; v ← β₂v + (1-β₂)g²; m̂ = m/(1-β₁ᵏ); v̂ = v/(1-β₂ᵏ); Δx = -α m̂/(√v̂ + ε). NND 3.29-3.33.

    >>> import numpy as np
    >>> rule = Adam(learning_rate=0.1)
    >>> rule.update(np.array([5.0]), rule.init(np.array([0.0])), np.array([0.0]))[0].round(6)
    array([-0.1])
    """

    learning_rate: Number = number(0.001)
    beta1: Number = number(0.9, below=1.0)
    beta2: Number = number(0.999, below=1.0)
    epsilon: Number = number(1e-8)

    def init(self, params: Any) -> AdamState:
        """m = v = 0."""
        return AdamState(0, zeros_like(params), zeros_like(params))

    def apply(self, gradient: Any, state: AdamState, params: Any, value: Any = None) -> tuple[Any, AdamState]:
        """The five equations, in their order."""
        return adam(self, gradient, state)


def adam(rule: Any, gradient: Any, state: AdamState) -> tuple[Any, AdamState]:
    """Adam's update by the numbers of a rule that has them."""
    k = state.step + 1
    m = tree_map(lambda g, m: rule.beta1 * m + (1.0 - rule.beta1) * g, gradient, state.m)
    v = tree_map(lambda g, v: rule.beta2 * v + (1.0 - rule.beta2) * (g * g), gradient, state.v)
    m_part, v_part = 1.0 - rule.beta1**k, 1.0 - rule.beta2**k

    def delta(m: Any, v: Any) -> Any:
        return -rule.learning_rate * (m / m_part) / (namespace(v).sqrt(v / v_part) + rule.epsilon)

    return tree_map(delta, m, v), AdamState(k, m, v)


@RULES.register("adamw")
@dataclass(frozen=True)
class AdamW(Rule):
    """Adam with decoupled weight decay: Δx = Adam's update - α λ x, for all parameters (Loshchilov & Hutter 2019).

    >>> import numpy as np
    >>> rule = AdamW(learning_rate=0.1, weight_decay=0.5)
    >>> rule.update(np.array([0.0]), rule.init(np.array([2.0])), np.array([2.0]))[0]
    array([-0.1])
    """

    learning_rate: Number = number(0.001)
    beta1: Number = number(0.9, below=1.0)
    beta2: Number = number(0.999, below=1.0)
    epsilon: Number = number(1e-8)
    weight_decay: Number = number(0.01)

    def init(self, params: Any) -> AdamState:
        """m = v = 0."""
        return AdamState(0, zeros_like(params), zeros_like(params))

    def apply(self, gradient: Any, state: AdamState, params: Any, value: Any = None) -> tuple[Any, AdamState]:
        """Adam's update, less α λ x."""
        delta, state = adam(self, gradient, state)
        decay = self.learning_rate * self.weight_decay
        return tree_map(lambda d, x: d - decay * x, delta, params), state
