"""On the map of a grid of rates no single cell makes all the others look alike."""

import numpy as np

import thalweg as tw
from thalweg.learning_rates import RatesGrid
from thalweg.learning_rates.levels import levels_of, scale_of


def grid_of(errors, error_at_start):
    errors = np.asarray(errors, dtype=float)
    none = np.zeros(errors.shape, bool)
    return RatesGrid(tw.Momentum(), np.ones(errors.shape[1]), np.zeros(1), errors, none, none, error_at_start,
                     "training loss", None, 1.0, None, "")  # fmt: skip


def test_one_cell_at_either_end_leaves_the_others_apart():
    usual = np.linspace(0.2, 0.6, 38)
    for odd in ([1e-14, 0.61], [0.19, 1e200], [0.19, np.nan]):
        grid = grid_of([[*usual, *odd]], error_at_start=0.1)  # none is better than the start
        levels = levels_of(grid, 11)[0]
        assert set(levels) >= set(range(11))
        assert [one is None for one in levels] == [not np.isfinite(error) for error in grid.errors[0]]
        assert levels[:38] == sorted(levels[:38])


def test_what_is_no_better_than_the_start_looks_alike_and_few_cells_are_told_apart():
    assert scale_of(grid_of([[0.1, 0.4, 90.0]], error_at_start=0.7)) == (0.1, 0.7)
    assert scale_of(grid_of([[np.nan, np.nan]], error_at_start=0.7)) != (0.1, 0.7)
    assert levels_of(grid_of([[np.nan, 0.5]], error_at_start=0.7), 4) == [[None, 0]]
