"""Numbers rounded to decimals, as by hand."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from math import isfinite
from typing import Any

import numpy as np

from ...core.arrays import tree_map

_DIGITS = 15
"""Significant ones of a float that are no rounding of its own."""


def round_half_up(value: float, decimals: int) -> float:
    """A number rounded as by hand: 5 goes up, away from 0.

    >>> round_half_up(0.12345, 4), round_half_up(-2.5, 0), round_half_up(1 / 3, 3)
    (0.1235, -3.0, 0.333)
    """
    if not isfinite(value):
        return value
    shortest = Decimal(f"{value:.{_DIGITS}g}")
    if int(shortest.as_tuple().exponent) >= -decimals:
        return float(shortest) + 0.0
    return float(shortest.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)) + 0.0


def rounded_tree(tree: Any, decimals: int) -> Any:
    """A number, an array or a tree of them, rounded.

    >>> rounded_tree({"w": np.array([0.125, 2.0])}, 2)
    {'w': array([0.13, 2.  ])}
    """
    each = np.vectorize(lambda value: round_half_up(float(value), decimals), otypes=[float])

    def of(value: Any) -> Any:
        found = np.asarray(value)
        return np.asarray(each(found) if found.size else found, found.dtype)

    return tree_map(of, tree)
