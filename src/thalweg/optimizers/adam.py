"""Adam and its relatives: steps by running means of the gradient and of its square."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ..core.arrays import Array, Scalar, Tree, namespace, tree_map
from .adaptive import mean_square, rates_of, step_by
from .gradient_descent import zeros_like
from .rule import RULES, Equations, Number, number
from .shown import ShownRule, scalar_like


class AdamState(NamedTuple):
    """The number of updates done, and the running means m of g and v of g²."""

    step: Scalar
    m: Tree
    v: Tree


@RULES.register("adam")
@dataclass(frozen=True)
class Adam(ShownRule[AdamState]):
    """Adam: m ← β₁m + (1-β₁)g; v ← β₂v + (1-β₂)g²; m̂ = m/(1-β₁ᵏ); v̂ = v/(1-β₂ᵏ); Δx = -α m̂/(√v̂ + ε). NND 3.29-3.33.

    `efficient` is the same update without m̂ and v̂: Δx = -α_k m/(√v + ε_k), with α_k = α √(1-β₂ᵏ)/(1-β₁ᵏ) and
    ε_k = ε √(1-β₂ᵏ). NND 3.34 prints that fraction upside down, and ε for ε_k (docs/sources.md). `epsilon_hat` is the
    efficient form with ε for ε_k, another update: the ε̂ that Kingma & Ba mention at the end of their section 2, and
    the Adam of scikit-learn.

    >>> import numpy as np
    >>> rule = Adam(learning_rate=0.1)
    >>> rule.update(np.array([5.0]), rule.init(np.array([0.0])), np.array([0.0]))[0].round(6)
    array([-0.1])
    """

    learning_rate: Number = number(0.001)
    beta1: Number = number(0.9, below=1.0)
    beta2: Number = number(0.999, below=1.0)
    epsilon: Number = number(1e-8)
    efficient: bool = False
    epsilon_hat: bool = False

    def init(self, params: Tree) -> AdamState:
        """m = v = 0."""
        return AdamState(0, zeros_like(params), zeros_like(params))

    def equations(self, gradient: Tree, state: AdamState, params: Tree, value: Array | None = None) -> dict[str, Tree]:
        """The five equations in their order, or the four of the efficient form."""
        if not (self.efficient or self.epsilon_hat):
            return _adam(self, gradient, state)
        k = state.step + 1
        m, v = _moments(self, gradient, state)
        root = (1.0 - self.beta2**k) ** 0.5
        alpha = self.learning_rate * root / (1.0 - self.beta1**k)
        epsilon = self.epsilon if self.epsilon_hat else self.epsilon * root
        rate = tree_map(lambda v: alpha / (namespace(v).sqrt(v) + epsilon), v)
        return {"m": m, "v": v, "rate": rate, "delta": step_by(rate, m)}

    def texts(self) -> Equations:
        """The same for one weight."""
        if not (self.efficient or self.epsilon_hat):
            return *_ADAM, ("delta", "-rate*m_hat")
        root = "sqrt(1 - beta2**k)"
        epsilon = "epsilon" if self.epsilon_hat else f"epsilon*{root}"
        rate = f"learning_rate*{root}/(1 - beta1**k)/(sqrt(v) + {epsilon})"
        return *_MOMENTS, ("rate", rate), ("delta", "-rate*m")


@RULES.register("adamw")
@dataclass(frozen=True)
class AdamW(ShownRule[AdamState]):
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

    def init(self, params: Tree) -> AdamState:
        """m = v = 0."""
        return AdamState(0, zeros_like(params), zeros_like(params))

    def equations(self, gradient: Tree, state: AdamState, params: Tree, value: Array | None = None) -> dict[str, Tree]:
        """Adam's, and its update less α λ x."""
        parts = _adam(self, gradient, state)
        decay = self.learning_rate * self.weight_decay
        return {**parts, "delta": tree_map(lambda d, x: d - decay * x, parts["delta"], params)}

    def texts(self) -> Equations:
        """The same for one weight."""
        return *_ADAM, ("delta", "-rate*m_hat - learning_rate*weight_decay*x")


class AdaMaxState(NamedTuple):
    """The number of updates done, the running mean m of g, and the fading maximum u of |g|."""

    step: Scalar
    m: Tree
    u: Tree


@RULES.register("adamax")
@dataclass(frozen=True)
class AdaMax(ShownRule[AdaMaxState]):
    """AdaMax: m ← β₁m + (1-β₁)g; u ← max(β₂u, |g| + ε); m̂ = m/(1-β₁ᵏ); Δx = -α m̂/u. Kingma & Ba 2015, algorithm 2.

    >>> import numpy as np
    >>> rule, x = AdaMax(learning_rate=0.1), np.array([1.0])
    >>> rule.update(np.array([5.0]), rule.init(x), x)[0].round(6)
    array([-0.1])

    The paper has no ε; it keeps a gradient of 0 from a division by 0.
    """

    learning_rate: Number = number(0.002)
    beta1: Number = number(0.9, below=1.0)
    beta2: Number = number(0.999, below=1.0)
    epsilon: Number = number(1e-8)

    def init(self, params: Tree) -> AdaMaxState:
        """m = u = 0."""
        return AdaMaxState(0, zeros_like(params), zeros_like(params))

    def equations(
        self, gradient: Tree, state: AdaMaxState, params: Tree, value: Array | None = None
    ) -> dict[str, Tree]:
        """m, u, m̂, the rate of each weight, and the update."""

        def maximum(g: Array, u: Array) -> Array:
            xp = namespace(g, u)
            return xp.maximum(self.beta2 * u, xp.abs(g) + self.epsilon)

        m = _mean(self.beta1, gradient, state.m)
        u = tree_map(maximum, gradient, state.u)
        m_hat = _unbiased(m, self.beta1, state.step + 1)
        rate = tree_map(lambda u: self.learning_rate / u, u)
        return {"m": m, "u": u, "m_hat": m_hat, "rate": rate, "delta": step_by(rate, m_hat)}

    def texts(self) -> Equations:
        """The same for one weight."""
        return (
            ("m", "beta1*m_last + (1 - beta1)*g"),
            ("u", "max(beta2*u_last, abs(g) + epsilon)"),
            ("m_hat", "m/(1 - beta1**k)"),
            ("rate", "learning_rate/u"),
            ("delta", "-rate*m_hat"),
        )


class NAdamState(NamedTuple):
    """The number of updates done, the running means m of g and v of g², and the product of all momenta μ so far."""

    step: Scalar
    m: Tree
    v: Tree
    product: Array


@RULES.register("nadam")
@dataclass(frozen=True)
class NAdam(ShownRule[NAdamState]):
    """NAdam, which is Adam with Nesterov's momentum: the next step's momentum is taken now.

        μ_k = β₁ (1 - ½ · 0.96^{ψk});  m ← β₁m + (1-β₁)g;  v ← β₂v + (1-β₂)g²;  v̂ = v/(1-β₂ᵏ)
        m̂ = μ_{k+1} m / (1 - μ₁···μ_{k+1}) + (1-μ_k) g / (1 - μ₁···μ_k);  Δx = -α m̂/(√v̂ + ε)

    `momentum_decay` is ψ; when it is large, μ = β₁ in every step.

    >>> import numpy as np
    >>> rule, x = NAdam(learning_rate=0.1, momentum_decay=1e6), np.array([1.0])
    >>> rule.update(np.array([5.0]), rule.init(x), x)[0].round(6)  # m̂ = 0.9 · 0.5/0.19 + 0.1 · 5/0.1
    array([-0.147368])

    Source: Dozat 2016; 0.96 and ψ = 0.004 are his.
    """

    learning_rate: Number = number(0.002)
    beta1: Number = number(0.9, below=1.0)
    beta2: Number = number(0.999, below=1.0)
    epsilon: Number = number(1e-8)
    momentum_decay: Number = number(0.004)

    def init(self, params: Tree) -> NAdamState:
        """m = v = 0, and a product of 1."""
        return NAdamState(0, zeros_like(params), zeros_like(params), scalar_like(params, 1.0))

    def equations(self, gradient: Tree, state: NAdamState, params: Tree, value: Array | None = None) -> dict[str, Tree]:
        """The momenta of this step and the next, m, v, m̂, v̂, the rate of each weight, and the update."""
        k = state.step + 1
        now = self.beta1 * (1.0 - 0.5 * 0.96 ** (k * self.momentum_decay))
        after = self.beta1 * (1.0 - 0.5 * 0.96 ** ((k + 1) * self.momentum_decay))
        product = state.product * now
        m, v = _moments(self, gradient, state)
        share, own = after / (1.0 - product * after), (1.0 - now) / (1.0 - product)
        m_hat = tree_map(lambda g, m: share * m + own * g, gradient, m)
        v_hat = _unbiased(v, self.beta2, k)
        rate = rates_of(self.learning_rate, self.epsilon, v_hat)
        delta = step_by(rate, m_hat)
        momenta = {"mu": now, "mu_next": after, "product": product}
        return {**momenta, "m": m, "v": v, "m_hat": m_hat, "v_hat": v_hat, "rate": rate, "delta": delta}

    def texts(self) -> Equations:
        """The same for one weight."""
        return (
            ("mu", "beta1*(1 - 0.5*0.96**(k*momentum_decay))"),
            ("mu_next", "beta1*(1 - 0.5*0.96**((k + 1)*momentum_decay))"),
            ("product", "product_last*mu"),
            *_MOMENTS,
            ("m_hat", "mu_next*m/(1 - product*mu_next) + (1 - mu)*g/(1 - product)"),
            ("v_hat", "v/(1 - beta2**k)"),
            ("rate", "learning_rate/(sqrt(v_hat) + epsilon)"),
            ("delta", "-rate*m_hat"),
        )


def _adam(rule: Adam | AdamW, gradient: Tree, state: AdamState) -> dict[str, Tree]:
    """Adam's five equations by the numbers of a rule that has them."""
    m, v = _moments(rule, gradient, state)
    m_hat, v_hat = _unbiased(m, rule.beta1, state.step + 1), _unbiased(v, rule.beta2, state.step + 1)
    rate = rates_of(rule.learning_rate, rule.epsilon, v_hat)
    return {"m": m, "v": v, "m_hat": m_hat, "v_hat": v_hat, "rate": rate, "delta": step_by(rate, m_hat)}


_MOMENTS: Equations = (("m", "beta1*m_last + (1 - beta1)*g"), ("v", "beta2*v_last + (1 - beta2)*g**2"))
_ADAM: Equations = (
    *_MOMENTS,
    ("m_hat", "m/(1 - beta1**k)"),
    ("v_hat", "v/(1 - beta2**k)"),
    ("rate", "learning_rate/(sqrt(v_hat) + epsilon)"),
)
"""The texts of those: all but the update."""


def _moments(rule: Adam | AdamW | NAdam, gradient: Tree, state: AdamState | NAdamState) -> tuple[Tree, Tree]:
    """m ← β₁m + (1-β₁)g and v ← β₂v + (1-β₂)g²."""
    return _mean(rule.beta1, gradient, state.m), mean_square(rule.beta2, gradient, state.v)


def _mean(beta: Scalar, gradient: Tree, m: Tree) -> Tree:
    """m ← βm + (1-β)g."""
    return tree_map(lambda g, m: beta * m + (1.0 - beta) * g, gradient, m)


def _unbiased(mean: Tree, beta: Scalar, k: Scalar) -> Tree:
    """A running mean that began at 0, by the share 1 - βᵏ of its weights that it has seen."""
    share = 1.0 - beta**k
    return tree_map(lambda mean: mean / share, mean)
