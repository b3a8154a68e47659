"""Gradient descent, plain; and with momentum and Nesterov's momentum, which add a state to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ..core.arrays import Array, Scalar, Tree, namespace, tree_map
from .rule import RULES, Equations, Number, Rule, StabilityBound, check_state_is, number


def zeros_like(params: Tree) -> Tree:
    """A tree of zeros like the parameters."""
    return tree_map(lambda x: namespace(x).zeros_like(x), params)


class GradientDescentState(NamedTuple):
    """The number of updates done."""

    step: Scalar


@RULES.register("gd")
@dataclass(frozen=True)
class GradientDescent(Rule[GradientDescentState]):
    """Plain gradient descent: Δx = -α g. NND 3.14, BRL. QMIND's added cost t - a is the same update.

    >>> import numpy as np
    >>> rule = GradientDescent(learning_rate=0.1)
    >>> rule.update(np.array([5.0]), rule.init(np.array([1.0])), np.array([1.0]))[0]
    array([-0.5])
    """

    learning_rate: Number = number(0.01)

    def init(self, params: Tree) -> GradientDescentState:
        """Nothing but the count of steps."""
        return GradientDescentState(0)

    def apply(
        self, gradient: Tree, state: GradientDescentState, params: Tree, value: Array | None = None
    ) -> tuple[Tree, GradientDescentState]:
        """Δx = -α g."""
        return tree_map(lambda g: -self.learning_rate * g, gradient), GradientDescentState(state.step + 1)

    def texts(self) -> Equations:
        """Δx."""
        return (("delta", "-learning_rate*g"),)

    def stability(self) -> StabilityBound:
        """2/λ."""
        return StabilityBound(2.0, "2/λ_max")


class MomentumState(NamedTuple):
    """The number of updates done, and the last update."""

    step: Scalar
    delta: Tree


class VelocityState(NamedTuple):
    """The number of updates done, and the velocity."""

    step: Scalar
    v: Tree


@RULES.register("momentum")
@dataclass(frozen=True)
class Momentum(Rule[MomentumState | VelocityState]):
    """Gradient descent with momentum: Δx_t = -ε g + α Δx_{t-1}, usually α = 0.9 and ε ≤ 0.1. AIFH 6.12, NCSU.

    `averaged` gives the gradient the share 1 - α, so that Δx is a running mean of what plain steps would be:

        Δx_t = α Δx_{t-1} - (1 - α) ε g                           (Hagan, Demuth, Beale: Neural Network Design, 12.2)

    `velocity` keeps a sum of gradients and multiplies it with the learning rate of now, which is another rule once that
    changes; with `averaged`, too, it is Ng's:

        v_t = α v_{t-1} + g,             Δx_t = -ε v_t            (Sutskever et al. 2013, as PyTorch has it)
        v_t = α v_{t-1} + (1 - α) g,     Δx_t = -ε v_t            (Ng, Deep Learning Specialization, course 2)

    >>> import numpy as np
    >>> rule = Momentum(learning_rate=0.1, momentum=0.5)
    >>> delta, state = rule.update(np.array([1.0]), rule.init(np.array([0.0])), np.array([0.0]))
    >>> rule.update(np.array([1.0]), state, delta)[0]
    array([-0.15])
    >>> rule = Momentum(learning_rate=0.1, momentum=0.5, averaged=True, velocity=True)
    >>> rule.update(np.array([1.0]), rule.init(np.array([0.0])), np.array([0.0]))[1].v
    array([0.5])
    """

    learning_rate: Number = number(0.01)
    momentum: Number = number(0.9, below=1.0)
    averaged: bool = False
    velocity: bool = False

    def init(self, params: Tree) -> MomentumState | VelocityState:
        """No update yet."""
        return (VelocityState if self.velocity else MomentumState)(0, zeros_like(params))

    def apply(
        self, gradient: Tree, state: MomentumState | VelocityState, params: Tree, value: Array | None = None
    ) -> tuple[Tree, MomentumState | VelocityState]:
        """Δx_t = -ε g + α Δx_{t-1}; or v_t = α v_{t-1} + g and Δx_t = -ε v_t; 1 - α times g where it is averaged."""
        check_state_is(VelocityState if self.velocity else MomentumState, state)
        if isinstance(state, MomentumState):
            rate = (1.0 - self.momentum) * self.learning_rate if self.averaged else self.learning_rate
            delta = tree_map(lambda g, d: self.momentum * d - rate * g, gradient, state.delta)
            return delta, MomentumState(state.step + 1, delta)
        share = 1.0 - self.momentum if self.averaged else 1.0
        v = tree_map(lambda g, last: self.momentum * last + share * g, gradient, state.v)
        return tree_map(lambda v: -self.learning_rate * v, v), VelocityState(state.step + 1, v)

    def texts(self) -> Equations:
        """Δx, or v and Δx."""
        share = "(1 - momentum)*" if self.averaged else ""
        if self.velocity:
            return ("v", f"momentum*v_last + {share}g"), ("delta", "-learning_rate*v")
        if self.averaged:
            return (("delta", "momentum*delta_last - (1 - momentum)*learning_rate*g"),)
        return (("delta", "-learning_rate*g + momentum*delta_last"),)

    def stability(self) -> StabilityBound:
        """2 (1 + α)/λ; where the gradient is averaged, 1/(1 - α) times that."""
        bound = 2.0 * (1.0 + self.momentum)
        if self.averaged:
            return StabilityBound(bound / (1.0 - self.momentum), "2(1+α)/((1-α)λ_max)")
        return StabilityBound(bound, "2(1+α)/λ_max")


class NesterovState(NamedTuple):
    """The number of updates done, and n_t."""

    step: Scalar
    n: Tree


@RULES.register("nesterov")
@dataclass(frozen=True)
class Nesterov(Rule[NesterovState]):
    """Nesterov momentum: n_t = α n_{t-1} + ε g_t; Δx_t = α n_{t-1} - (1 + α) n_t; n_0 = 0. AIFH 6.13-6.14, NCSU.

    >>> import numpy as np
    >>> rule = Nesterov(learning_rate=0.1, momentum=0.5)
    >>> rule.update(np.array([1.0]), rule.init(np.array([0.0])), np.array([0.0]))[0]
    array([-0.15])
    """

    learning_rate: Number = number(0.01)
    momentum: Number = number(0.9, below=1.0)

    def init(self, params: Tree) -> NesterovState:
        """n_0 = 0."""
        return NesterovState(0, zeros_like(params))

    def apply(
        self, gradient: Tree, state: NesterovState, params: Tree, value: Array | None = None
    ) -> tuple[Tree, NesterovState]:
        """n_t = α n_{t-1} + ε g_t; Δx_t = α n_{t-1} - (1 + α) n_t."""
        alpha = self.momentum
        n = tree_map(lambda g, last: alpha * last + self.learning_rate * g, gradient, state.n)
        delta = tree_map(lambda now, last: alpha * last - (1.0 + alpha) * now, n, state.n)
        return delta, NesterovState(state.step + 1, n)

    def texts(self) -> Equations:
        """n and Δx."""
        return ("n", "momentum*n_last + learning_rate*g"), ("delta", "momentum*n_last - (1 + momentum)*n")

    def stability(self) -> StabilityBound:
        """2 (1 + α)/((1 + 2α) λ)."""
        alpha = self.momentum
        return StabilityBound(2.0 * (1.0 + alpha) / (1.0 + 2.0 * alpha), "2(1+α)/((1+2α)λ_max)")


RULES.alias("traingd", "gd")
RULES.alias("traingdm", "momentum", learning_rate=0.001)  # MATLAB's lr = 0.01 times 1 - mc
