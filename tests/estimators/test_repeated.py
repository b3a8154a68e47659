"""Whole weights are rows repeated, however the rows come."""

import numpy as np
import polars as pl

from thalweg.estimators.repeated import MOST, repeated

TABLE = pl.DataFrame({"x": [5.0, 7.0, 9.0, 5.0], "y": ["a", "b", "a", "b"]})


def test_a_weight_is_a_row_given_so_many_times_in_whatever_order():
    weight = np.array([2.0, 0.0, 3.0, 1.0])
    by_weight, left = repeated(TABLE, weight)
    assert left is None
    order = [3, 0, 2, 1]
    assert repeated(TABLE[order], weight[order])[0].equals(by_weight)
    given = TABLE[[0, 0, 2, 2, 2, 3]]
    assert repeated(given, None)[0].equals(by_weight)
    assert repeated(given[[5, 1, 3, 0, 2, 4]], None)[0].equals(by_weight)


def test_other_weights_stay():
    weight = np.array([0.5, 0.0, 3.0, 1.0])
    table, left = repeated(TABLE, weight)
    assert table.equals(TABLE[[0, 2, 3]])
    assert left is not None
    assert left.tolist() == [0.5, 3.0, 1.0]
    table, left = repeated(TABLE, np.array([1.0, 1.0, 1.0, 5.0 * MOST]))
    assert left is not None
    assert table.equals(TABLE)


def test_weights_that_are_all_alike_say_nothing():
    table, left = repeated(TABLE, np.full(4, 2.5))
    assert left is None
    assert table is TABLE or table.equals(TABLE)
    assert repeated(TABLE, None)[0].equals(TABLE)
