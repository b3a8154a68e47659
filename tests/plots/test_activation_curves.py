"""An activation with its derivative: what the axes hold, by finite differences and SciPy."""

import numpy as np
import pytest
from figures import assert_whole, legend, named, texts
from matplotlib.figure import Figure
from scipy import special

import thalweg as tw
from thalweg.core.activations import ACTIVATIONS, ELU, LeakyReLU, Softmax, Tanh
from thalweg.errors import ArgumentError
from thalweg.plots import activation_and_derivative, activation_curve
from thalweg.plots.activation_curves import saturated_stretches

N = np.linspace(-4, 4, 37) + 0.01  # off the corners


def shaded(ax):
    """The stretches that are shaded."""
    return [(patch.get_x(), patch.get_x() + patch.get_width()) for patch in ax.patches]


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_derivative_is_the_slope_of_the_curve(name):
    step = 1e-6
    curve = activation_curve(name, N)
    slope = (activation_curve(name, N + step).a - activation_curve(name, N - step).a) / (2 * step)
    np.testing.assert_allclose(curve.derivative, slope, atol=1e-8)
    assert (curve.cross is not None) == (name == "softmax")


def test_softmax_is_its_first_output_over_its_first_net_input():
    curve = activation_curve(Softmax(), N)
    layer = np.column_stack([N, 0 * N, 0 * N])
    np.testing.assert_allclose(curve.a, special.softmax(layer, axis=1)[:, 0])
    step = 1e-6
    second = [special.softmax(layer + np.array([sign * step, 0, 0]), axis=1)[:, 1] for sign in (1, -1)]
    np.testing.assert_allclose(curve.cross, (second[0] - second[1]) / (2 * step), atol=1e-8)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_lines_are_the_curve(name):
    figure = activation_and_derivative(name, low=-3, high=5)
    ax = figure.axes[0]
    n = np.linspace(-3, 5, len(named(ax, "a₁" if name == "softmax" else "f(n)").get_xdata()))
    curve = activation_curve(name, n)
    function, slope = ("a₁", "∂a₁/∂n₁") if name == "softmax" else ("f(n)", "f'(n)")
    np.testing.assert_allclose(named(ax, function).get_xydata(), np.column_stack([n, curve.a]))
    np.testing.assert_allclose(named(ax, slope).get_xydata(), np.column_stack([n, curve.derivative]))
    assert named(ax, function).get_color() != named(ax, slope).get_color()
    assert named(ax, function).get_linestyle() != named(ax, slope).get_linestyle()
    assert ax.get_title("left").startswith(name)
    if name in ("softmax", "tanh", "relu", "gelu"):
        assert_whole(figure)


def test_where_the_slope_is_small_the_function_is_saturated():
    edge = np.arctanh(np.sqrt(1 - 0.05))  # where 1 - tanh² is 0.05
    (left, right) = shaded(activation_and_derivative("tanh").axes[0])
    assert left[0] == -6
    assert right[1] == 6
    assert [left[1], right[0]] == pytest.approx([-edge, edge], abs=0.02)
    narrower = shaded(activation_and_derivative("tanh", saturated_below=0.001).axes[0])
    assert narrower[0][1] < left[1]
    assert "saturated: |f'(n)| < 0.05" in legend(activation_and_derivative("tanh").axes[0])


def test_nothing_of_a_relu_or_a_line_is_saturated_nor_the_bottom_of_a_parabola():
    assert shaded(activation_and_derivative("relu").axes[0]) == []  # off is not saturated
    assert shaded(activation_and_derivative(tw.activation_from_formula("x**2")).axes[0]) == []
    assert shaded(activation_and_derivative(tw.activation_from_formula("sin(x)"), low=-4.72, high=4.71).axes[0]) == []
    ((low, high),) = shaded(activation_and_derivative("silu").axes[0])
    assert (low, round(high)) == (-6, -4)  # not where f' passes 0 at -1.28
    line = activation_and_derivative("linear").axes[0]
    assert shaded(line) == []
    assert legend(line) == ["f(n)", "f'(n)"]
    assert saturated_stretches(activation_curve("relu", np.array([1.0, 2.0])), 0.5) == []


def test_objects_bring_their_settings():
    figure = activation_and_derivative(LeakyReLU(slope=0.25))
    assert figure.axes[0].get_title("left") == "leaky_relu (slope 0.25)"
    assert named(figure.axes[0], "f'(n)").get_ydata()[0] == 0.25
    formula = activation_and_derivative(tw.activation_from_formula("x/(1 + abs(x))")).axes[0]
    assert formula.get_title("left") == "formula (x/(1 + abs(x)))"
    np.testing.assert_allclose(named(formula, "f'(n)").get_ydata(), (1 + np.abs(np.linspace(-6, 6, 601))) ** -2.0)
    assert texts(activation_and_derivative("softmax").axes[0]) == ["3 net inputs, the others 0"]


def test_an_activation_that_is_not_registered_is_told_by_its_class():
    class Doubled(ELU):
        pass

    assert activation_and_derivative(Doubled()).axes[0].get_title("left") == "Doubled"


def test_axes_of_another_figure():
    figure = Figure()
    ax = figure.add_subplot()
    assert activation_and_derivative(Tanh(), ax=ax) is figure


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"activation": "tahn"}, "did you mean 'tanh'"),
        ({"activation": 3}, "must be a name or"),
        ({"activation": "tanh", "low": 1, "high": 1}, "low below high"),
        ({"activation": "tanh", "high": np.inf}, "finite"),
        ({"activation": "tanh", "saturated_below": -1}, "at least 0"),
        ({"activation": "tanh", "saturated_below": np.nan}, "at least 0"),
    ],
)
def test_mistakes(arguments, words):
    with pytest.raises(ArgumentError, match=words):
        activation_and_derivative(**arguments)
