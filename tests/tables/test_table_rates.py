"""Rates for a table: the runs are those that train_table would make."""

import functools

import numpy as np
import polars as pl
import pytest

import thalweg as tw

RNG = np.random.default_rng(0)
X = RNG.normal(size=(80, 2))
FRAME = pl.DataFrame({"x": X[:, 0], "z": X[:, 1], "y": np.sin(X[:, 0]) + X[:, 1]})
SETTINGS = tw.Settings(hidden=(6,), epochs=8, patience=None, activation="sigmoid", seed=3, initializer="uniform")


@pytest.mark.parametrize(("split", "optimizer"), [("70/15/15", "momentum"), ("85/0/15", "adam")])
def test_a_cell_is_the_training_with_its_options(split, optimizer):
    momenta = [0.3, 0.8] if optimizer == "momentum" else None
    settings = tw.Settings(**{**vars(SETTINGS), "split": split, "optimizer": optimizer, "weight_decay": 0.01})
    grid = tw.compare_rates(FRAME, "y", settings, learning_rates=[0.01, 0.1], momenta=momenta)
    for row, momentum in enumerate(momenta or [None]):
        for column, rate in enumerate([0.01, 0.1]):
            own = tw.Settings(**{**vars(settings), "learning_rate": rate, "momentum": momentum, "engine": "xla"})
            history = tw.train_table(FRAME, "y", own).run.history
            expected = history.loss[-1] if split == "85/0/15" else history.validation_loss.min()
            np.testing.assert_allclose(grid.errors[row, column], expected, rtol=1e-4)


def test_by_default_it_is_momentum_over_a_grid(monkeypatch):
    monkeypatch.setattr("thalweg.tables.rates.Settings", functools.partial(tw.Settings, epochs=10))
    seen = []
    grid = tw.compare_rates(FRAME, "y", on_prepared=lambda *told: seen.append(told))
    assert grid.momenta.tolist() == [0.0, 0.5, 0.8, 0.9, 0.95, 0.99]
    assert grid.options.startswith("--optimizer momentum --learning-rate ")
    ((prepared, net),) = seen
    assert (prepared.task, net.output.size) == ("regression", 1)


def test_a_validation_table_and_a_rate_that_is_set_do_what_they_should():
    with_rate = tw.Settings(**{**vars(SETTINGS), "optimizer": "momentum", "learning_rate": 5.0, "schedule": "cosine"})
    without = tw.Settings(**{**vars(SETTINGS), "optimizer": "momentum"})
    options = {"learning_rates": [0.05], "momenta": [0.5], "validation": FRAME.head(30)}
    one, other = (tw.compare_rates(FRAME, "y", settings, **options) for settings in (with_rate, without))
    assert one.errors == other.errors
    assert one.errors != tw.compare_rates(FRAME, "y", without, learning_rates=[0.05], momenta=[0.5]).errors


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"optimizer": "lm"}, "LevenbergMarquardt has no learning rate"),
        ({"seed": -1}, "seed is -1"),
        ({"hidden": (0,)}, "hidden layer 1 has size 0"),
    ],
)
def test_refuses(settings, says):
    with pytest.raises(tw.ArgumentError, match=says):
        tw.compare_rates(FRAME, "y", tw.Settings(**{**vars(SETTINGS), **settings}))
