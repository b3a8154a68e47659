"""train_many: each run equals the same run alone; lists of anything; stopped members stay as they are."""

import os
import signal
import time

import numpy as np
import pytest

import thalweg as tw
from thalweg.training import member_group, members
from thalweg.training.programs import compilations

RNG = np.random.default_rng(5)
P = RNG.normal(size=(70, 5))
T = np.sin(P[:, :1]) + 0.1 * RNG.normal(size=(70, 1))
NET = tw.mlp(5, 6, 1, hidden="tanh")
RUNS = 5
LISTS = {
    "optimizer": [tw.Adam(0.01 * (i + 1)) for i in range(RUNS)],
    "seed": list(range(RUNS)),
    "l2": [0.01 * (i + 1) for i in range(RUNS)],
}
FOLDS = RNG.permuted(np.arange(70) > 13 + np.zeros((RUNS, 1)), axis=1) * RNG.uniform(0.5, 2.0, size=(RUNS, 70))
"""As many examples in each, so that the runs alone have one program."""
VALIDATION = [(P[:rows], T[:rows]) for rows in (20, 21, 21, 20, 21)]
CASES = {
    "folds, all examples, another rule and its numbers, min_gradient, PROBEN1's stopping": {
        "batch_size": "all",
        "sample_weight": FOLDS,
        "optimizer": [tw.Nesterov(0.01 * (i + 1), 0.5 + 0.1 * i) for i in range(RUNS)],
        "min_gradient": 0.05,
        "validation": (P[:20], T[:20]),
        "validate_every": 5,
        "generalization_loss": 5.0,
        "min_progress": 0.1,
        "epochs": 150,
    },
    "folds, schedules, initial weights, early stopping": {
        "optimizer": [tw.Adam(lambda k, i=i: 0.01 * (i + 1) / (1 + k / 10)) for i in range(RUNS)],
        "params": [NET.init(100 + i, "uniform") for i in range(RUNS)],
        "seed": 7,  # of which each run has other rows
        "sample_weight": FOLDS,
        "patience": 5,
        "validation": VALIDATION,
    },
    "online, at random": {"batch_size": 1, "order": "random", "epochs": 3},
    "the same batches, schedules, early stopping": {
        "optimizer": [tw.Adam(lambda k, i=i: 0.01 * (i + 1) / (1 + k / 10)) for i in range(RUNS)],
        "seed": 7,
        "min_gradient": 0.01,
        "sample_weight": FOLDS[0],
        "patience": 3,
        "validation": (P[:20], T[:20]),
    },
    "Levenberg-Marquardt": {
        "optimizer": [tw.LevenbergMarquardt(10.0**i) for i in range(RUNS)],
        "batch_size": "all",
        "sample_weight": FOLDS,
        "patience": 3,
        "validation": (P[:20], T[:20]),
    },
    "Bayesian regularisation": {"optimizer": "br", "l2": 0.0, "batch_size": "all", "epochs": 12},
}


def alone(arguments, number):
    """The arguments of one run."""
    own = dict(arguments)
    for name, value in arguments.items():
        rows = name == "sample_weight" and np.ndim(value) == 2
        if isinstance(value, list) or rows:
            own[name] = value[number]
    return own


THOROUGH = "Bayesian regularisation"  # as Levenberg-Marquardt, with two numbers more in its state


@pytest.mark.parametrize(
    "case", [pytest.param(case, marks=[pytest.mark.thorough] * (case == THOROUGH)) for case in CASES]
)
def test_a_run_among_many_is_the_run_alone(case):
    arguments = {"epochs": 40, "batch_size": 16, "dtype": "float64", **LISTS, **CASES[case]}
    runs = tw.train_many(NET, P, T, **arguments)
    assert len(runs) == RUNS
    for number, run in enumerate(runs):
        other = tw.train(NET, P, T, engine="xla", **alone(arguments, number))
        assert (run.stopped_because, run.epochs, run.updates) == (other.stopped_because, other.epochs, other.updates)
        assert run.best_epoch == other.best_epoch
        assert run.explanation == other.explanation
        for part, of_other in zip(run.state[1:], other.state[1:], strict=True):
            np.testing.assert_allclose(
                NET.ravel(part) if isinstance(part, dict) else part, of_other, rtol=1e-6, atol=1e-9
            )
        np.testing.assert_allclose(NET.ravel(run.params), NET.ravel(other.params), rtol=1e-9, atol=1e-11)
        np.testing.assert_allclose(run.history.loss, other.history.loss, rtol=1e-9)
        if other.history.validation_loss is not None:
            np.testing.assert_allclose(run.history.validation_loss, other.history.validation_loss, rtol=1e-9)
    assert len({run.history.loss[0] for run in runs}) == RUNS  # they are not all one run


def test_rules_of_different_kinds_keep_their_order_and_dropout_has_the_masks_of_the_run_alone(monkeypatch):
    monkeypatch.setattr(members, "_size_of_group", lambda *_: 2)  # on machines of many cores one would be alone
    net = tw.mlp(5, 8, 1, hidden="tanh", dropout=0.3)
    rules = [tw.Adam(0.01), tw.Momentum(0.01), tw.Adam(0.02)]
    how = {"epochs": 5, "batch_size": 16, "dtype": "float64"}
    runs = tw.train_many(net, P, T, optimizer=rules, seed=[3, 4, 5], **how)
    assert [run.optimizer for run in runs] == rules
    for rule, seed, run in zip(rules, (3, 4, 5), runs, strict=True):
        other = tw.train(net, P, T, optimizer=rule, seed=seed, engine="xla", **how)
        np.testing.assert_allclose(net.ravel(run.params), net.ravel(other.params), rtol=1e-9, atol=1e-12)


def test_a_diverged_run_leaves_the_others_alone():
    rules = [tw.GradientDescent(1e30), tw.GradientDescent(0.01)]
    runs = tw.train_many(NET, P, T, loss="sse", optimizer=rules, batch_size="all", epochs=30)
    assert [run.stopped_because for run in runs] == ["diverged", "epochs"]
    assert all(np.isfinite(NET.ravel(run.params)).all() for run in runs)


def test_a_diverged_run_leaves_those_of_the_same_batches_alone():
    rules = [tw.GradientDescent(rate) for rate in (1e30, 0.001, 1.0, 0.002)]
    runs = tw.train_many(NET, P, T, loss="sse", optimizer=rules, batch_size=16, epochs=30, dtype="float64")
    assert [run.stopped_because for run in runs] == ["diverged", "epochs", "diverged", "epochs"]
    for rule, run in zip(rules, runs, strict=True):
        other = tw.train(NET, P, T, loss="sse", optimizer=rule, batch_size=16, epochs=30, dtype="float64", engine="xla")
        assert (run.stopped_because, run.epochs, run.updates) == (other.stopped_because, other.epochs, other.updates)
        np.testing.assert_allclose(NET.ravel(run.params), NET.ravel(other.params), rtol=1e-9, atol=1e-11)


def test_groups_of_any_size_give_the_same_runs(monkeypatch):
    shapes = {"batch_size": 16, "dtype": "float64", "validation": (P[:20], T[:20])}
    arguments = {**LISTS, **shapes, "epochs": 20, "patience": 3}
    whole = tw.train_many(NET, P, T, **arguments)
    monkeypatch.setattr(members, "_BYTES_A_GROUP", 1)
    monkeypatch.setattr(member_group, "_EPOCHS_A_SEGMENT", 3)
    for run, other in zip(whole, tw.train_many(NET, P, T, **arguments), strict=True):
        assert run.epochs == other.epochs
        np.testing.assert_allclose(NET.ravel(run.params), NET.ravel(other.params), rtol=1e-9, atol=1e-11)


def test_some_runs_with_a_validation_set_and_some_without():
    for validation in ([None, (P[:20], T[:20])], [(P[:20], T[:20]), None]):
        runs = tw.train_many(NET, P, T, validation=validation, epochs=3)
        assert [run.history.validation_loss is None for run in runs] == [part is None for part in validation]


def test_numbers_and_seeds_do_not_recompile():
    arguments = {"epochs": 4, "patience": 100}
    tw.train_many(NET, P, T, optimizer=[tw.Adam(0.01), tw.Adam(0.02)], seed=[0, 1], **arguments)
    before = compilations()
    tw.train_many(NET, P, T, optimizer=[tw.Adam(0.5), tw.Adam(0.1)], seed=[8, 9], l2=0.0, epochs=9, patience=3)
    assert compilations() == before


def test_one_run_without_lists():
    (run,) = tw.train_many(NET, P, T, epochs=3)
    assert run.epochs == 3


@pytest.mark.parametrize(
    ("lists", "says"),
    [
        ({"seed": [1, 2], "l2": [0.1]}, "seed has 2, l2 has 1"),
        ({"seed": []}, "seed is an empty list"),
        ({"l2": [0.1, -1.0]}, "l2 is -1.0"),
        ({"sample_weight": [np.ones(70), np.ones(69)]}, "sample_weight has rows of different lengths"),
    ],
)
def test_refuses(lists, says):
    with pytest.raises(tw.ArgumentError, match=says):
        tw.train_many(NET, P, T, **lists)


def test_dropout_on_folds_of_all_examples_is_refused():
    """Alone, a run leaves out its examples of weight 0, and draws fewer units to drop."""
    weight = np.ones((2, len(P)))
    weight[0, :2] = 0.0
    net = tw.mlp(P.shape[1], 4, T.shape[1], dropout=0.5)
    with pytest.raises(tw.ArgumentError, match="give a batch_size"):
        tw.train_many(net, P, T, batch_size="all", sample_weight=weight, epochs=2)


@pytest.mark.parametrize(("batch_size", "shared"), [(16, True), ("all", False)])
def test_ctrl_c_ends_all_runs_with_what_they_have(batch_size, shared, monkeypatch):
    """Field h08-interrupt-train-many: the program ran to its end, and all was thrown away."""
    options = {"batch_size": batch_size, "dtype": "float64", "optimizer": [tw.Adam(0.01), tw.Adam(0.02)]}
    if not shared:
        options["seed"] = [0, 1]
    advance, pressed = member_group.MemberGroup._advance, []

    def advanced(group):
        advance(group)
        if not pressed:
            pressed.append(time.monotonic())
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(member_group.MemberGroup, "_advance", advanced)
    runs = tw.train_many(NET, P, T, epochs=10**7, **options)
    assert time.monotonic() - pressed[0] < 10.0
    assert {run.stopped_because for run in runs} == {"interrupted"}
    for run in runs:
        assert run.history.loss.size == run.epochs > 0
        assert run.updates >= run.epochs * run.recipe.batch_order.steps
        assert np.isfinite(NET.ravel(run.params)).all()


@pytest.mark.parametrize("shared", [True, False])
def test_a_part_of_an_epoch_at_a_time_is_the_same_run(shared, monkeypatch):
    options = {"batch_size": 8, "dtype": "float64", "epochs": 4, "validation": (P[:10], T[:10])}
    options |= {"l2": [0.0, 0.1]} if shared else {"sample_weight": np.stack([np.ones(len(P)), np.arange(len(P)) < 40])}
    whole = tw.train_many(NET, P, T, **options)
    monkeypatch.setattr(member_group, "_INDICES_A_SEGMENT", 8 * 2 * 2)
    for run, other in zip(tw.train_many(NET, P, T, **options), whole, strict=True):
        np.testing.assert_allclose(NET.ravel(run.params), NET.ravel(other.params), rtol=1e-11)
        np.testing.assert_allclose(run.history.loss, other.history.loss, rtol=1e-11)
        assert (run.epochs, run.updates, run.best_epoch) == (other.epochs, other.updates, other.best_epoch)
