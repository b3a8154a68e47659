"""The flow over a run: what is recorded, how far the weights moved, and the verdict with its epochs."""

import json

import numpy as np
import pytest

import thalweg as tw
from thalweg.diagnosis import FlowHistory

RNG = np.random.default_rng(0)
P = RNG.normal(size=(40, 3))
T = np.sin(P[:, :1])


def recorded(net, every=1, epochs=6, optimizer=None, **given):
    recorder = tw.FlowRecorder(net, "mse", P, T, every=every)
    kept = {}

    def keep(end):
        kept[end.epoch] = end.parameters()

    run = tw.train(
        net,
        P,
        T,
        "mse",
        optimizer or tw.Adam(0.01),
        epochs=epochs,
        dtype="float64",
        callbacks=[recorder, keep],
        **given,
    )
    return recorder.history, kept, run


def test_each_recording_is_the_flow_at_that_epochs_end():
    net = tw.mlp(3, 8, 1)
    history, kept, _ = recorded(net, every=2)
    np.testing.assert_array_equal(history.epochs, [2, 4, 6])
    assert history.layers == ("layer1", "layer2")
    for epoch, flow in zip(history.epochs, history.flows, strict=True):
        assert flow == tw.gradient_flow(net, "mse", kept[epoch], P, T)
    np.testing.assert_array_equal(
        history.numbers("gradient_rms"), [[layer.gradient_rms for layer in flow.layers] for flow in history.flows]
    )
    assert history.numbers("saturated").shape == (3, 2)


@pytest.mark.parametrize(("batch", "updates"), [("all", 1), (10, 4)])
def test_the_update_ratio_is_how_far_the_weights_moved(batch, updates):
    net = tw.mlp(3, 8, 1)
    history, kept, _ = recorded(net, batch_size=batch)
    ratios = history.numbers("update_ratio")
    assert np.isnan(ratios[0]).all()
    for k in range(1, 6):
        before, after = kept[k]["layer2"].weights["layer1"], kept[k + 1]["layer2"].weights["layer1"]
        expected = np.linalg.norm(after - before) / np.linalg.norm(before) / updates
        assert ratios[k, 1] == pytest.approx(expected, rel=1e-12)


def test_with_all_examples_it_is_the_rules_own_ratio():
    net = tw.mlp(3, 8, 1)
    history, kept, _ = recorded(net, optimizer=tw.GradientDescent(0.05), batch_size="all")
    flow = tw.gradient_flow(net, "mse", kept[3], P, T, tw.GradientDescent(0.05))
    np.testing.assert_allclose(history.update_ratio[3], [layer.update_ratio for layer in flow.layers], rtol=1e-9)


def test_the_start_can_be_recorded_too():
    net = tw.mlp(3, 8, 1)
    recorder = tw.FlowRecorder(net, "mse", P, T)
    recorder.record(net.init(0))
    tw.train(net, P, T, "mse", epochs=2, dtype="float64", callbacks=[recorder])
    assert recorder.history.epochs.tolist() == [0, 1, 2]
    assert np.isfinite(recorder.history.update_ratio[1:]).all()


def test_the_verdict_says_when():
    net = tw.mlp(3, *[12] * 7, 1, hidden="sigmoid")
    history, *_ = recorded(net, every=1, epochs=3)
    assert history.verdict.startswith("epochs 1 to 3, worst in ")
    assert "the gradient shrinks" in history.verdict
    one = FlowHistory(history.epochs[:1], history.flows[:1], history.update_ratio[:1])
    assert one.verdict.startswith("epoch 1: the gradient shrinks")
    well, *_ = recorded(tw.mlp(3, 8, 1))
    assert well.verdict.startswith("epoch 6, as all before it: nothing unusual")


def test_the_worst_is_the_one_that_is_told():
    """A net whose weights are first a little and then much too small."""
    net = tw.mlp(3, *[12] * 3, 1, hidden="tanh")
    recorder = tw.FlowRecorder(net, "mse", P, T)
    for epoch, factor in enumerate((1.0, 0.05, 0.01, 0.05), start=1):
        recorder.record(net.unravel(factor * net.ravel(net.init(0))), epoch)
    assert recorder.history.verdict.startswith("epochs 2 to 4, worst in 3: the gradient shrinks")


def test_as_data():
    history, *_ = recorded(tw.mlp(3, 8, 1), every=3)
    told = json.loads(json.dumps(history.to_dict(), allow_nan=False))
    assert told["epochs"] == [3, 6]
    assert told["update_ratio"][0] == [None, None]
    assert len(told["flows"]) == 2


def test_nothing_recorded():
    net = tw.mlp(3, 8, 1)
    recorder = tw.FlowRecorder(net, "mse", P, T, every=100)
    tw.train(net, P, T, "mse", epochs=3, callbacks=[recorder])
    with pytest.raises(tw.DataError, match="no epoch was recorded"):
        _ = recorder.history
    with pytest.raises(tw.ArgumentError, match="every is 0"):
        tw.FlowRecorder(net, "mse", P, T, every=0)
