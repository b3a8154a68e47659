"""What each epoch recorded, as rows over the epochs: what the axes hold."""

import numpy as np
import pytest
from figures import assert_whole, texts

import thalweg as tw
from thalweg.errors import ArgumentError, DataError
from thalweg.plots import training_state
from thalweg.training.history import History

P = np.linspace(-1, 1, 30)[:, None]
T = np.sin(4 * P)


@pytest.fixture(scope="module")
def run():
    judged = {"validation": (P[1::3], T[1::3]), "test": (P[2::3], T[2::3])}
    return tw.train(tw.mlp(1, 6, 1), P[::3], T[::3], optimizer="lm", epochs=9, engine="numpy", record="all", **judged)


def history(**recorded):
    epochs = len(next(iter(recorded.values())))
    return History(np.ones(epochs), None, None, recorded={name: np.array(values) for name, values in recorded.items()})


def test_a_row_each_shows_the_numbers_of_the_run(run):
    figure = training_state(run)
    names = ["gradient_norm", "mu", "validation_checks"]
    assert [ax.get_ylabel() for ax in figure.axes] == [name.replace("_", " ") for name in names]
    for ax, name in zip(figure.axes, names, strict=True):
        line = ax.lines[0]
        np.testing.assert_array_equal(line.get_xdata(), np.arange(1, run.epochs + 1))
        np.testing.assert_array_equal(line.get_ydata(), run.history[name])
        assert texts(ax)[0] == f"{run.history[name][-1]:.4g}\nin epoch {run.epochs}".replace("-", "\N{MINUS SIGN}")
    assert figure.axes[0].get_title(loc="left") == "Training state"
    assert run.explanation.split(";")[0] in texts(figure.axes[0])[1].replace("\n", " ")
    assert figure.axes[-1].get_xlabel() == "epoch"
    assert_whole(figure)


def test_names_choose_the_rows_in_their_order(run):
    figure = training_state(run.history, names=("test_loss", "mu"))
    assert [ax.get_ylabel() for ax in figure.axes] == ["test loss", "mu"]
    assert texts(figure.axes[0])[1:] == []


def test_what_spans_a_decade_has_a_logarithmic_axis():
    shown = history(mu=[1e-3, 9e-3], shift=[1e-3, 1.1e-2], rest=[0.0, 5.0], validation_checks=[1, 50])
    assert [ax.get_yscale() for ax in training_state(shown).axes] == ["linear", "log", "linear", "linear"]


def test_validation_checks_are_steps_and_stand_last():
    figure = training_state(history(validation_checks=[0, 1, 0], own=[3.0, 2.0, 1.0]))
    assert [ax.get_ylabel() for ax in figure.axes] == ["own", "validation checks"]
    assert figure.axes[1].lines[0].get_drawstyle() == "steps-post"


@pytest.mark.parametrize("values", [[0.5], [np.nan, np.inf, 1.0], [np.nan] * 3, [1e300, -1e300], [1e-320] * 2])
def test_odd_numbers_can_be_rendered(values):
    figure = training_state(history(own_part=values, validation_checks=[0.0] * len(values)))
    assert_whole(figure)


def test_a_long_training_is_drawn_by_its_extremes():
    values = np.random.default_rng(0).random(50_000) + 1
    values[31_000] = 9.0
    line = training_state(history(own=values)).axes[0].lines[0]
    assert len(line.get_xdata()) < 2500
    assert 9.0 in line.get_ydata()


@pytest.mark.parametrize(
    ("recorded", "names", "error", "words"),
    [
        ({"seconds": [1.0]}, None, DataError, "recorded nothing beside its losses: train with record='all'"),
        ({"mu": []}, None, DataError, "no epochs"),
        ({"mu": [1.0]}, ["gama"], ArgumentError, "unknown record 'gama': Known: loss"),
        ({"mu": [1.0]}, [], ArgumentError, "names is empty"),
        ({"mu": [1.0]}, ["mu"] * 9, ArgumentError, "9 rows are more than 8"),
    ],
)
def test_mistakes(recorded, names, error, words):
    with pytest.raises(error, match=words):
        training_state(history(**recorded), names=names)


def test_what_is_no_run():
    with pytest.raises(ArgumentError, match="run is 3"):
        training_state(3)  # pyright: ignore[reportArgumentType]
