"""The map of learning rates and momenta: what stands in its cells, its colours, its marks, and that all is seen."""

from itertools import pairwise

import numpy as np
import pytest
from figures import assert_whole, rendered, texts
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure

from thalweg.errors import ArgumentError, DataError
from thalweg.plots import rates_map

NAN = float("nan")
RATES, MOMENTA = [0.01, 0.1, 1.0], [0.0, 0.9]
ERRORS = [[0.5, 0.05, 0.9], [0.2, 0.01, NAN]]


def cells(ax):
    """The texts in the cells, by (row, column)."""
    return {
        (round(text.get_position()[1]), round(text.get_position()[0])): text.get_text()
        for text in ax.texts
        if text.get_transform() == ax.transData
    }


def test_the_cells_hold_the_errors_and_crosses():
    figure = rates_map(RATES, MOMENTA, ERRORS)
    ax = figure.axes[0]
    assert cells(ax) == {(0, 0): "0.5", (0, 1): "0.05", (0, 2): "0.9", (1, 0): "0.2", (1, 1): "0.01", (1, 2): "×"}
    np.testing.assert_array_equal(ax.images[0].get_array(), ERRORS)
    assert [label.get_text() for label in ax.get_xticklabels()] == ["0.01", "0.1", "1"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["0", "0.9"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("learning rate", "momentum")
    assert ax.get_ylim() == (-0.5, 1.5)  # momentum rises upwards
    assert len([patch for patch in ax.patches if patch.get_hatch()]) == 1
    assert "×: 1 of 6 diverged" in texts(ax)[-1]
    assert_whole(figure)


def test_the_recommended_cell_is_framed_and_bounced_ones_have_an_arrow():
    bounced = np.zeros((2, 3), dtype=bool)
    bounced[0, 2] = True
    ax = rates_map(RATES, MOMENTA, ERRORS, best=(1, 1), bounced=bounced).axes[0]
    frames = [patch for patch in ax.patches if not patch.get_fill()]
    assert {(round(f.get_x() + f.get_width() / 2), round(f.get_y() + f.get_height() / 2)) for f in frames} == {(1, 1)}
    assert cells(ax)[0, 2] == "0.9↑"
    assert "framed: recommended (0.01)" in texts(ax)[-1]
    assert "↑, pale: bounced" in texts(ax)[-1]


def test_the_largest_stable_rate_is_drawn_where_it_is_among_the_columns():
    ax = rates_map(RATES, MOMENTA, ERRORS, stable_rate=[0.1, np.sqrt(0.1)]).axes[0]
    (line,) = ax.lines
    np.testing.assert_allclose(line.get_xydata(), [[1.5, -0.5], [1.5, 0.5], [1.5, 0.5], [1.5, 1.5]])
    assert "left of the dashed line: stable at the start" in texts(ax)[-1]
    for beyond in ([5.0, 50.0], [np.inf, np.inf], [0.0001, 0.0001]):
        assert not rates_map(RATES, MOMENTA, ERRORS, stable_rate=beyond).axes[0].lines


def test_colours_go_from_the_lowest_that_did_not_bounce_to_the_start():
    norm = rates_map(RATES, MOMENTA, ERRORS).axes[0].images[0].norm
    assert (type(norm), norm.vmin, norm.vmax) == (LogNorm, 0.01, 0.9)
    bounced = np.array(ERRORS) == 0.01
    figure = rates_map(RATES, MOMENTA, ERRORS, bounced=bounced, error_at_start=0.6, error_name="validation loss")
    norm = figure.axes[0].images[0].norm
    assert (norm.vmin, norm.vmax) == (0.05, 0.6)
    bar = figure.axes[1]
    assert bar.get_ylabel() == "validation loss"
    ticks = [label.get_text() for label in bar.get_yticklabels()]
    assert (ticks[0], ticks[-1]) == ("0.05", "0.6")
    linear = rates_map(RATES, MOMENTA, [[-1.0, 2.0, 1.0], [1.0, 1.0, 1.0]]).axes[0].images[0].norm
    assert (type(linear), linear.vmin, linear.vmax) == (Normalize, -1.0, 2.0)


def test_text_is_seen_on_its_cell():
    """White on dark cells and dark on light ones, so that the numbers read in grey, too."""
    errors = np.geomspace(0.01, 1.0, 6).reshape(2, 3)
    ax = rates_map(RATES, MOMENTA, errors).axes[0]
    image = ax.images[0]
    for text in ax.texts[:6]:
        column, row = map(round, text.get_position())
        cell = 0.3 * np.array(image.cmap(image.norm(errors[row, column]))[:3]) @ [1, 2, 0.3]
        assert (text.get_color() == "white") == (cell < 0.45)


def test_a_rule_without_momentum_has_one_row():
    figure = rates_map(RATES, None, [[0.5, 0.1, NAN]], best=(0, 1))
    ax = figure.axes[0]
    assert ax.get_title(loc="left") == "Learning rate"
    assert ax.get_ylabel() == ""
    assert [label.get_text() for label in ax.get_yticklabels()] == []
    assert_whole(figure)


@pytest.mark.parametrize(
    "errors", [[[1.0]], [[NAN]], [[0.0, 0.0]], [[1e-300, 1e300]], [[-5.0, NAN]], np.full((4, 24), 0.25)]
)
def test_odd_maps_can_be_rendered(errors):
    errors = np.asarray(errors)
    rows, columns = errors.shape
    figure = rates_map(np.geomspace(1e-4, 1, columns), np.linspace(0, 0.99, rows), errors, stable_rate=[0.1] * rows)
    assert_whole(figure)


def test_of_many_columns_the_colours_speak_alone():
    ax = rates_map(np.geomspace(1e-4, 1, 40), [0.5], np.full((1, 40), 0.25)).axes[0]
    assert len(cells(ax)) == 0


def test_of_many_rates_some_are_named_apart_from_each_other():
    rates, momenta = np.geomspace(1e-4, 1, 200), np.linspace(0, 0.99, 60)
    figure = rates_map(rates, momenta, np.ones((60, 200)), bounced=np.ones((60, 200), dtype=bool))
    figure.canvas.draw()
    ax = figure.axes[0]
    assert not any("bounced" in text for text in texts(ax))  # there is no arrow to explain
    for axis, values in ((ax.xaxis, rates), (ax.yaxis, momenta)):
        labels = axis.get_ticklabels()
        at = axis.get_ticklocs()
        assert [label.get_text() for label in labels] == [f"{values[int(i)]:.3g}" for i in at]
        assert 10 <= len(labels) <= 25
    heights = [label.get_window_extent() for label in ax.get_yticklabels()]
    assert all(low.y1 <= high.y0 for low, high in pairwise(heights))


def test_on_axes_of_a_figure():
    figure = Figure()
    ax = figure.add_subplot()
    assert rates_map(RATES, MOMENTA, ERRORS, ax=ax) is figure
    rendered(figure)


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ((RATES, MOMENTA, [[1.0, 2.0]]), DataError, r"= \(2, 3\), one of each or more, not \(1, 2\)"),
        ((RATES, None, ERRORS), DataError, r"= \(1, 3\)"),
        (([], MOMENTA, np.zeros((2, 0))), DataError, "one of each or more"),
    ],
)
def test_refuses(arguments, error, says):
    with pytest.raises(error, match=says):
        rates_map(*arguments)


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"best": (2, 0)}, ArgumentError, r"best is \(2, 0\)"),
        ({"best": (0, -1)}, ArgumentError, r"best is \(0, -1\)"),
        ({"stable_rate": [0.1]}, DataError, r"stable_rate must be of shape \(2,\)"),
        ({"bounced": [[True]]}, DataError, r"bounced must be of the shape of errors, \(2, 3\), not \(1, 1\)"),
    ],
)
def test_refuses_marks_that_are_not_on_the_map(options, error, says):
    with pytest.raises(error, match=says):
        rates_map(RATES, MOMENTA, ERRORS, **options)


def test_a_grid_draws_itself():
    import thalweg as tw

    P = np.linspace(-1, 1, 64)[:, None]
    grid = tw.rates_grid(tw.mlp(1, 4, 1), P, P**2, learning_rates=[0.001, 0.1, 1e9], momenta=[0.0, 0.9], epochs=20)
    ax, scale = rates_map(grid).axes
    np.testing.assert_array_equal(np.ma.filled(ax.images[0].get_array(), NAN), grid.errors)
    assert scale.get_ylabel() == "training loss"
    assert any("framed: recommended" in text.get_text() for text in ax.texts)
    with pytest.raises(tw.ThalwegError, match="errors are missing"):
        rates_map([0.1, 1.0], [0.5])


def test_the_line_of_stable_rates_runs_between_the_cells():
    """field s28-map-of-rates-strikes-numbers-out: on the edges, where no number stands."""
    stable = [0.003, 0.02, 0.1, 0.5]
    ax = rates_map(RATES, [0.0, 0.5, 0.9, 0.99], np.full((4, 3), 0.5), stable_rate=stable).axes[0]
    (line,) = ax.lines
    assert set(line.get_xdata() % 1.0) == {0.5}


def test_cells_that_bounced_are_pale():
    """field s28: the lowest number of a run that bounced was the darkest, and looked best."""
    bounced = np.array(ERRORS) == 0.01
    ax = rates_map(RATES, MOMENTA, ERRORS, bounced=bounced).axes[0]
    (pale,) = [patch for patch in ax.patches if patch.get_hatch() == "...."]
    assert (pale.get_x() + 0.5, pale.get_y() + 0.5) == (1, 1)
    assert min(pale.get_facecolor()) > 0.9
