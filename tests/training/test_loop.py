"""How runs end, how they are cut into segments, what callbacks are told, Ctrl-C."""

import copy
import logging
import math
import pickle
import signal
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from training_cases import CHAIN, ENGINES, SHORTCUTS, assert_bit_identical, by_hand, epoch_losses, examples, vector

import thalweg as tw
from thalweg.training import numpy_engine, xla_engine
from thalweg.training.batch_order import make_batch_order
from thalweg.training.segments import plan

bits = pytest.mark.compiled_as_for_users


@pytest.fixture(params=ENGINES)
def engine(request):
    return request.param


def train(engine, net=CHAIN, **settings):
    P, T, _ = examples(net=net)
    return tw.train(
        net,
        P,
        T,
        engine=engine,
        **{"optimizer": tw.Momentum(0.05), "batch_size": 8, "epochs": 12, "dtype": "float64", **settings},
    )


def loss_of(params, P, T, net=CHAIN, loss="mse"):
    return float(tw.gradient(net, loss, params, P, T)[0])


# The same run


@bits
def test_same_seed_same_bits_and_another_seed_another_run(engine):
    once, again, other = (train(engine, dtype="float32", seed=seed) for seed in (6, 6, 7))
    assert_bit_identical(once, again)
    assert (vector(once) != vector(other)).any()
    params = CHAIN.init(0)  # the batches alone follow the seed as well
    one, two = (train(engine, params=params, seed=seed) for seed in (6, 7))
    assert (vector(one) != vector(two)).any()


CUTS = {
    "plain": {},
    "validation, penalty": {"validation": examples(9, 3)[:2], "l2": 0.01},
    "gradient": {"min_gradient": 1e-9},
    "all": {"batch_size": "all", "epochs": 50},
    "schedule": {"optimizer": tw.Adam(lambda k: 0.01 / (1 + k))},
    "dropout": {"net": tw.mlp(3, 8, 2, dropout=0.3)},
    "shortcuts, drawn": {"net": SHORTCUTS, "order": "random"},
}


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, marks=bits if case in ("all", "dropout") else ()) for case in CUTS],
)
def test_no_cut_into_segments_changes_a_bit(engine, case, monkeypatch):
    """Epoch by epoch for callbacks; and 2 updates at a time, where an epoch has 3."""
    settings = {"dtype": "float32", **CUTS[case]}
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


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("batch_size", [8, "all"])
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


# Callbacks


def test_callbacks_are_told_every_epoch(engine):
    P, T, _ = examples(count=13, seed=8)
    told, weights = [], []

    def listen(end):
        told.append(end)
        weights.append(vector(end.parameters(), CHAIN).copy())

    run = train(engine, epochs=7, callbacks=[listen], validation=(P, T))
    assert [end.epoch for end in told] == [1, 2, 3, 4, 5, 6, 7]
    assert {end.epochs for end in told} == {7}
    assert [end.updates for end in told] == [3, 6, 9, 12, 15, 18, 21]
    assert [end.loss for end in told] == run.history.loss.tolist()
    assert [end.validation_loss for end in told] == run.history.validation_loss.tolist()
    assert [end.best_epoch for end in told] == (
        1 + np.array([np.argmin(run.history.validation_loss[: k + 1]) for k in range(7)])
    ).tolist()
    assert sorted(end.seconds for end in told) == [end.seconds for end in told]
    for end, x in zip(told, weights, strict=True):  # the parameters after each epoch
        assert loss_of(CHAIN.unravel(x), P, T) == pytest.approx(end.validation_loss, rel=1e-12)


def test_a_callback_that_returns_stop_stops_the_run(engine):
    others = []
    run = train(engine, callbacks=[lambda end: tw.STOP if end.epoch == 4 else None, others.append])
    assert (run.stopped_because, run.epochs) == ("callback", 4)
    assert run.explanation == "a callback stopped the run after epoch 4"
    assert len(others) == 4
    assert others[0].validation_loss is None


@pytest.mark.parametrize("returned", [True, 1, "stop", np.array([True, True]), None, False])
def test_whatever_else_a_callback_returns_is_ignored(engine, returned):
    """As what tqdm's `update` returns, True."""
    run = train(engine, epochs=5, callbacks=[lambda end: returned])
    assert (run.stopped_because, run.epochs) == ("epochs", 5)


def test_stop_is_itself_after_a_copy():
    assert copy.deepcopy(tw.STOP) is pickle.loads(pickle.dumps(tw.STOP)) is tw.STOP
    assert repr(tw.STOP) == "tw.STOP"


def test_a_callback_may_be_told_less_often(engine):
    told = []

    def listen(end):
        told.append(end.epoch)

    listen.every_epoch = False
    train(engine, epochs=50, callbacks=[listen])
    assert told[-1] == 50
    assert len(told) < 50


# Ctrl-C


@pytest.fixture
def own_handler():
    """A handler of the program's own, which runs must put back."""
    before = signal.getsignal(signal.SIGINT)

    def handler(number, frame):
        raise AssertionError("the program's own handler")

    signal.signal(signal.SIGINT, handler)
    yield handler
    signal.signal(signal.SIGINT, before)


@bits
def test_ctrl_c_ends_the_run_cleanly(engine, own_handler):
    def press(end):
        if end.epoch == 3:
            signal.raise_signal(signal.SIGINT)

    run = train(engine, callbacks=[press])
    assert (run.stopped_because, run.epochs, run.updates) == ("interrupted", 3, 9)
    assert run.explanation == "interrupted after 3 epochs"
    assert signal.getsignal(signal.SIGINT) is own_handler
    assert_bit_identical(run, train(engine, epochs=3))  # what was done is a whole run of three epochs


def test_ctrl_c_keeps_the_best_by_validation(engine):
    P, T, _ = examples(count=13, seed=8)

    def press(end):
        if end.epoch == 20:
            signal.raise_signal(signal.SIGINT)

    run = train(engine, epochs=100, callbacks=[press], validation=(P, T), optimizer=tw.Momentum(0.5))
    assert (run.stopped_because, run.epochs) == ("interrupted", 20)
    assert run.best_epoch < 20
    assert loss_of(run.params, P, T) == pytest.approx(run.history.validation_loss.min(), rel=1e-12)


def test_a_second_ctrl_c_raises(engine, own_handler):
    def press_twice(end):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        train(engine, callbacks=[press_twice])
    assert signal.getsignal(signal.SIGINT) is own_handler


def test_an_error_in_a_callback_comes_through(engine, own_handler):
    with pytest.raises(ZeroDivisionError):
        train(engine, callbacks=[lambda end: 1 / 0])
    assert signal.getsignal(signal.SIGINT) is own_handler


def test_ctrl_c_from_outside_between_callbacks(engine):
    timer = threading.Timer(0.3, signal.raise_signal, [signal.SIGINT])
    timer.start()
    run = train(engine, epochs=10**9, max_seconds=60.0)
    timer.join()
    assert run.stopped_because == "interrupted"
    assert run.updates >= 32
    assert np.isfinite(vector(run)).all()


@bits
def test_a_run_in_another_thread_leaves_signals_alone(engine):
    before, runs = signal.getsignal(signal.SIGINT), []

    def listen(end):
        assert signal.getsignal(signal.SIGINT) is before

    thread = threading.Thread(target=lambda: runs.append(train(engine, callbacks=[listen])))
    thread.start()
    thread.join()
    assert_bit_identical(runs[0], train(engine))


def test_history_is_finite_and_whole_for_partial_epochs(engine):
    """Interrupted within an epoch: the updates count, the unfinished epoch leaves no record."""
    P, T, _ = examples(count=400)
    run = tw.train(CHAIN, P, T, batch_size=1, epochs=10**6, max_seconds=0.0, engine=engine)
    assert run.updates >= 32
    assert len(run.history.loss) == run.epochs == run.updates // 400
    assert all(map(math.isfinite, run.history.loss))


@bits
@pytest.mark.parametrize("engine", ["numpy", "xla"])
def test_what_a_callback_writes_into_the_parameters_changes_nothing(engine):
    """Field h30-labels-with-nul."""
    net, rng = tw.mlp(1, 3, 1), np.random.default_rng(0)
    P = rng.normal(size=(20, 1))

    def spoil(end):
        for weights, bias in end.parameters().values():
            bias[:] = 7.0
            for W in weights.values():
                W[:] = 7.0

    runs = [tw.train(net, P, P**2, epochs=4, engine=engine, callbacks=calls) for calls in ((), (spoil,))]
    np.testing.assert_array_equal(net.ravel(runs[0].params), net.ravel(runs[1].params))
