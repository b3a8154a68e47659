"""The choice of settings, beside every mean that could be chosen."""

import itertools

import numpy as np
import pytest

from thalweg.ensembles.selection import choose

RNG = np.random.default_rng(0)
T = RNG.normal(size=(60, 1))
OUTPUTS = [T + noise * RNG.normal(size=T.shape) for noise in (0.5, 0.6, 3.0)]


def loss_of(mean: np.ndarray) -> float:
    return float(np.mean((T - mean) ** 2))


LOSSES = [loss_of(one) for one in OUTPUTS]


def test_the_mean_is_better_than_the_best_alone_and_nearly_the_best_mean() -> None:
    weights = choose(OUTPUTS, LOSSES, loss_of)
    assert sum(weights) == pytest.approx(1.0)
    found = loss_of(np.average(OUTPUTS, axis=0, weights=weights))
    every = [
        np.array(counts) / sum(counts) for counts in itertools.product(range(16), repeat=3) if 0 < sum(counts) <= 15
    ]
    least = min(loss_of(np.average(OUTPUTS, axis=0, weights=one)) for one in every)
    assert least * (1 - 1e-6) <= found < 1.02 * least
    assert found < min(LOSSES)


def test_one_that_is_always_better_is_alone() -> None:
    assert choose([T, T + 1.0, T + 2.0], [0.0, 1.0, 4.0], loss_of) == (1.0, 0.0, 0.0)


def test_settings_that_diverged_are_left_out() -> None:
    bad = np.full(T.shape, np.nan)
    assert choose([bad, *OUTPUTS[:2]], [np.inf, *LOSSES[:2]], loss_of)[0] == 0.0
    assert choose([bad, bad], [np.inf, np.inf], loss_of) == (1.0, 0.0)


def test_the_lowest_loss_of_all_rounds_is_kept() -> None:
    """After an even number of rounds the two make up for each other, after the last, the fifteenth, they do not."""
    assert choose([T - 1.0, T + 1.0], [1.0, 1.0], loss_of) == (0.5, 0.5)
