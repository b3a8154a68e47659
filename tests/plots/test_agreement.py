"""Predicted against actual values: what the axes hold."""

import math

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from scipy import stats

from thalweg.errors import DataError
from thalweg.plots import predicted_against_actual


def drawn(figure):
    line, points = figure.axes[0].lines
    return line, points


def explanation(figure):
    (text,) = figure.axes[0].texts
    return text.get_text()


def test_each_example_is_a_point():
    _, points = drawn(predicted_against_actual([1, 2, 4], [[1.5], [2.0], [3.0]]))
    np.testing.assert_array_equal(points.get_xydata(), [[1, 1.5], [2, 2], [4, 3]])
    assert points.get_linestyle() == "None"


def test_the_line_of_perfect_prediction_spans_square_axes():
    figure = predicted_against_actual([1.0, 2.0, 4.0], [1.5, 2.0, 9.0])
    line, _ = drawn(figure)
    ax = figure.axes[0]
    np.testing.assert_array_equal(*line.get_data())
    assert ax.get_xlim() == ax.get_ylim() == tuple(line.get_xdata())
    assert ax.get_xlim()[0] < 1
    assert ax.get_xlim()[1] > 9
    assert ax.get_aspect() == 1


def test_r_is_pearsons():
    random = np.random.default_rng(1)
    actual = random.normal(size=50)
    predicted = actual + random.normal(size=50)
    r = stats.pearsonr(actual, predicted).statistic
    assert explanation(predicted_against_actual(actual, predicted)) == f"R = {r:.4f}, 50 examples"
    assert explanation(predicted_against_actual(actual * 1e200, -predicted * 1e-200)).startswith(f"R = {-r:.4f}")


@pytest.mark.parametrize(("actual", "predicted"), [([1.0], [2.0]), ([1.0, 2.0], [3.0, 3.0]), ([0.0, 0.0], [1.0, 2.0])])
def test_r_is_not_defined_for_constant_values(actual, predicted):
    assert explanation(predicted_against_actual(actual, predicted)).startswith("R not defined, ")


@pytest.mark.parametrize(("count", "rasterized"), [(500, False), (501, True), (10_000, True)])
def test_many_points_become_a_picture(count, rasterized):
    values = np.arange(count)
    _, points = drawn(predicted_against_actual(values, values))
    assert len(points.get_xdata()) == count
    assert points.get_rasterized() == rasterized


def test_of_very_many_points_a_sample_is_drawn_with_a_word():
    actual = np.arange(25_000.0)
    figure = predicted_against_actual(actual, actual * 2)
    _, points = drawn(figure)
    x, y = points.get_data()
    assert len(np.unique(x)) == 10_000
    np.testing.assert_array_equal(y, 2 * x)
    assert explanation(figure) == "R = 1.0000, 25,000 examples (10,000 of them drawn)"
    assert figure.axes[0].get_ylim()[1] > 49_998
    again = drawn(predicted_against_actual(actual, actual * 2))[1]
    np.testing.assert_array_equal(again.get_xdata(), x)


@pytest.mark.parametrize("values", [[0.0], [1e8, 4e8], [1e6, 1e6 + 0.5], [-1e300, 1e300]])
def test_odd_values_can_be_rendered(values):
    figure = predicted_against_actual(values, values)
    FigureCanvasAgg(figure).draw()
    ax = figure.axes[0]
    ticks = [label.get_text() for label in ax.get_yticklabels()]
    assert len(set(ticks)) == len(ticks) > 2
    assert ax.yaxis.get_offset_text().get_text() == ""


def test_axes_of_another_figure():
    figure = Figure()
    ax = figure.add_subplot()
    assert predicted_against_actual([1.0, 2.0], [1.0, 2.0], ax=ax) is figure
    assert len(ax.lines) == 2


@pytest.mark.parametrize(
    ("actual", "predicted", "words"),
    [
        ([], [], "one or more examples"),
        ([1.0], [1.0, 2.0], "not 1 and 2"),
        ([1.0, 2.0], [1.0, math.nan], "predicted, row 2: nan"),
        ([[1.0, 2.0]], [1.0], r"\(1, 2\)"),
    ],
)
def test_mistakes(actual, predicted, words):
    with pytest.raises(DataError, match=words):
        predicted_against_actual(actual, predicted)
