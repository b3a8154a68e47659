"""The point and state before an update: those from which the trajectory's own next point follows."""

import numpy as np
import optax
import pytest

import thalweg as tw
from thalweg.optimizers import RULES

NET = tw.mlp(1, 2, 1, hidden="sigmoid", output="sigmoid")
P = np.linspace(-1, 1, 7)[:, None]
T = P**2
START = NET.init(3)
ACROSS = ("layer1[0,0]", "layer2[0]")


@pytest.mark.parametrize("name", ["gd", "momentum", "nesterov", "adam", "adamw", "rprop", "rmsprop", "lm", "bfgs"])
def test_its_step_leads_to_the_next_point_of_the_trajectory(name):
    rule = RULES.get(name)
    held = None if name in ("lm", "bfgs") else ACROSS
    taken = tw.trajectory(NET, "mse", START, P, T, rule, steps=4, only=held, l2=0.01)
    before = tw.surface.before_update(NET, "mse", START, P, T, rule, 4, only=held, l2=0.01)
    np.testing.assert_allclose(NET.ravel(before.params), taken.X[3], rtol=1e-12, atol=1e-14)
    fixed = [] if held is None else ["layer1[0]", "layer1[1]", "layer1[1,0]", "layer2[0,0]", "layer2[0,1]"]
    step = tw.worked_step(NET, "mse", before.params, P, T, rule, before.state, fixed=fixed, l2=0.01)
    np.testing.assert_allclose(NET.ravel(step.new_params), taken.X[4], rtol=1e-9, atol=1e-12)


def test_what_is_refused():
    with pytest.raises(tw.ThalwegError, match="state of a rule of optax is its own"):
        tw.surface.before_update(NET, "mse", START, P, T, optax.sgd(0.1), 1)
    with pytest.raises(tw.ThalwegError, match="moves all parameters"):
        tw.surface.before_update(NET, "mse", START, P, T, "lm", 1, only=ACROSS)
    with pytest.raises(tw.ThalwegError, match="k is 0"):
        tw.surface.before_update(NET, "mse", START, P, T, "gd", 0)


def test_the_state_of_what_is_held_is_0():
    before = tw.surface.before_update(NET, "mse", START, P, T, "momentum", 4, only=ACROSS)
    moved = np.flatnonzero(np.asarray(before.state.delta))
    np.testing.assert_array_equal(moved, np.flatnonzero(NET.ravel(before.params) != NET.ravel(START)))
