"""The same step by another batch: online, and all at once."""

import numpy as np
import pytest

import thalweg as tw
from thalweg.errors import ArgumentError
from thalweg.training.replay import replay_run
from thalweg.worked.other_batch import all_at_once, one_by_one

P = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
T = np.array([[0.0], [1.0], [1.0], [0.0]])


def run_of(batch, rule="adam", epochs=5, net=None):
    return tw.train(
        net or tw.mlp(2, 3, 1, output="sigmoid"), P, T, optimizer=rule, batch_size=batch, order="sequential",
        epochs=epochs, engine="numpy", dtype="float64", seed=2,
    )  # fmt: skip


@pytest.mark.parametrize("rule", ["gd", "adam", "momentum"])
def test_one_by_one_is_the_run_that_trains_online(rule):
    online = run_of(1, rule)
    steps = one_by_one(run_of("all", rule).step(1))
    net = online.network
    for k, step in enumerate(steps, start=1):
        right = online.step(k)
        np.testing.assert_allclose(net.ravel(step.new_params), net.ravel(right.new_params), rtol=1e-12)
        assert step.rows.tolist() == [k - 1]
    assert [step.number for step in one_by_one(run_of("all", rule).step(1), 2)] == [1, 2]


def test_all_at_once_is_the_run_that_trains_in_batch():
    whole = run_of("all")
    step = all_at_once(replay_run(run_of(1), 1), run_of(1).recipe)
    net = whole.network
    np.testing.assert_allclose(net.ravel(step.new_params), net.ravel(whole.step(1).new_params), rtol=1e-12)
    assert step.notes == ("From the parameters before update 1 of the run, which took 1.",)


def test_what_has_no_other_batch_is_told():
    lm = tw.train(tw.mlp(2, 3, 1), P, T, loss="mse", optimizer="lm", epochs=2, engine="numpy")
    with pytest.raises(ArgumentError, match="takes all examples at once"):
        one_by_one(lm.step(1))
    drops = tw.Network({"input": 2}, [tw.Layer("layer1", 3, "tanh", dropout=0.5), tw.Layer("out", 1, "sigmoid")])
    run = run_of(1, net=drops)
    with pytest.raises(ArgumentError, match="the network has dropout"):
        all_at_once(replay_run(run, 2), run.recipe)
    assert len(one_by_one(run_of("all", net=drops).step(2))) == 4
