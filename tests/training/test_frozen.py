"""Layers that training leaves as they are."""

import numpy as np
import pytest

import thalweg as tw

P = np.random.default_rng(0).normal(size=(20, 3))
T = P[:, :1] * P[:, 1:2]
NET = tw.mlp(3, 4, 3, 1)


@pytest.mark.parametrize(
    ("rule", "engine"),
    [*((rule, "numpy") for rule in ("adam", "adamw", "momentum", "rprop")), ("adamw", "xla"), ("rprop", "xla")],
)
def test_the_rest_trains_as_if_they_were_constants(rule: str, engine: str) -> None:
    """Against a training of the layers behind, on what the frozen layer sends them."""
    start = NET.init(3)
    run = tw.train(NET, P, T, "mse", rule, params=start, epochs=15, frozen=["layer1"], engine=engine, dtype="float64")
    assert (run.params["layer1"].weights["input"] == start["layer1"].weights["input"]).all()
    assert (run.params["layer1"].bias == start["layer1"].bias).all()
    behind = tw.mlp(4, 3, 1)
    sent = np.tanh(P @ start["layer1"].weights["input"].T + start["layer1"].bias)
    given = {
        "layer1": tw.LayerParameters({"input": start["layer2"].weights["layer1"]}, start["layer2"].bias),
        "layer2": tw.LayerParameters({"layer1": start["layer3"].weights["layer2"]}, start["layer3"].bias),
    }
    alone = tw.train(behind, sent, T, "mse", rule, params=given, epochs=15, engine=engine, dtype="float64")
    np.testing.assert_allclose(run.params["layer3"].weights["layer2"], alone.params["layer2"].weights["layer1"], 1e-12)
    np.testing.assert_allclose(run.history.loss, alone.history.loss, rtol=1e-12)


def test_the_norm_of_the_gradient_is_that_of_the_layers_that_train() -> None:
    run = tw.train(NET, P, T, "mse", "gd", batch_size="all", epochs=1, frozen=["layer2"], record="gradient_norm")
    g = tw.gradient(NET, "mse", NET.init(0), P, T)[1]
    free = np.concatenate(
        [np.append(W.ravel(), g[name].bias) for name in ("layer1", "layer3") for W in g[name].weights.values()]
    )
    assert run.history.gradient_norm[0] == pytest.approx(np.linalg.norm(free), rel=1e-5)


def test_a_step_of_it_is_replayed() -> None:
    run = tw.train(NET, P, T, epochs=5, frozen=["layer2"])
    assert "to the bit" in " ".join(run.step(4).notes)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"frozen": ["layer4"]}, "unknown frozen layer 'layer4'"),
        ({"frozen": "layer1"}, "it must be a list of"),
        ({"frozen": ["layer1", "layer2", "layer3"]}, "frozen names every layer"),
        ({"frozen": ["layer1"], "optimizer": "lm"}, "LevenbergMarquardt changes all layers"),
    ],
)
def test_what_cannot_be_frozen(options: dict, message: str) -> None:
    with pytest.raises(tw.ArgumentError, match=message):
        tw.train(NET, P, T, **options)
