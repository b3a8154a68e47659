"""The curve over one input, targets and errors: what the axes hold."""

import numpy as np
import pytest
from figures import assert_whole, legend, named, texts
from matplotlib.figure import Figure

import thalweg as tw
from thalweg.errors import ArgumentError, DataError
from thalweg.plots import fit

P = np.linspace(-2, 3, 20)[:, None]
T = np.column_stack([np.sin(P[:, 0]), P[:, 0] ** 2])
PARTS = {"training": (P[::2], T[::2, 0]), "test": (P[1::2, 0], T[1::2, :1])}


def parabola(P):
    return P**2


@pytest.fixture(scope="module")
def run():
    return tw.train(tw.mlp(1, 4, 2), P[::2], T[::2], optimizer="lm", epochs=3, engine="numpy", test=(P[1::2], T[1::2]))


def test_the_curve_the_targets_and_the_errors_are_those_of_the_run(run):
    figure = fit(run, output=2)
    ax = figure.axes[0]
    x, y = named(ax, "output").get_data()
    np.testing.assert_allclose(y, run.predict(x[:, None])[:, 1], rtol=1e-12)
    assert x[0] < -2 < 3 < x[-1]
    for collection, (name, rows) in zip(
        ax.collections, {"training": slice(0, None, 2), "test": slice(1, None, 2)}.items(), strict=True
    ):
        np.testing.assert_array_equal(named(ax, name).get_xydata(), np.column_stack([P[rows], T[rows, 1]]))
        outputs = run.predict(P[rows])[:, 1]
        for (start, end), p, t, a in zip(collection.get_segments(), P[rows, 0], T[rows, 1], outputs, strict=True):
            np.testing.assert_allclose([start[0], end[0], *sorted([start[1], end[1]])], [p, p, *sorted([t, a])])
    root = np.sqrt(np.mean((run.predict(P)[:, 1] - T[:, 1]) ** 2))
    assert texts(ax) == [f"20 examples, root mean square error {root:.3g}"]
    assert legend(ax) == ["output", "error", "training", "test"]
    assert_whole(figure)


def test_a_function_is_drawn_over_the_examples_that_are_given():
    ax = fit(parabola, {**PARTS, "more": ([0.0, 1.0], [np.nan, 5.0])}).axes[0]
    np.testing.assert_array_equal(named(ax, "test").get_ydata(), T[1::2, 0])
    np.testing.assert_array_equal(named(ax, "more").get_xydata(), [[1.0, 5.0]])
    assert texts(ax)[0].startswith("21 examples")


@pytest.mark.parametrize("scale", [1e-9, 1e9])
def test_odd_values_can_be_rendered(scale):
    assert_whole(fit(lambda P: P * scale, {"training": ([scale, 3 * scale], [scale**2, 2 * scale**2])}))
    assert_whole(fit(parabola, {"one": ([2.0], [4.0])}))


def test_axes_of_another_figure(run):
    figure = Figure()
    assert fit(run, ax=figure.add_subplot()) is figure


@pytest.mark.parametrize(
    ("parts", "more", "error", "words"),
    [
        (None, {}, ArgumentError, "parts is None; it must be a dict such as {'training': "),
        ({"a": [1.0]}, {}, ArgumentError, "it must be a dict such as"),
        (
            {"a": (np.ones((3, 2)), np.ones(3))},
            {},
            DataError,
            "drawn over one input, not over 2 inputs: use plots.regr",
        ),
        ({"a": ([1.0], [1.0, 2.0])}, {}, DataError, r"a: inputs and targets must be of as many examples, not \(1, 1\)"),
        ({"a": ([np.nan], [1.0])}, {}, DataError, "a: an input or a target is not a finite number"),
        ({"a": ([1.0], [[1.0, 2.0]])}, {}, DataError, r"a: targets must be \(examples, outputs\) = \(1, 1\)"),
        (PARTS, {"output": 2}, ArgumentError, "output is 2; it must be a whole number from 1 to 1"),
    ],
)
def test_mistakes(parts, more, error, words):
    with pytest.raises(error, match=words):
        fit(parabola, parts, **more)


def test_a_network_of_more_inputs_and_a_function_that_gives_something_else_are_told():
    run = tw.train(tw.mlp(2, 2, 1), np.ones((3, 2)), np.ones((3, 1)), epochs=1, engine="numpy")
    with pytest.raises(DataError, match="not over 2 inputs"):
        fit(run)
    with pytest.raises(DataError, match=r"gives outputs of shape \(1, 1\) for 401 examples"):
        fit(lambda P: P[:1], PARTS)
    with pytest.raises(DataError, match="not finite"):
        fit(lambda P: P * np.inf, PARTS)
