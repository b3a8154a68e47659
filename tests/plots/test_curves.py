"""Learning curves: what the axes hold."""

import math

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import thalweg as tw
from thalweg.errors import ArgumentError, DataError
from thalweg.plots import learning_curves


def named(figure, label):
    (line,) = [line for line in figure.axes[0].lines if line.get_label().startswith(label)]
    return line


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def test_epoch_k_is_drawn_at_k():
    figure = learning_curves([3.0, 2.0, 1.0], [4.0, 2.5, 2.75])
    np.testing.assert_array_equal(named(figure, "training").get_xydata(), [[1, 3], [2, 2], [3, 1]])
    np.testing.assert_array_equal(named(figure, "validation").get_xydata(), [[1, 4], [2, 2.5], [3, 2.75]])
    assert figure.axes[0].get_xlim() == (1, 3)


def test_the_curves_differ_in_colour_and_in_dashes():
    figure = learning_curves([3.0, 2.0], [4.0, 2.5])
    training, validation = named(figure, "training"), named(figure, "validation")
    assert training.get_color() != validation.get_color()
    assert training.get_linestyle() != validation.get_linestyle()
    assert [text.get_text() for text in figure.axes[0].get_legend().get_texts()] == ["training", "validation"]


@pytest.mark.parametrize(("validation", "value"), [(None, 2.0), ([4.0, 2.5, 2.75], 2.5)])
def test_the_best_epoch_is_marked_on_the_curve_that_chose_it(validation, value):
    figure = learning_curves([3.0, 2.0, 1.0], validation, best_epoch=2)
    mark = named(figure, "best: epoch 2")
    np.testing.assert_array_equal(mark.get_xydata(), [[2, value]])
    assert mark.get_label() == f"best: epoch 2 ({value:g})"


def test_why_training_stopped_is_said_as_it_is_written():
    figure = learning_curves([3.0, 2.0], stopped_because="$goal$ reached", loss_name="m_s_e $x$")
    assert texts(figure) == ["Stopped: $goal$ reached"]
    assert not figure.axes[0].texts[0].get_parse_math()
    assert figure.axes[0].get_ylabel() == "m_s_e $x$"
    assert not figure.axes[0].yaxis.label.get_parse_math()


@pytest.mark.parametrize(
    ("loss", "validation", "scale"),
    [
        ([1.0, 0.5, 0.0101], None, "linear"),
        ([1.0, 0.5, 0.0099], None, "log"),
        ([1.0, 0.5, 0.02], [1.0, 0.5, 0.009], "log"),
        ([1.0, 0.5, 0.0], None, "linear"),
        ([1.0, 0.5, -0.001], None, "linear"),
        ([1.0, math.inf, 0.5], None, "linear"),
        ([1.0, math.nan, 0.005], None, "log"),
    ],
)
def test_losses_over_two_decades_are_drawn_on_a_logarithmic_axis(loss, validation, scale):
    assert learning_curves(loss, validation).axes[0].get_yscale() == scale


def test_non_finite_losses_are_gaps_with_a_word():
    figure = learning_curves([1.0, math.nan, 0.5, math.inf, 0.4, 0.3], best_epoch=2)
    np.testing.assert_array_equal(named(figure, "training").get_ydata(), [1, np.nan, 0.5, np.nan, 0.4, 0.3])
    assert named(figure, "training").get_marker() == "o"  # or the losses of epochs 1 and 3 could not be seen
    assert texts(figure) == ["2 non-finite losses are left out"]
    assert not any(line.get_label().startswith("best") for line in figure.axes[0].lines)


@pytest.mark.parametrize(("loss", "marker"), [([0.5], "o"), ([2.0, 1.0], "None"), ([2.0, math.nan], "o")])
def test_a_point_alone_is_seen(loss, marker):
    assert named(learning_curves(loss), "training").get_marker() == marker


@pytest.mark.parametrize("loss", [[0.5], [math.nan] * 3, [0.693147, 0.693146], [1e300, -1e300]])
def test_odd_losses_can_be_rendered(loss):
    figure = learning_curves(loss, loss, best_epoch=1, stopped_because="a reason " * 100)
    FigureCanvasAgg(figure).draw()
    ticks = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert len(set(ticks)) == len(ticks)
    assert figure.axes[0].yaxis.get_offset_text().get_text() == ""


def test_a_long_curve_keeps_its_ends_and_extremes():
    random = np.random.default_rng(0)
    loss = random.random(100_000)
    loss[[31_415, 92_653]] = 9.0, -9.0
    loss[50_000] = math.nan
    at, shown = named(learning_curves(loss), "training").get_data()
    assert len(at) < 2500
    kept = ~np.isnan(shown)
    np.testing.assert_array_equal(shown[kept], loss[at[kept] - 1])
    assert (np.diff(at) > 0).all()
    assert {1, 31_416, 92_654, 100_000} <= set(at)
    assert list(at[~kept]) == [50_001]


def test_axes_of_another_figure():
    whole = Figure()
    left, _ = whole.subfigures(1, 2)
    ax = left.add_subplot()
    assert learning_curves([1.0, 2.0], ax=ax) is whole
    assert len(ax.lines) == 1


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"loss": []}, DataError, "one epoch or more"),
        ({"loss": [1.0], "validation_loss": [1.0, 2.0]}, DataError, "1 and 2 epochs"),
        ({"loss": [1.0], "best_epoch": 2}, ArgumentError, "epochs 1 to 1, not 2"),
        ({"loss": [1.0], "best_epoch": 0}, ArgumentError, "epochs 1 to 1, not 0"),
    ],
)
def test_mistakes(arguments, error, words):
    with pytest.raises(error, match=words):
        learning_curves(**arguments)


def trained(**changes):
    P = np.linspace(-2, 2, 40)[:, None]
    T = np.sin(2 * P)
    settings = {"epochs": 30, "optimizer": tw.Adam(0.02), "engine": "numpy"} | changes
    validation = (P[1::2], T[1::2]) if settings.pop("validated", False) else None
    return tw.train(tw.mlp(1, 6, 1), P[::2], T[::2], validation=validation, **settings)


def test_a_run_brings_its_losses_and_its_end():
    run = trained(validated=True, patience=5, epochs=500, optimizer=tw.Adam(0.1))
    ax = learning_curves(run).axes[0]
    epochs = np.arange(1, run.epochs + 1)
    np.testing.assert_array_equal(
        named(ax.figure, "training").get_xydata(), np.column_stack([epochs, run.history.loss])
    )
    np.testing.assert_array_equal(named(ax.figure, "validation").get_ydata(), run.history.validation_loss)
    best = named(ax.figure, f"best: epoch {run.best_epoch} (")
    assert tuple(best.get_xydata()[0]) == (run.best_epoch, run.history.validation_loss.min())
    end = named(ax.figure, f"stopped: epoch {run.epochs}")
    assert tuple(end.get_xydata()[0]) == (run.epochs, run.history.loss[-1])
    assert ax.get_ylabel() == "mse"
    assert texts(ax.figure)[0].replace("\n", " ") == f"Stopped: {run.explanation}"


def test_what_is_given_stands_before_what_the_run_says():
    run = trained(validated=True)
    figure = learning_curves(run, run.history.loss, best_epoch=3, stopped_because="I was tired", loss_name="F")
    assert named(figure, "best: epoch 3")
    np.testing.assert_array_equal(named(figure, "validation").get_ydata(), run.history.loss)
    assert texts(figure) == ["Stopped: I was tired"]
    assert figure.axes[0].get_ylabel() == "F"


def test_a_run_that_kept_its_last_parameters_has_no_best_epoch():
    figure = learning_curves(trained())
    assert not any(line.get_label().startswith("best") for line in figure.axes[0].lines)


def test_epochs_that_were_not_judged_are_bridged():
    run = trained(validated=True, validate_every=7)
    figure = learning_curves(run)
    line = named(figure, "validation")
    np.testing.assert_array_equal(line.get_xdata(), [7, 14, 21, 28])
    np.testing.assert_array_equal(line.get_ydata(), run.history.validation_loss[6::7])
    assert line.get_marker() == "o"
    assert not any("left out" in text for text in texts(figure))
    assert tuple(named(figure, "stopped").get_xydata()[0]) == (30, run.history.loss[-1])


def test_a_validation_loss_that_was_judged_and_is_not_finite_is_told():
    figure = learning_curves([1.0] * 6, [math.nan, 0.5, math.nan, math.nan, math.nan, 0.4])
    assert texts(figure) == ["1 non-finite loss is left out"]  # that of epoch 4
    figure = learning_curves([1.0] * 4, [math.nan, 0.5, 0.4, math.inf])
    assert texts(figure) == ["2 non-finite losses are left out"]


def test_a_run_that_diverged_is_drawn_up_to_there(caplog):
    run = trained(optimizer=tw.GradientDescent(50.0))
    assert run.stopped_because == "diverged"
    figure = learning_curves(run)
    epoch, loss = named(figure, f"stopped: epoch {len(run.history.loss)}").get_xydata()[0]
    assert loss == run.history.loss[int(epoch) - 1] == run.history.loss[np.isfinite(run.history.loss)][-1]
    assert "diverged" in texts(figure)[0]


def test_a_loss_without_a_registered_name_is_told_by_its_class():
    class Own(tw.losses.MSE):
        pass

    assert learning_curves(trained(loss=Own(), epochs=2)).axes[0].get_ylabel() == "Own"


def test_losses_of_another_shape():
    with pytest.raises(DataError, match=r"the training loss must be one number for each epoch, not of shape \(1, 1\)"):
        learning_curves([[1.0]])
    with pytest.raises(DataError, match="the validation loss"):
        learning_curves([1.0], [[1.0]])


def test_the_test_curve_stands_beside_the_others_and_chooses_nothing():
    figure = learning_curves([3.0, 2.0, 1.0], [4.0, 2.5, 2.75], [5.0, 3.0, 2.0], best_epoch=2)
    np.testing.assert_array_equal(named(figure, "test").get_ydata(), [5, 3, 2])
    assert tuple(named(figure, "best").get_xydata()[0]) == (2, 2.5)
    assert len({line.get_color() for line in figure.axes[0].lines[:3]}) == 3
    alone = learning_curves([3.0, 2.0], None, [4.0, 3.0], best_epoch=2)
    assert tuple(named(alone, "best").get_xydata()[0]) == (2, 2.0)
    with pytest.raises(DataError, match="loss and test_loss must be as long as each other, not 1 and 2 epochs"):
        learning_curves([1.0], None, [1.0, 2.0])


def test_a_run_brings_its_test_losses():
    P = np.linspace(-1, 1, 20)[:, None]
    run = tw.train(
        tw.mlp(1, 3, 1), P[::2], P[::2] ** 2, epochs=4, engine="numpy", test=(P[1::2], P[1::2] ** 2), validate_every=2
    )
    line = named(learning_curves(run), "test")
    np.testing.assert_array_equal(
        line.get_xydata(), [[2, run.history["test_loss"][1]], [4, run.history["test_loss"][3]]]
    )
