"""The damping's policy: which step is taken, how mu moves, and when the tries end; against a loop in plain floats."""

import numpy as np
import pytest

import thalweg as tw
from thalweg.optimizers.damping import LEAST_MU, Damping, Step

NO = np.asarray(False)


def policy(mu=1e-3, increase=10.0, decrease=0.1, maximum=1e10):
    return Damping(mu, increase, decrease, maximum)


def search(damping, value, step, x=None, mu=1e-3, predicted=None):
    """The tries from x, by default 1."""
    x = np.ones(1) if x is None else x
    return damping.search(x, value(x), np.asarray(mu), step, value, predicted or (lambda delta: np.asarray(1.0)))


def downhill(mu):
    """The damped step of F = x² at x = 1."""
    return Step(np.array([-1.0 / (1.0 + float(mu))]), None, NO)


def test_the_lower_of_the_two_steps_counts_also_where_the_other_is_no_number():
    def value(x):
        return np.where(x[0] > -0.5, np.nan, 0.0)

    short, long = np.array([-0.1]), np.array([-0.6])
    for step, is_accelerated in ((Step(short, long, NO), True), (Step(long, short, NO), False)):
        tries = policy().search(
            np.zeros(1), np.array(1.0), np.array(1.0), lambda mu, s=step: s, value, lambda delta: np.asarray(0.0)
        )
        assert (bool(tries.accepted), bool(tries.accelerated), int(tries.count)) == (True, is_accelerated, 1)
        np.testing.assert_array_equal(tries.x, long)


@pytest.mark.parametrize("wall", [0.9, 0.4, 0.05, 1e-3])
@pytest.mark.parametrize(("increase", "decrease"), [(10.0, 0.1), (3.0, 0.5)])
def test_the_tries_are_those_of_a_plain_loop(wall, increase, decrease):
    def value(x):
        return np.where(np.abs(x - 1.0).max() > wall, np.nan, x @ x)

    mu, count = 1e-3, 0
    while True:
        x, count = 1.0 - 1.0 / (1.0 + mu), count + 1
        if 1.0 - x <= wall:
            mu *= decrease
            break
        mu *= increase
    tries = search(policy(increase=increase, decrease=decrease), value, downhill)
    assert (int(tries.count), bool(tries.accepted)) == (count, True)
    np.testing.assert_allclose([float(tries.mu), tries.x[0], tries.F], [mu, x, x * x], rtol=1e-12)


def test_a_step_to_the_same_F_is_rejected():
    tries = search(policy(maximum=1.0), lambda x: np.asarray(1.0), downhill)
    assert not tries.accepted
    np.testing.assert_array_equal(tries.x, 1.0)


def test_mu_does_not_fall_below_its_least():
    assert search(policy(), lambda x: x @ x, downhill, mu=LEAST_MU).mu == LEAST_MU


def test_a_singular_system_of_any_try_is_told():
    """The first system is singular and its step too long; the second is regular and its step is taken."""

    def value(x):
        return np.where(np.abs(x - 1.0).max() > 0.95, np.nan, x @ x)

    def step(mu):
        return downhill(mu)._replace(singular=np.asarray(float(mu) < 0.01))

    tries = search(policy(), value, step)
    assert int(tries.count) > 2
    assert bool(tries.accepted)
    assert not step(tries.mu / 0.1).singular  # the step that was taken
    assert bool(tries.singular)
    assert not search(policy(), value, downhill).singular


@pytest.mark.parametrize(
    ("mu", "fall", "predicted", "stalled"),
    [  # the fall and what was predicted, as shares of F
        (1e-3, 0.0, 0.0, True),  # an undamped step that changes nothing, as the model foretells: the minimum
        (1e-4, 2.0**-52, 2.0**-52, True),
        (2e-3, 0.0, 0.0, False),  # the same of a step that the damping made short
        (1e6, 1e-16, 1e-16, False),
        (1e-3, 0.0, 1e-3, False),  # the model promised more
        (1e-3, 1e-3, 0.0, False),  # F fell
    ],
)
def test_a_step_that_was_accepted_is_the_last_only_if_undamped_and_of_no_use(mu, fall, predicted, stalled):
    for size in (1.0, 2.0**40, 2.0**-40):
        F = np.asarray(size)
        tries = search(policy(), lambda x: x @ x, downhill)._replace(
            mu=np.asarray(mu), F=F - fall * size, accepted=np.asarray(True), predicted=np.asarray(predicted * size)
        )
        assert bool(policy(mu=1e-3).has_stalled(F, tries)) == stalled
        assert bool(policy(mu=1e-3).has_stalled(F, tries._replace(accepted=NO)))


def test_the_two_rules_have_one_policy():
    for rule in (tw.LevenbergMarquardt(0.5, 4.0, 0.25, 9.0), tw.BayesianRegularization(0.5, 4.0, 0.25, 9.0)):
        assert rule.damping == Damping(mu=0.5, increase=4.0, decrease=0.25, maximum=9.0)
    assert (tw.LevenbergMarquardt().mu, tw.BayesianRegularization().mu) == (0.001, 0.005)
