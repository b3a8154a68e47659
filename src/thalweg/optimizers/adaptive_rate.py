"""Gradient descent whose learning rate follows the loss: a step that raises it too far is not taken.

    F(x + Δx) > max_rise · F(x)    x stays, α ← α · rate_decrease
    F(x + Δx) < F(x)               x ← x + Δx, α ← α · rate_increase
    between the two                x ← x + Δx, α stays

NND's variable learning rate (chapter 12); MATLAB's traingda, and with momentum traingdx.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from ..core.arrays import Array, Float, namespace
from ..errors import ArgumentError, shown
from .full_batch import FullBatchRule, Problem
from .line_search import Standing, at_rest, standing_after, standing_at, unknown_standing
from .rule import RULES, Equations, Number, number

_DELTA = ("delta", "move if F_moved <= max_rise*F else 0")
_MOVED = ("F_moved", "")
_RATE = ("rate", "learning_rate if k <= 1 else next_rate_last")
_NEXT = ("next_rate", "rate_decrease*rate if F_moved > max_rise*F else rate_increase*rate if F_moved < F else rate")


class AdaptiveRateState(NamedTuple):
    """What the last update tried, and the rate of the next."""

    step: Array | int
    stalled: Array
    """Whether the rate has become so small that a step changes nothing."""
    here: Standing
    rate: Array
    """α of the last update."""
    next_rate: Array
    F: Array
    """Before the last update."""
    F_moved: Array
    """Where its move led."""
    move: Array
    """The Δx that was tried."""
    taken: Array
    """Whether it was taken."""


@dataclass(frozen=True)
class _AdaptiveRate(FullBatchRule[AdaptiveRateState]):
    learning_rate: Number = number(0.01)
    rate_increase: Number = number(1.05, at_least=1.0)
    rate_decrease: Number = number(0.7, below=1.0)
    max_rise: Number = number(1.04, at_least=1.0)
    recorded: ClassVar[Mapping[str, str]] = {"learning_rate": "rate"}
    """What a training may record of the state."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if callable(self.learning_rate):
            raise ArgumentError(
                f"{type(self).__name__}: learning_rate is {shown(self.learning_rate)}; the rule changes it itself: "
                "give a number"
            )

    def init(self, params: Float[Array, " parameters"]) -> AdaptiveRateState:
        """Nothing tried."""
        xp = namespace(params)
        zero, no = xp.zeros((), dtype=params.dtype), xp.zeros((), dtype=xp.bool)
        return AdaptiveRateState(
            0, no, unknown_standing(params), zero, zero, zero, zero, xp.zeros_like(params), taken=no
        )

    def move(self, rate: Array, g: Float[Array, " parameters"], state: AdaptiveRateState) -> Array:
        """The Δx to try."""
        return -rate * g

    def search(
        self, problem: Problem, state: AdaptiveRateState, x: Float[Array, " parameters"]
    ) -> tuple[Array, AdaptiveRateState, Array]:
        """One move, taken or not."""
        xp = namespace(x)
        here = standing_at(problem, state.here, x)
        rate = xp.astype(xp.where(state.step == 0, self.learning_rate, state.next_rate), x.dtype)
        move = self.move(rate, here.gradient, state)
        F, g = problem.gradient(x + move)
        taken = (self.max_rise * here.F >= F) & xp.all(xp.isfinite(g))
        factor = xp.where(taken, xp.where(here.F > F, self.rate_increase, 1.0), self.rate_decrease)
        after = standing_after(
            here, xp.where(taken, F, here.F), xp.where(taken, g, here.gradient), xp.ones_like(here.evaluations)
        )
        state = AdaptiveRateState(
            step=state.step + 1,
            stalled=at_rest(after) | xp.all(x + move == x),
            here=after,
            rate=rate,
            next_rate=xp.astype(rate * factor, x.dtype),
            F=here.F,
            F_moved=F,
            move=move,
            taken=taken,
        )
        return xp.where(taken, x + move, x), state, here.F

    def quantities(self, state: AdaptiveRateState, after: AdaptiveRateState, delta: Array) -> dict[str, Array]:
        """The rate, the move, F before it and where it led, what was taken of it, and the next rate."""
        tried = {name: getattr(after, name) for name in ("rate", "move", "F", "F_moved")}
        taken = namespace(delta).where(after.taken, after.move, 0.0)  # delta to the bit: x + delta is rounded
        return {**tried, "delta": taken, "next_rate": after.next_rate}

    def why_stalled(self, state: AdaptiveRateState) -> str:
        """That the rate is too small."""
        return f"the learning rate fell to {float(state.next_rate):.3g}, and no step changes the loss any more"


@RULES.register("gda")
@dataclass(frozen=True)
class AdaptiveGradientDescent(_AdaptiveRate):
    """Gradient descent with an adaptive rate: Δx = -α g, α by how the loss answers. NND ch. 12; MATLAB's traingda.

    If F(x + Δx) > `max_rise` F(x) the step is not taken and α falls by `rate_decrease`; if F falls, α grows by
    `rate_increase`. α starts as `learning_rate`. On all examples; an iteration costs one gradient.

    >>> import numpy as np, thalweg as tw
    >>> P = np.linspace(-1, 1, 20)[:, None]
    >>> run = tw.train(tw.mlp(1, 1), P, 3 * P, optimizer="gda", epochs=100)
    >>> run.params["layer1"].weights["input"].round(3)
    array([[3.]])
    """

    def texts(self) -> Equations:
        """α, the move, what is taken of it, and the next α."""
        return _RATE, ("move", "-rate*g"), _MOVED, _DELTA, _NEXT


@RULES.register("gdx")
@dataclass(frozen=True)
class AdaptiveMomentum(_AdaptiveRate):
    """Gradient descent with momentum μ and an adaptive rate: Δx = μ Δx_last - μ α g; α as in `gda`. MATLAB's traingdx.

    After a step that was not taken, and at first, the momentum has nothing to go on from: Δx = -α g (NND ch. 12). On
    all examples; an iteration costs one gradient.

    >>> import numpy as np, thalweg as tw
    >>> P = np.linspace(-1, 1, 20)[:, None]
    >>> run = tw.train(tw.mlp(1, 1), P, 3 * P, optimizer="gdx", epochs=100)
    >>> run.params["layer1"].weights["input"].round(2)
    array([[3.]])
    """

    momentum: Number = number(0.9, below=1.0)

    def move(self, rate: Array, g: Float[Array, " parameters"], state: AdaptiveRateState) -> Array:
        """μ Δx_last - μ α g, or -α g."""
        carried = self.momentum * state.move - self.momentum * rate * g
        return namespace(g).where(state.taken, carried, -rate * g)

    def texts(self) -> Equations:
        """α, the move, what is taken of it, and the next α."""
        move = "momentum*move_last - momentum*rate*g if taken_last > 0 else -rate*g"
        return _RATE, ("move", move), _MOVED, _DELTA, _NEXT


RULES.alias("traingda", "gda")
RULES.alias("traingdx", "gdx")
