"""The damping of Levenberg-Marquardt: how large mu is, and which of the steps tried is taken.

    F(x + δ) < F(x)    accept: x ← x + δ, mu ← mu · decrease
    otherwise          reject: x stays,   mu ← mu · increase, and a new δ is tried from the same J
    mu > maximum       no step lowers F: the rule has stalled

A large mu makes a short step of gradient descent, a small one the Gauss-Newton step. MATLAB's trainlm; Hagan & Menhaj
1994.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from ..core.arrays import Array, Float, namespace
from ..core.control import while_loop
from .full_batch import FullBatchRule
from .rule import Number, State, number

LEAST_MU = 1e-20
"""Below this the damping does not fall (MATLAB's trainlm)."""
_MOST_TRIES = 100


class Step(NamedTuple):
    """A damped step."""

    delta: Float[Array, " parameters"]
    """δ, the step of the equation."""
    accelerated: Float[Array, " parameters"] | None
    """The same with geodesic acceleration: δ + ½a; None when it is not asked for."""
    singular: Array
    """Whether the system was singular up to rounding."""


class Tries(NamedTuple):
    """The tries of one iteration: where the last one led, and the mu that the next would have."""

    x: Float[Array, " parameters"]
    F: Array
    mu: Array
    count: Array
    accepted: Array
    accelerated: Array
    """Whether the last step tried was the accelerated one."""
    singular: Array
    """Whether the system of any of the tries was."""
    predicted: Array
    """By how much the last δ should have lowered F."""


@dataclass(frozen=True)
class Damping:
    """The policy: mu at first, its factor after a step rejected and accepted, and the mu that is the last tried.

    >>> import numpy as np
    >>> damping = Damping(mu=1e-3, increase=10.0, decrease=0.1, maximum=1e10)
    >>> damping.factor(np.array([True, False]))
    array([ 0.1, 10. ])
    """

    mu: Number
    increase: Number
    decrease: Number
    maximum: Number

    def factor(self, accepted: Array) -> Array:
        """By what mu is multiplied after a step that was accepted or not."""
        return namespace(accepted).where(accepted, self.decrease, self.increase)

    def search(
        self,
        x: Float[Array, " parameters"],
        F: Array,
        mu: Array,
        step: Callable[[Array], Step],
        value: Callable[[Array], Array],
        predicted: Callable[[Array], Array],
    ) -> Tries:
        """Try the step of mu, and of a larger mu after each that does not lower F, until one does or mu is too large.

        Of δ and the accelerated step the lower counts. F is that at x; `value(x)` gives it elsewhere, and
        `predicted(delta)` by how much δ should lower it. A try costs a decomposition and values of F, no Jacobian.
        """
        xp = namespace(x)

        def try_step(tries: Tries) -> Tries:
            delta, accelerated, singular = step(tries.mu)
            x_new, F_new, is_accelerated = x + delta, value(x + delta), xp.asarray(False)
            if accelerated is not None:
                F_accelerated = value(x + accelerated)
                is_accelerated = ~(F_new <= F_accelerated) & xp.isfinite(F_accelerated)  # F_new may be NaN
                x_new = xp.where(is_accelerated, x + accelerated, x_new)
                F_new = xp.where(is_accelerated, F_accelerated, F_new)
            accepted = F_new < F
            return Tries(
                x=xp.where(accepted, x_new, x),
                F=xp.where(accepted, F_new, F),
                mu=xp.astype(xp.maximum(tries.mu * self.factor(accepted), LEAST_MU), x.dtype),
                count=tries.count + 1,
                accepted=accepted,
                accelerated=is_accelerated,
                singular=tries.singular | singular,
                predicted=predicted(delta),
            )

        def goes_on(tries: Tries) -> Array:
            return ~tries.accepted & (tries.mu <= self.maximum) & (tries.count < _MOST_TRIES)

        no = xp.asarray(False)
        none = Tries(x, F, mu, xp.asarray(0, dtype=xp.int32), no, no, no, xp.zeros_like(F))
        return while_loop(xp, goes_on, try_step, none)

    def has_stalled(self, F: Array, tries: Tries) -> Array:
        """Whether no step lowers F, or an undamped one by no more than rounding, which is the end of the way, too."""
        rounding = 4.0 * namespace(F).finfo(F.dtype).eps * F
        arrived = (rounding >= F - tries.F) & (tries.predicted <= rounding) & (tries.mu <= self.mu)
        return ~tries.accepted | arrived

    def why_stalled(self, mu: Array, what: str) -> str:
        """Why the tries ended with this mu, and what to do; `what` is not lowered any more."""
        why = f"no step lowers {what} by more than rounding"
        if float(mu) > self.maximum:
            why = f"mu rose above its maximum of {float(self.maximum):g} and no step lowers {what} any more"
        return f"{why}: if the loss is not low enough, try another seed, or scg"


@dataclass(frozen=True)
class DampedRule(FullBatchRule[State]):
    """A rule with such a damping, for a squared error."""

    mu: Number = number(1e-3)
    mu_increase: Number = number(10.0, at_least=1.0)
    mu_decrease: Number = number(0.1, below=1.0)
    mu_max: Number = number(1e10)
    acceleration: bool = True

    needs_squares: ClassVar[bool] = True
    matrices: ClassVar[int] = 6

    @property
    def damping(self) -> Damping:
        """The policy of these settings."""
        return Damping(self.mu, self.mu_increase, self.mu_decrease, self.mu_max)
