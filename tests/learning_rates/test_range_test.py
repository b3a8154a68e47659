"""The range test: its rates, its losses, where it ends, what it recommends."""

import json

import numpy as np
import pytest

import thalweg as tw
from thalweg.learning_rates.range_test import _judged

RNG = np.random.default_rng(0)
P = RNG.normal(size=(100, 3))
T = P @ RNG.normal(size=(3, 1))
NET = tw.mlp(3, 1)


def run(**options):
    return tw.learning_rate_range_test(NET, P, T, **{"loss": "mse", "batch_size": "all", **options})


@pytest.mark.parametrize("optimizer", [tw.GradientDescent(), tw.Momentum(momentum=0.5), tw.Adam()])
@pytest.mark.parametrize("batch_size", ["all", 16])
def test_the_updates_are_those_of_training_with_a_rising_rate(optimizer, batch_size):
    test = run(optimizer=optimizer, batch_size=batch_size, lowest=1e-3, highest=0.1, updates=30, seed=3)
    np.testing.assert_allclose(test.rates, np.geomspace(1e-3, 0.1, 30), rtol=1e-12)
    rule = type(optimizer)(
        **{
            **{field.name: getattr(optimizer, field.name) for field in optimizer.numbers()},
            "learning_rate": lambda k: 1e-3 * 100 ** (k / 29),
        }
    )
    steps = 1 if batch_size == "all" else 7
    for updates in (steps, 14, 28):
        params = tw.train(
            NET, P, T, "mse", rule, batch_size, updates // steps, seed=3, dtype="float64", engine="numpy"
        ).params
        F, _ = tw.gradient(NET, "mse", params, P, T)
        np.testing.assert_allclose(test.losses[updates - 1], F, rtol=1e-8)


def test_it_bounces_above_the_largest_stable_rate():
    test = run(lowest=1e-4, highest=100.0)
    stable = tw.largest_stable_rate(NET, "mse", NET.init(0), P, T)
    assert test.bounced_at > stable
    assert test.losses[-1] > 4 * test.losses.min()
    assert len(test.rates) == len(test.losses) < 200
    np.testing.assert_allclose(test.recommended, 0.1 * test.lowest_at)
    assert abs(test.rates.tolist().index(test.lowest_at) - test.losses.argmin()) <= 3


def test_one_update_is_no_rise():
    with pytest.raises(tw.ArgumentError, match="updates is 1; a rate that rises needs two or more"):
        run(updates=1)


def test_a_bounce_is_neither_the_lowest_nor_the_fastest_fall():
    """One loss far above its neighbours, and one far below: each loss is judged together with its neighbours."""
    rates = np.geomspace(1e-4, 1.0, 200)
    losses = 1.0 - 0.9 / (1.0 + np.exp(-(np.arange(200) - 80) / 10))
    seen = np.concatenate([[1.0], losses])
    seen[150] += 0.1
    found = _judged(rates, seen)
    assert abs(rates.tolist().index(found.steepest_at) - 80) <= 2
    seen[150], seen[60] = losses[149], 0.05
    assert _judged(rates, seen).lowest_at > rates[150]


def test_without_a_bounce_all_rates_are_tried():
    test = run(lowest=1e-4, highest=1e-2, updates=50)
    assert test.bounced_at is None
    assert len(test.rates) == 50
    assert test.reason.startswith("the loss was lowest at 0.01, and it did not bounce up to 0.01")


def test_rounding_at_a_perfect_fit_is_no_bounce():
    P = np.random.default_rng(0).normal(size=(100, 3))
    stable = tw.largest_stable_rate(NET, "mse", NET.init(0), P, P[:, :1])
    rates = {"loss": "mse", "batch_size": "all", "lowest": 0.1 * stable, "updates": 4000}
    below = tw.learning_rate_range_test(NET, P, P[:, :1], **rates, highest=0.8 * stable)
    assert (below.losses[1:] > 4 * np.minimum.accumulate(below.losses)[:-1]).any()
    assert below.bounced_at is None


def test_where_nothing_falls_nothing_is_recommended():
    test = run(lowest=50.0, highest=100.0)
    assert (test.recommended, test.lowest_at, test.steepest_at) == (None, None, None)
    assert test.reason == "the loss did not fall at any rate; it bounced at 50"
    small = run(lowest=1e-9, highest=1e-8)
    assert small.recommended is None
    assert "did not bounce up to 1e-08" in small.reason


def test_a_loss_that_is_not_finite_is_a_bounce():
    test = run(lowest=1e200, highest=1e300)
    assert not np.isfinite(test.losses[-1])
    assert test.bounced_at == test.rates[-1]
    for last in (np.inf, np.nan):
        found = _judged(np.array([0.1, 0.2, 0.3]), np.array([1.0, 0.5, 0.4, last]))
        assert (found.bounced_at, found.lowest_at) == (0.3, 0.2)


def test_beyond_the_lowest_loss_none_is_the_steepest():
    found = _judged(np.arange(1.0, 7.0), np.array([1.0, 0.7, 0.6, 0.5, 0.4, 1.0, 0.45]))
    assert (found.steepest_at, found.bounced_at) == (1.0, None)


def test_of_many_examples_some_judge():
    P = RNG.normal(size=(5000, 3))
    test = tw.learning_rate_range_test(NET, P, P[:, :1], loss="mse", lowest=1e-3, highest=1.0, updates=100)
    assert 0.01 < test.recommended < 0.2
    assert test.losses[0] != pytest.approx(tw.gradient(NET, "mse", NET.init(0), P, P[:, :1])[0], rel=1e-6)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"optimizer": "rprop"}, "Rprop has no learning rate"),
        ({"optimizer": "lbfgs"}, "LBFGS has no learning rate"),
        ({"lowest": 1.0, "highest": 0.1}, "lowest is 1 and highest 0.1"),
        ({"lowest": 0.0}, "lowest is 0"),
        ({"lowest": 1e-300, "highest": 1e300}, "rising by at most 1e[+]100 times"),
        ({"seed": -1}, "seed is -1"),
        ({"updates": 0}, "updates is 0"),
        ({"batch_size": 1000}, "batch_size is 1000"),
        ({"params": NET.unravel(np.full(4, np.inf))}, "inf"),
    ],
)
def test_refuses(options, says):
    with pytest.raises(tw.ThalwegError, match=says):
        run(**options)


def test_as_plain_data():
    test = run(lowest=1e-4, highest=100.0)
    told = json.loads(json.dumps(test.to_dict(), allow_nan=False))
    assert told["rates"] == test.rates.tolist()
    assert (told["recommended"], told["reason"]) == (test.recommended, test.reason)
