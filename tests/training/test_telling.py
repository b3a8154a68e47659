"""Callbacks are told of every epoch, as it was, though segments run many of them at once."""

import time

import numpy as np
import pytest
from training_cases import CHAIN, assert_bit_identical, examples, vector

import thalweg as tw
from thalweg.training import numpy_engine, xla_engine
from thalweg.training.callbacks import Listener

ENGINES = {"numpy": numpy_engine.NumPyEngine, "xla": xla_engine.XLAEngine}
P, T, _ = examples()


def train(engine="numpy", **settings):
    settings = {"optimizer": tw.Momentum(0.05), "batch_size": 8, "epochs": 60, "validation": (P[:9], T[:9]), **settings}
    return tw.train(CHAIN, P, T, engine=engine, **settings)


@pytest.fixture(params=ENGINES)
def engine(request):
    return request.param


@pytest.fixture
def segments(engine, monkeypatch):
    """The segments that an engine runs, with a pace that never is slow."""
    ran, run = [], ENGINES[engine].run
    monkeypatch.setattr(ENGINES[engine], "run", lambda self, segment: (ran.append(segment), run(self, segment))[1])
    monkeypatch.setattr("thalweg.training.segments.Pace.measured", lambda self, *_: setattr(self, "updates", 1000))
    return ran


def test_a_callback_that_only_listens_costs_few_segments(engine, segments):
    told = []
    run = train(engine, epochs=200, callbacks=[told.append])
    assert [end.epoch for end in told] == list(range(1, 201))
    assert [end.updates for end in told] == list(range(3, 603, 3))
    assert len(segments) < 15
    assert_bit_identical(run, train(engine, epochs=200))


@pytest.mark.parametrize("every", [1, 7, 25])
def test_parameters_are_those_of_the_epoch_that_is_told_of(engine, every, segments):
    """A segment ends where they are looked at again: little is run twice."""
    looked = {}

    def look(end):
        if end.epoch % every == 0:
            looked[end.epoch] = CHAIN.ravel(end.parameters())

    run = train(engine, callbacks=[look])
    assert sum(segment.updates for segment in segments) < 180 + 3 * 4 * every
    assert_bit_identical(run, train(engine))
    for epoch, x in looked.items():
        if epoch in (every, 21, 50, 60):
            np.testing.assert_array_equal(x, vector(train(engine, epochs=epoch, validation=None)))


def test_irregular_looks_and_a_stop_in_the_middle_of_a_segment(engine, segments):
    looked = {}

    def look(end):
        if end.epoch in (2, 3, 17, 40):
            looked[end.epoch] = CHAIN.ravel(end.parameters()), CHAIN.ravel(end.parameters())
        return tw.STOP if end.epoch == 53 else None

    run = train(engine, epochs=500, callbacks=[lambda end: None, look])
    assert (run.stopped_because, run.epochs, run.updates) == ("callback", 53, 159)
    assert_bit_identical(run, train(engine, epochs=53))
    assert_bit_identical(run.more(7), train(engine))
    for epoch, (x, again) in looked.items():
        np.testing.assert_array_equal(x, vector(train(engine, epochs=epoch, validation=None)))
        np.testing.assert_array_equal(x, again)


def test_the_best_epoch_is_that_of_the_epochs_told(engine):
    told = []
    run = train(engine, optimizer=tw.Momentum(0.5), callbacks=[told.append])
    losses = run.history.validation_loss
    assert [end.best_epoch for end in told] == [1 + int(np.argmin(losses[:k])) for k in range(1, 61)]
    more = []
    run.more(20, callbacks=[more.append])
    losses = train(engine, optimizer=tw.Momentum(0.5), epochs=80).history.validation_loss
    assert [end.best_epoch for end in more] == [1 + int(np.argmin(losses[:k])) for k in range(61, 81)]


def test_dropout_and_the_state_of_a_rule_are_those_of_the_epoch_too(engine):
    net = tw.mlp(3, 8, 2, dropout=0.3)
    settings = {"engine": engine, "optimizer": "adam", "batch_size": 8}
    stopped = tw.train(net, P, T, epochs=99, callbacks=[lambda end: tw.STOP if end.epoch == 30 else None], **settings)
    assert_bit_identical(stopped, tw.train(net, P, T, epochs=30, **settings))
    assert_bit_identical(stopped.more(5), tw.train(net, P, T, epochs=35, **settings))


def test_a_rule_of_optax_with_random_keys_can_be_stopped_anywhere():
    import optax

    rule = optax.chain(optax.add_noise(0.1, 0.5, 7), optax.sgd(0.05))
    stopped = train("xla", optimizer=rule, callbacks=[lambda end: tw.STOP if end.epoch == 30 else None])
    assert_bit_identical(stopped, train("xla", optimizer=rule, epochs=30))


def test_pools_are_filled_as_without_callbacks(engine):
    sampling = tw.PrioritySampling(refill_every=20)
    stopped = train(engine, order=sampling, callbacks=[lambda end: tw.STOP if end.epoch == 33 else None])
    assert_bit_identical(stopped, train(engine, order=sampling, epochs=33))


def test_a_schedule_of_ones_own_hears_what_a_callback_sets(engine):
    """From the update after the epoch on, as by a schedule that knew it before."""
    rate = [0.1]

    def halve(end):
        rate[0] = 0.1 / 2**end.epoch

    heard = train(engine, optimizer=tw.Momentum(lambda k: rate[0] + 0 * k), epochs=12, callbacks=[halve])
    told = train(engine, optimizer=tw.Momentum(lambda k: 0.1 / 2.0 ** (k // 3)), epochs=12)
    assert_bit_identical(heard, told)


def test_the_time_is_up_after_the_epoch_in_which_a_slow_callback_spent_it():
    told = []

    def slow(end):
        told.append(end.epoch)
        time.sleep(0.02)

    run = train(epochs=10**6, max_seconds=0.3, callbacks=[slow])
    assert run.stopped_because == "seconds"
    assert told == list(range(1, run.epochs + 1))
    assert run.epochs <= 16


class Listening(Listener):
    def __init__(self, heard, name, fails=""):
        self.heard, self.name, self.fails = heard, name, fails

    def begin(self):
        self._hear("begin")

    def __call__(self, end):
        self._hear(end.epoch)

    def end(self):
        self._hear("end")

    def _hear(self, what):
        self.heard.append((self.name, what))
        if what == self.fails:
            raise tw.FileError(f"{self.name} {what}")


def test_listeners_are_told_of_beginning_and_end():
    heard = []
    train(epochs=2, callbacks=[Listening(heard, "a"), Listening(heard, "b")])
    assert heard == [
        ("a", "begin"), ("b", "begin"), ("a", 1), ("b", 1), ("a", 2), ("b", 2), ("b", "end"), ("a", "end"),
    ]  # fmt: skip


def test_a_listener_that_cannot_begin_ends_the_run_before_its_first_epoch():
    heard = []
    with pytest.raises(tw.FileError, match="b begin"):
        train(callbacks=[Listening(heard, "a"), Listening(heard, "b", "begin")])
    assert heard == [("a", "begin"), ("b", "begin"), ("b", "end"), ("a", "end")]


def test_listeners_hear_the_end_when_an_error_came_in_between():
    heard = []
    with pytest.raises(tw.FileError, match="a 2"):
        train(callbacks=[Listening(heard, "a", 2)])
    assert heard == [("a", "begin"), ("a", 1), ("a", 2), ("a", "end")]
