"""Outputs over targets by part: what the axes hold."""

import dataclasses

import numpy as np
import pytest
from figures import assert_whole, legend, named, overlapping, rendered, texts
from scipy import stats

import thalweg as tw
from thalweg.errors import ArgumentError, DataError
from thalweg.plots import regression

RANDOM = np.random.default_rng(1)
TARGETS = {"training": RANDOM.normal(size=(40, 2)), "test": RANDOM.normal(size=(15, 2))}
PARTS = {name: (T, 0.7 * T + 0.2 + RANDOM.normal(0, 0.3, T.shape)) for name, T in TARGETS.items()}
P = np.linspace(-1, 1, 30)[:, None]


@pytest.fixture(scope="module")
def figure():
    return regression(PARTS, names=["water", "fat $x$"])


def test_a_row_an_output_and_a_column_a_part_and_all(figure):
    titles = [ax.get_title(loc="left") for ax in figure.axes]
    assert titles == [f"{name}: {part}" for name in ("water", "fat $x$") for part in ("training", "test", "all")]
    both = [np.concatenate(values) for values in zip(*PARTS.values(), strict=True)]
    for number, ax in enumerate(figure.axes):
        targets, outputs = [*PARTS.values(), both][number % 3]
        points = named(ax, "examples").get_xydata()
        np.testing.assert_array_equal(points, np.column_stack([targets[:, number // 3], outputs[:, number // 3]]))
    assert_whole(figure)
    assert not overlapping([ax._left_title for ax in figure.axes], rendered(figure))


def test_r_and_the_line_are_those_of_scipy(figure):
    targets, outputs = PARTS["test"]
    found = stats.linregress(targets[:, 0], outputs[:, 0])
    ax = figure.axes[1]
    ends = named(ax, "fitted line").get_xydata()
    np.testing.assert_allclose(ends[:, 1], found.slope * ends[:, 0] + found.intercept, rtol=1e-12)
    sign = "+" if found.intercept > 0 else "\N{MINUS SIGN}"
    line = f"a ≈ {found.slope:.3g} t {sign} {abs(found.intercept):.2g}"
    assert texts(ax) == [f"R = {found.rvalue:.4f}, 15 examples\n{line}"]
    assert legend(figure.axes[0]) == ["output = target", "fitted line"]
    assert legend(ax) == []


def test_a_run_brings_its_examples_and_outputs():
    T = np.sin(3 * P)
    judged = {"validation": (P[1::3], T[1::3]), "test": (P[2::3], T[2::3], np.r_[np.zeros(2), np.ones(8)])}
    run = tw.train(tw.mlp(1, 5, 1), P[::3], T[::3], optimizer="lm", epochs=4, engine="numpy", **judged)
    axes = regression(run).axes
    assert [ax.get_title(loc="left") for ax in axes] == ["training", "validation", "test", "all"]
    expected = np.column_stack([T[2::3][2:], run.predict(P[2::3][2:])])
    np.testing.assert_allclose(named(axes[2], "examples").get_xydata(), expected, rtol=1e-12)
    assert len(named(axes[3], "examples").get_xydata()) == 28


def test_targets_that_are_missing_are_left_out_with_a_word():
    ax = regression({"test": ([1.0, np.nan, 3.0], [1.0, 2.0, 2.5])}).axes[0]
    np.testing.assert_array_equal(named(ax, "examples").get_xydata(), [[1, 1], [3, 2.5]])
    assert texts(ax)[0].endswith("1 missing")


def test_without_variation_there_is_no_line_and_no_r():
    ax = regression({"only": ([2.0, 2.0], [1.0, 3.0])}).axes[0]
    assert texts(ax) == ["R not defined, 2 examples"]
    assert [line.get_label() for line in ax.lines] == ["output = target", "examples"]


@pytest.mark.parametrize("scale", [1e-300, 1e300])
def test_odd_values_can_be_rendered(scale):
    T, a = PARTS["test"]
    assert_whole(regression({"test": (T[:, 0] * scale, a[:, 0] * scale), "one": ([scale], [scale])}))


def test_of_very_many_points_a_sample_is_drawn_with_a_word():
    T = np.arange(25_000.0)
    ax = regression({"training": (T, 2 * T)}).axes[0]
    assert len(named(ax, "examples").get_xdata()) == 10_000
    assert texts(ax)[0] == "R = 1.0000, 25,000 examples\na ≈ 2 t\n10,000 drawn"


@pytest.mark.parametrize(
    ("parts", "names", "error", "words"),
    [
        (3, None, ArgumentError, "parts is 3; it must be a run, or a dict"),
        ({}, None, ArgumentError, "parts is {}; it must be a run"),
        ({"test": [1.0, 2.0, 3.0]}, None, ArgumentError, "it must be a run, or a dict"),
        ({"test": ([1.0], [1.0, 2.0])}, None, DataError, r"test: targets and outputs must be .* \(1, 1\) and \(2, 1\)"),
        ({"test": ([], [])}, None, DataError, "test has no targets: leave the part out"),
        ({"test": ([np.nan], [1.0])}, None, DataError, "test has no targets"),
        ({"test": ([1.0, 2.0], [1.0, np.inf])}, None, DataError, "test, row 2: target and output must be finite"),
        ({"a": ([1.0], [1.0]), "b": ([[1.0, 2.0]], [[1.0, 2.0]])}, None, DataError, r"outputs \(a 1, b 2\)"),
        (PARTS, ["one"], ArgumentError, "names has 1 names for 2 outputs"),
        ({"test": (np.ones((3, 6)), np.ones((3, 6)))}, None, DataError, "6 outputs are more than 5"),
    ],
)
def test_mistakes(parts, names, error, words):
    with pytest.raises(error, match=words):
        regression(parts, names=names)


def test_a_run_without_its_examples_is_told():
    run = tw.train(tw.mlp(1, 2, 1), P, P, epochs=1, engine="numpy")
    with pytest.raises(ArgumentError, match="does not hold its examples"):
        regression(dataclasses.replace(run, recipe=None))
