"""Rules with a rate of its own for every weight."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ..core.arrays import Array, Scalar, Tree, namespace, tree_map
from .gradient_descent import zeros_like
from .rule import RULES, Equations, Number, number
from .shown import ShownRule


class AdaGradState(NamedTuple):
    """The number of updates done, and the sum v of g²."""

    step: Scalar
    v: Tree


@RULES.register("adagrad")
@dataclass(frozen=True)
class AdaGrad(ShownRule[AdaGradState]):
    """AdaGrad: v ← v + g²; Δx = -α g / (√v + ε). NCSU (the rate γ/√Σg²); Duchi, Hazan & Singer 2011.

    >>> import numpy as np
    >>> rule, x = AdaGrad(learning_rate=0.5), np.array([1.0])
    >>> delta, state = rule.update(np.array([3.0]), rule.init(x), x)
    >>> rule.update(np.array([4.0]), state, x)[0]
    array([-0.4])
    """

    learning_rate: Number = number(0.01)
    epsilon: Number = number(1e-10)

    def init(self, params: Tree) -> AdaGradState:
        """v = 0."""
        return AdaGradState(0, zeros_like(params))

    def equations(
        self, gradient: Tree, state: AdaGradState, params: Tree, value: Array | None = None
    ) -> dict[str, Tree]:
        """v, the rate of each weight, and the update."""
        v = tree_map(lambda g, v: v + g * g, gradient, state.v)
        rate = rates_of(self.learning_rate, self.epsilon, v)
        return {"v": v, "rate": rate, "delta": step_by(rate, gradient)}

    def texts(self) -> Equations:
        """The same for one weight."""
        return (
            ("v", "v_last + g**2"),
            ("rate", "learning_rate/(sqrt(v) + epsilon)"),
            ("delta", "-rate*g"),
        )


class RMSPropState(NamedTuple):
    """The number of updates done, and the running mean v of g²."""

    step: Scalar
    v: Tree


@RULES.register("rmsprop")
@dataclass(frozen=True)
class RMSProp(ShownRule[RMSPropState]):
    """RMSProp: v ← ρv + (1-ρ)g²; Δx = -α g / (√v + ε). Hinton, Srivastava & Swersky 2012, lecture 6.

    >>> import numpy as np
    >>> rule, x = RMSProp(learning_rate=0.1, decay=0.75), np.array([1.0])
    >>> rule.update(np.array([3.0]), rule.init(x), x)[0].round(6)
    array([-0.2])
    """

    learning_rate: Number = number(0.001)
    decay: Number = number(0.9, below=1.0)
    epsilon: Number = number(1e-8)

    def init(self, params: Tree) -> RMSPropState:
        """v = 0."""
        return RMSPropState(0, zeros_like(params))

    def equations(
        self, gradient: Tree, state: RMSPropState, params: Tree, value: Array | None = None
    ) -> dict[str, Tree]:
        """v, the rate of each weight, and the update."""
        v = mean_square(self.decay, gradient, state.v)
        rate = rates_of(self.learning_rate, self.epsilon, v)
        return {"v": v, "rate": rate, "delta": step_by(rate, gradient)}

    def texts(self) -> Equations:
        """The same for one weight."""
        return (
            ("v", "decay*v_last + (1 - decay)*g**2"),
            ("rate", "learning_rate/(sqrt(v) + epsilon)"),
            ("delta", "-rate*g"),
        )


class AdaDeltaState(NamedTuple):
    """The number of updates done, and the running means v of g² and u of (Δx/α)²."""

    step: Scalar
    v: Tree
    u: Tree


@RULES.register("adadelta")
@dataclass(frozen=True)
class AdaDelta(ShownRule[AdaDeltaState]):
    """AdaDelta: v ← ρv + (1-ρ)g²; Δx = -α √(u + ε)/√(v + ε) g; u ← ρu + (1-ρ)(Δx/α)².

    >>> import numpy as np
    >>> rule, x = AdaDelta(decay=0.75, epsilon=1.0), np.array([1.0])
    >>> rule.update(np.array([4.0]), rule.init(x), x)[0].round(4)
    array([-1.7889])

    The rate needs no choice: α = 1 is the rule as it was published. Source: Zeiler 2012, algorithm 1.
    """

    learning_rate: Number = number(1.0)
    decay: Number = number(0.9, below=1.0)
    epsilon: Number = number(1e-6)

    def init(self, params: Tree) -> AdaDeltaState:
        """v = u = 0."""
        return AdaDeltaState(0, zeros_like(params), zeros_like(params))

    def equations(
        self, gradient: Tree, state: AdaDeltaState, params: Tree, value: Array | None = None
    ) -> dict[str, Tree]:
        """v, the rate of each weight by the updates before, u of this one, and the update."""
        v = mean_square(self.decay, gradient, state.v)

        def ratio(u: Array, v: Array) -> Array:
            xp = namespace(u, v)
            return xp.sqrt(u + self.epsilon) / xp.sqrt(v + self.epsilon)

        unscaled = tree_map(ratio, state.u, v)
        u = mean_square(self.decay, step_by(unscaled, gradient), state.u)
        rate = tree_map(lambda ratio: self.learning_rate * ratio, unscaled)
        return {"v": v, "rate": rate, "u": u, "delta": step_by(rate, gradient)}

    def texts(self) -> Equations:
        """The same for one weight; u by the update."""
        return (
            ("v", "decay*v_last + (1 - decay)*g**2"),
            ("rate", "learning_rate*sqrt(u_last + epsilon)/sqrt(v + epsilon)"),
            ("delta", "-rate*g"),
            ("u", "decay*u_last + (1 - decay)*(delta/learning_rate)**2"),
        )


def mean_square(beta: Scalar, gradient: Tree, v: Tree) -> Tree:
    """v ← βv + (1-β)g²."""
    return tree_map(lambda g, v: beta * v + (1.0 - beta) * (g * g), gradient, v)


def rates_of(learning_rate: Scalar, epsilon: Scalar, v: Tree) -> Tree:
    """The rate of each weight: α / (√v + ε)."""
    return tree_map(lambda v: learning_rate / (namespace(v).sqrt(v) + epsilon), v)


def step_by(rate: Tree, direction: Tree) -> Tree:
    """Δx = -rate · direction, weight by weight."""
    return tree_map(lambda rate, d: -(rate * d), rate, direction)
