import jax.numpy as jnp
import numpy as np
import pytest

from thalweg.training.stopping import DIVERGED, GOAL, MIN_GRADIENT, PATIENCE, RUNNING, StoppingCriteria, judge

ALL = StoppingCriteria(goal=0.5, min_gradient=0.1, patience=3)


@pytest.mark.parametrize("xp", [np, jnp])
@pytest.mark.parametrize(
    ("limits", "loss", "norm", "since_best", "code"),
    [
        (StoppingCriteria(), 1e30, 0.0, 10**9, RUNNING),
        (StoppingCriteria(), -1e30, None, 0, RUNNING),
        (ALL, 0.6, 0.2, 2, RUNNING),
        (ALL, 0.5, 0.2, 0, GOAL),
        (ALL, 0.6, 0.1, 0, MIN_GRADIENT),
        (ALL, 0.6, 0.2, 3, PATIENCE),
        (ALL, 0.5, 0.1, 3, GOAL),
        (ALL, 0.6, 0.1, 3, MIN_GRADIENT),
        (ALL, float("nan"), 0.0, 3, DIVERGED),
        (ALL, float("inf"), 0.2, 0, DIVERGED),
        (ALL, float("-inf"), 0.2, 0, DIVERGED),
    ],
)
def test_the_first_rule_that_ends_the_run(xp, limits, loss, norm, since_best, code):
    norm = None if norm is None else xp.asarray(norm)
    assert int(judge(limits, xp.asarray(loss), norm, xp.asarray(since_best))) == code
