"""The parameters on the way of a run, beside those of runs of so many epochs."""

import dataclasses

import numpy as np
import pytest

import thalweg as tw
from thalweg.training.waypoints import kept_of, waypoint_updates, waypoints, waypoints_of

P = np.linspace(-1, 1, 24)[:, None]
T = np.sin(3 * P)
NET = tw.mlp(1, 3, 1)
HOW = {"optimizer": "adam", "batch_size": 8, "engine": "numpy", "seed": 3}


def test_they_are_those_of_shorter_runs_to_the_bit():
    run = tw.train(NET, P, T, epochs=9, **HOW)
    found = list(waypoints(run, 4))
    assert [one.epoch for one in found] == [0, 1, 4, 9]
    for one in found[1:]:
        shorter = tw.train(NET, P, T, epochs=one.epoch, **HOW)
        np.testing.assert_array_equal(NET.ravel(one.params), NET.ravel(shorter.params))
    np.testing.assert_array_equal(NET.ravel(found[0].params), NET.ravel(run.recipe.params))
    assert kept_of(run, found) == 3


def test_of_few_epochs_single_updates_are_shown():
    run = tw.train(NET, P, T, epochs=2, **HOW)
    assert [(one.update, one.epoch) for one in waypoints(run, 60)] == [(k, k // 3) for k in range(7)]


def test_the_parameters_that_a_run_keeps_are_among_them():
    run = tw.train(NET, P[::2], T[::2], validation=(P[1::2], -T[1::2]), epochs=30, **{**HOW, "patience": 5})
    assert 0 <= run.best_epoch < run.epochs
    found = waypoints_of(run, 5)
    kept = found[kept_of(run, found)]
    assert kept.epoch == run.best_epoch
    np.testing.assert_array_equal(NET.ravel(kept.params), NET.ravel(run.params))
    (end,) = waypoints_of(run, 0)
    assert end.params is run.params


def test_a_run_that_diverged_is_shown_to_where_it_did():
    run = tw.train(NET, P, T, "mse", optimizer=tw.GradientDescent(1e30), epochs=20, engine="numpy")
    assert run.stopped_because == "diverged"
    assert [one.update for one in waypoints(run, 60)][-1] == run.updates


def test_updates_are_closer_in_the_beginning():
    for updates, steps, most in ((1000, 1, 20), (1000, 10, 20), (5, 1, 60), (0, 3, 10)):
        found = waypoint_updates(updates, steps, most)
        assert found == sorted(set(found))
        assert (found[0], found[-1]) == (0, updates)
        assert len(found) <= most + 1
        gaps = np.diff(found)
        assert (gaps[: len(gaps) // 2].sum() <= gaps[len(gaps) // 2 :].sum()) or updates < most
    assert 7 in waypoint_updates(1000, 1, 20, kept=7)


def test_a_run_without_its_recipe_is_refused():
    run = dataclasses.replace(tw.train(NET, P, T, epochs=1, **HOW), recipe=None)
    with pytest.raises(tw.ArgumentError, match="has no recipe"):
        next(waypoints(run))
