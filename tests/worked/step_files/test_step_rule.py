"""The rule of a step file: rates for layers, and what a text gives of its state."""

import numpy as np
import pytest

import thalweg as tw
from thalweg.worked.step_files.file import step_file

NETWORK = {
    "inputs": 3,
    "layers": [
        {"name": "h", "size": 2, "activation": "tanh", "weights": [[0.1, 0.2, 0.3], [0.3, 0.4, -0.1]],
         "shared_bias": 0.2},
        {"name": "out", "size": 1, "weights": [[0.5, -0.2]], "bias": [0.1]},
    ],
}  # fmt: skip
DATA = {"inputs": [[1, 0, 2]], "targets": [1]}
DELTA = {"h": {"weights": [[0.01, 0.02, 0.03], [0.04, 0.05, 0.06]], "bias": 0.07}, "out": {"weights": [[0.08, 0.09]]}}


def opened(optimizer, **more):
    return step_file({"network": NETWORK, "data": DATA, "loss": "half_sse", "optimizer": optimizer, **more}).open()


def test_previous_changes_layer_by_layer():
    """Δ = -α g + γ Δ(old): what the text gives is what the momentum is of; a layer that is left out has 0."""
    without = opened({"name": "momentum", "learning_rate": 0.5, "momentum": 0.9})
    step = opened({"name": "momentum", "learning_rate": 0.5, "momentum": 0.9, "state": {"delta": DELTA}})
    apart = step.network.ravel(step.new_params) - step.network.ravel(without.new_params)
    given = [0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.07, 0.08, 0.09, 0.0]
    np.testing.assert_allclose(apart, 0.9 * np.array(given), rtol=1e-9, atol=1e-15)
    assert "+ (0.9)(0.07) = " in step.show()


def test_previous_changes_written_from_to():
    turned = {
        "h": {"weights": np.transpose(DELTA["h"]["weights"]).tolist(), "bias": 0.07},
        "out": {"weights": [[0.08], [0.09]]},
    }
    layers = [
        {**layer, "weights": np.transpose(layer["weights"]).tolist()} for layer in NETWORK["layers"]
    ]  # fmt: skip
    settings = {"name": "momentum", "learning_rate": 0.5}
    one = opened({**settings, "state": {"delta": DELTA}})
    other = step_file({
        "network": {**NETWORK, "layers": layers}, "data": DATA, "loss": "half_sse", "weights_are": "from, to",
        "optimizer": {**settings, "state": {"delta": turned}},
    }).open()  # fmt: skip
    np.testing.assert_array_equal(one.network.ravel(one.new_params), other.network.ravel(other.new_params))


def test_a_rate_for_each_layer():
    at = {layer: opened({"name": "gd", "learning_rate": rate}) for layer, rate in (("h", 0.1), ("out", 0.05))}
    step = opened({"name": "gd", "learning_rate": {"h": 0.1, "out": 0.05}})
    for layer, alone in at.items():
        for ours, theirs in zip(
            step.new_params[layer].weights.values(), alone.new_params[layer].weights.values(), strict=True
        ):
            np.testing.assert_array_equal(ours, theirs)
        np.testing.assert_array_equal(step.new_params[layer].bias, alone.new_params[layer].bias)


@pytest.mark.parametrize(
    ("optimizer", "told"),
    [
        ({"name": "gd", "learning_rate": {"h": 0.1}}, "[optimizer] learning_rate has none for layer 'out'"),
        ({"name": "gd", "learning_rate": {"h": 0.1, "out": "fast"}}, "'out' is 'fast'"),
        ({"name": "momentum", "momentum": {"h": 0.1, "out": 0.2}}, "momentum is {'h'"),
        ({"name": "momentum", "state": 3}, "write it as [optimizer.state]"),
        ({"name": "momentum", "state": {"delta": {"h": {"bias": [0.1, 0.1]}}}}, "delta.h bias is [0.1, 0.1]"),
        ({"name": "momentum", "state": {"delta": {"h": 3}}}, "delta.h is 3"),
        ({"name": "momentum", "state": {"delta": {"k": {}}}}, "unknown key 'k'"),
        ({"name": "momentum", "state": {"delta": {"out": {"weights": [[1.0]]}}}},
         "[optimizer.state] delta weights of layer 'out' from 'h' has shape (1, 1)"),
        ({"name": "lm", "learning_rate": {"h": 0.1, "out": 0.1}}, "moves all parameters at once"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_with_its_place(optimizer, told):
    with pytest.raises(tw.ArgumentError) as caught:
        opened(optimizer)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)
