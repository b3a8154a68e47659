"""The error along a direction: the curve, its parabola, and where a learning rate leads on it."""

import dataclasses

import numpy as np
import pytest
from figures import assert_whole, legend, named
from matplotlib.figure import Figure

import thalweg as tw
from thalweg.errors import ArgumentError
from thalweg.plots import error_along_direction

NET = tw.mlp(2, 3, 1, hidden="tanh", output="sigmoid")
P, T = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0.0], [1], [1], [0]])
CURVE = tw.error_along_direction(NET, "mse", NET.init(0), P, T, np.arange(13.0))
VALLEY = dataclasses.replace(CURVE, slope=-1.0, curvature=2.0, F_at=1.0, steps=np.linspace(-2, 2, 101))
VALLEY = dataclasses.replace(VALLEY, F=VALLEY.parabola(VALLEY.steps))


def test_the_curve_and_its_parabola():
    ax = error_along_direction(CURVE).axes[0]
    np.testing.assert_array_equal(named(ax, "error").get_xydata(), np.c_[CURVE.steps, CURVE.F])
    parabola = CURVE.F_at + CURVE.slope * CURVE.steps + CURVE.curvature / 2 * CURVE.steps**2
    np.testing.assert_allclose(named(ax, "parabola").get_xydata(), np.c_[CURVE.steps, parabola])
    np.testing.assert_array_equal(named(ax, "the point").get_xydata(), [[0.0, CURVE.F_at]])
    assert legend(ax) == ["error", "parabola of slope and curvature", "the point"]
    assert ax.get_xlim() == (CURVE.steps[0], CURVE.steps[-1])


def test_words():
    ax = error_along_direction(VALLEY).axes[0]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("distance along the direction", "error (mse)")
    told = [text.get_text() for text in ax.texts]
    assert "slope −1, curvature 2; a rate above 2/2 = 1 bounces" in told
    bent_down = error_along_direction(dataclasses.replace(VALLEY, curvature=-2.0)).axes[0]
    assert "slope −1, curvature −2" in [text.get_text() for text in bent_down.texts]
    hostile = error_along_direction(dataclasses.replace(VALLEY, name="$x_1$ <b>{{ 1 }}")).axes[0]
    assert hostile.get_xlabel() == "distance along the $x_1$ <b>{{ 1 }}"
    assert_whole(hostile.figure)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_updates_below_the_bound_come_nearer_to_the_lowest_point(rate):
    """The lowest point of 1 - h + h² is at ½; each update leaves 1 - 2α of the way there."""
    line = named(error_along_direction(VALLEY, learning_rate=rate).axes[0], "gradient descent")
    h = 0.5 - 0.5 * (1 - 2 * rate) ** np.arange(7)
    np.testing.assert_allclose(line.get_xdata(), h, atol=1e-12)
    np.testing.assert_allclose(line.get_ydata(), 1 - h + h**2)
    assert line.get_label() == f"gradient descent, rate {rate:g}"


def test_updates_above_the_bound_leave_the_picture():
    line = named(error_along_direction(VALLEY, learning_rate=1.5).axes[0], "gradient descent")
    np.testing.assert_allclose(line.get_xdata(), [0.0, 1.5, -1.5, 4.5])
    at_once = error_along_direction(VALLEY, learning_rate=1e6)
    assert list(named(at_once.axes[0], "gradient descent").get_xdata()[:1]) == [0.0]
    assert len(named(at_once.axes[0], "gradient descent").get_xdata()) == 2
    assert at_once.axes[0].get_xlim() == (-2, 2)
    assert_whole(at_once)


def test_updates_that_are_not_to_be_seen_are_not_drawn():
    figure = error_along_direction(VALLEY, learning_rate=1e-6)
    assert not any("descent" in label for label in legend(figure.axes[0]))
    away = dataclasses.replace(VALLEY, steps=np.linspace(1, 2, 101))
    assert_whole(error_along_direction(away, learning_rate=0.1))


@pytest.mark.parametrize("rate", [0, -1.0, float("nan")])
def test_mistakes(rate):
    with pytest.raises(ArgumentError, match="it must be above 0"):
        error_along_direction(CURVE, learning_rate=rate)


def test_gaps_are_gaps():
    F = CURVE.F.copy()
    F[:50] = np.nan
    figure = error_along_direction(dataclasses.replace(CURVE, F=F))
    np.testing.assert_array_equal(named(figure.axes[0], "error").get_ydata(), F)
    assert_whole(figure)


@pytest.mark.parametrize(("scale", "width"), [(1e-300, 1.0), (1e-12, 1e-9), (1e-12, 1e9), (1e12, 1e-9), (1e140, 1e9)])
def test_tiny_and_huge_errors(scale, width):
    curve = dataclasses.replace(
        VALLEY, steps=VALLEY.steps * width, F=VALLEY.F * scale, F_at=scale, slope=-scale / width,
        curvature=2 * scale / width**2,
    )  # fmt: skip
    figure = error_along_direction(curve, learning_rate=0.5 * width**2 / scale)
    assert_whole(figure)
    low, high = figure.axes[0].get_ylim()
    assert low < curve.F.min() < curve.F.max() < high


def test_a_parabola_far_from_the_error_does_not_flatten_it():
    steep = dataclasses.replace(VALLEY, curvature=1e9)
    low, high = error_along_direction(steep).axes[0].get_ylim()
    assert high - low < 4 * np.ptp(VALLEY.F)
    assert low < 1.0 < high


def test_a_flat_error():
    flat = dataclasses.replace(VALLEY, F=np.full(101, 2.0), F_at=2.0, slope=0.0, curvature=0.0)
    figure = error_along_direction(flat, learning_rate=0.1)
    assert figure.axes[0].get_ylim() == (1.5, 2.5)
    assert_whole(figure)


def test_axes_of_another_figure():
    figure = Figure()
    ax = figure.add_subplot()
    assert error_along_direction(CURVE, ax=ax) is figure
    assert len(ax.lines) == 3
