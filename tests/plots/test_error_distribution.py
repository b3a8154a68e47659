"""Error histograms: what the axes hold."""

import itertools
import math

import numpy as np
import pytest
from figures import assert_whole, legend, named, rendered, texts
from matplotlib.figure import Figure

import thalweg as tw
from thalweg.errors import ArgumentError, DataError
from thalweg.plots import error_histogram, error_histogram_by_part

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


@pytest.mark.parametrize("errors", [[0.0], [-2.0, -2.0], [1e-9, 2e-9], [1e20, 1e20 + 20000], [-1e300, 1e300], [5e-324]])
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


PARTS = {"training": (ACTUAL[:120], PREDICTED[:120]), "test": (ACTUAL[120:], PREDICTED[120:])}


def test_the_bars_of_parts_are_stacked_to_the_histogram_of_all():
    figure = error_histogram_by_part(PARTS)
    ax = figure.axes[0]
    counts, edges = np.histogram(ACTUAL - PREDICTED, 20)
    drawn = [(bar.get_x(), bar.get_y(), bar.get_height()) for bar in ax.patches]
    training, test = np.array(drawn[:20]), np.array(drawn[20:])
    np.testing.assert_array_equal(training[:, 2], np.histogram(np.subtract(*PARTS["training"]), edges)[0])
    np.testing.assert_array_equal(test[:, 1], training[:, 2])
    np.testing.assert_array_equal(training[:, 2] + test[:, 2], counts)
    np.testing.assert_allclose(test[:, 0], edges[:-1])
    mean = np.mean(ACTUAL - PREDICTED)
    assert legend(ax) == ["no error", f"mean {mean:.3g}", "training", "test"]
    assert_whole(figure)


def test_errors_of_several_outputs_are_all_together_or_of_one():
    both = {"test": (np.column_stack([ACTUAL, ACTUAL]), np.column_stack([PREDICTED, ACTUAL - 1]))}
    assert texts(error_histogram_by_part(both).axes[0])[0].startswith("400 examples")
    ax = error_histogram_by_part(both, output=2).axes[0]
    assert texts(ax)[0].startswith("200 examples, standard deviation")
    assert legend(ax)[1] == "mean 1"


def test_a_run_brings_the_errors_of_its_parts():
    P = np.linspace(-1, 1, 20)[:, None]
    run = tw.train(tw.mlp(1, 3, 1), P[::2], P[::2] ** 2, epochs=2, engine="numpy", test=(P[1::2], P[1::2] ** 2))
    drawn = bars(error_histogram_by_part(run, bins=4).axes[0])
    assert drawn[:4, 2].sum() == drawn[4:, 2].sum() == 10


@pytest.mark.parametrize(
    ("parts", "more", "error", "words"),
    [
        ({"test": ([1.0], [2.0])}, {"output": 2}, ArgumentError, "output is 2"),
        ({"test": ([1.0], [2.0])}, {"bins": 0}, ArgumentError, "bins is 0"),
        ({"test": ([1e308, 1.0], [-1e308, 1.0])}, {}, DataError, "too far apart"),
        ([1.0], {}, ArgumentError, "it must be a run, or a dict"),
    ],
)
def test_mistakes_of_parts(parts, more, error, words):
    with pytest.raises(error, match=words):
        error_histogram_by_part(parts, **more)
