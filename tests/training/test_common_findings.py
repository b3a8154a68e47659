"""What is plain of many runs is told once, if it holds in most of them."""

import logging

import numpy as np
import pytest

import thalweg as tw
from thalweg.training.common_findings import common_findings

P = np.linspace(-1, 1, 40)[:, None]
IN_REACH, OUT_OF_REACH = (P + 1) / 2, 20 + P


def runs(good, bad):
    net = tw.mlp(1, 2, 1, output="sigmoid")
    targets = [IN_REACH] * good + [OUT_OF_REACH] * bad
    return [tw.train(net, P, T, "mse", epochs=3, seed=seed, engine="numpy") for seed, T in enumerate(targets)]


@pytest.mark.parametrize(("good", "bad", "told"), [(0, 3, "3 of 3"), (2, 3, "3 of 5"), (3, 3, None), (3, 1, None)])
def test_what_holds_in_most_is_told_once(good, bad, told):
    found = common_findings(runs(good, bad))
    assert len(found) == (told is not None)
    if told:
        assert found[0].text.startswith(
            f"in {told} runs targets lie outside what a sigmoid can give (0 to 1): 19 to 21"
        )
        assert found[0].remedy == runs(0, 1)[0].findings[0].remedy


def test_one_run_is_told_as_alone():
    (one,) = runs(0, 1)
    assert common_findings([one]) == one.findings[:1]
    assert common_findings([]) == ()


def test_runs_that_diverged_do_not_count():
    net = tw.mlp(1, 2, 1)
    far = tw.train(net, P, OUT_OF_REACH, optimizer=tw.GradientDescent(1e20), epochs=5)
    assert far.stopped_because == "diverged"
    assert common_findings([far] * 5) == ()
    assert common_findings([*[far] * 5, *runs(0, 2)])[0].text.startswith("in 2 of 2 runs")


def test_train_many_and_a_grid_log_one_line(caplog):
    net = tw.mlp(1, 2, 1, output="sigmoid")
    with caplog.at_level(logging.WARNING, logger="thalweg"):
        tw.train_many(net, P, OUT_OF_REACH, loss="mse", epochs=3, seed=range(5))
    assert [record.message[:38] for record in caplog.records] == ["in 5 of 5 runs targets lie outside wha"]
    caplog.clear()
    with caplog.at_level(logging.WARNING, logger="thalweg"):
        grid = tw.rates_grid(net, P, OUT_OF_REACH, loss="mse", learning_rates=[0.01, 0.1], momenta=[0.0, 0.9], epochs=3)
    assert grid.findings == tuple(record.message for record in caplog.records)
    assert grid.findings[0].startswith("in 4 of 4 cells targets lie outside")
    assert tw.rates_grid(net, P, IN_REACH, learning_rates=[0.1], momenta=[0.0], epochs=3).findings == ()
