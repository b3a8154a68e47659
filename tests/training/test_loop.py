"""How runs end, and how they are cut into segments."""

import dataclasses
import logging

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from training_cases import (
    CHAIN,
    ENGINES,
    assert_bit_identical,
    bits,
    by_hand,
    epoch_losses,
    examples,
    vector,
)  # fmt: skip
from training_cases import train_chain as train

import thalweg as tw
from thalweg.training import numpy_engine, xla_engine
from thalweg.training.batch_order import make_batch_order
from thalweg.training.segments import plan


@pytest.fixture(params=ENGINES)
def engine(request):
    return request.param


def loss_of(params, P, T, net=CHAIN, loss="mse"):
    return float(tw.gradient(net, loss, params, P, T)[0])


# The same run


@bits
def test_same_seed_same_bits_and_another_seed_another_run(engine):
    once, again, other = (train(engine, seed=seed) for seed in (6, 6, 7))
    assert_bit_identical(once, again)
    assert (vector(once) != vector(other)).any()
    params = CHAIN.init(0)  # the batches alone follow the seed as well
    one, two = (train(engine, params=params, seed=seed) for seed in (6, 7))
    assert (vector(one) != vector(two)).any()


CUTS = {
    "validation, penalty, gradient, schedule": {
        "validation": examples(9, 3)[:2],
        "l2": 0.01,
        "min_gradient": 1e-9,
        "optimizer": tw.Adam(lambda k: 0.01 / (1 + k)),
    },
    "all": {"batch_size": "all", "epochs": 50},
    "dropout": {"net": tw.mlp(3, 8, 2, dropout=0.3)},
    "drawn": {"order": "random"},
}
CUTS["dropout, for users"] = CUTS["dropout"]
thorough = pytest.mark.thorough
MARKS = {
    ("xla", "all"): (bits, thorough),  # as the others' epochs
    ("xla", "drawn"): bits,
    ("xla", "dropout, for users"): (bits, thorough),
    ("numpy", "dropout, for users"): thorough,
}


@pytest.mark.parametrize(
    ("engine", "case"),
    [pytest.param(engine, case, marks=MARKS.get((engine, case), ())) for engine in ENGINES for case in CUTS],
)
def test_no_cut_into_segments_changes_a_bit(engine, case, monkeypatch):
    """Epoch by epoch for callbacks; and 2 updates at a time, where an epoch has 3."""
    settings = CUTS[case]
    whole = train(engine, **settings)
    assert_bit_identical(whole, train(engine, callbacks=[lambda end: None], **settings))
    monkeypatch.setattr(numpy_engine.NumPyEngine, "capacity", 2)
    monkeypatch.setattr(xla_engine, "_MOST_UPDATES", 2)
    monkeypatch.setattr("thalweg.training.loop.plan", at_most_two)
    assert_bit_identical(whole, train(engine, **settings))


def at_most_two(first, start, steps, last, budget):
    return plan(first, start, steps, last, min(budget, 2))


@given(steps=st.integers(1, 30), epochs=st.integers(1, 20), budgets=st.lists(st.integers(0, 100), min_size=1))
def test_segments_cover_every_update_once_and_in_order(steps, epochs, budgets):
    done, position, turn, covered = 0, 0, 0, []
    while done < epochs:
        budget = budgets[turn % len(budgets)]
        segment = plan(done, position, steps, epochs, budget)
        assert segment.updates <= max(1, budget)
        assert segment.ends == (segment.stop == steps)
        for epoch in range(segment.first, segment.first + segment.epochs):
            covered += [(epoch, update) for update in range(segment.start, segment.stop)]
        if segment.ends:
            done, position = done + segment.epochs, 0
        else:
            position = segment.stop
        turn += 1
    assert covered == [(epoch, update) for epoch in range(epochs) for update in range(steps)]


# Stopping


def test_epochs(engine):
    run = train(engine)
    assert (run.stopped_because, run.epochs, run.updates) == ("epochs", 12, 36)
    assert run.explanation == "all 12 epochs were run"
    assert len(run.history.loss) == 12
    assert run.seconds > 0
    assert run.seed == 0


@bits
def test_goal_stops_at_the_first_epoch_that_reaches_it(engine):
    free = train(engine, epochs=60).history.loss
    goal = float(np.median(free))
    run = train(engine, epochs=60, goal=goal)
    assert run.stopped_because == "goal"
    assert run.epochs == int(np.argmax(free <= goal)) + 1 < 60
    np.testing.assert_array_equal(run.history.loss, free[: run.epochs])
    assert f"in epoch {run.epochs}" in run.explanation


def test_min_gradient_watches_the_norm_of_the_epochs_mean_gradient(engine):
    P, T, _ = examples()
    params = CHAIN.init(1)
    settings = {"batch_size": 8, "order": "sequential", "params": params, "optimizer": tw.GradientDescent(0.05)}
    run = train(engine, epochs=3, min_gradient=0.0, **settings)
    assert run.stopped_because == "epochs"
    rows = make_batch_order(len(T), 8, "sequential", 0).rows(0, 3)
    path, _ = by_hand(CHAIN, P, T, "mse", tw.GradientDescent(0.05), rows, params)
    for epoch, norm in enumerate(run.history.gradient_norm):
        of_batches = []
        for i, batch in enumerate(rows[epoch]):
            kept = batch[batch < len(T)]
            of_batches.append(vector(tw.gradient(CHAIN, "mse", path[3 * epoch + i], P[kept], T[kept])[1], CHAIN))
        assert norm == pytest.approx(np.linalg.norm(np.mean(of_batches, axis=0)), rel=1e-10)

    bound = float(run.history.gradient_norm[1])
    assert bound < run.history.gradient_norm[0]
    stopped = train(engine, epochs=3, min_gradient=bound, **settings)
    assert (stopped.stopped_because, stopped.epochs) == ("min_gradient", 2)


def test_patience_restores_the_best_by_validation(engine):
    P, T, _ = examples(count=13, seed=8)
    run = train(engine, epochs=400, patience=5, validation=(P, T), optimizer=tw.Momentum(0.5))
    losses = run.history.validation_loss
    assert run.stopped_because == "patience"
    assert run.epochs < 400
    assert run.best_epoch == int(np.argmin(losses)) + 1
    assert run.epochs == run.best_epoch + 5 == len(losses)
    assert loss_of(run.params, P, T) == pytest.approx(losses.min(), rel=1e-12)
    assert f"no lower validation loss for 5 epochs: stopped after epoch {run.epochs}" in run.explanation
    assert f"parameters of epoch {run.best_epoch}" in run.explanation


def test_the_best_by_validation_is_kept_without_patience_too(engine):
    P, T, _ = examples(count=13, seed=8)
    run = train(engine, epochs=30, validation=(P, T), optimizer=tw.Momentum(0.5))
    assert run.stopped_because == "epochs"
    assert run.best_epoch < 30
    assert loss_of(run.params, P, T) == pytest.approx(run.history.validation_loss.min(), rel=1e-12)


def test_weights_of_validation_examples_count(engine):
    P, T, weight = examples(count=13, seed=8)
    run = train(engine, epochs=5, validation=(P, T, weight))
    best = float(tw.gradient(CHAIN, "mse", run.params, P, T, weight)[0])
    assert best == pytest.approx(run.history.validation_loss.min(), rel=1e-12)


def test_patience_on_the_training_loss(engine):
    """A rate so large that the run bounces; the loss over all examples belongs to the parameters before the update."""
    P, T, _ = examples()
    run = train(engine, batch_size="all", epochs=300, patience=4, optimizer=tw.GradientDescent(2.5))
    assert run.stopped_because == "patience"
    assert run.epochs == run.best_epoch + 4
    assert loss_of(run.params, P, T) == pytest.approx(run.history.loss.min(), rel=1e-12)
    still = train(engine, batch_size="all", epochs=300, patience=4, optimizer=tw.GradientDescent(0.0))
    assert (still.stopped_because, still.best_epoch, still.epochs) == ("patience", 1, 5)


def test_seconds(engine):
    run = train(engine, epochs=10**9, max_seconds=0.0)
    assert run.stopped_because == "seconds"
    assert 1 <= run.epochs < 10**9
    assert "time was up" in run.explanation
    assert train(engine, epochs=2, max_seconds=0.0).stopped_because == "epochs"  # all were run by then


@pytest.mark.parametrize(
    ("engine", "batch_size", "dtype"),
    [
        ("numpy", 8, "float32"),
        ("numpy", 8, "float64"),
        ("numpy", "all", "float64"),
        ("xla", 8, "float64"),
        ("xla", "all", "float32"),
    ],
)
def test_divergence_stops_at_its_step_and_keeps_the_best(engine, batch_size, dtype, caplog):
    P, T, _ = (values.astype(dtype) for values in examples())
    net, rule = tw.mlp(3, 2), tw.GradientDescent(1e3)
    params = net.init(0, dtype=dtype)
    rows = make_batch_order(len(T), batch_size, "shuffle", 0).rows(0, 200)
    with np.errstate(all="ignore"):
        path, losses = by_hand(net, P, T, "mse", rule, rows, params)
    steps = rows.shape[1]
    last = int(np.argmax(~np.isfinite(losses)))  # counted from 0
    assert last > 5

    with caplog.at_level(logging.WARNING, "thalweg"):
        run = train(engine, net=net, optimizer=rule, params=params, batch_size=batch_size, epochs=200, dtype=dtype)
    assert run.stopped_because == "diverged"
    assert run.updates == last + 1
    assert run.epochs == last // steps + 1 == len(run.history.loss)
    assert not np.isfinite(run.history.loss[-1])
    assert np.isfinite(run.history.loss[:-1]).all()
    for part in (f"at update {run.updates} ", f"(epoch {run.epochs})", "are kept", "smaller learning rate"):
        assert part in run.explanation
    assert caplog.messages == [run.explanation]

    whole = epoch_losses(losses[: last // steps * steps], rows[: last // steps], len(T))
    best = int(np.argmin(whole))
    assert run.best_epoch == best + 1
    assert np.isfinite(vector(run)).all()
    tolerance = 1e-12 if dtype == "float64" else 1e-4
    np.testing.assert_allclose(vector(run), vector(path[best * steps], net), rtol=tolerance)
    assert vector(run).dtype == dtype


def test_divergence_in_the_last_update_is_seen(engine):
    """The loss before the last update is finite; the parameters after it are not."""
    P, T = np.full((4, 1), 1e18), np.full((4, 1), 1.0)
    params = tw.mlp(1, 1).unravel(np.array([1.0, 0.0]))
    run = tw.train(
        tw.mlp(1, 1),
        P,
        T,
        "mse",
        tw.GradientDescent(1e10),
        epochs=1,
        batch_size="all",
        params=params,
        engine=engine,
    )
    assert run.stopped_because == "diverged"
    assert np.isfinite(run.history.loss).all()
    assert "the parameters stopped being finite at update 1" in run.explanation
    np.testing.assert_array_equal(vector(run), [1.0, 0.0])


def test_divergence_in_the_first_update_keeps_the_initial_parameters(engine):
    params = CHAIN.unravel(np.full(CHAIN.parameter_count, 1e200))
    run = train(engine, params=params)
    assert (run.stopped_because, run.updates, run.epochs, run.best_epoch) == ("diverged", 1, 1, 0)
    assert "the initial parameters are kept" in run.explanation
    np.testing.assert_array_equal(vector(run), vector(params, CHAIN))


def test_a_schedule_gives_each_update_its_own_number():
    """F = w², so that each update takes w times 1 - 2α."""
    net = tw.Network({"p": 1}, [tw.Layer("out", 1, bias=False)])
    rates = tw.GradientDescent(lambda k: 0.1 * (k + 1))
    start, exact = net.unravel(np.ones(1)), {"engine": "numpy", "dtype": "float64"}
    run = tw.train(net, np.ones((1, 1)), np.zeros((1, 1)), optimizer=rates, params=start, epochs=3, **exact)
    np.testing.assert_allclose(vector(run), [0.8 * 0.6 * 0.4])
    late = dataclasses.replace(run, seconds=1000.0)  # and a run that goes on has the seconds of the one before
    assert 1000.0 < late.more(1).seconds < 1500.0


def test_the_best_before_a_divergence_is_judged_by_the_weights_of_the_rows():
    """Targets 1 and -1 of one input, the first of threefold weight: 0.5 is better than 0, and without weights worse."""
    net, P, T = tw.Network({"p": 1}, [tw.Layer("out", 1, bias=False)]), np.ones((2, 1)), np.array([[1.0], [-1.0]])
    rates = tw.GradientDescent(lambda k: 0.5 if k < 2 else 1e200)
    start = net.unravel(np.zeros(1))
    run = tw.train(net, P, T, optimizer=rates, params=start, sample_weight=[3.0, 1.0], epochs=9, engine="numpy")
    assert (run.stopped_because, run.best_epoch) == ("diverged", 2)
    np.testing.assert_allclose(vector(run), [0.5])


def test_divergence_with_validation_keeps_the_best_by_validation(engine):
    P, T, _ = examples(count=13, seed=8)
    run = train(engine, net=tw.mlp(3, 2), optimizer=tw.GradientDescent(50.0), epochs=500, validation=(P, T))
    assert run.stopped_because == "diverged"
    finite = run.history.validation_loss[np.isfinite(run.history.validation_loss)]
    net = tw.mlp(3, 2)
    start = net.init(0, dtype="float64")
    assert loss_of(start, P, T, net) < finite.min()
    assert loss_of(run.params, P, T, net) == pytest.approx(loss_of(start, P, T, net), rel=1e-12)
    assert (run.best_epoch, "the initial parameters are kept" in run.explanation) == (0, True)


def test_divergence_after_better_epochs_keeps_the_best_of_them(engine):
    P, T, _ = examples(count=13, seed=8)
    net = tw.mlp(3, 2)
    rule = tw.GradientDescent(lambda k: 0.05 if k < 20 else 50.0)
    run = train(engine, net=net, optimizer=rule, epochs=500, validation=(P, T))
    assert run.stopped_because == "diverged"
    finite = run.history.validation_loss[np.isfinite(run.history.validation_loss)]
    assert loss_of(run.params, P, T, net) == pytest.approx(finite.min(), rel=1e-12)
    assert run.best_epoch == 1 + finite.argmin() > 1
    assert "the lowest validation loss" in run.explanation
