"""The picture of a range test: its marks stand where the test says, whatever the losses are."""

import dataclasses

import numpy as np
import pytest

import thalweg as tw
from thalweg.learning_rates import RangeTest
from thalweg.plots import range_test

RATES = np.geomspace(1e-3, 1.0, 5)
TEST = RangeTest(RATES, np.array([1.0, 0.5, 0.2, 0.3, 4.0]), RATES[1], RATES[2], RATES[4], 0.1 * RATES[2], "a reason")


def lines(test):
    return {line.get_label(): line for line in range_test(test).axes[0].lines}


def test_the_marks_are_where_the_test_says():
    found = lines(TEST)
    np.testing.assert_array_equal(found["loss after each update"].get_xydata(), np.stack([RATES, TEST.losses], axis=1))
    assert found["falls fastest: 0.00562"].get_xydata().tolist() == [[RATES[1], 0.5]]
    assert found["lowest: 0.0316"].get_xydata().tolist() == [[RATES[2], 0.2]]
    assert found["bounces: 1"].get_xydata().tolist() == [[RATES[4], 4.0]]
    assert found["recommended: 0.00316"].get_xdata() == [0.1 * RATES[2]] * 2


def test_what_there_is_not_has_no_mark_and_the_reason_is_told():
    test = dataclasses.replace(TEST, steepest_at=None, lowest_at=None, bounced_at=None, recommended=None)
    assert list(lines(test)) == ["loss after each update"]
    assert "a reason" in [text.get_text() for text in range_test(test).axes[0].texts]


def test_losses_that_are_not_finite_are_left_out():
    test = dataclasses.replace(TEST, losses=np.array([1.0, 0.5, 0.2, 0.3, np.inf]))
    found = lines(test)
    assert len(found["loss after each update"].get_xdata()) == 4
    assert found["bounces: 1"].get_ydata().tolist() == [0.3]
    with pytest.raises(tw.ThalwegError, match="no loss of the range test is finite"):
        range_test(dataclasses.replace(TEST, losses=np.full(5, np.nan)))


@pytest.mark.parametrize("scale", [1e-300, 1.0, 1e200])
def test_losses_of_any_size_can_be_rendered(scale):
    figure = range_test(dataclasses.replace(TEST, losses=scale * TEST.losses))
    figure.canvas.draw()
    assert figure.axes[0].get_yscale() == "linear"


def test_on_axes_of_a_figure():
    from matplotlib.figure import Figure

    figure = Figure()
    ax = figure.add_subplot()
    assert range_test(TEST, ax=ax) is figure
    assert len(ax.lines) == 5
