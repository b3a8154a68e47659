"""Resilient propagation: only the sign of the gradient counts, and every weight has a step of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ..core.arrays import Array, Scalar, Tree, namespace, tree_map
from ..errors import ArgumentError, unknown
from .gradient_descent import zeros_like
from .rule import RULES, Equations, Number, choice, number
from .shown import ShownRule, scalar_like

BACKTRACKING = ("if_worse", "always", "never", "turn")
_STRETCH = 1e4
"""Stretches initial weights so far over the unit interval that their place in it is as good as drawn."""


class RpropState(NamedTuple):
    """The number of updates done; the last gradient, 0 where its sign had changed; the last update; the steps; F.

    Before the first update, `rate` is where each weight's first step lies between the lowest and the highest, 0 to 1.
    """

    step: Scalar
    last_gradient: Tree
    delta: Tree
    rate: Tree
    F: Array


@RULES.register("rprop")
@dataclass(frozen=True)
class Rprop(ShownRule[RpropState]):
    """iRprop⁺: Δx = -sign(g) Δ, with a step Δ for each weight that follows the signs of g.

    With s = g · g_last, weight by weight:

        s > 0:  Δ ← min(η⁺ Δ, Δmax);  Δx = -sign(g) Δ
        s < 0:  Δ ← max(η⁻ Δ, Δmin);  Δx = -Δx_last if F rose, else 0;  g ← 0
        s = 0:  Δx = -sign(g) Δ

    `backtracking` "always" takes the last update back whenever s < 0 (Rprop⁺, 1993); "never" makes Δx = 0 then
    (iRprop⁻, as in PyTorch); "turn" goes the other way at once, Δx = -sign(g) Δ, and keeps g (Rprop⁻, MATLAB's
    trainrp). `update` takes F as `value`; without it the last update is always taken back. It needs
    the gradient of all examples, which is its default in `train`. With a `delta0_high` above `delta0`, each weight
    draws its first step from between the two, as PROBEN1 does with 0.005 and 0.02; what it draws follows from the
    initial weights, which are the seed.

    >>> import numpy as np
    >>> rule, x = Rprop(), np.array([0.0, 0.0])
    >>> delta, state = rule.update(np.array([3.0, -0.2]), rule.init(x), x, value=5.0)
    >>> delta
    array([-0.1,  0.1])
    >>> rule.update(np.array([2.0, 0.2]), state, x, value=4.0)[0]
    array([-0.12,  0.  ])

    Source: AIFH (summary); Riedmiller & Braun 1993; Igel & Hüsken 2003, table 4.
    """

    delta0: Number = number(0.1)
    delta0_high: Number = number(0.0)
    eta_plus: Number = number(1.2, at_least=1.0)
    eta_minus: Number = number(0.5, below=1.0)
    delta_min: Number = number(1e-6)
    delta_max: Number = number(50.0)
    backtracking: str = choice("if_worse", BACKTRACKING)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.backtracking not in BACKTRACKING:
            raise ArgumentError(f"Rprop: {unknown('backtracking', self.backtracking, BACKTRACKING)}")

    def init(self, params: Tree) -> RpropState:
        """No gradient and no update yet."""
        return RpropState(0, zeros_like(params), zeros_like(params), _places(params), scalar_like(params, float("inf")))

    def equations(self, gradient: Tree, state: RpropState, params: Tree, value: Array | None = None) -> dict[str, Tree]:
        """The three cases of the rule, weight by weight."""
        F = state.F if value is None else namespace(state.F).asarray(value, dtype=state.F.dtype)
        rose = value is None or F > state.F
        if self.backtracking != "if_worse":
            rose = self.backtracking == "always"

        def new_rate(g: Array, last: Array, rate: Array) -> Array:
            xp = namespace(g, rate)
            first = self.delta0 + xp.maximum((self.delta0_high - self.delta0) * rate, 0.0)
            rate = xp.where(state.step == 0, first, rate)
            s = xp.sign(g) * xp.sign(last)
            longer, shorter = xp.minimum(self.eta_plus * rate, self.delta_max), self.eta_minus * rate
            return xp.where(s > 0, longer, xp.where(s < 0, xp.maximum(shorter, self.delta_min), rate))

        def new_delta(g: Array, last: Array, delta: Array, rate: Array) -> Array:
            xp = namespace(g, rate)
            if self.backtracking == "turn":
                return -xp.sign(g) * rate
            taken_back = xp.where(rose, -delta, xp.zeros_like(delta))
            return xp.where(xp.sign(g) * xp.sign(last) < 0, taken_back, -xp.sign(g) * rate)

        def kept(g: Array, last: Array) -> Array:
            xp = namespace(g, last)
            if self.backtracking == "turn":
                return g
            return xp.where(xp.sign(g) * xp.sign(last) < 0, xp.zeros_like(last), g)

        last = state.last_gradient
        rate = tree_map(new_rate, gradient, last, state.rate)
        delta = tree_map(new_delta, gradient, last, state.delta, rate)
        return {"last_gradient": tree_map(kept, gradient, last), "F": F, "rate": rate, "delta": delta}

    def texts(self) -> Equations:
        """The three cases for one weight; where the first step was drawn, it is itself."""
        turned = "sign(g)*sign(last_gradient_last)"
        first = "rate" if self.delta0_high > self.delta0 else "delta0"
        same = f"{first} if k <= 1 else rate_last"
        longer, shorter = "min(eta_plus*rate_last, delta_max)", "max(eta_minus*rate_last, delta_min)"
        if self.backtracking == "turn":
            return (
                ("rate", f"{longer} if {turned} > 0 else {shorter} if {turned} < 0 else {same}"),
                ("delta", "-sign(g)*rate"),
            )
        back = {"always": "-delta_last", "never": "0", "if_worse": "(-delta_last if F > F_last else 0)"}
        return (
            ("rate", f"{longer} if {turned} > 0 else {shorter} if {turned} < 0 else {same}"),
            ("delta", f"{back[self.backtracking]} if {turned} < 0 else -sign(g)*rate"),
        )


def _places(params: Tree) -> Tree:
    """For each parameter a number from 0 to 1: (10⁴ x + r) mod 1, with r drawn from a generator of fixed seed.

    The same for a vector as for the arrays it is made of, on every engine, traced or not.
    """
    import numpy as np

    rng = np.random.default_rng(0)

    def place(x: Array) -> Array:
        xp = namespace(x)
        x = xp.asarray(x)
        r = xp.asarray(rng.random(x.shape), dtype=x.dtype)
        return xp.remainder(xp.remainder(_STRETCH * x, 1.0) + r, 1.0)

    return tree_map(place, params)


RULES.alias("trainrp", "rprop", delta0=0.07, delta_min=0.0, backtracking="turn")
