"""Which learning rate to use: what the curvature allows, a range test, and a grid of rates trained all at once."""

from .range_test import RangeTest as RangeTest
from .range_test import learning_rate_range_test as learning_rate_range_test
from .rates_grid import RatesGrid as RatesGrid
from .rates_grid import rates_grid as rates_grid
from .stable_rate import curvature_spectrum as curvature_spectrum
from .stable_rate import largest_stable_rate as largest_stable_rate
