"""Curves and shades: every number has its place, and the places are those that the numbers say."""

import math
import re
from xml.etree import ElementTree

import numpy as np
import pytest

from thalweg.notebook.pictures import curves, loss_curves, shades


def polylines(svg):
    for line in ElementTree.fromstring(svg).iter("polyline"):
        yield np.array([[float(number) for number in point.split(",")] for point in line.get("points").split()])


def test_a_curve_falls_as_its_numbers_do():
    (at,) = polylines(curves({"loss": [4.0, 3.0, 1.0, 2.0]}))
    np.testing.assert_allclose(np.diff(at[:, 0]), at[1, 0] - at[0, 0], atol=0.11)
    heights = at[:, 1].max() - at[:, 1]
    np.testing.assert_allclose(heights / heights.max(), (np.array([4, 3, 1, 2]) - 1) / 3, atol=2e-3)


def test_losses_over_decades_stand_by_their_logarithms():
    (at,) = polylines(curves({"loss": [1.0, 0.1, 0.01, 0.001]}))
    np.testing.assert_allclose(np.diff(at[:, 1]), at[1, 1] - at[0, 1], atol=0.11)


def test_what_is_not_finite_is_left_out():
    (at,) = polylines(curves({"loss": [4.0, math.nan, 1.0, math.inf]}))
    assert len(at) == 2
    assert curves({"loss": [math.nan]}) == ""
    assert "<circle" in curves({"loss": [2.0]})


def test_of_many_numbers_the_extremes_stay():
    losses = np.sin(np.arange(50_000) / 7.0)
    losses[31_234] = 9.0
    (at,) = polylines(curves({"loss": losses}))
    assert len(at) <= 170
    assert np.count_nonzero(at[:, 1] == at[:, 1].min()) == 1  # the one spike
    assert (np.diff(at[:, 0]) >= 0).all()


def test_a_mark_stands_at_its_epoch():
    svg = loss_curves({"loss": [5.0, 4.0, 3.0, 2.0, 1.0]}, 4)
    (at,) = polylines(svg)
    (x,) = re.findall(r'<path d="M([\d.]+) 8V110" stroke="currentColor"', svg)
    assert float(x) == pytest.approx(at[3, 0])


def test_each_cell_has_the_shade_of_its_rank():
    grid = np.arange(12.0).reshape(3, 4)
    grid[1, 1] = math.nan
    svg = shades(grid.tolist(), "across", "down", ((0, 3), (0, 2)), (0.5, 0.5))
    shade = {}
    for path in ElementTree.fromstring(svg).iter("path"):
        if path.get("fill-opacity"):
            for x, y in re.findall(r"M(\d+) (\d+)h", path.get("d")):
                shade[int(x) // 9, 2 - int(y) // 18] = float(path.get("fill-opacity"))
    assert len(shade) == 11
    assert (1, 1) not in shade
    by_value = [shade[j, i] for i in range(3) for j in range(4) if math.isfinite(grid[i, j])]
    assert by_value == sorted(by_value, reverse=True)
    assert (by_value[0], by_value[-1]) == (1.0, 0.125)


def test_a_large_grid_stays_small():
    svg = shades(np.random.default_rng(0).normal(size=(200, 300)).tolist(), "a", "b", ((0, 1), (0, 1)))
    assert len(svg) < 25_000
