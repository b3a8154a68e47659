"""ROC and precision-recall curves: what the axes hold, by counting and by scikit-learn."""

import numpy as np
import pytest
from class_cases import classified
from figures import assert_whole, legend, named, texts
from matplotlib.figure import Figure
from scipy import spatial
from sklearn import metrics

import thalweg as tw
from thalweg.errors import ArgumentError, DataError
from thalweg.plots import precision_recall, precision_recall_curves, roc, roc_curves

ACTUAL, CHANCES = classified(2, 60)
NAMES = ["benign", "malignant"]
LABELS = [NAMES[index] for index in ACTUAL]
SEVERAL, THREE = classified(3, 90)


def counted(positive, chance, threshold):
    """True and false positives, and positives, where a probability of at least the threshold says yes."""
    yes = chance >= threshold
    return (yes & positive).sum(), (yes & ~positive).sum(), positive.sum()


def test_a_point_of_the_roc_is_a_threshold():
    line = named(roc(LABELS, CHANCES, NAMES).axes[0], "malignant")
    positive, chance = ACTUAL == 1, CHANCES[:, 1]
    expected = {(0.0, 0.0)}
    for threshold in chance:
        true, false, positives = counted(positive, chance, threshold)
        expected.add((false / (60 - positives), true / positives))
    drawn = {tuple(point) for point in line.get_xydata()}
    assert drawn <= expected
    assert {(0.0, 0.0), (1.0, 1.0)} <= drawn
    x, y = np.array(sorted(expected)).T
    np.testing.assert_allclose(np.interp(x, *line.get_data()), np.interp(x, x, y), atol=0.2)


def test_a_point_of_precision_and_recall_is_a_threshold():
    line = named(precision_recall(LABELS, CHANCES, NAMES).axes[0], "malignant")
    positive, chance = ACTUAL == 1, CHANCES[:, 1]
    expected = {(0.0, 1.0)}
    for threshold in chance:
        true, false, positives = counted(positive, chance, threshold)
        expected.add((true / positives, true / (true + false)))
    assert {tuple(point) for point in line.get_xydata()} <= expected
    assert line.get_drawstyle() == "steps-post"


def test_the_areas_are_the_chances_that_they_stand_for():
    (curve,) = roc_curves(LABELS, CHANCES, NAMES)
    ones, zeros = CHANCES[ACTUAL == 1, 1], CHANCES[ACTUAL == 0, 1]
    assert curve.area == pytest.approx((ones[:, None] > zeros).mean())
    assert legend(roc(LABELS, CHANCES, NAMES).axes[0]) == [f"malignant (AUC {curve.area:.3f})", "chance"]
    (curve,) = precision_recall_curves(LABELS, CHANCES, NAMES)
    assert curve.area == pytest.approx(metrics.average_precision_score(ACTUAL, CHANCES[:, 1]))
    assert legend(precision_recall(LABELS, CHANCES, NAMES).axes[0])[0] == f"malignant (AP {curve.area:.3f})"


def test_chance_is_the_diagonal_or_the_share_of_the_class():
    np.testing.assert_array_equal(named(roc(LABELS, CHANCES, NAMES).axes[0], "chance").get_xydata(), [[0, 0], [1, 1]])
    ax = precision_recall(LABELS, CHANCES, NAMES).axes[0]
    assert list(named(ax, "chance").get_ydata()) == [ACTUAL.mean()] * 2


@pytest.mark.parametrize(
    "probabilities",
    [CHANCES, CHANCES[:, 1], CHANCES[:, 1:], CHANCES[:, 1:].tolist()],
    ids=["n, 2", "n", "n, 1", "list"],
)
@pytest.mark.parametrize("actual", [ACTUAL, ACTUAL[:, None].astype(float)], ids=["n", "n, 1"])
def test_the_second_class_alone_and_the_targets_of_a_network_do(actual, probabilities):
    (curve,) = roc_curves(actual, probabilities)
    (expected,) = roc_curves(LABELS, CHANCES, NAMES)
    np.testing.assert_allclose(curve.x, expected.x)
    assert curve.area == pytest.approx(expected.area)


def test_outputs_of_a_run_can_be_drawn():
    P, T = np.random.default_rng(0).normal(size=(40, 2)), np.repeat([[0], [1]], 20, axis=0)
    run = tw.train(tw.mlp(2, 3, 1, output="sigmoid"), P, T, epochs=3, engine="numpy")
    assert legend(roc(T, run.predict(P)).axes[0])[0].startswith("1 (AUC ")


def test_each_of_several_classes_stands_against_the_rest():
    names = ["red", "white", "rosé"]
    labels = [names[index] for index in SEVERAL]
    curves = roc_curves(labels, THREE, names)
    for index, curve in enumerate(curves):
        assert curve.area == pytest.approx(metrics.roc_auc_score(index == SEVERAL, THREE[:, index]))
        assert curve.share == (index == SEVERAL).mean()
    ax = roc(labels, THREE, names).axes[0]
    lines = [named(ax, f"{name} (") for name in names]
    for line, curve in zip(lines, curves, strict=True):
        np.testing.assert_array_equal(line.get_data(), (curve.x, curve.y))
    assert len({line.get_color() for line in lines}) == len({str(line._dash_pattern) for line in lines}) == 3
    assert texts(ax) == ["each class against the rest, 90 examples"]


def test_a_class_without_examples_has_no_curve_and_a_word():
    figure = precision_recall(ACTUAL, np.column_stack([CHANCES, 0 * ACTUAL]), [0, 1, 2])
    assert [entry.split()[0] for entry in legend(figure.axes[0])] == ["0", "1"]
    assert texts(figure.axes[0]) == ["each class against the rest (1 of 3 classes without examples), 60 examples"]


@pytest.mark.parametrize("draw", [roc, precision_recall])
def test_of_many_classes_the_worst_are_named(draw):
    actual, chances = classified(30, 1500)
    names = [f"class with quite a long name, number {number} $x$" for number in range(30)]
    labels = [names[index] for index in actual]
    figure = draw(labels, chances, names)
    ax = figure.axes[0]
    assert_whole(figure)
    areas = [curve.area for curve in (roc_curves if draw is roc else precision_recall_curves)(labels, chances, names)]
    coloured = [line for line in ax.lines if line.get_linewidth() == 1.8]
    told = [float(line.get_label().rpartition(" ")[2].rstrip(")")) for line in coloured]
    np.testing.assert_allclose(sorted(told), np.sort(areas)[:7], atol=0.0005)
    assert any(entry.startswith("23 more, ") for entry in legend(ax))
    assert len([line for line in ax.lines if line.get_color() == "#bbbbbb"]) == 23
    assert not any(text.get_parse_math() for text in ax.get_legend().get_texts())


def test_a_long_curve_keeps_its_shape_in_few_points():
    actual, chances = classified(2, 200_000)
    (curve,) = roc_curves(actual, chances)
    x, y = named(roc(actual, chances).axes[0], "1 ").get_data()
    assert len(curve.x) > 10_000
    assert len(x) < 2500
    near, _ = spatial.KDTree(np.column_stack([x, y])).query(np.column_stack([curve.x, curve.y]))
    assert near.max() < 0.0015
    assert (x[0], y[0], x[-1], y[-1]) == (0, 0, 1, 1)


def test_axes_of_another_figure():
    figure = Figure()
    one, two = figure.subplots(1, 2)
    assert roc(ACTUAL, CHANCES, ax=one) is figure
    assert precision_recall(ACTUAL, CHANCES, ax=two) is figure


@pytest.mark.parametrize("draw", [roc, precision_recall, roc_curves, precision_recall_curves])
@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (([1, 1], [0.2, 0.4]), DataError, "one class only, 1: give examples of two classes"),
        (([0, 0], [[0.2, 0.4, 0.4]] * 2), DataError, "one class only, 0"),
        (([], []), DataError, "one or more examples"),
        (([0, 1], [0.2]), DataError, r"of shape \(examples, classes\) = \(2, 2\), not \(1, 2\)"),
        (([0, 1], [0.2, np.nan]), DataError, "probabilities, row 2"),
        (([0, 1], [0.2, 1.5]), DataError, "probabilities, row 2"),
        (([0, 2], [0.2, 0.5]), DataError, "actual, row 2: 2 is not one of the classes"),
        (([0, 1], np.zeros((2, 2, 2))), DataError, r"not \(2, 2, 2\)"),
        (([0, 1], [0.2, 0.5], ["a", "a"]), ArgumentError, "two or more different labels"),
    ],
)
def test_mistakes(draw, arguments, error, words):
    with pytest.raises(error, match=words):
        draw(*arguments)
