"""A training as a state machine: what `train` gives, to the bit, however it is driven."""

import dataclasses
import threading
import time

import numpy as np
import pytest
from driven import built_of, ran

import thalweg as tw
from thalweg.studio.building import build
from thalweg.studio.session import ENDED, PAUSED, READY, RUNNING, Session
from thalweg.studio.spec import Spec


def trained(built, **changed):
    part = built.prepared.train
    return tw.train(built.network, part.P, part.T, **{**built.options, **changed})


def same(run, other):
    loss, others = run.history.loss, other.history.loss
    x, y = run.network.ravel(run.params), other.network.ravel(other.params)
    return np.array_equal(loss, others) and np.array_equal(x, y)


CASES = [
    {"data": "xor", "epochs": 40},
    {"data": "circle", "points": 60, "epochs": 6, "batch_size": 8, "layers": ((3, "relu"), (3, "tanh", 0.2))},
    {"data": "sine", "points": 40, "epochs": 8, "optimizer": "lm", "patience": 3},
    {"data": "clouds", "points": 60, "epochs": 6, "schedule": "cosine", "optimizer": "momentum", "l1": 0.01},
]


@pytest.mark.parametrize("fields", CASES, ids=lambda fields: fields["data"])
def test_driven_in_pieces_it_is_the_run_of_train(fields):
    built = built_of(**fields)
    session = ran(Session(built), "step", "epoch", "step", "step", "undo", "epoch", "run")
    sample = session.sample()
    assert sample.status == ENDED
    assert same(session.finished(), trained(built))
    assert sample.told == session.finished().explanation
    count = len(session.finished().history.loss)
    assert session.curves["loss"].count == count == sample.epochs


def test_an_ended_run_goes_on_as_more_does():
    built = built_of(epochs=15)
    session = ran(Session(built), "run", "run", "step", "epoch")
    assert same(session.finished(), trained(built).more(15).more(1).more(1))


def test_steps_and_epochs_count():
    session = Session(built_of(data="circle", points=50, epochs=3, batch_size=10))
    assert session.sample().status == READY
    ran(session, "step", "step")
    assert session.sample()[1:4] == (PAUSED, 0, 2)
    ran(session, "epoch")
    assert session.sample()[1:4] == (PAUSED, 1, session._stepwise.steps)


def test_undo_goes_back_command_by_command_and_over_a_reset():
    built, other = built_of(), built_of(data="and")
    session = ran(Session(built), "step", "epoch")
    first = session.built.network.ravel(session.sample().parameters)
    session.reset(other)
    ran(session, "step")
    assert session.built is other
    for _ in range(2):
        assert session.undo()
    assert session.built is built
    assert session.sample().updates == 2
    np.testing.assert_array_equal(session.built.network.ravel(session.sample().parameters), first)
    assert [session.undo(), session.undo(), session.undo()] == [True, True, False]
    assert session.sample().status == READY


def test_pause_ends_a_run_at_its_next_look():
    session = Session(built_of(epochs=1_000_000))
    session.run()
    while session.sample().updates == 0:
        time.sleep(0.01)
    assert session.sample().status == RUNNING
    began = time.monotonic()
    session.pause(wait=True)
    assert time.monotonic() - began < 10
    assert session.sample().status == PAUSED
    updates = session.sample().updates
    assert 0 < updates < 1_000_000
    run = session.finished()
    assert run.stopped_because == "interrupted"
    assert same(dataclasses.replace(run), trained(session.built, epochs=updates))


def test_a_closed_session_ends_its_thread_and_holds_nothing():
    session = Session(built_of(epochs=1_000_000))
    session.run()
    thread = session._thread
    session.close()
    thread.join(5)
    assert not thread.is_alive()
    assert session.sample().parameters is None
    assert session.curves == {}
    session.run()
    assert not session.busy


def test_a_run_that_diverges_says_at_which_step_and_the_largest_stable_rate():
    session = ran(Session(built_of(data="sine", optimizer="gd", rule={"learning_rate": 900.0}, epochs=400)), "run")
    sample = session.sample()
    assert sample.stopped == "diverged"
    assert "at update" in sample.told
    assert "stable" in sample.told
    assert session.leads_nowhere
    ran(session, "run")
    assert session.sample().status == "failed"
    assert "reset" in session.sample().told
    ran(session, "undo", "undo")
    assert not session.leads_nowhere


def test_a_run_ends_when_its_time_is_over_and_says_so():
    session = ran(Session(built_of(data="circle", batch_size=8, epochs=1_000_000, max_seconds=0.05)), "run")
    sample = session.sample()
    assert (sample.status, sample.stopped) == (ENDED, "seconds")
    assert sample.told.startswith("the time was up in epoch ")
    assert sample.updates == sample.epochs * session._stepwise.steps > 0
    assert same(session.finished(), trained(session.built, epochs=sample.epochs, max_seconds=None))
    ran(session, "run")
    assert session.sample().epochs > sample.epochs


def test_what_comes_next_is_the_update_that_comes():
    session = ran(Session(built_of(data="circle", points=40, batch_size=8, epochs=3)), "step", "step")
    upcoming = session.sample().upcoming
    ran(session, "step")
    assert upcoming.number == 3
    after = session.built.network.ravel(upcoming.params_after)
    np.testing.assert_array_equal(after, session.built.network.ravel(session.sample().parameters))


def test_sessions_side_by_side_keep_their_own_state():
    built = [build(Spec(engine="numpy", epochs=60, seed=seed)) for seed in range(8)]
    sessions = [Session(one) for one in built]
    for session in sessions:
        session.run()
    for session, one in zip(sessions, built, strict=True):
        assert session.wait(30)
        assert same(session.finished(), trained(one))
    assert threading.active_count() < 50
