"""A fitted network in the units of its arrays: figures drawn in these, and no way to mistake the run inside for it."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

import thalweg as tw

RNG = np.random.default_rng(2)
P = RNG.uniform(0, 10, (50, 1))
T = np.column_stack([300 + 100 * np.sin(P[:, 0] / 2), np.where(np.arange(50) % 5 == 0, np.nan, P[:, 0] ** 2)])
QUICK = {"hidden": 4, "epochs": 15, "engine": "numpy", "targets": "ignore_nan"}


@pytest.fixture(scope="module")
def fit():
    return tw.fitnet(P, T, **QUICK)


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


def test_its_parts_are_the_arrays_and_their_answers(fit):
    assert list(fit.parts) == ["training", "validation", "test"]
    for name, rows in (("training", fit.rows.train), ("validation", fit.rows.validation), ("test", fit.rows.test)):
        inputs, targets, answers = fit.parts[name]
        np.testing.assert_array_equal(inputs, P[rows])
        np.testing.assert_array_equal(targets, T[rows])
        np.testing.assert_array_equal(answers, fit.predict(P[rows]))
    classes = tw.patternnet(P, np.where(P[:, 0] > 5, "b", "a"), hidden=2, epochs=5, engine="numpy")
    _, targets, answers = classes.parts["test"]
    assert targets.shape == answers.shape == (len(classes.rows.test), 2)
    np.testing.assert_array_equal(targets[:, 1], P[classes.rows.test, 0] > 5)


def drawn(ax):
    """The points of the examples."""
    line = next(line for line in ax.lines if line.get_label() == "examples")
    return np.column_stack(line.get_data())


def test_figures_are_in_the_units_of_the_targets(fit):
    figure = tw.plots.regression(fit)
    assert [ax.get_title(loc="left") for ax in figure.axes[::4]] == ["y1: training", "y2: training"]
    points = drawn(figure.axes[0])
    rows = fit.rows.train
    np.testing.assert_allclose(points, np.column_stack([T[rows, 0], fit.predict(P[rows])[:, 0]]), rtol=1e-9)
    assert figure.axes[0].get_xlabel() == "target t"
    assert tw.plots.error_histogram_by_part(fit, output=1).axes[0].get_xlabel() == "error: target − output"
    ax = tw.plots.fit(fit).axes[0]
    curve = next(line for line in ax.lines if line.get_label() == "output")
    np.testing.assert_allclose(curve.get_ydata(), fit.predict(curve.get_xdata()[:, None])[:, 0], rtol=1e-9)
    training = next(line for line in ax.lines if line.get_label() == "training")
    np.testing.assert_array_equal(training.get_xdata(), P[rows, 0])
    assert ax.get_xlabel() == "input"
    np.testing.assert_array_equal(
        tw.plots.training_state(fit).axes[0].lines[0].get_ydata(),
        tw.plots.training_state(fit.run).axes[0].lines[0].get_ydata(),
    )
    assert tw.plots.learning_curves(fit).axes[0].get_ylabel() == "mse, scaled"
    assert tw.plots.network_diagram(fit).axes


def test_figures_of_the_run_inside_say_that_they_are_scaled(fit):
    axes = tw.plots.regression(fit.run).axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("target t, scaled", "output a, scaled")
    assert tw.plots.error_histogram_by_part(fit.run).axes[0].get_xlabel() == "error: target − output, scaled"
    ax = tw.plots.fit(fit.run).axes[0]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("input, scaled", "output and target, scaled")
    assert max(abs(drawn(axes)[:, 0])) <= 1.0 + 1e-12


def test_the_run_inside_takes_no_inputs_of_the_arrays(fit):
    assert "its numbers are scaled, as the network has them" in str(fit.run)
    for run in (fit.run, fit.run.more(2)):
        with pytest.raises(tw.ArgumentError, match=r"of scaled numbers: use fit.predict\(P\), or for scaled inputs X"):
            run.predict(P)
    scaled = 2 * (P - P[fit.rows.train].min()) / np.ptp(P[fit.rows.train]) - 1
    outputs = tw.forward(fit.run.network, fit.run.params, scaled).output
    low, high = np.nanmin(T[fit.rows.train], axis=0), np.nanmax(T[fit.rows.train], axis=0)
    np.testing.assert_allclose(fit.predict(P), (outputs + 1) / 2 * (high - low) + low, rtol=1e-9)
    assert fit.run.findings is not None
    assert tw.diagnose(fit).examples == len(fit.rows.train)


def test_regions_of_a_fitted_network():
    two = RNG.uniform(-1, 1, (40, 2))
    labels = np.where(two[:, 0] > 0, "b", "a")
    fit = tw.patternnet(two, labels, hidden=2, epochs=10, engine="numpy")
    assert tw.plots.decision_regions(fit, two, labels, resolution=10).axes


@pytest.mark.parametrize("wrong", [3, "text", None])
def test_what_is_no_fitted_network(wrong):
    with pytest.raises(tw.ArgumentError):
        tw.plots.regression(wrong)
    with pytest.raises(tw.ArgumentError):
        tw.plots.training_state(wrong)


def test_scores_tell_the_rows_of_each_target(fit):
    counts = (~np.isnan(T[fit.rows.test])).sum(axis=0)
    scores = fit.scores["test"]
    assert scores.in_words().endswith(f"; {counts[0]} rows of y1, {counts[1]} of y2")
    heads, rows = scores.table()
    assert heads[-1] == "rows"
    assert [row[-1] for row in rows] == [str(count) for count in counts]
    whole = tw.fitnet(P, np.nan_to_num(T), **QUICK).scores["test"]
    assert whole.in_words().endswith(f"; {counts[0]} rows")
    assert whole.table()[0][-1] != "rows"
