"""How the errors of a grid of rates are told apart on a map: a scale, and the level of each cell on it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .rates_grid import RatesGrid


def scale_of(grid: RatesGrid) -> tuple[float, float]:
    """The lowest error that did not bounce, and that from which on all look alike: the start's, if none is lower."""
    finite = grid.errors[~grid.diverged]
    steady = grid.errors[~grid.diverged & ~grid.bounced]
    low = float(min(steady, default=min(finite, default=math.nan)))
    high = float(max(finite, default=math.nan))
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
