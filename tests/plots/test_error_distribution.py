"""Error histograms: what the axes hold."""

import itertools
import math

import numpy as np
import pytest
from figures import assert_whole, legend, named, rendered, texts
from matplotlib.figure import Figure

from thalweg.errors import ArgumentError, DataError
from thalweg.plots import error_histogram

RANDOM = np.random.default_rng(0)
ACTUAL = RANDOM.normal(size=200) * 20
PREDICTED = ACTUAL - RANDOM.normal(1, 3, size=200)


def bars(ax):
    """Left edge, width and height of each bar."""
    return np.array([(bar.get_x(), bar.get_width(), bar.get_height()) for bar in ax.patches])


def test_the_bars_are_a_histogram_of_actual_minus_predicted():
    counts, edges = np.histogram(ACTUAL - PREDICTED, 20)
    drawn = bars(error_histogram(ACTUAL, PREDICTED[:, None]).axes[0])
    np.testing.assert_array_equal(drawn[:, 2], counts)
    np.testing.assert_allclose(drawn[:, 0], edges[:-1])
    np.testing.assert_allclose(drawn[:, 1], np.diff(edges))
    assert len(bars(error_histogram(ACTUAL, PREDICTED, bins=7).axes[0])) == 7


def test_zero_and_the_mean_are_marked_by_different_lines():
    ax = error_histogram(ACTUAL, PREDICTED).axes[0]
    mean = np.mean(ACTUAL - PREDICTED)
    zero, middle = named(ax, "no error"), named(ax, "mean")
    assert list(zero.get_xdata()) == [0, 0]
    np.testing.assert_allclose(middle.get_xdata(), [mean, mean])
    assert zero.get_linestyle() != middle.get_linestyle()
    assert legend(ax) == ["no error", f"mean {mean:.3g}"]
    assert texts(ax) == [f"200 examples, standard deviation {np.std(ACTUAL - PREDICTED):.3g}"]


def test_where_zero_is_far_it_is_left_out_with_a_word():
    ax = error_histogram(ACTUAL + 1000, PREDICTED).axes[0]
    assert legend(ax) == ["mean 1e+03"]
    assert texts(ax)[0].endswith("0 is far beyond the edge")
    assert ax.get_xlim()[0] > 900


@pytest.mark.parametrize(
    "errors", [[0.0], [3.0], [-2.0, -2.0], [1e-9, 2e-9], [1e9] * 3, [1e20, 1e20 + 20000], [-1e300, 1e300], [5e-324]]
)
def test_odd_errors_can_be_rendered(errors):
    figure = error_histogram(errors, np.zeros(len(errors)))
    ax = figure.axes[0]
    assert_whole(figure)
    assert bars(ax)[:, 2].sum() == len(errors)
    assert ax.get_xlim()[0] < min(errors) <= max(errors) < ax.get_xlim()[1]
    ticks = [label.get_text() for label in ax.get_xticklabels()]
    assert len(set(ticks)) == len(ticks)


def test_long_numbers_stay_apart():
    figure = error_histogram(1e11 + ACTUAL, PREDICTED)
    renderer = rendered(figure)
    boxes = [label.get_window_extent(renderer) for label in figure.axes[0].get_xticklabels()]
    assert all(left.x1 < right.x0 for left, right in itertools.pairwise(boxes))


def test_axes_of_another_figure():
    figure = Figure()
    ax = figure.add_subplot()
    assert error_histogram([1.0, 2.0], [1.0, 1.5], ax=ax) is figure
    assert len(ax.patches) == 20


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (([], []), DataError, "one or more examples"),
        (([1.0], [1.0, 2.0]), DataError, "not 1 and 2"),
        (([1.0, math.inf], [1.0, 2.0]), DataError, "actual, row 2: inf is not a finite number; draw finite"),
        (([1e308, 1.0], [-1e308, 1.0]), DataError, "too far apart"),
        (([1.0], [1.0], 0), ArgumentError, "bins is 0"),
        (([1.0], [1.0], 2.5), ArgumentError, "bins is 2.5"),
        (([1.0], [1.0], True), ArgumentError, "bins is True"),
    ],
)
def test_mistakes(arguments, error, words):
    actual, predicted, *bins = arguments
    with pytest.raises(error, match=words):
        error_histogram(actual, predicted, **({"bins": bins[0]} if bins else {}))
