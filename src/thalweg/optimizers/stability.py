"""How large a learning rate may be: on a quadratic, gradient descent and its momentum forms have a sharp bound."""

from __future__ import annotations

from .rule import Rule, StabilityBound


def stability_bound(rule: Rule) -> StabilityBound | None:
    """By what the largest curvature λ_max bounds a rule's learning rate; None for a rule without such a bound.

    On F = ½λx² each update multiplies (x, Δx) by a matrix of 2 × 2; its eigenvalues lie within the unit circle as long
    as the rate is below 2/λ for gradient descent (NND P3.3), 2(1 + α)/λ with momentum, and 2(1 + α)/((1 + 2α)λ) with
    Nesterov's. A scheduled momentum counts as it is at the start.

    >>> from thalweg.optimizers import Momentum
    >>> stability_bound(Momentum(momentum=0.5))
    StabilityBound(factor=3.0, formula='2(1+α)/λ_max')

    Source: Polyak 1964 (momentum); the others by the same conditions of Jury on trace and determinant.
    """
    return rule.at(0).stability()
