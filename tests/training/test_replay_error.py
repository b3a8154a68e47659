"""How far a replay is from its run: by hand, and what it says of numbers that are not finite."""

import numpy as np
import pytest

import thalweg as tw
from thalweg.training.replay_error import Difference, ReplayDifference, difference, replay_error

NET = tw.mlp(1, 2, 1)
X = np.array([0.5, -8.0, 1.0, 2.0, 3.0, -4.0, 0.0])


def apart(x, other=X):
    return difference(NET, NET.unravel(x), NET.unravel(other))


def test_the_largest_difference_and_its_share_of_the_largest_parameter():
    x = X.copy()
    x[[0, 3]] += 0.25, -2.0
    assert apart(x) == Difference(2.0, 0.25)
    assert apart(X, x) == Difference(2.0, 0.25)
    assert apart(X) == Difference(0.0, 0.0)
    assert apart(X, 0.0 * X) == Difference(8.0, np.inf)
    endless = np.where(X == 3.0, np.inf, X)
    assert apart(np.where(X == 2.0, 1.0, endless), endless) == Difference(1.0, 1.0)


@pytest.mark.parametrize(("one", "other", "far"), [(np.nan, np.nan, 0.0), (np.inf, np.nan, 0.0), (np.inf, 1.0, np.inf)])
def test_two_numbers_that_are_not_finite_are_alike_and_one_is_infinitely_far(one, other, far):
    x, y = X.copy(), X.copy()
    x[2], y[2] = one, other
    assert apart(x, y).absolute == far
    params = NET.unravel(X)
    assert replay_error(NET, np.array([1.0, one]), np.array([1.0, other]), params, None).losses == far


def test_losses_are_compared_with_those_of_as_many_epochs_by_the_larger_of_two():
    params, kept = NET.unravel(X + 2.0), NET.unravel(X)
    found = replay_error(NET, np.array([4.0, -1.0]), np.array([4.0, -1.25, 1e9]), params, kept)
    assert found == ReplayDifference(2, 0.2, Difference(2.0, 0.25))
    assert replay_error(NET, np.array([5.0]), np.array([4.0]), params, None) == ReplayDifference(1, 0.2, None)
    assert replay_error(NET, np.array([]), np.array([4.0]), params, None) == ReplayDifference(0, None, None)


def test_it_is_told_in_a_sentence():
    assert str(ReplayDifference(0, None, None)) == "no epoch was completed, so no loss can be compared"
    assert str(ReplayDifference(1, 0.0, None)) == "the losses of 1 epoch are the run's to the bit"
    told = str(ReplayDifference(3, 1e-7, Difference(0.5, 2e-7)))
    assert told == (
        "the losses of 3 epochs are the run's within 1e-07 of their size; "
        "the parameters after it are the run's within 2e-07 of their size"
    )
