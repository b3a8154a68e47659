"""How the errors of a grid of rates are told apart on a map: a scale, and the level of each cell on it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .rates_grid import RatesGrid


_FEW = 0.05
"""The share of cells, at either end, that has no part in the scale: a single one must not make all others alike."""


def scale_of(grid: RatesGrid) -> tuple[float, float]:
    """The errors up to which, and from which on, all look alike: those of the best and the worst few cells.

    The best are of those that did not bounce, and what is no better than the start looks alike, too.
    """
    finite = grid.errors[~grid.diverged]
    if not finite.size:
        return math.nan, math.nan
    steady = grid.errors[~grid.diverged & ~grid.bounced]
    low = float(np.quantile(steady if steady.size else finite, _FEW, method="lower"))
    high = float(np.quantile(finite, 1 - _FEW, method="higher"))
    return low, min(high, grid.error_at_start) if grid.error_at_start > low else high


def levels_of(grid: RatesGrid, count: int) -> list[list[int | None]]:
    """In which of so many parts of the scale, logarithmic if it can be, each error lies; None where a run diverged."""
    low, top = scale_of(grid)
    logarithmic = low > 0 and top > 3 * low

    def level(error: float) -> int | None:
        if not math.isfinite(error):
            return None
        if not top > low:
            return 0
        error = max(error, low)
        share = math.log(error / low) / math.log(top / low) if logarithmic else (error - low) / (top - low)
        return min(count - 1, max(0, int(share * count)))

    return [[level(float(error)) for error in row] for row in grid.errors]
