"""The error against one weight: the curve, the point on it, the tangent."""

import dataclasses

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

import thalweg as tw
from thalweg.plots import error_along_weight

NET = tw.mlp(2, 3, 1, hidden="tanh", output="sigmoid")
P, T = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0.0], [1], [1], [0]])
CURVE = tw.error_along_weight(NET, "mse", NET.init(0), P, T, "layer1[0,0]")


def lines(figure):
    return {str(line.get_label()).split(" ")[0]: line for line in figure.axes[0].lines}


def test_the_curve_is_the_error():
    drawn = lines(error_along_weight(CURVE))["error"]
    np.testing.assert_array_equal(drawn.get_xdata(), CURVE.values)
    np.testing.assert_array_equal(drawn.get_ydata(), CURVE.F)


def test_the_tangent_has_the_gradient_as_its_slope_and_goes_through_the_point():
    drawn = lines(error_along_weight(CURVE))
    (x0, x1), (y0, y1) = drawn["tangent"].get_xdata(), drawn["tangent"].get_ydata()
    _, g = tw.gradient(NET, "mse", NET.init(0), P, T)
    assert (y1 - y0) / (x1 - x0) == pytest.approx(g["layer1"].weights["input"][0, 0], rel=1e-9)
    np.testing.assert_array_equal(drawn["weight"].get_xydata(), [[CURVE.at, CURVE.F_at]])
    assert ((x0 + x1) / 2, (y0 + y1) / 2) == pytest.approx((CURVE.at, CURVE.F_at))


def test_words():
    figure = error_along_weight(CURVE)
    ax = figure.axes[0]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("layer1[0,0]", "error (mse)")
    assert ax.texts[0].get_text() == f"slope {CURVE.slope:.4g}: the weight must fall"
    for slope, words in ((-2.0, "slope -2: the weight must rise"), (0.0, "slope 0: it does not matter here")):
        assert error_along_weight(dataclasses.replace(CURVE, slope=slope)).axes[0].texts[0].get_text() == words


@pytest.mark.parametrize("slope", [1e9, -1e-9, 0.0])
def test_a_steep_tangent_stays_in_the_picture(slope):
    figure = error_along_weight(dataclasses.replace(CURVE, slope=slope))
    FigureCanvasAgg(figure).draw()
    low, high = figure.axes[0].get_ylim()
    y = lines(figure)["tangent"].get_ydata()
    assert high - low < 2 * np.ptp(CURVE.F)
    assert np.ptp(y) <= high - low


def test_gaps_and_flat_curves():
    F = CURVE.F.copy()
    F[:50] = np.nan
    FigureCanvasAgg(error_along_weight(dataclasses.replace(CURVE, F=F))).draw()
    flat = dataclasses.replace(CURVE, F=np.full_like(F, 2.0), F_at=2.0, slope=0.0)
    assert error_along_weight(flat).axes[0].get_ylim() == (1.5, 2.5)
