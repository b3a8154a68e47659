"""Standardising: a mean taken away, a standard deviation divided out, and both put back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from thalweg.errors import DataError


@dataclass(frozen=True)
class Scale:
    """The mean and the population standard deviation of some values: z = (x - mean) / deviation.

    >>> scale = Scale.of(np.array([1.0, 3.0]), "column 'size'")
    >>> scale, scale.apply(np.array([1.0, 3.0, 5.0])), scale.undo(np.array([-1.0]))
    (Scale(mean=2.0, deviation=1.0), array([-1.,  1.,  3.]), array([1.]))
    """

    mean: float
    deviation: float

    def __post_init__(self) -> None:
        if not (np.isfinite(self.mean) and np.isfinite(self.deviation) and self.deviation > 0):
            raise DataError(f"a scale needs a finite mean and a positive deviation, not {self.mean}, {self.deviation}")

    @classmethod
    def of(cls, values: np.ndarray, place: str) -> Scale:
        """The scale of finite values (rows,); values that are all the same keep their unit.

        Raises DataError, naming `place`, for values so large that their squares overflow.
        """
        with np.errstate(all="ignore"):
            mean, deviation = float(values.mean()), float(values.std())
        if not (np.isfinite(mean) and np.isfinite(deviation)):
            largest = float(values[np.abs(values).argmax()])
            raise DataError(f"{place} holds values too large to standardise (such as {largest}): change its unit")
        return cls(mean, deviation if deviation > 0 else 1.0)

    def apply(self, values: np.ndarray) -> np.ndarray:
        """The values in standard deviations from the mean."""
        return (values - self.mean) / self.deviation

    def undo(self, values: np.ndarray) -> np.ndarray:
        """The values in their own unit again."""
        return values * self.deviation + self.mean


@dataclass(frozen=True)
class Limits:
    """Between which values a scale holds; what is farther off than they are apart is taken as the nearer of the two.

    >>> limits, values = Limits(0.0, 1.0), np.array([-9999.0, 0.5, 1.5])
    >>> limits.clip(values), limits.beyond(values)
    (array([0. , 0.5, 1.5]), array([ True, False, False]))
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        if not (np.isfinite(self.low) and np.isfinite(self.high) and self.low <= self.high):
            raise DataError(f"limits need two finite numbers in ascending order, not {self.low}, {self.high}")

    def clip(self, values: np.ndarray) -> np.ndarray:
        """The values, those beyond taken as the nearer limit."""
        return np.where(self.beyond(values), np.clip(values, self.low, self.high), values)

    def beyond(self, values: np.ndarray) -> np.ndarray:
        """Which values lie farther outside the limits than these are apart; none that is missing."""
        span = self.high - self.low
        return (values < self.low - span) | (values > self.high + span)
