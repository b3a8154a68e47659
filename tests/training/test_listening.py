"""What callbacks are told and may do, and Ctrl-C."""

import copy
import math
import pickle
import signal
import threading
import time

import numpy as np
import pytest
from training_cases import CHAIN, ENGINES, assert_bit_identical, bits, examples, vector
from training_cases import train_chain as train

import thalweg as tw


@pytest.fixture(params=ENGINES)
def engine(request):
    return request.param


def loss_of(params, P, T):
    return float(tw.gradient(CHAIN, "mse", params, P, T)[0])


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
    before = signal.getsignal(signal.SIGINT)

    def press(seconds):
        while signal.getsignal(signal.SIGINT) is before:
            time.sleep(0.01)
        time.sleep(seconds)
        signal.raise_signal(signal.SIGINT)

    for seconds in (0.2, 1.0, 5.0, 20.0):  # on a busy machine it may come before the first updates
        thread = threading.Thread(target=press, args=(seconds,))
        thread.start()
        run = train(engine, epochs=10**9, max_seconds=60.0)
        thread.join()
        assert run.stopped_because == "interrupted"
        if run.updates >= 32:
            break
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
def test_what_a_callback_writes_into_the_parameters_changes_nothing(engine):
    """Field h30-labels-with-nul."""

    def spoil(end):
        for weights, bias in end.parameters().values():
            bias[:] = 7.0
            for W in weights.values():
                W[:] = 7.0

    assert_bit_identical(*(train(engine, epochs=4, callbacks=calls) for calls in ((), (spoil,))))
