"""Reliability diagrams: what the axes hold, by scikit-learn, SciPy and a plain loop."""

import numpy as np
import pytest
from class_cases import classified
from figures import assert_whole, legend, named, texts
from matplotlib.figure import Figure
from scipy import stats
from sklearn.calibration import calibration_curve

from thalweg.errors import ArgumentError, DataError
from thalweg.plots import calibration, calibration_bins

ACTUAL, CHANCES = classified(2, 300)
SEVERAL, FOUR = classified(4, 300)


@pytest.mark.parametrize("bins", [1, 5, 10, 17])
def test_the_bins_are_those_of_scikit_learn(bins):
    told = calibration_bins(ACTUAL, CHANCES, bins=bins)
    observed, given = calibration_curve(ACTUAL, CHANCES[:, 1], n_bins=bins)
    filled = told.counts > 0
    np.testing.assert_allclose(told.observed[filled], observed)
    np.testing.assert_allclose(told.given[filled], given)
    assert told.counts.sum() == 300
    assert np.isnan(told.given[~filled]).all()


def test_the_intervals_are_wilsons():
    told = calibration_bins(ACTUAL, CHANCES)
    for count, share, low, high in zip(told.counts, told.observed, told.low, told.high, strict=True):
        expected = stats.binomtest(round(count * share), int(count)).proportion_ci(0.95, method="wilson")
        assert (low, high) == pytest.approx((expected.low, expected.high))


def test_of_several_classes_the_predicted_one_is_judged():
    told = calibration_bins(SEVERAL, FOUR)
    confidence, right = FOUR.max(axis=1), FOUR.argmax(axis=1) == SEVERAL
    error = 0.0
    for number in range(10):
        inside = (confidence > number / 10) & (confidence <= (number + 1) / 10)
        assert told.counts[number] == inside.sum()
        if inside.any():
            assert told.observed[number] == pytest.approx(right[inside].mean())
            error += inside.sum() * abs(right[inside].mean() - confidence[inside].mean()) / 300
    assert told.error == pytest.approx(error)


def test_the_ends_of_the_bins_belong_to_them():
    told = calibration_bins([0, 0, 1, 1, 1], [0.0, 0.5, 0.5000001, 1.0, 0.2], bins=2)
    assert told.counts.tolist() == [3, 2]


def test_the_axes_hold_the_bins():
    told = calibration_bins(ACTUAL, CHANCES)
    ax = calibration(ACTUAL, CHANCES).axes[0]
    np.testing.assert_allclose(named(ax, "observed").get_data(), (told.given, told.observed))
    segments = np.array(ax.collections[0].get_segments())
    np.testing.assert_allclose(segments[:, 0], np.column_stack([told.given, told.low]))
    np.testing.assert_allclose(segments[:, 1], np.column_stack([told.given, told.high]))
    np.testing.assert_array_equal(named(ax, "perfect calibration").get_xydata(), [[0, 0], [1, 1]])
    assert legend(ax) == ["perfect calibration", "observed", "95 % interval"]
    assert texts(ax) == [f"300 examples, expected calibration error {told.error:.3f}"]


def test_the_strip_below_holds_the_counts():
    told = calibration_bins(ACTUAL, CHANCES)
    (strip,) = calibration(ACTUAL, CHANCES).axes[0].child_axes
    assert [bar.get_height() for bar in strip.patches] == told.counts.tolist()
    np.testing.assert_allclose([bar.get_x() for bar in strip.patches], told.edges[:-1])
    assert texts(strip) == [str(count) for count in told.counts if count]


def test_the_axes_say_which_class():
    names = ["$no$", "a very long name of a class, longer than there is room for"]
    figure = calibration([names[index] for index in ACTUAL], CHANCES, names)
    (strip,) = figure.axes[0].child_axes
    assert strip.get_xlabel() == "probability given to a very long …is room for"
    assert figure.axes[0].get_ylabel() == "share of a very long …is room for"
    assert_whole(figure)
    assert calibration(SEVERAL, FOUR).axes[0].child_axes[0].get_xlabel() == "probability given to the predicted class"


@pytest.mark.parametrize(
    ("actual", "chances", "bins"),
    [([1], [0.2], 10), ([0, 1], [0.5, 0.5], 100), (*classified(2, 30_000), 20)],
)
def test_odd_cases_can_be_rendered(actual, chances, bins):
    assert_whole(calibration(actual, chances, bins=bins))


def test_axes_of_another_figure():
    figure = Figure()
    assert calibration(ACTUAL, CHANCES, ax=figure.add_subplot()) is figure


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (([], []), DataError, "one or more examples"),
        (([0, 1], [0.5]), DataError, "of shape"),
        (([0, 3], [0.5, 0.5]), DataError, "3 is not one of the classes"),
        (([0, 1], [0.5, -0.5]), DataError, "row 2"),
    ],
)
def test_mistakes(arguments, error, words):
    with pytest.raises(error, match=words):
        calibration(*arguments)


@pytest.mark.parametrize("bins", [0, 101, 2.0, True])
def test_a_number_of_bins_that_is_none(bins):
    with pytest.raises(ArgumentError, match="bins is"):
        calibration([0, 1], [0.5, 0.5], bins=bins)
