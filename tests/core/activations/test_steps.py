"""hardlim and hardlims: they predict, and whatever asks for a gradient through them is refused by name."""

import numpy as np
import pytest

import thalweg as tw

P = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])


@pytest.mark.parametrize(("name", "below"), [("hardlim", 0.0), ("hardlims", -1.0)])
def test_a_perceptron_predicts(name, below):
    net = tw.mlp(2, 1, output=name)
    params = net.unravel(np.array([1.0, 1.0, -2.0]))
    np.testing.assert_array_equal(tw.forward(net, params, P).output.ravel(), [below, below, below, 1.0])
    assert tw.forward(net, params, P.astype("float32")).output.dtype == np.float64  # the parameters' type
    assert str(net) == f"2 - 1 {name}, 3 parameters"


@pytest.mark.parametrize(("name", "instead"), [("hardlim", "sigmoid .logsig."), ("hardlims", "tanh .tansig.")])
@pytest.mark.parametrize("place", ["hidden", "output"])
def test_nothing_trains_through_it(name, instead, place):
    net = tw.mlp(2, 2, 1, **{place: name})
    params, T = net.init(0), P[:, :1]
    told = f"^{name} is a step, whose derivative is 0: it predicts, but no gradient passes it; train with {instead}$"
    for ask in (
        lambda: tw.train(net, P, T),
        lambda: tw.train(net, P, T, optimizer="lm", engine="xla"),
        lambda: tw.gradient(net, "mse", params, P, T),
        lambda: tw.sensitivities(net, "mse", params, P, T),
        lambda: tw.worked_step(net, "mse", params, P, T, "gd"),
        lambda: tw.largest_stable_rate(net, "mse", params, P, T),
    ):
        with pytest.raises(tw.ArgumentError, match=told):
            ask()


def test_a_table_is_not_trained_with_it():
    frame = {"x": list(range(20)), "y": [float(k) for k in range(20)]}
    with pytest.raises(tw.ArgumentError, match=r"hardlim is a step, .*; train with sigmoid"):
        tw.train_table(frame, "y", tw.Settings(activation="hardlim", hidden=(2,)))
