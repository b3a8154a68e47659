"""Any update of a training by its number, made again beside it."""

import threading

import numpy as np
import pytest
from driven import built_of, ran

from thalweg.errors import ArgumentError
from thalweg.studio.session import Session
from thalweg.studio.work_replay import Replayer, step_told


def opened(replayer, number, stopped=None):
    return replayer.open(number, stopped or threading.Event(), lambda updates: None)


@pytest.mark.parametrize("numbers", [(1, 40, 39, 7, 41), (60,)])
def test_it_is_the_run_to_the_bit_wherever_one_comes_from(numbers):
    built = built_of(data="sine", epochs=10, batch_size=16, rule={"learning_rate": 0.02})
    run = ran(Session(built), "run").finished()
    replayer = Replayer(built, 10, free=True)
    for number in numbers:
        found, right = opened(replayer, number), run.step(number)
        net = built.network
        assert found.number == number
        assert np.array_equal(net.ravel(found.params), net.ravel(right.params))
        assert np.array_equal(net.ravel(found.params_after), net.ravel(right.new_params))
        assert np.array_equal(found.rows, built.prepared.train.rows[right.rows])


def test_a_step_has_the_table_s_columns_beside_its_numbers():
    built = built_of(epochs=3)
    step = step_told(built, opened(Replayer(built, 3, free=True), 2))
    assert step.labels.inputs[1] == ("p1 0, (0 - 0.5) / 0.5", "p2 1, (1 - 0.5) / 0.5")
    assert step.rows.tolist() == [0, 1, 2, 3]


def test_it_ends_where_the_run_ends_and_can_be_stopped():
    built = built_of(epochs=200, goal=0.6, rule={"learning_rate": 0.1})
    run = ran(Session(built), "run").finished()
    assert run.stopped_because == "goal"
    with pytest.raises(ArgumentError, match=rf"step 200: the run ends with update {run.updates} \(goal\)"):
        opened(Replayer(built, 200, free=False), 200)
    with pytest.raises(ArgumentError, match="step 201: the run ends with update 200"):
        opened(Replayer(built, 200, free=True), 201)
    assert opened(Replayer(built, 200, free=True), 200).number == 200
    stopped = threading.Event()
    stopped.set()
    assert opened(Replayer(built, 200, free=False), 5, stopped) is None
