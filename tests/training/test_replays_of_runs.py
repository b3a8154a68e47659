"""Replays of runs that were stopped, of runs among many, of pretraining, of copies, and of what is no such run."""

import copy
import dataclasses
import pickle

import numpy as np
import pytest
from replayed_runs import VALIDATION, WEIGHTLESS, assert_same, trained
from training_cases import CHAIN, ENGINES, examples, vector

import thalweg as tw
from thalweg.core.arrays import tree_map
from thalweg.training.options import TrainingOptions
from thalweg.training.pretraining import train_autoencoder
from thalweg.training.replay import replay, replay_run


@pytest.fixture(params=ENGINES)
def engine(request):
    return request.param


STOPPED = {
    "patience": {"validation": VALIDATION, "patience": 3, "optimizer": tw.Momentum(0.6), "epochs": 80},
    "patience, no validation": {"patience": 3, "optimizer": tw.Momentum(0.9), "epochs": 80},
    "goal": {"goal": 0.17, "epochs": 80},
    "min_gradient": {"min_gradient": 0.12, "batch_size": "all", "epochs": 80},
    "diverged": {"loss": "sse", "optimizer": tw.GradientDescent(5.0), "net": tw.mlp(3, 5, 2, hidden="relu")},
    "callback": {"callbacks": [lambda end: tw.STOP if end.epoch == 4 else None]},
    "seconds": {"max_seconds": 0.0, "epochs": 10**6},
}


@pytest.mark.parametrize("case", STOPPED)
def test_a_run_that_was_stopped(case, engine):
    run = trained("batches", engine, **STOPPED[case])
    assert run.stopped_because == case.split(",")[0]
    assert run.updates < run.recipe.epochs * run.recipe.batch_order.steps
    opened = replay_run(run, run.updates)
    assert opened.replay_error.losses in (None, 0.0)
    assert opened.replay_error.epochs == run.epochs
    with pytest.raises(tw.ArgumentError, match=f"step {run.updates + 1}: the run ends with update {run.updates}$"):
        replay_run(run, run.updates + 1)
    if case not in ("callback", "seconds"):  # which no recipe knows
        with pytest.raises(tw.ArgumentError, match=f"the run ends with update {run.updates} \\({run.stopped_because}"):
            replay(run.recipe, run.updates + 1)


@pytest.mark.parametrize("case", STOPPED)
def test_the_step_that_leads_to_the_kept_parameters_is_known_as_that(case, engine):
    run = trained("batches", engine, **STOPPED[case])
    found = []
    for k in range(1, min(run.updates, 200) + 1):
        replay_error = replay_run(run, k).replay_error
        if replay_error.parameters is not None:
            assert replay_error.parameters == (0.0, 0.0)
            found.append(k)
    before_the_first = replay_run(run, 1).params
    assert len(found) == 1 or not (vector(before_the_first, run.network) != vector(run)).any()


def test_the_runs_stopping_rules_do_not_end_its_replay(engine):
    """On another machine a loss may round to the other side of a limit."""
    run = trained("batches", engine)
    stopping = run.recipe.hyperparameters.stopping._replace(goal=1e9, patience=1)
    hyperparameters = run.recipe.hyperparameters._replace(stopping=stopping)
    recipe = dataclasses.replace(run.recipe, hyperparameters=hyperparameters)
    assert_same(replay(recipe, 15, run.updates).params_after, run.params)
    with pytest.raises(tw.ArgumentError, match=r"step 15: the run ends with update 3 \(goal\)"):
        replay(recipe, 15)
    diverging = trained("batches", engine, **STOPPED["diverged"]).recipe
    with pytest.raises(
        tw.ArgumentError, match=r"the replay ends with update \d+ \(diverged\), sooner than the run, wh"
    ):
        replay(diverging, 15, updates=15)


MANY = {
    "rules": {"optimizer": [tw.Adam(0.01), tw.Adam(0.02), tw.Momentum(0.1)], "batch_size": "all"},
    "folds, seeds, validation": {
        "sample_weight": np.stack([WEIGHTLESS, WEIGHTLESS[::-1], WEIGHTLESS[::-1]]),
        "batch_size": 8,
        "seed": [4, 5, 6],
        "validation": VALIDATION,
        "patience": 2,
        "epochs": 30,
    },
}


@pytest.mark.parametrize("case", MANY)
def test_a_run_among_many(case):
    """A step of it is the step of the run alone: those differ in rounding, for they are other programs."""
    how = {"epochs": 5, "dtype": "float64", **MANY[case]}
    net = how.pop("net", CHAIN)
    P, T, _ = examples()
    runs = tw.train_many(net, P, T, **how)
    assert all(run.recipe.examples.T is runs[0].recipe.examples.T for run in runs)
    for number, run in enumerate(runs):
        own = {
            name: value[number]
            if isinstance(value, list) or (name == "sample_weight" and np.ndim(value) == 2)
            else value
            for name, value in how.items()
        }
        alone = tw.train(net, P, T, engine="xla", **own)
        for k in (1, run.updates // 2, run.updates):
            one, other = replay_run(run, k), replay_run(alone, k)
            assert_same(one.params_after, other.params_after)
            assert_same(one.batch.T, other.batch.T)
            assert_same(one.rows, other.rows)
            assert one.rule == other.rule
            assert one.replay_error.losses is None or one.replay_error.losses < 1e-9
    assert {run.engine for run in runs} == {"xla"}


@pytest.mark.parametrize("tied", [True, False])
def test_an_autoencoder_of_pretraining(tied, engine):
    P = examples()[0]
    start = tw.mlp(3, 4, 3).init(0)["layer1"]
    run = train_autoencoder(
        tw.Layer("h", 4, "tanh"),
        P,
        start,
        TrainingOptions("mse", batch_size=8, epochs=4, seed=1, dtype="float64", engine=engine),
        tied=tied,
        decoder="linear",
    )
    opened = replay_run(run, run.updates)
    assert opened.replay_error.parameters == (0.0, 0.0)
    assert opened.difference.relative < 1e-15
    first, second = (opened.params_after[name].weights for name in ("encoder", "decoder"))
    assert (first["input"] == second["encoder"].T).all() == tied


def test_a_run_can_be_pickled_and_copied_and_then_replayed(engine):
    run = trained("watched", engine)
    for other in (pickle.loads(pickle.dumps(run)), copy.deepcopy(run), copy.copy(run)):
        assert_same(replay_run(other, 9).params_after, replay_run(run, 9).params_after)
        assert replay_run(other, 9).replay_error.losses == 0.0
    assert "recipe" not in repr(run)


def test_a_replay_says_where_a_run_is_another_one(engine):
    run = trained("batches", engine)
    history = dataclasses.replace(run.history, loss=run.history.loss * [1, 1, 1.5, 1, 1])
    moved = tree_map(lambda x: x + np.float32(0.25), run.params)
    replay_error = replay_run(dataclasses.replace(run, history=history, params=moved), 15).replay_error
    assert replay_error.epochs == 5
    assert replay_error.losses == pytest.approx(1 / 3)
    assert replay_error.parameters.absolute == pytest.approx(0.25, rel=1e-5)
    assert replay_error.parameters.relative == pytest.approx(0.25 / np.abs(vector(moved, CHAIN)).max(), rel=1e-5)
    assert str(replay_error) == (
        "the losses of 5 epochs are the run's within 0.3 of their size; the parameters after it are the run's within "
        f"{replay_error.parameters.relative:.1g} of their size"
    )
    assert replay_run(dataclasses.replace(run, history=history), 8).replay_error.losses == 0.0
    assert str(replay_run(run, 2).replay_error) == "no epoch was completed, so no loss can be compared"
    assert str(replay_run(run, 3).replay_error) == "the losses of 1 epoch are the run's to the bit"


@pytest.mark.parametrize("k", [0, -1, 1.0, True, "3", None])
def test_a_step_that_is_no_number_of_an_update(k):
    run = trained("batches", "numpy")
    with pytest.raises(tw.ArgumentError, match="updates are counted from 1, and the run has 15"):
        replay_run(run, k)


def test_a_run_without_a_recipe_says_so():
    run = dataclasses.replace(trained("batches", "numpy"), recipe=None)
    with pytest.raises(tw.ArgumentError, match="this run has no recipe, so its steps cannot be replayed: use a run as"):
        replay_run(run, 1)


def test_a_run_keeps_no_batches(engine):
    """They would take more room than the run."""
    assert trained("batches", engine).recipe.batch_order._last == {}
