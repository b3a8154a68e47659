"""What a trial of a training is made from, how long it may take, and who judges it: either side of each bound."""

import numpy as np
import pytest

import thalweg as tw
from thalweg.diagnosis.trials import FEWEST_EPOCHS, FEWEST_UPDATES, WORTH_TRYING, Trial
from thalweg.training.examples import Examples


def trial(rows=100, hidden=3, batch_size=None, rule=None, validation=None, **more):
    rng = np.random.default_rng(rows)
    P = rng.uniform(-1, 1, (rows, 2))
    examples = Examples({"input": P}, P[:, :1] * P[:, 1:], None)
    return Trial.of(
        tw.mlp(2, hidden, 1), tw.losses.MSE(), rule or tw.Adam(0.01), batch_size, examples, validation, **more
    )


@pytest.mark.parametrize(("rows", "trained", "held"), [(39, 39, 39), (40, 30, 10), (1000, 750, 250), (1001, 750, 250)])
def test_every_fourth_of_40_examples_or_more_judges(rows, trained, held):
    made = trial(rows)
    assert (len(made.examples.T), len(made.held.T)) == (trained, held)
    together = {tuple(row) for row in (*made.examples.inputs["input"], *made.held.inputs["input"])}
    assert len(together) == min(rows, 1000)


def test_of_many_examples_some_are_spread_over_all():
    P = np.arange(5000.0)[:, None]
    made = Trial.of(tw.mlp(1, 1), tw.losses.MSE(), tw.Adam(), None, Examples({"input": P}, P, None))
    seen = np.sort(np.concatenate([made.examples.T, made.held.T]).ravel())
    assert len(seen) == 1000
    assert (seen[0], seen[-1]) == (0.0, 4999.0)
    assert np.diff(seen).max() <= 6.0


def test_examples_for_validation_judge():
    others = trial(50)
    validation = Examples(others.examples.inputs, others.examples.T, None)
    made = trial(100, validation=validation)
    assert len(made.examples.T) == 100
    assert made.held.T is validation.T


@pytest.mark.parametrize(("size", "kept"), [(74, 74), (75, None), (76, None), (None, None)])
def test_a_batch_of_all_is_told_as_such(size, kept):
    assert trial(100, batch_size=size).batch_size == kept


@pytest.mark.parametrize(
    ("epochs", "batch_size", "expected"),
    [
        (0, None, FEWEST_UPDATES),  # one update an epoch
        (FEWEST_UPDATES + 7, None, FEWEST_UPDATES + 7),  # as many as the training
        (0, 5, FEWEST_EPOCHS),  # 15 updates an epoch
        (FEWEST_EPOCHS + 7, 5, FEWEST_EPOCHS + 7),
    ],
)
def test_how_many_epochs_a_trial_has(epochs, batch_size, expected):
    made = trial(100, batch_size=batch_size, epochs=epochs)
    assert made.affordable == expected
    assert (made.told == "") == (epochs >= expected)
    if made.told:
        assert made.told == f" for {expected:,} epochs"


def test_a_trial_that_would_take_long_has_fewer_epochs_or_is_none():
    sizes = [trial(1000, hidden=hidden, batch_size=10).affordable for hidden in (3, 100, 1000, 3000, 10_000)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] >= WORTH_TRYING
    assert 0 < min(size for size in sizes if size) < FEWEST_EPOCHS
    assert all(size == 0 or size >= WORTH_TRYING for size in sizes)
    assert sizes[-1] == 0
    few = trial(100, rule=tw.optimizers.LevenbergMarquardt(), hidden=3)
    many = trial(100, rule=tw.optimizers.LevenbergMarquardt(), hidden=100)
    assert few.affordable >= WORTH_TRYING
    assert many.affordable == 0


@pytest.mark.usefixtures("short_trials")
def test_a_trial_is_a_training_on_the_ground_judged_on_the_others():
    made = trial(100, epochs=100).changed(rule=tw.Adam(0.02))
    found = made.tried(seed=3)
    run = tw.train(
        made.net, made.examples.inputs, made.examples.T, "mse", tw.Adam(0.02), "all", made.affordable, seed=3
    )
    np.testing.assert_array_equal(found.passed.output, run.predict(made.held.inputs["input"]))
    assert found.T is made.held.T
    assert made.tried(seed=4).explained != found.explained
    np.testing.assert_array_equal(made.judged(made.net, run.params).passed.output, found.passed.output)
    twice = made.judged(made.net, run.params, {"input": 2 * made.held.inputs["input"]})
    assert not np.array_equal(twice.passed.output, found.passed.output)


@pytest.mark.usefixtures("short_trials")
def test_what_cannot_be_trained_is_none():
    made = trial(100)
    assert made.changed(loss=tw.losses.CrossEntropy()).tried() is None
    assert made.tried() is not None


def test_the_ground_of_a_run_is_what_it_was_made_from():
    P = np.random.default_rng(0).uniform(-1, 1, (30, 2))
    weight = np.r_[np.zeros(5), np.ones(25)]
    run = tw.train(
        tw.mlp(2, 3, 1), P, P[:, :1], optimizer=tw.Adam(0.02), batch_size=10, l2=0.1, epochs=3, sample_weight=weight
    )
    made = Trial.of_recipe(run.recipe, run.epochs)
    assert (made.l1, made.l2, made.epochs, made.batch_size, made.dtype) == (0.0, 0.1, 3, 10, "float32")
    np.testing.assert_array_equal(made.examples.inputs["input"], P[5:].astype(np.float32))
    assert made.rule == tw.Adam(0.02)
