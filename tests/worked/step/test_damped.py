"""The damped system of a Levenberg-Marquardt step: the mu of the last step tried, accepted or rejected."""

import numpy as np
import pytest

import thalweg as tw
from thalweg.optimizers import LevenbergMarquardt

NET = tw.mlp(2, 3, 1)
PARAMS = NET.init(4)
P = np.random.default_rng(0).normal(size=(9, 2))
PERFECT = tw.forward(NET, PARAMS, P).output


def opened(rule, T):
    return tw.worked_step(NET, "sse", PARAMS, P, T, rule)


def last_tried(T, mu, increase, maximum):
    """By a plain loop: mu grows while no step lowers F, up to the maximum; the mu tried last, and if it was taken."""
    residuals = (tw.forward(NET, PARAMS, P).output - T).ravel()
    x, columns = NET.ravel(PARAMS), []
    for i in range(len(x)):
        ends = [tw.forward(NET, NET.unravel(x + h * np.eye(len(x))[i]), P).output for h in (1e-6, -1e-6)]
        columns.append((ends[0] - ends[1]).ravel() / 2e-6)
    J = np.stack(columns, axis=1)
    while True:
        delta = np.linalg.solve(J.T @ J + mu * np.eye(len(x)), -J.T @ residuals)
        new = (tw.forward(NET, NET.unravel(x + delta), P).output - T).ravel()
        if new @ new < residuals @ residuals:
            return mu, True
        if mu * increase > maximum:
            return mu, False
        mu *= increase


@pytest.mark.parametrize("numbers", [(1e-3, 10.0, 0.1, 1e3), (0.5, 4.0, 0.25, 40.0)])
@pytest.mark.parametrize("accelerated", [True, False])
def test_the_mu_of_a_step_that_was_rejected(numbers, accelerated):
    mu, increase, decrease, maximum = numbers
    step = opened(LevenbergMarquardt(mu, increase, decrease, maximum, accelerated), PERFECT)
    expected, taken = last_tried(PERFECT, mu, increase, maximum)
    assert not taken
    assert not step.system.accepted
    assert step.system.mu == pytest.approx(expected, rel=1e-12)
    assert "No damping up to its maximum lowers F: the weights stay." in step.show()
    (shown,) = [line.value for line in step.document().lines() if line.about.get("quantity") == "damping"]
    assert shown == step.system.mu


@pytest.mark.parametrize("mu", [1e-3, 1e-9])
def test_the_mu_of_a_step_that_was_taken(mu):
    T = PERFECT + np.random.default_rng(1).normal(size=PERFECT.shape)
    step = opened(LevenbergMarquardt(mu, 10.0, 0.1, 1e10, acceleration=False), T)
    expected, taken = last_tried(T, mu, 10.0, 1e10)
    assert taken
    assert step.system.accepted
    assert step.system.mu == pytest.approx(expected, rel=1e-12)
    solved = np.linalg.solve(step.system.matrix + step.system.mu * np.eye(NET.parameter_count), step.system.right)
    np.testing.assert_allclose(step.system.delta, solved, rtol=1e-5)
    np.testing.assert_allclose(NET.ravel(step.delta), solved, rtol=1e-5)


def test_numbers_that_change_with_the_step_are_those_of_the_step():
    fixed = opened(LevenbergMarquardt(0.5, 4.0, 0.25, 40.0), PERFECT)
    scheduled = LevenbergMarquardt(lambda k: 0.5 + k, lambda k: 4.0 + k, 0.25, lambda k: 40.0 - k)
    assert opened(scheduled, PERFECT).system.mu == fixed.system.mu
