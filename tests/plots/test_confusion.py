"""Confusion matrices: what the axes hold, and whether it can be read."""

import itertools

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from thalweg.errors import DataError
from thalweg.plots import confusion_matrix

COUNTS = [[8, 2, 0], [1, 3, 0], [0, 0, 0]]


def cells(ax):
    """The text of each cell, by (row, column)."""
    return {(round(text.get_position()[1]), round(text.get_position()[0])): text for text in ax.texts}


def names(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


def luminance(color):
    channels = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(color)]
    return np.dot([0.2126, 0.7152, 0.0722], channels)


def random_counts(size, high=100):
    counts = np.random.default_rng(0).integers(0, 5, (size, size))
    np.fill_diagonal(counts, high)
    return counts


def test_shades_are_shares_of_the_rows():
    ax = confusion_matrix(COUNTS, ["a", "b", "c"]).axes[0]
    np.testing.assert_allclose(ax.images[0].get_array(), [[0.8, 0.2, 0], [0.25, 0.75, 0], [0, 0, 0]])
    assert ax.images[0].get_clim() == (0, 1)


def test_cells_hold_counts_and_percentages():
    ax = confusion_matrix(COUNTS, ["a", "b", "c"]).axes[0]
    assert {cell: text.get_text() for cell, text in cells(ax).items()} == {
        (0, 0): "8\n80%", (0, 1): "2\n20%", (0, 2): "0",
        (1, 0): "1\n25%", (1, 1): "3\n75%", (1, 2): "0",
        (2, 0): "0", (2, 1): "0", (2, 2): "0",
    }  # fmt: skip


def test_actual_classes_go_down_and_predicted_ones_across():
    ax = confusion_matrix(COUNTS, ["a", True, 3]).axes[0]
    assert names(ax.xaxis) == names(ax.yaxis) == ["a", "True", "3"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted", "actual")
    assert ax.get_ylim() == (2.5, -0.5)


def test_text_stands_out_from_every_shade():
    counts = [[share, 100 - share] for share in range(0, 101, 5)]
    size = len(counts)
    square = np.zeros((size, size), dtype=int)
    square[:, :2] = counts
    figure = confusion_matrix(square, range(size))
    image = figure.axes[0].images[0]
    for (row, column), text in cells(figure.axes[0]).items():
        shades = [luminance(image.cmap(image.get_array()[row, column])), luminance(text.get_color())]
        assert (max(shades) + 0.05) / (min(shades) + 0.05) > 3.5


def test_names_are_shown_as_they_are_written():
    figure = confusion_matrix(np.eye(2, dtype=int), ["$5-$10", "<b>\x00\n&"])
    assert names(figure.axes[0].xaxis) == ["$5-$10", "<b>  &"]
    assert not any(label.get_parse_math() for label in figure.axes[0].get_xticklabels())


LONG = "a class with quite a long name, the number of which is {}"


@pytest.mark.parametrize(("size", "name"), [(1, LONG), (2, "{}"), (10, "{}"), (30, LONG)])
def test_text_stays_inside_its_cell_and_names_apart(size, name):
    figure = confusion_matrix(random_counts(size, 1234), [name.format(index) for index in range(size)])
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    ax, renderer = figure.axes[0], canvas.get_renderer()
    assert len(ax.texts) == size**2
    width = ax.get_window_extent().width / size
    for text in ax.texts:
        box = text.get_window_extent(renderer)
        assert box.width < width
        assert box.height < width
        assert text.get_fontsize() >= 5.5
    page = figure.bbox
    for label in ax.get_xticklabels() + ax.get_yticklabels():
        box = label.get_window_extent(renderer)
        assert page.x0 <= box.x0
        assert box.x1 <= page.x1
        assert page.y0 <= box.y0
        assert len(label.get_text()) <= 24
    rows = sorted((label.get_window_extent(renderer) for label in ax.get_yticklabels()), key=lambda box: box.y0)
    assert all(below.y1 <= above.y0 for below, above in itertools.pairwise(rows))


@pytest.mark.parametrize("size", [60, 150])
def test_with_many_classes_a_colour_scale_stands_for_the_text(size):
    figure = confusion_matrix(random_counts(size), range(size))
    ax, scale = figure.axes
    assert not ax.texts
    assert scale.get_ylabel() == "share of the actual class"
    assert 20 < len(names(ax.yaxis)) <= 40
    assert names(ax.yaxis) == [str(round(tick)) for tick in ax.get_yticks()]
    assert max(figure.get_size_inches()) < 13


def test_axes_of_another_figure_leave_room_for_less_text():
    figure = Figure(figsize=(8, 4))
    small, large = figure.subplots(1, 2, width_ratios=[1, 6])
    assert confusion_matrix(random_counts(6), range(6), ax=large) is figure
    assert len(large.texts) == 36
    confusion_matrix(random_counts(6), range(6), ax=small)
    assert not small.texts


@pytest.mark.parametrize(
    ("counts", "classes", "words"),
    [
        ([], [], "of shape"),
        ([[1, 2]], ["a"], r"\(1, 1\), not \(1, 2\)"),
        ([[1, 2], [3, 4]], ["a"], r"\(1, 1\), not \(2, 2\)"),
        ([[1, -2], [3, 4]], ["a", "b"], "none negative"),
        ([[1, 0.5], [3, 4]], ["a", "b"], "whole"),
        ([[1, np.nan], [3, 4]], ["a", "b"], "whole"),
        ([[0, 0], [0, 0]], ["a", "b"], "not all 0"),
    ],
)
def test_mistakes(counts, classes, words):
    with pytest.raises(DataError, match=words):
        confusion_matrix(counts, classes)
