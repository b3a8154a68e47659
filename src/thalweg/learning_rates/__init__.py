"""Which learning rate to use: what the curvature allows, a range test, and a grid of rates trained all at once."""

from ..training.curvature_spectrum import CurvatureSpectrum
from .range_test import RangeTest, learning_rate_range_test
from .rates_grid import RatesGrid, rates_grid
from .stable_rate import curvature_spectrum, largest_stable_rate

__all__ = [
    "CurvatureSpectrum",
    "RangeTest",
    "RatesGrid",
    "curvature_spectrum",
    "largest_stable_rate",
    "learning_rate_range_test",
    "rates_grid",
]


def __dir__() -> list[str]:
    return __all__
