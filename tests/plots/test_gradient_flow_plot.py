"""The flow of the gradient: layer by layer, and over a run."""

import dataclasses
import itertools

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import thalweg as tw
from thalweg.plots import gradient_flow, gradient_flow_history

RNG = np.random.default_rng(0)
P = RNG.normal(size=(40, 3))
T = np.sin(P[:, :1])
NET = tw.mlp(3, 8, 8, 8, 1, hidden="sigmoid")
FLOW = tw.gradient_flow(NET, "mse", NET.init(0), P, T)
RELU = tw.mlp(3, 8, 8, 1, hidden="relu")


def history(net=NET, epochs=4):
    recorder = tw.FlowRecorder(net, "mse", P, T)
    tw.train(net, P, T, "mse", epochs=epochs, callbacks=[recorder])
    return recorder.history


def test_gradients_and_sensitivities_of_each_layer():
    figure = gradient_flow(FLOW)
    gradient, sensitivity = figure.axes[0].lines
    np.testing.assert_array_equal(gradient.get_xdata(), [0, 1, 2, 3])
    np.testing.assert_array_equal(gradient.get_ydata(), [layer.gradient_rms for layer in FLOW.layers])
    np.testing.assert_array_equal(sensitivity.get_ydata(), [layer.sensitivity_rms for layer in FLOW.layers])
    assert figure.axes[0].get_yscale() == "log"
    assert gradient.get_color() != sensitivity.get_color()
    assert gradient.get_marker() != sensitivity.get_marker()


def test_saturated_and_dead_units_in_percent():
    params = RELU.init(0)
    params["layer1"].bias[:2] = -100.0
    flow = tw.gradient_flow(RELU, "mse", params, P, T)
    bars = gradient_flow(flow).axes[1].containers
    np.testing.assert_allclose(bars[0].datavalues, [100 * layer.saturated for layer in flow.layers])
    np.testing.assert_allclose(bars[1].datavalues, [25.0, *(100 * layer.dead / 8 for layer in flow.layers[1:])])


def test_the_verdict_is_over_it_without_the_remedy():
    told = gradient_flow(FLOW).axes[0].texts[0].get_text().replace("\n", " ")
    assert told == FLOW.verdict.split(". Remedy")[0]
    assert max(map(len, gradient_flow(FLOW).axes[0].texts[0].get_text().splitlines())) <= 76


def test_what_is_0_or_not_finite_has_no_mark():
    layers = list(FLOW.layers)
    layers[0] = dataclasses.replace(layers[0], gradient_rms=0.0, gradient=0.0)
    layers[1] = dataclasses.replace(layers[1], gradient_rms=float("inf"), gradient=float("inf"))
    flow = dataclasses.replace(FLOW, layers=tuple(layers))
    figure = gradient_flow(flow)
    FigureCanvasAgg(figure).draw()
    np.testing.assert_array_equal(np.isnan(figure.axes[0].lines[0].get_ydata()), [True, True, False, False])


def test_nothing_but_zeros_can_be_rendered():
    net = tw.mlp(1, 1)
    flow = tw.gradient_flow(net, "sse", net.unravel(np.array([2.0, 0.0])), [[1.0]], [[2.0]])
    FigureCanvasAgg(gradient_flow(flow)).draw()


def test_axes_of_another_figure_hold_the_upper_part():
    whole = Figure()
    ax, other = whole.subplots(1, 2)
    assert gradient_flow(FLOW, ax=ax) is whole
    assert len(ax.lines) == 2
    assert not other.lines
    assert len(whole.axes) == 2
    assert ax.get_xticklabels()[0].get_text() == "layer1\nsigmoid"


@pytest.mark.parametrize("number", ["gradient_rms", "update_ratio", "saturated", "weight"])
def test_a_number_of_each_layer_over_the_epochs(number):
    past = history()
    figure = gradient_flow_history(past, number)
    lines = figure.axes[0].lines
    assert [line.get_label() for line in lines] == ["layer1", "layer2", "layer3", "layer4"]
    for k, line in enumerate(lines):
        np.testing.assert_array_equal(line.get_xdata(), [1, 2, 3, 4])
        np.testing.assert_array_equal(line.get_ydata(), past.numbers(number)[:, k])
    for one, other in itertools.combinations(lines, 2):
        assert tuple(one.get_color()) != tuple(other.get_color())
        assert one._dash_pattern != other._dash_pattern


def test_gradients_over_decades_are_logarithmic_and_shares_are_not():
    past = history()
    assert gradient_flow_history(past).axes[0].get_yscale() == "log"
    assert gradient_flow_history(past, "saturated").axes[0].get_yscale() == "linear"


def test_one_recording_is_seen():
    figure = gradient_flow_history(history(epochs=1))
    FigureCanvasAgg(figure).draw()
    assert {line.get_marker() for line in figure.axes[0].lines} == {"o"}


def test_an_unknown_number():
    with pytest.raises(tw.ArgumentError, match="number is 'size'; it must be one of gradient_rms"):
        gradient_flow_history(history(), "size")
