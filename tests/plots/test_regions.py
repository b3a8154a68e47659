"""Decision regions: what the axes hold, for classifiers whose regions are known."""

import itertools

import numpy as np
import pytest
from colour_vision import BLINDNESS, apart, lab
from figures import assert_whole, legend, rendered, texts
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from scipy import spatial
from sklearn.neighbors import KNeighborsClassifier

import thalweg as tw
from thalweg.errors import ArgumentError, DataError
from thalweg.plots import class_regions, decision_regions, style

RANDOM = np.random.default_rng(0)
P = RANDOM.normal(size=(60, 2))
LABELS = np.where(P[:, 0] + RANDOM.normal(0, 0.3, 60) > 0, "right", "left")


def right_or_left(points):
    return np.where(points[:, 0] > 0, "right", "left")


def points_of(ax):
    """Places, colour, marker and edges of each class by its label."""
    return {found.get_label(): found for found in ax.collections if found.get_label() in ("left", "right")}


def test_the_grid_is_what_predict_says():
    told = class_regions(right_or_left, [-1, -2], [3, 2], resolution=5)
    np.testing.assert_array_equal(told.x, [-1, 0, 1, 2, 3])
    np.testing.assert_array_equal(told.y, [-2, -1, 0, 1, 2])
    np.testing.assert_array_equal(told.indices, [[0, 0, 1, 1, 1]] * 5)
    assert told.classes == ["left", "right"]
    upward = class_regions(lambda points: points[:, 1] > 0, [-1, -2], [3, 2], resolution=5)
    np.testing.assert_array_equal(upward.indices[:, 0], [0, 0, 0, 1, 1])


@pytest.mark.parametrize(
    ("predict", "classes", "expected"),
    [
        (lambda p: (p[:, :1] > 0) * 0.4 + 0.3, ["no", "yes"], [0, 1]),
        (lambda p: np.full((len(p), 1), 0.5), None, [0, 0]),
        (lambda p: np.column_stack([p[:, 0] * 0, p[:, 0], p[:, 0] * 0 - 5]), ["a", "b", "c"], [0, 1]),
        (lambda p: (p[:, 0] > 0) * 2, [0, 1, 2], [0, 2]),
        (lambda p: (p[:, 0] > 0).astype(float).tolist(), None, [0, 1]),
    ],
    ids=["one output", "a tie", "several outputs", "labels among classes", "a list"],
)
def test_outputs_of_a_network_and_labels_are_read(predict, classes, expected):
    told = class_regions(predict, [-1, -1], [1, 1], classes, resolution=2)
    assert told.indices[0].tolist() == expected


def test_the_picture_is_the_grid():
    ax = decision_regions(right_or_left, P, LABELS, resolution=80).axes[0]
    (image,) = ax.images
    left, right, bottom, top = image.get_extent()
    columns = left + (right - left) * (np.arange(80) + 0.5) / 80
    np.testing.assert_array_equal(image.get_array(), np.tile(columns > 0, (80, 1)))
    span = np.ptp(P, axis=0)
    assert [columns[0], columns[-1]] == pytest.approx([P[:, 0].min() - 0.1 * span[0], P[:, 0].max() + 0.1 * span[0]])
    assert bottom < P[:, 1].min()
    assert P[:, 1].max() < top


def test_regions_are_pale_in_the_colours_of_their_classes_and_differ_in_grey():
    figure = decision_regions(lambda p: np.digitize(p[:, 0], [-1, -0.5, 0, 0.5, 1]), P, [0] * 60, classes=range(6))
    (image,) = figure.axes[0].images
    tints = [np.array(image.cmap(image.norm(number))[:3]) for number in range(6)]
    for number, tint in enumerate(tints):
        paint, full = 1 - tint, 1 - np.array(to_rgb(style.look(number)[0]))
        assert paint @ full == pytest.approx(np.linalg.norm(paint) * np.linalg.norm(full), rel=0.001)
        assert lab(tint)[0] > 70
    for blindness in BLINDNESS:
        assert min(apart(*pair, blindness) for pair in itertools.combinations(tints, 2)) > 4
    assert all(abs(lab(one)[0] - lab(other)[0]) > 3 for one, other in itertools.combinations(tints[:3], 2))


@pytest.mark.parametrize("axis", [0, 1])
def test_a_region_is_seen_where_it_is(axis):
    figure = decision_regions(lambda points: points[:, axis] > 0.3, P, P[:, axis] > 0.3)
    renderer = rendered(figure)
    pixels, ax = np.asarray(renderer.buffer_rgba())[:, :, :3] / 255, figure.axes[0]
    for far in (-0.95, 0.95):  # of the way from the middle to an edge, where no example is
        place = ax.transAxes.transform([0.5 + 0.5 * far if axis == 0 else 0.01, 0.5 + 0.5 * far if axis else 0.99])
        seen = pixels[pixels.shape[0] - 1 - int(place[1]), int(place[0])]
        expected = ax.images[0].cmap(ax.images[0].norm(int(far > 0)))[:3]
        np.testing.assert_allclose(seen, expected, atol=0.02)


def test_examples_lie_on_top_by_colour_and_marker():
    ax = decision_regions(right_or_left, P, LABELS).axes[0]
    found = points_of(ax)
    for name in ("left", "right"):
        np.testing.assert_array_equal(found[name].get_offsets(), P[name == LABELS])
        assert found[name].get_zorder() > ax.images[0].get_zorder()
    assert not np.array_equal(found["left"].get_facecolor()[0], found["right"].get_facecolor()[0])
    shapes = [found[name].get_paths()[0].vertices for name in ("left", "right")]
    assert shapes[0].shape != shapes[1].shape or not np.allclose(*shapes)
    assert legend(ax) == ["left", "right"]


def test_examples_in_a_wrong_region_are_marked_and_counted():
    ax = decision_regions(right_or_left, P, LABELS).axes[0]
    for name, found in points_of(ax).items():
        right = (P[name == LABELS][:, 0] > 0) == (name == "right")
        np.testing.assert_array_equal(found.get_edgecolor()[:, 0] == 1.0, right)
        assert set(np.array(found.get_linewidth())[~right]) <= {1.6}
    count = (right_or_left(P) == LABELS).sum()
    assert 0 < count < 60
    assert texts(ax) == [f"{count} of 60 examples lie in the region of their class"]


def test_a_run_and_a_classifier_of_scikit_learn_can_be_drawn():
    T = (LABELS == "right")[:, None].astype(float)
    run = tw.train(tw.mlp(2, 4, 1, output="sigmoid"), P, T, epochs=30, engine="numpy", optimizer=tw.Adam(0.05))
    image = decision_regions(run.predict, P, T, resolution=20).axes[0].images[0]
    assert set(np.unique(image.get_array())) == {0, 1}
    nearest = KNeighborsClassifier(1).fit(P, LABELS)
    (words,) = texts(decision_regions(nearest.predict, P, LABELS, names=("$x$", "y")).axes[0])
    assert words.startswith("60 of 60 examples")


def test_a_label_that_no_point_gets_has_a_name_all_the_same():
    ax = decision_regions(right_or_left, [[-1.0, 1.0], [0.5, 0.0]], ["other", "right"]).axes[0]
    assert legend(ax) == ["left", "other", "right"]


def test_many_classes_can_be_rendered():
    names = [f"a class with a long name, {k} $x$" for k in range(25)]
    centres = RANDOM.uniform(-5, 5, size=(25, 2))
    tree = spatial.KDTree(centres)
    figure = decision_regions(
        lambda points: np.asarray(names)[tree.query(points)[1]], centres, names, classes=names, resolution=60
    )
    ax = figure.axes[0]
    assert_whole(figure)
    assert len(ax.get_legend().get_texts()) == 25
    assert not any(text.get_parse_math() for text in ax.get_legend().get_texts())
    assert ax.get_window_extent().width > 250
    inside = [text for text in ax.texts if not text.get_text().endswith("class")]
    assert inside  # where colours come twice the regions are named
    for text in inside:
        place = int(tree.query(text.get_position())[1])
        assert text.get_text() == style.label(names[place], 12)


@pytest.mark.parametrize("points", [[[0.0, 0.0]] * 3, [[1e9, 1e-9], [1e9, 2e-9]], [[1e6, 1], [1e6 + 1e-6, 2]]])
def test_odd_places_can_be_rendered(points):
    figure = decision_regions(lambda p: p[:, :1] * 0 + 1, points, [1] * len(points), resolution=5)
    assert_whole(figure)
    assert texts(figure.axes[0])[0].startswith(f"{len(points)} of {len(points)}")


def test_of_very_many_examples_a_sample_is_drawn_with_a_word():
    many = RANDOM.normal(size=(6000, 2))
    ax = decision_regions(right_or_left, many, right_or_left(many), resolution=5).axes[0]
    assert sum(len(found.get_offsets()) for found in points_of(ax).values()) == 5000
    assert texts(ax) == ["6,000 of 6,000 examples lie in the region of their class (5,000 drawn)"]


def test_axes_of_another_figure():
    figure = Figure()
    assert decision_regions(right_or_left, P, LABELS, resolution=5, ax=figure.add_subplot()) is figure


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"P": P[:, :1]}, DataError, r"P must be of shape \(examples, 2\), one or more, not \(60, 1\)"),
        ({"P": P[:0]}, DataError, "one or more"),
        ({"P": np.where(P > 2, np.nan, P)}, DataError, "not finite numbers; draw finite"),
        ({"labels": LABELS[:5]}, DataError, "one for each of the 60 examples"),
        ({"classes": ["left", "up"]}, DataError, "'right' is not one of the classes"),
        ({"predict": lambda p: p[:3, 0]}, DataError, "predict must return labels"),
        ({"predict": lambda p: np.full((len(p), 2), np.nan)}, DataError, "outputs that are not finite"),
        ({"predict": lambda p: np.ones((len(p), 3)), "classes": ["left", "right"]}, DataError, "do not fit classes"),
        ({"resolution": 1}, ArgumentError, "resolution is 1"),
        ({"resolution": 5000}, ArgumentError, "resolution is 5000"),
    ],
)
def test_mistakes(change, error, words):
    with pytest.raises(error, match=words):
        decision_regions(**({"predict": right_or_left, "P": P, "labels": LABELS, "resolution": 5} | change))


@pytest.mark.parametrize("ends", [([0, 0], [0, 1]), ([0], [1]), ([0, np.nan], [1, 1])])
def test_a_frame_that_is_none(ends):
    with pytest.raises(ArgumentError, match="low below high"):
        class_regions(right_or_left, *ends)


def test_of_a_run_or_a_model():
    """field s21-decision-regions-of-a-run: the figure asked of the run, with the targets that it was trained with."""
    P, T = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0], [1], [1], [0]])
    net = tw.mlp(2, 3, 1, hidden="tanh", output="sigmoid")
    run = tw.train(net, P, T, loss="cross_entropy", optimizer=tw.Nesterov(0.7, 0.9), batch_size="all", epochs=200)
    for thing in (run, tw.Model.from_run(run), run.predict):
        figure = decision_regions(thing, P, T, resolution=20)
        assert [text.get_text() for text in figure.axes[0].get_legend().get_texts()] == ["0", "1"]
        assert "1: the output is above 0.5" in figure.axes[0].texts[0].get_text()
    both = np.hstack([1 - T, T])
    run = tw.train(tw.mlp(2, 3, 2, output="softmax"), P, both, batch_size="all", epochs=2)
    assert decision_regions(run, P, both, resolution=20).axes[0].get_legend().get_texts()[1].get_text() == "1"
    with pytest.raises(tw.ArgumentError, match="it must be a function, a Run, a Model or a Fitted"):
        decision_regions("run", P, T)


def test_a_tanh_is_cut_in_the_middle_of_its_targets():
    P, T = np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([[-1.0], [1.0]])
    figure = decision_regions(lambda p: p[:, :1] * 2 - 1, P, T, resolution=20)
    assert "1: the output is above 0" in figure.axes[0].texts[0].get_text()
    assert figure.axes[0].texts[0].get_text().startswith("2 of 2")
