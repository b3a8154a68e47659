"""Several learning rates in one picture: what the axes hold."""

import logging

import numpy as np
import pytest
from colour_vision import lab
from figures import assert_whole, legend, named, overlapping, rendered, texts
from matplotlib.figure import Figure

import thalweg as tw
from thalweg.errors import ArgumentError, DataError
from thalweg.plots import learning_rates, rate_curves

P = np.linspace(-1, 1, 30)[:, None]
CRAWLS, FALLS, BOUNCES = np.linspace(1, 0.9, 20), np.geomspace(1, 0.1, 20), 1 + 0.5 * (-1.0) ** np.arange(20)
DIVERGES = np.append(4.0 ** np.arange(10), np.inf)


def run(rate, **changes):
    logging.disable(logging.WARNING)
    settings = {"epochs": 30, "batch_size": "all", "engine": "numpy"} | changes
    found = tw.train(tw.mlp(1, 1), P, 3 * P, optimizer=tw.GradientDescent(rate), **settings)
    logging.disable(logging.NOTSET)
    return found


def crosses(ax):
    """Where the crosses stand."""
    return [tuple(line.get_xydata()[0]) for line in ax.lines if line.get_marker() == "X"]


def test_each_curve_is_drawn_with_its_rate():
    ax = learning_rates([FALLS, CRAWLS, BOUNCES], [0.1, 0.001, 2]).axes[0]
    for loss, name in ((FALLS, "0.1: 0.1"), (CRAWLS, "0.001: 0.9"), (BOUNCES, "2: 0.5")):
        np.testing.assert_array_equal(named(ax, name).get_xydata(), np.column_stack([np.arange(1, 21), loss]))
    assert legend(ax) == ["0.001: 0.9", "0.1: 0.1", "2: 0.5"]
    assert texts(ax) == ["lowest last loss: 0.1 at 0.1"]
    assert crosses(ax) == []


def test_runs_bring_their_own_rates_and_loss():
    runs = [run(0.1), run(0.001), run(5.0)]
    ax = learning_rates(runs).axes[0]
    assert ax.get_ylabel() == "mse"
    assert [curve.rate for curve in rate_curves(runs)] == [0.001, 0.1, 5.0]
    assert rate_curves(runs)[2].diverged_in == len(runs[2].history.loss)
    assert legend(ax)[2] == f"5: diverged in epoch {len(runs[2].history.loss)}"
    assert texts(ax)[0].endswith("; 1 of 3 diverged (×)")
    np.testing.assert_array_equal(named(ax, "0.1: ").get_ydata(), runs[0].history.loss)


def test_a_run_that_diverged_ends_in_a_cross_at_the_upper_edge():
    ax = learning_rates([FALLS, DIVERGES], [0.1, 3.0]).axes[0]
    (epoch, loss) = crosses(ax)[0]
    assert loss == ax.get_ylim()[1]
    line = named(ax, "3: diverged in epoch 11")
    assert tuple(line.get_xydata()[-1]) == (epoch, loss)
    last = int(np.flatnonzero(loss < DIVERGES)[0])
    assert last < epoch < last + 1
    straight = np.interp(epoch, [last, last + 1], DIVERGES[last - 1 : last + 1])  # the axis is linear here
    assert straight == pytest.approx(loss)


def test_on_a_logarithmic_axis_the_cross_is_on_the_line_as_well():
    slow = np.geomspace(1, 1e-4, 20)
    ax = learning_rates([slow, DIVERGES], [0.1, 3.0]).axes[0]
    assert ax.get_yscale() == "log"
    (epoch, loss) = crosses(ax)[0]
    last = int(np.flatnonzero(loss < DIVERGES)[0])
    straight = np.interp(epoch, [last, last + 1], np.log(DIVERGES[last - 1 : last + 1]))
    assert straight == pytest.approx(np.log(loss))


@pytest.mark.parametrize("ending", [[np.nan], [1e300, np.inf], [-np.inf]])
def test_a_loss_that_is_not_finite_is_a_divergence(ending):
    (curve,) = rate_curves([[1.0, 2.0, *ending]], [1.0])
    assert curve.diverged_in == 2 + len(ending)
    assert len(crosses(learning_rates([[1.0, 2.0, *ending], FALLS], [1.0, 0.1]).axes[0])) == 1


def test_a_high_loss_between_does_not_flatten_the_others():
    spike = FALLS.copy()
    spike[7] = 1e12
    ax = learning_rates([spike, FALLS], [1.0, 0.1]).axes[0]
    assert ax.get_ylim()[1] < 20
    assert named(ax, "1: ").get_ydata()[7] > ax.get_ylim()[1]


def test_higher_rates_are_lighter():
    ax = learning_rates([FALLS] * 6, [1, 2, 3, 4, 5, 6]).axes[0]
    for blindness in ("none", "protanopia", "deuteranopia", "tritanopia"):
        lightness = [lab(line.get_color(), blindness)[0] for line in ax.lines]
        assert (np.diff(lightness) > 5).all()
    assert len({str(line.get_linestyle()) + str(line._dash_pattern) for line in ax.lines[:5]}) == 5


def test_many_rates_have_a_scale():
    rates = np.logspace(-4, 1, 30)
    figure = learning_rates([FALLS * (1 + rate) for rate in rates], rates)
    ax, scale = figure.axes
    assert len(ax.lines) == 30
    assert ax.get_legend() is None
    assert [label.get_text() for label in scale.get_yticklabels()][0::7] == ["0.0001", "10"]
    assert_whole(figure)
    assert not overlapping(scale.get_yticklabels(), rendered(figure))


def test_texts_for_rates_keep_their_order_and_letters():
    names = [f"a schedule with a long name $x$, number {number}" for number in range(25)]
    figure = learning_rates([FALLS] * 25, names)
    assert_whole(figure)
    entries = figure.axes[0].get_legend().get_texts()
    assert not any(text.get_parse_math() for text in entries)
    assert entries[3].get_text().endswith("number 3: 0.1")
    assert figure.axes[0].get_window_extent(rendered(figure)).width > 200


@pytest.mark.parametrize("losses", [[[0.5]], [[np.nan], [1.0, np.inf]], [[0.0, 0.0]], [[-1.0, -2.0]]])
def test_odd_curves_can_be_rendered(losses):
    figure = learning_rates(losses, list(range(len(losses))))
    assert_whole(figure)


def test_a_scheduled_rate_is_told_by_its_first_number():
    scheduled = run(lambda step: 0.1 / (1.0 + step))
    assert rate_curves([scheduled])[0].rate == "0.1, scheduled"


def test_axes_of_another_figure():
    figure = Figure()
    assert learning_rates([FALLS], [1.0], ax=figure.add_subplot()) is figure


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (([],), DataError, "no runs"),
        (([FALLS, []], [1, 2]), DataError, "run 2 has losses of shape"),
        (([[[1.0]]], [1]), DataError, r"shape \(1, 1\)"),
        (([FALLS, FALLS], [1]), ArgumentError, "2 runs and 1 rates"),
        (([FALLS],), ArgumentError, r"run 1 is no Run: give the learning rates in rates=\[...\]"),
    ],
)
def test_mistakes(arguments, error, words):
    with pytest.raises(error, match=words):
        learning_rates(*arguments)


def test_a_rule_without_a_rate_asks_for_one():
    without = tw.train(tw.mlp(1, 1), P, 3 * P, optimizer="rprop", epochs=2, engine="numpy")
    with pytest.raises(ArgumentError, match="run 1 is a rule without one"):
        learning_rates([without])
