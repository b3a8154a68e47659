"""How a wrong gradient may look, entry by entry: a factor, an offset, a penalty, a derivative left out.

Each pattern is a function of a region that gives a finding where the pattern explains every entry of it to within the
errors of both sides, and None otherwise; so numbers that follow no pattern get no explanation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.activations import ACTIVATIONS, Elementwise
from .findings import Finding, listed

_NEAR = 1e-5
"""The relative distance within which two numbers are the same here."""
_LEFT = 0.05
"""The share of what is wrong that a pattern may leave unexplained."""


@dataclass(frozen=True)
class Region:
    """Entries that are looked at together, without those that no difference can judge."""

    where: tuple[str, ...]
    given: np.ndarray
    """The gradient to be judged."""
    right: np.ndarray
    """The gradient by differences, uncertain by `uncertainty`."""
    uncertainty: np.ndarray
    x: np.ndarray
    grain: float = 0.0
    """The rounding error of the given gradient."""
    examples: int | None = None

    def agrees(self, model: np.ndarray, slope: np.ndarray | float = 1.0) -> bool:
        """Whether a model of the given entries is right in all; it changes by `slope` with the right ones."""
        if not np.isfinite(model).all():
            return False
        near = _NEAR * np.maximum(np.abs(self.given), np.abs(model))
        return bool((np.abs(self.given - model) <= near + np.abs(slope) * self.uncertainty + self.grain).all())

    def explains(self, model: np.ndarray, slope: np.ndarray | float = 1.0) -> bool:
        """Whether a model agrees, and leaves hardly anything of what was wrong."""
        return self.agrees(model, slope) and bool(np.linalg.norm(self.given - model) <= _LEFT * self.off)

    @property
    def off(self) -> float:
        """How far the given entries are from the right ones."""
        return float(np.linalg.norm(self.given - self.right))

    @property
    def telling(self) -> np.ndarray:
        """The entries whose right values stand out of the uncertainty."""
        return np.abs(self.right) > 1e3 * self.uncertainty + 10.0 * self.grain

    @property
    def seen(self) -> np.ndarray:
        """The entries whose right values can be told apart from 0, and from twice as much."""
        return np.abs(self.right) > 20.0 * self.uncertainty + 10.0 * self.grain

    @property
    def independent(self) -> int:
        """How many of the telling numbers do not follow from others: a pattern must explain more than it chooses.

        Equal ones and negatives count once, and one follows where all add up to 0, as they do behind a softmax.
        """
        right, given = self.right[self.telling], self.given[self.telling]
        if len(right) < 2:
            return len(right)
        sizes = np.sort(np.abs(right))
        distinct = 1 + int((np.diff(sizes) > _NEAR * sizes[1:]).sum())
        sums = [abs(float(numbers.sum())) <= _NEAR * float(np.abs(numbers).sum()) for numbers in (right, given)]
        return min(distinct, len(right) - 1) if all(sums) else distinct

    def finding(self, kind: str, text: str, number: float | None = None) -> Finding:
        """A finding about all entries."""
        return Finding(kind, self.where, text, number)


def zero(region: Region) -> Finding | None:
    """All entries 0."""
    if not region.seen.any() or region.given.any():
        return None
    return region.finding("zero", "all 0, and should not be", 0.0)


def known_factor(region: Region) -> Finding | None:
    """-1, 2, ½, the number of examples, its inverse, and products of these."""
    if not region.seen.any():
        return None
    for kind, value, text in _factors(region.examples):
        if region.explains(value * region.right, value):
            return region.finding(kind, text, value)
    return None


def any_factor(region: Region) -> Finding | None:
    """A constant factor that has no name."""
    factor = _factor(region)
    if factor is None or factor == 0 or not region.explains(factor * region.right, factor):
        return None
    if region.independent < (2 if abs(factor - 1.0) > 1e-2 else 4):
        return None
    text = f"a constant factor: yours is {factor:.6g} times the gradient"
    size = abs(factor)
    count = round(max(size, 1.0 / size))
    if count > 2 and _same(max(size, 1.0 / size), count):
        text += f" (is {count} the number of examples or of outputs? then it is " + (
            "their sum, where F has the mean)" if size > 1 else "their mean, where F has the sum)"
        )
    elif size < 1.0 and _same(factor, float(f"{factor:.2g}")):
        step = "the step -α g" if factor < 0 else "α g"
        text += f" (is {size:.2g} the learning rate α? then it is {step}, not the gradient g)"
    return region.finding("factor", text, float(factor))


def penalty(region: Region) -> Finding | None:
    """λx too little or too much: the derivative of (λ/2) Σ x²."""
    return _penalty(region, region.x, "penalty", "(λ/2) Σ x²", "λx")


def absolute_penalty(region: Region) -> Finding | None:
    """λ sign(x) too little or too much: the derivative of λ Σ |x|."""
    return _penalty(region, np.sign(region.x), "absolute_penalty", "λ Σ |x|", "λ sign(x)")


def offset(region: Region) -> Finding | None:
    """The same number added to each entry."""
    difference = region.given - region.right
    constant = float(np.median(difference))
    if len(difference) < 3 or not _vary(region.right) or not _stands_out(region, constant):
        return None
    if not region.explains(region.right + constant):
        return None
    return region.finding("offset", f"{constant:.6g} is added to every entry", constant)


def updated(region: Region) -> Finding | None:
    """x itself, or x after a step of gradient descent, in the place of the gradient."""
    if len(region.x) < 3 or not _vary(region.x):
        return None
    if np.array_equal(region.given, region.x):
        return region.finding("point", "x itself, not the gradient")
    moved = region.x - region.given
    rate = _slope(region.right, moved)
    if rate == 0 or region.independent < 2 or not region.explains(region.x - rate * region.right, rate):
        return None
    return region.finding("updated", f"the x after a step, x - {rate:.6g} times the gradient, not the gradient", rate)


def own_derivative(region: Region) -> Finding | None:
    """The derivative of an activation that x itself goes through, left out or taken of the output."""
    if region.telling.sum() < 2:
        return None
    left_out, of_output = [], []
    with np.errstate(all="ignore"):
        for name, kind in ACTIVATIONS.items():
            activation: Any = kind()
            if not isinstance(activation, Elementwise) or name == "linear":
                continue
            a = activation(region.x)
            slope = activation.backpropagate(region.x, a, np.ones_like(a))
            if not _vary(slope):
                continue
            # where the slope is 0, what was multiplied by it cannot be known
            if _undone(region, slope):
                left_out.append(name)
            again = activation.backpropagate(a, activation(a), np.ones_like(a))
            if region.explains(region.right * (again / slope), again / slope):
                of_output.append(name)
    if left_out:
        names = listed(left_out[:2]).replace(" and ", " (or ") + (")" if len(left_out) > 1 else "")
        return region.finding("derivative_missing", f"the derivative of {names} at x is left out")
    if of_output:
        text = f"the derivative of {of_output[0]} is taken at its output a, and should be at its net input"
        return region.finding("derivative_of_output", text)
    return None


def sign_lost(region: Region) -> Finding | None:
    """The absolute value of the gradient, or its sign alone."""
    telling = region.telling
    if not (region.right[telling] < 0).any():
        return None
    if region.explains(np.abs(region.right)):
        return region.finding("absolute_value", "the absolute value of the gradient: its signs are lost")
    if telling.sum() < 3 or region.independent < 2 or not _vary(np.abs(region.right)):
        return None
    size = float(np.median(np.abs(region.given)))
    if np.array_equal(region.given[telling], size * np.sign(region.right[telling])):
        return region.finding("sign_only", f"{size:.6g} times the sign of the gradient: its sizes are lost", size)
    return None


def clipped(region: Region) -> Finding | None:
    """The gradient with large entries cut off."""
    bound = float(np.abs(region.given).max(initial=0.0))
    cut = np.abs(region.right) > bound * (1.0 + _NEAR)
    sizes = np.unique(np.abs(region.right[cut]).round(12))
    if bound == 0 or len(sizes) < 2 or cut.all() or not region.explains(np.clip(region.right, -bound, bound)):
        return None
    return region.finding("clipped", f"cut off at ±{bound:.6g}: clip after the check, not within", bound)


def imprecise(region: Region) -> Finding | None:
    """Right, but for a small relative error."""
    if not region.agrees(region.right):
        return None
    size = np.maximum(np.abs(region.given), np.abs(region.right))
    error = float((np.abs(region.given - region.right) / np.where(size > 0, size, 1.0)).max())
    return region.finding(
        "imprecise", f"nearly right, with relative errors of {error:.0e}, as by differences or in single precision"
    )


POINTWISE: tuple[Callable[[Region], Finding | None], ...] = (
    imprecise,
    zero,
    known_factor,
    any_factor,
    penalty,
    absolute_penalty,
    offset,
    updated,
    own_derivative,
    sign_lost,
    clipped,
)


def pointwise(region: Region) -> Finding | None:
    """The first of the patterns that explains a region.

    >>> right = np.array([1.0, -2.0, 0.5])
    >>> str(pointwise(Region(("W1",), -right, right, np.full(3, 1e-12), np.ones(3))))
    'W1: the sign is flipped: it should be the negative of what it is'
    """
    for pattern in POINTWISE:
        found = pattern(region)
        if found is not None:
            return found
    return None


def _factors(examples: int | None) -> list[tuple[str, float, str]]:
    """Kind, value and text of the factors that have names."""
    plain = [
        ("sign", -1.0, "the sign is flipped: it should be the negative of what it is"),
        ("factor", 2.0, "twice too large: a factor 2 too many, or the gradient was added up twice"),
        ("factor", 0.5, "half of what it should be: a factor 2 is missing"),
    ]
    if examples is not None and examples > 1:
        N = float(examples)
        summed = f"the sum over the {examples} examples, where F has their mean: divide by {examples}"
        averaged = f"the mean over the {examples} examples, where F has their sum (or divided twice by {examples})"
        plain = [
            plain[0],
            ("sum_for_mean", N, f"{examples} times too large: {summed}"),
            ("mean_for_sum", 1.0 / N, f"1/{examples} of what it should be: {averaged}"),
            *plain[1:],
            ("sum_for_mean", 2.0 * N, f"{2 * examples} times too large: {summed}, and a factor 2 too many"),
            ("sum_for_mean", 0.5 * N, f"{examples / 2:g} times too large: {summed}; and a factor 2 is missing"),
            ("mean_for_sum", 2.0 / N, f"2/{examples} of what it should be: {averaged}; and a factor 2 too many"),
            ("mean_for_sum", 0.5 / N, f"1/{2 * examples} of what it should be: {averaged}; and a factor 2 is missing"),
        ]
    flipped = [(kind, -value, f"{text}; and the sign is flipped") for kind, value, text in plain[1:]]
    return plain + flipped


def _factor(region: Region) -> float | None:
    """The factor between given and right entries that fits best; None where no right entry stands out."""
    telling = region.telling
    return _slope(region.right[telling], region.given[telling]) if telling.any() else None


def _slope(of: np.ndarray, values: np.ndarray) -> float:
    """c of the values c · of, by least squares."""
    square = float(of @ of)
    return float(of @ values) / square if square > 0 else 0.0


def _penalty(region: Region, base: np.ndarray, kind: str, term: str, derivative: str) -> Finding | None:
    if len(base) < 3 or not _vary(base):
        return None
    strength = _slope(base, region.given - region.right)
    if not _stands_out(region, strength * np.abs(base).max()) or not region.explains(region.right + strength * base):
        return None
    size = f"{derivative} with λ = {abs(strength):.6g}, the derivative of {term}"
    other = "or there is one of another size"
    if strength < 0:
        return region.finding(f"{kind}_missing", f"a penalty is missing, {other}: add {size}", abs(strength))
    return region.finding(f"{kind}_extra", f"a penalty too many, {other}: take away {size}", abs(strength))


def _undone(region: Region, slope: np.ndarray) -> bool:
    """Whether the given entries times the slope are the right ones, and the slope is what makes them differ."""
    undone = region.given * slope
    near = _NEAR * np.maximum(np.abs(undone), np.abs(region.right))
    off = np.abs(undone - region.right) - near - region.uncertainty - region.grain
    return bool(np.isfinite(undone).all() and (off <= 0).all() and _vary(slope[region.given != 0]))


def _vary(values: np.ndarray) -> bool:
    """Whether the values are not all the same."""
    return len(values) > 1 and float(np.ptp(values)) > 1e-3 * float(np.abs(values).max())


def _stands_out(region: Region, size: float) -> bool:
    """Whether a difference is one, and no error of the differences."""
    return abs(size) > 1e3 * float(np.median(region.uncertainty)) + 10.0 * region.grain


def _same(a: float, b: float) -> bool:
    return abs(a - b) <= _NEAR * max(abs(a), abs(b))
