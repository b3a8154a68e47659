"""Histograms of weights and gradients: what the axes hold."""

import numpy as np
import pytest
from figures import assert_whole, overlapping, rendered, texts
from matplotlib.figure import Figure

import thalweg as tw
from thalweg.errors import ArgumentError, DataError
from thalweg.plots import gradient_histograms, layer_histograms, weight_histograms

NET = tw.cascade(4, 6, 5, 2)
PARAMS = NET.init(0)
RANDOM = np.random.default_rng(0)


def weights(params, layer):
    return np.concatenate([array.ravel() for array in params[layer].weights.values()])


def gradient(net, seed=0):
    random = np.random.default_rng(seed)
    P, T = random.normal(size=(50, net.sizes["input"])), random.normal(size=(50, net.output.size))
    return tw.gradient(net, "mse", net.init(seed), P, T)[1]


def heights(ax, row):
    """The heights of the filled histogram in a row counted from the top."""
    rows = [patch for patch in ax.patches if patch.get_fill()]
    values, edges, base = rows[row].get_data()
    return values - base, edges


@pytest.mark.parametrize("bins", [1, 7, 40])
def test_each_layer_is_counted_over_the_same_edges(bins):
    told = layer_histograms(NET, PARAMS, bins=bins)
    everything = np.concatenate([weights(PARAMS, layer.name) for layer in NET.layers])
    _, edges = np.histogram(everything, bins)
    for histogram, layer in zip(told, NET.layers, strict=True):
        values = weights(PARAMS, layer.name)
        np.testing.assert_array_equal(histogram.counts, np.histogram(values, edges)[0])
        np.testing.assert_allclose(histogram.edges, edges)
        assert histogram.values == values.size == histogram.counts.sum()
        assert (histogram.middle, histogram.spread) == pytest.approx((values.mean(), values.std()))


def test_magnitudes_are_counted_by_their_logarithms_and_zeros_apart():
    found = gradient(tw.mlp(4, 6, 6, 2, hidden="relu"), seed=2)
    told = layer_histograms(tw.mlp(4, 6, 6, 2, hidden="relu"), found, magnitudes=True)
    for histogram in told:
        values = np.abs(weights(found, histogram.layer))
        logs = np.log10(values[values > 0])
        np.testing.assert_array_equal(histogram.counts, np.histogram(logs, histogram.edges)[0])
        assert histogram.zeros == (values == 0).sum()
        assert histogram.counts.sum() + histogram.zeros == values.size
        assert histogram.middle == pytest.approx(np.sqrt(np.mean(values**2)))


def test_the_rows_are_the_histograms_from_the_first_layer_at_the_top():
    ax = weight_histograms(NET, PARAMS).axes[0]
    told = layer_histograms(NET, PARAMS)
    for row, histogram in enumerate(told):
        drawn, edges = heights(ax, row)
        np.testing.assert_allclose(drawn * histogram.counts.max() / drawn.max(), histogram.counts, atol=1e-9)
        np.testing.assert_allclose(edges, histogram.edges)
    labels = ax.get_yticklabels()
    assert [label.get_text() for label in labels] == ["layer1", "layer2", "layer3"]
    assert list(ax.get_yticks()) == [2, 1, 0]
    assert texts(ax)[:3] == [f"sd {histogram.spread:.2g}" for histogram in told]


def test_gradients_stand_on_a_logarithmic_axis():
    net = tw.mlp(4, 6, 5, 2)
    found = gradient(net)
    ax = gradient_histograms(net, found).axes[0]
    told = layer_histograms(net, found, magnitudes=True)
    assert ax.get_xscale() == "log"
    np.testing.assert_allclose(heights(ax, 0)[1], 10 ** told[0].edges)
    assert texts(ax)[:3] == [f"rms {histogram.middle:.2g}" for histogram in told]


def test_vanishing_gradients_lie_to_the_left():
    net = tw.mlp(5, *[10] * 8, 1, hidden="sigmoid")
    told = layer_histograms(net, gradient(net), magnitudes=True)
    middles = [np.average(histogram.edges[1:], weights=histogram.counts) for histogram in told]
    assert middles[0] < middles[-1] - 3


def test_derivatives_of_zero_are_told():
    net = tw.mlp(2, 3, 1)
    zero = net.unravel(np.zeros(net.parameter_count))
    ax = gradient_histograms(net, zero).axes[0]
    assert texts(ax)[:2] == ["rms 0\n100 % are 0"] * 2
    assert heights(ax, 0)[0].max() == 0


@pytest.mark.parametrize(
    ("net", "draw"),
    [
        (tw.mlp(1, 1), weight_histograms),
        (tw.mlp(1, 1), gradient_histograms),
        (tw.mlp(3, *[4] * 60, 2), weight_histograms),
        (tw.mlp(200, 30, 10), gradient_histograms),
    ],
    ids=["one weight", "one derivative", "deep", "wide"],
)
def test_odd_networks_can_be_rendered(net, draw):
    figure = draw(net, net.init(0) if draw is weight_histograms else gradient(net))
    assert_whole(figure)
    ax = figure.axes[0]
    rows = ax.get_yticklabels()
    assert len(rows) == min(24, len(net.layers))
    assert [rows[0].get_text(), rows[-1].get_text()] == [net.layers[0].name, net.layers[-1].name]
    assert ("24 of 61 layers" in texts(ax)) == (len(net.layers) == 61)
    assert not overlapping(rows, rendered(figure))


def test_names_are_shown_as_they_are_written():
    net = tw.Network({"p": 1}, [tw.Layer("$a$ layer of a long name longer than there is room for", 1)])
    (label,) = weight_histograms(net, net.init(0)).axes[0].get_yticklabels()
    assert label.get_text() == "$a$ layer of…is room for"
    assert not label.get_parse_math()


def test_axes_of_another_figure():
    figure = Figure()
    assert weight_histograms(NET, PARAMS, ax=figure.add_subplot()) is figure


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"params": tw.mlp(2, 1).init(0)}, ArgumentError, "params lacks 'layer2'"),
        ({"params": NET.unravel(np.full(NET.parameter_count, np.nan))}, DataError, "layer 'layer1' holds values"),
        ({"bins": 0}, ArgumentError, "bins is 0"),
        ({"bins": True}, ArgumentError, "bins is True"),
    ],
)
def test_mistakes(change, error, words):
    with pytest.raises(error, match=words):
        weight_histograms(NET, **({"params": PARAMS} | change))
