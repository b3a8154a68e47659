"""What the curvature says of a rule's learning rate, and of the way down, in words with a remedy."""

from __future__ import annotations

import math
from typing import NamedTuple

from ..training.finding import Finding
from .words import factor

AT_THE_EDGE = 1.2
"""Training tends to where the largest stable rate is about its own: only beyond this, or if the loss rises, is it too
large."""
TOO_SMALL = 50.0
"""Times below 2/λ_max, a training crawls."""
RAVINE = 1000.0
SADDLE = 0.1
"""A λ_min below minus this share of λ_max is no rounding and no noise."""
FLAT = 1e-3
"""Of F, what a step can gain at most where the gradient counts as vanished."""
NOTHING = 1e-15
"""Of F: where slope and curvature are less, no step of any use is long enough to change the error."""


class Steepness(NamedTuple):
    """Slope and curvature at a point, as an update sees them, and the rate of the rule that goes from there."""

    F: float
    gradient_norm: float
    lambda_max: float
    lambda_min: float
    downhill: float | None
    """The curvature along the gradient, gᵀ∇²F g / gᵀg; None without a gradient."""
    learning_rate: float | None
    first_rate: float | None
    """That of the first update: a rate that a schedule has lowered is small on purpose."""
    momentum: float
    """A momentum α makes the way of many updates 1/(1-α) times as long; 0 for a rule without."""
    stable_rate: float | None
    """The largest stable learning rate of the rule; None for a rule without such a bound."""
    formula: str | None
    goes_on: bool
    """Whether the training was cut short, or nothing is known of it, so that its pace matters."""
    rises: bool = False
    """Whether the loss rose in the end."""

    @property
    def stationary(self) -> bool:
        """Whether no step along the sharpest direction could gain more than a thousandth of F."""
        return self.gradient_norm**2 <= FLAT * 2.0 * abs(self.lambda_max * self.F)

    @property
    def plateau(self) -> bool:
        """Whether the error has neither slope nor curvature: whatever the rate, no update leads away."""
        steepest = max(self.gradient_norm, abs(self.lambda_max), abs(self.lambda_min))
        return steepest <= NOTHING * abs(self.F)

    @property
    def descends(self) -> bool:
        """Whether the training would go on, and the best step down the gradient could gain more than a thousandth of F.

        As far as the parabola along the gradient goes, that gains |g|²/2 over the curvature there.
        """
        if not self.goes_on or self.downhill is None or self.plateau:
            return False
        return self.downhill <= 0 or self.gradient_norm**2 > FLAT * 2.0 * abs(self.downhill * self.F)


def find_rates(at: Steepness) -> tuple[Finding, ...]:
    """What is unusual about a learning rate and the surface that it meets, the gravest first.

    >>> at = Steepness(1.0, 0.5, 100.0, 0.1, 1.0, 0.05, 0.05, 0.0, 0.02, "2/λ_max", True)
    >>> print(find_rates(at)[0].text)
    the learning rate 0.05 is 2.5 times the largest stable one here, 2/λ_max = 0.02: along the sharpest direction each \
update overshoots further
    """
    found = []
    if at.learning_rate and at.stable_rate and math.isfinite(at.stable_rate):
        found += _rate(at, at.learning_rate / at.stable_rate)
    if at.descends and at.stable_rate is not None and at.downhill and at.downhill > 0:
        fold = at.lambda_max / at.downhill
        if fold >= RAVINE:
            text = (
                f"a ravine: the error curves {factor(fold)} times as much across the way down as along it, so that a "
                "rate that does not bounce crawls"
            )
            remedy = "more momentum, adam, scaled inputs, or a second-order rule (lm, cg, bfgs)"
            found.append(Finding("ravine", (), text, remedy, fold))
    if at.stationary and not at.plateau and at.lambda_max > 0 and at.lambda_min < -SADDLE * at.lambda_max:
        text = (
            f"a saddle: the gradient has all but vanished ({at.gradient_norm:.2g}), but along some direction the error "
            f"curves downwards (λ_min {at.lambda_min:.3g})"
        )
        found.append(Finding("saddle", (), text, "smaller batches, momentum, or other initial weights"))
    return tuple(found)


def _rate(at: Steepness, share: float) -> list[Finding]:
    told = f"the largest stable one here, {at.formula} = {at.stable_rate:.3g}"
    if share > (1.0 if at.rises else AT_THE_EDGE):
        text = (
            f"the learning rate {at.learning_rate:.3g} is {factor(share)} times {told}: along the sharpest direction "
            "each update overshoots further"
        )
        remedy = f"a learning rate below {at.stable_rate:.2g}; thalweg rates, or tw.rates_grid, tries many at once"
        return [Finding("learning rate too large", (), text, remedy, share)]
    pace = max(at.learning_rate or 0.0, at.first_rate or 0.0) / (1.0 - at.momentum)
    if pace * at.lambda_max < 2.0 / TOO_SMALL and at.descends:
        text = (
            f"the learning rate {at.learning_rate:.3g} is {factor(1 / share)} times below {told}: the training crawls"
        )
        remedy = f"a learning rate nearer to {at.stable_rate:.2g}; thalweg rates, or tw.rates_grid, tries many at once"
        return [Finding("learning rate too small", (), text, remedy, 1 / share)]
    return []
