"""The count, the mean and the squares about it of numbers that come in parts, merged without rounding."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from thalweg.errors import DataError

from .scale import Scale


@dataclass(frozen=True)
class Moments:
    """The count, the mean and the sum of squares about it of some numbers.

    >>> Moments.of(np.array([1.0, 2.0, 6.0]))
    Moments(count=3, mean=3.0, squares=14.0)
    """

    count: float = 0
    """How many there are, or what they weigh."""
    mean: float = 0.0
    squares: float = 0.0

    @classmethod
    def of(cls, values: np.ndarray, weight: np.ndarray | None = None) -> Moments:
        """Those of finite values, each of which counts as its weight says."""
        if not len(values) or (weight is not None and not weight.any()):
            return cls()
        if weight is not None:
            mean = float(np.average(values, weights=weight))
            return cls(float(weight.sum()), mean, float((weight * np.square(values - mean)).sum()))
        mean = float(values.mean())
        return cls(len(values), mean, float(np.square(values - mean).sum()))

    def scale(self, place: str) -> Scale:
        """The mean and the population standard deviation; 1 of numbers that are all the same."""
        deviation = float(np.sqrt(self.squares / self.count)) if self.count else 0.0
        if not (np.isfinite(self.mean) and np.isfinite(deviation)):
            raise DataError(f"{place} holds values too large to standardise: scale them")
        return Scale(self.mean, deviation or 1.0)


@dataclass(frozen=True)
class MergedMoments:
    """The moments of several sets: n = Σ nₖ, n m = Σ nₖ mₖ, q = Σ (qₖ + nₖ mₖ²) - n m², as exact fractions.

    So they are the same to the bit in whatever order the sets come, and in whatever groups they are merged before.

    >>> parts = [Moments.of(np.array(values)) for values in ([1.0, 2.0], [6.0])]
    >>> (MergedMoments() + parts[1] + parts[0]).rounded
    Moments(count=3.0, mean=3.0, squares=14.0)
    """

    count: Fraction = Fraction(0)
    first: Fraction = Fraction(0)
    """n m."""
    second: Fraction = Fraction(0)
    """Σ (qₖ + nₖ mₖ²)."""
    finite: bool = True
    """Whether those of all sets were."""

    def __add__(self, other: Moments | MergedMoments) -> MergedMoments:
        if isinstance(other, Moments):
            count = Fraction(other.count)
            if not (np.isfinite(other.mean) and np.isfinite(other.squares)):
                return MergedMoments(self.count + count, self.first, self.second, False)
            mean = Fraction(other.mean)
            other = MergedMoments(count, count * mean, Fraction(other.squares) + count * mean * mean)
        return MergedMoments(
            self.count + other.count,
            self.first + other.first,
            self.second + other.second,
            self.finite and other.finite,
        )

    @property
    def rounded(self) -> Moments:
        """The moments; infinite ones if those of a set were, or if they are too large for a number."""
        if not self.count:
            return Moments()
        count, mean = float(self.count), self.first / self.count
        if not self.finite:
            return Moments(count, np.inf, np.inf)
        try:
            return Moments(count, float(mean), float(self.second - mean * self.first))
        except OverflowError:
            return Moments(count, np.inf, np.inf)

    def scaled(self, by: Fraction) -> MergedMoments:
        """Those of the numbers times a factor."""
        return MergedMoments(self.count, self.first * by, self.second * by * by, self.finite)

    def told(self) -> list[Any]:
        """As plain data."""
        return [[list(part.as_integer_ratio()) for part in (self.count, self.first, self.second)], self.finite]

    @classmethod
    def of_told(cls, told: list[Any]) -> MergedMoments:
        """Of such data.

        >>> MergedMoments.of_told((MergedMoments() + Moments(2, 0.5, 0.5)).told()).rounded
        Moments(count=2.0, mean=0.5, squares=0.5)
        """
        (count, first, second), finite = told
        return cls(Fraction(*count), Fraction(*first), Fraction(*second), finite)
