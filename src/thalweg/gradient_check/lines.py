"""Lines through a point along which F is looked at beside the gradient: those of single entries, and random ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .differences import Slopes, Values, slopes


class Landscape(NamedTuple):
    """F and the gradient that is judged, at any point."""

    F: Callable[[np.ndarray], float]
    """Of a vector of all entries."""
    moved: Callable[[np.ndarray], Values]
    """Of a vector: F with one of its entries moved."""
    gradient: Callable[[np.ndarray], np.ndarray]
    """Of a vector: the gradient there, in the order of the entries; NaN where it cannot be laid over them."""
    scale: np.ndarray
    """How far each entry may be thought to move."""
    noise_at_x: float
    """F's rounding error at x."""
    relative_noise: float
    """The same as a share of F."""
    tolerance: float
    precision: float
    """The relative rounding error of the gradient; 0 for one that differences cannot see."""
    terms: float = 0.0
    """The size of the terms that F may be a difference of."""

    def noise(self, F: float) -> float:
        """F's rounding error where it has this value."""
        return max(self.noise_at_x, self.relative_noise * abs(F))

    def beside(self, x: np.ndarray, distance: float, rng: np.random.Generator) -> np.ndarray:
        """A point near x in a random direction, no entry of which is that of x."""
        return x + distance * self.scale * rng.uniform(0.5, 1.5, len(x)) * rng.choice([-1.0, 1.0], len(x))

    @property
    def near(self) -> float:
        """How far beside x, in scales, F's slopes can be told well from those at x's kinks."""
        return float(np.clip(30.0 * np.cbrt(self.relative_noise), 1e-3, 0.1))


@dataclass(frozen=True)
class EntryLines:
    """One line along each of some entries."""

    indices: np.ndarray

    def slopes(self, land: Landscape, at: np.ndarray, F: float, thorough: bool) -> Slopes:
        """∂F/∂x_i at a point."""
        who = self.indices
        how = land.noise(F), land.tolerance, thorough, land.terms
        return slopes(land.moved(at), at, who, land.scale[who], F, *how)

    def along(self, gradient: np.ndarray) -> np.ndarray:
        """The entries of a gradient."""
        return gradient[self.indices]

    def size(self, gradient: np.ndarray) -> np.ndarray:
        """Their sizes, by which an error is relative."""
        return np.abs(gradient[self.indices])

    def some(self, who: np.ndarray) -> EntryLines:
        """Those of some of the entries."""
        return EntryLines(self.indices[who])


@dataclass(frozen=True)
class RandomLine:
    """One line along which some entries move together, each to its own side."""

    direction: np.ndarray
    """Of all entries, 0 for those that stay."""

    def slopes(self, land: Landscape, at: np.ndarray, F: float, thorough: bool) -> Slopes:
        """dᵀ∇F at a point."""

        def values(which: np.ndarray, points: np.ndarray) -> np.ndarray:
            return np.array([land.F(at + point * self.direction) for point in points])

        one = np.zeros(1), np.zeros(1, np.intp), np.ones(1)
        return slopes(values, *one, F, land.noise(F), land.tolerance, thorough, land.terms)

    def along(self, gradient: np.ndarray) -> np.ndarray:
        """dᵀg."""
        moves = self.direction != 0
        return np.array([gradient[moves] @ self.direction[moves]])

    def size(self, gradient: np.ndarray) -> np.ndarray:
        """Σ |d_i g_i|: by which an error is relative, as each entry's error is by the entry."""
        moves = self.direction != 0
        return np.array([np.abs(gradient[moves]) @ np.abs(self.direction[moves])])

    def some(self, who: np.ndarray) -> RandomLine:
        """Itself."""
        return self


Lines = EntryLines | RandomLine


def errors(analytic: np.ndarray, found: Slopes, size: np.ndarray, grain: np.ndarray, tolerance: float) -> np.ndarray:
    """|a - d| / max(size, |d|, u / tolerance); infinite for what is not finite in the gradient alone."""
    floor = (found.uncertainty + grain) / tolerance
    largest = np.maximum(np.maximum(size, np.abs(found.derivative)), floor)
    with np.errstate(all="ignore"):
        error = np.where(largest > 0, np.abs(analytic - found.derivative) / largest, 0.0)
    error = np.where(np.isinf(floor), 0.0, error)  # F has no value beside x
    return np.where(np.isfinite(analytic), error, np.inf)


def between(analytic: np.ndarray, found: Slopes) -> np.ndarray:
    """Whether the gradient lies between the slopes on the two sides of a kink."""
    low, high = np.minimum(found.before, found.after), np.maximum(found.before, found.after)
    room = 0.05 * (high - low)
    return (analytic >= low - room) & (analytic <= high + room)
