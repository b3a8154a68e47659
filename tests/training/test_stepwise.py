"""A run that is driven from outside is the run of `train`, on both engines, wherever it was left and gone back to."""

import numpy as np
import pytest

import thalweg as tw
from thalweg.errors import ArgumentError
from thalweg.training.stepwise import Stepwise

RNG = np.random.default_rng(0)
P = RNG.normal(size=(40, 2))
T = np.sin(P[:, :1])
NET = tw.mlp(2, 4, 1)


def whole(**options):
    return tw.train(NET, P, T, **{"epochs": 6, "batch_size": 8, "engine": "numpy", "record": "all", **options})


def advance(run, until=None):
    for _ in run.advance(until):
        pass
    return run


def same(run, other):
    np.testing.assert_array_equal(run.network.ravel(run.params), other.network.ravel(other.params))
    for name in other.history.names():
        if name != "seconds":
            np.testing.assert_array_equal(run.history[name], other.history[name])
    assert (run.epochs, run.updates, run.stopped_because) == (other.epochs, other.updates, other.stopped_because)


@pytest.mark.parametrize("engine", ["numpy", "xla"])
def test_in_pieces_and_back_it_is_the_same_run(engine):
    options = {"engine": engine, "validation": (P[:9], T[:9])}
    run = Stepwise(whole(**options).recipe)
    advance(run, 3)
    mark = run.mark()
    advance(run, 17)
    run.back(mark)
    assert (run.updates, run.epochs, len(run.history().loss)) == (3, 0, 0)
    upcoming = run.upcoming()
    assert upcoming.number == 4
    advance(run, 4)
    np.testing.assert_array_equal(NET.ravel(run.parameters()), NET.ravel(upcoming.params_after))
    same(advance(run).conclude(), whole(**options))


def test_seconds_are_recorded_and_rise():
    run = advance(Stepwise(whole().recipe))
    seconds = run.conclude().history["seconds"]
    assert (np.diff(seconds) > 0).all()
    assert seconds[-1] == pytest.approx(run.seconds)


def test_an_ended_run_is_extended_as_more_does():
    run = advance(Stepwise(whole().recipe))
    assert run.upcoming().number == 31
    assert run.stopped == "epochs"
    run.extend(4)
    same(advance(run).conclude(), whole().more(4))


def test_a_goal_ends_it_and_it_can_go_on_and_back():
    run = Stepwise(whole(goal=10.0).recipe)
    mark = run.mark()
    advance(run)
    assert (run.stopped, run.epochs) == ("goal", 1)
    run.extend(2)
    assert run.stopped is None
    run.back(mark)
    same(advance(run).conclude(), whole(goal=10.0))


def test_left_in_an_epoch_it_concludes_as_interrupted():
    run = advance(Stepwise(whole().recipe), 7)
    left = run.conclude()
    assert (left.stopped_because, left.epochs, left.updates) == ("interrupted", 1, 7)
    np.testing.assert_array_equal(NET.ravel(left.params), NET.ravel(run.parameters()))


def test_a_run_that_diverged_goes_nowhere():
    run = Stepwise(whole(optimizer=tw.optimizers.GradientDescent(1e6), epochs=50).recipe)
    with np.errstate(all="ignore"):
        advance(run)
    assert run.stopped == "diverged"
    assert run.upcoming() is None
    with pytest.raises(ArgumentError, match="diverged"):
        run.extend(1)
