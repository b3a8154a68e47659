"""When a run ends: the order of the rules, and Prechelt's protocol beside a plain loop of it."""

import functools

import jax.numpy as jnp
import numpy as np
import pytest
from training_cases import CHAIN, ENGINES, by_hand, epoch_losses, examples

import thalweg as tw
from thalweg.training.batch_order import make_batch_order
from thalweg.training.stopping import (
    DIVERGED,
    GENERALIZATION,
    GOAL,
    MIN_GRADIENT,
    NO_PROGRESS,
    PATIENCE,
    RUNNING,
    STALLED,
    TOLERANCE,
    StoppingCriteria,
    judge,
    judge_generalization,
    judge_progress,
    judge_tolerance,
)

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


@pytest.mark.parametrize("xp", [np, jnp])
@pytest.mark.parametrize(
    ("loss", "norm", "since_best", "code"),
    [
        (0.6, 0.2, 0, STALLED),
        (0.6, 0.2, 3, STALLED),
        (0.6, 0.1, 3, MIN_GRADIENT),
        (0.5, 0.2, 3, GOAL),
        (float("nan"), 0.2, 0, DIVERGED),
    ],
)
def test_a_rule_that_has_stalled_comes_after_the_goal_and_the_gradient(xp, loss, norm, since_best, code):
    found = judge(ALL, xp.asarray(loss), xp.asarray(norm), xp.asarray(since_best), xp.asarray(True))
    assert int(found) == code


def test_at_its_limit_neither_loss_of_generalization_nor_progress_ends_a_run():
    limits = StoppingCriteria(generalization_loss=100.0, min_progress=1000.0)
    for validation_loss, code in ((2.0, RUNNING), (2.01, GENERALIZATION)):  # of a least of 1.0: 100 % and 101 % above
        assert int(judge_generalization(limits, RUNNING, np.float64(validation_loss), 1.0)) == code
    for total, code in ((8.0, RUNNING), (7.9, NO_PROGRESS)):  # of four losses whose least is 1.0
        assert int(judge_progress(limits, RUNNING, np.float64(total), 1.0, 4)) == code
    assert int(judge_generalization(limits, GOAL, np.float64(9.0), 1.0)) == GOAL
    assert int(judge_progress(limits, GOAL, np.float64(4.0), 1.0, 4)) == GOAL


def test_idle_epochs_end_a_run_that_nothing_else_has_ended():
    limits = StoppingCriteria(tolerance_epochs=3)
    for before, idle, code in ((RUNNING, 2, RUNNING), (RUNNING, 3, TOLERANCE), (GOAL, 3, GOAL), (STALLED, 4, STALLED)):
        assert int(judge_tolerance(limits, before, np.asarray(idle))) == code


STRIP = 5
VALIDATION = examples(11, 6)[:2]


@functools.cache
def errors(rate):
    """The training and the validation error of each of 40 epochs, by hand; so large a rate that they rise and fall."""
    P, T, _ = examples()
    rows = make_batch_order(23, 8, "shuffle", 0).rows(0, 40)
    path, losses = by_hand(CHAIN, P, T, "mse", tw.optimizers.Momentum(rate), rows, CHAIN.init(0))
    P_va, T_va = VALIDATION
    after = path[rows.shape[1] :: rows.shape[1]]
    return epoch_losses(losses, rows, 23), [np.mean((tw.forward(CHAIN, x, P_va).output - T_va) ** 2) for x in after]


def prechelt(E_tr, E_va, most_lost, least_progress):
    """Technical Report 21/94 as a loop: after each strip of k epochs GL is looked at, then P_k."""
    E_opt = float("inf")
    for epoch in range(STRIP, len(E_tr) + 1, STRIP):
        E_opt = min(E_opt, E_va[epoch - 1])
        strip = E_tr[epoch - STRIP : epoch]
        if 100 * (E_va[epoch - 1] / E_opt - 1) > most_lost:
            return epoch, "generalization_loss"
        if 1000 * (sum(strip) / (STRIP * min(strip)) - 1) < least_progress:
            return epoch, "min_progress"
    return len(E_tr), "epochs"


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("rate", "most_lost", "least_progress", "ends"),
    [
        (0.6, 80.0, 0.0, (40, "epochs")),
        (0.6, 20.0, 0.0, (15, "generalization_loss")),
        (0.4, 40.0, 0.0, (15, "generalization_loss")),  # a slow loss: no strip is 40 % above the strip before
        (0.6, 80.0, 250.0, (15, "min_progress")),
        (0.6, 80.0, 160.0, (25, "min_progress")),  # in strips before, the training error was lower
        (0.6, 20.0, 250.0, (15, "generalization_loss")),
        (0.6, 20.0, 300.0, (5, "min_progress")),
    ],
)
def test_runs_end_by_the_protocol_of_prechelt(engine, rate, most_lost, least_progress, ends):
    P, T, _ = examples()
    run = tw.train(
        CHAIN, P, T, "mse", tw.optimizers.Momentum(rate), batch_size=8, epochs=40, validation=VALIDATION,
        validate_every=STRIP, generalization_loss=most_lost, min_progress=least_progress, dtype="float64",
        engine=engine,
    )  # fmt: skip
    E_tr, E_va = errors(rate)
    assert (run.epochs, run.stopped_because) == prechelt(E_tr, E_va, most_lost, least_progress) == ends
    np.testing.assert_allclose(run.history.loss, E_tr[: run.epochs], rtol=1e-7)
    looked_at = np.arange(1, run.epochs + 1) % STRIP == 0
    np.testing.assert_allclose(run.history.validation_loss, np.where(looked_at, E_va[: run.epochs], np.nan), rtol=1e-7)
    best = STRIP * (1 + int(np.argmin(run.history.validation_loss[looked_at])))
    assert run.best_epoch == best
    assert np.mean((run.predict(VALIDATION[0]) - VALIDATION[1]) ** 2) == pytest.approx(E_va[best - 1], rel=1e-7)


def test_a_loss_that_stays_is_no_lower_one():
    options = {"optimizer": tw.GradientDescent(0.0), "epochs": 9, "patience": 2, "engine": "numpy"}
    run = tw.train(CHAIN, *VALIDATION, validation=VALIDATION, **options)
    assert (run.stopped_because, run.epochs, run.best_epoch) == ("patience", 3, 1)
