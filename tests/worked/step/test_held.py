"""Steps that leave some parameters as they are (field s05-biases-held: a published example whose biases stay)."""

import numpy as np
import pytest

import thalweg as tw
from thalweg.core.weight_names import find_weight, index_of
from thalweg.worked.step.held import held_of
from thalweg.worked.step_files.file import step_file

MAZUR = {
    "loss": "half_sse",
    "fixed": ["bias"],
    "network": {
        "inputs": 2,
        "layers": [
            {"name": "hidden", "size": 2, "activation": "sigmoid", "weights": [[0.15, 0.20], [0.25, 0.30]],
             "bias": [0.35, 0.35]},
            {"name": "out", "size": 2, "activation": "sigmoid", "weights": [[0.40, 0.45], [0.50, 0.55]],
             "bias": [0.60, 0.60]},
        ],
    },
    "optimizer": {"name": "gd", "learning_rate": 0.5},
    "data": {"inputs": [[0.05, 0.10]], "targets": [[0.01, 0.99]]},
}  # fmt: skip
"""M. Mazur, "A step by step backpropagation example", 2015."""


def sigmoid(n):
    return 1.0 / (1.0 + np.exp(-n))


def plain(steps, held):
    """The example as a plain loop; the biases stay if they are held."""
    W1, b1 = np.array([[0.15, 0.2], [0.25, 0.3]]), np.array([0.35, 0.35])
    W2, b2 = np.array([[0.4, 0.45], [0.5, 0.55]]), np.array([0.6, 0.6])
    p, t = np.array([0.05, 0.1]), np.array([0.01, 0.99])
    for _ in range(steps):
        h = sigmoid(W1 @ p + b1)
        o = sigmoid(W2 @ h + b2)
        s2 = (o - t) * o * (1 - o)
        s1 = (W2.T @ s2) * h * (1 - h)
        W1, W2 = W1 - 0.5 * np.outer(s1, p), W2 - 0.5 * np.outer(s2, h)
        if not held:
            b1, b2 = b1 - 0.5 * s1, b2 - 0.5 * s2
    o = sigmoid(W2 @ sigmoid(W1 @ p + b1) + b2)
    return [W1, b1, W2, b2], 0.5 * np.sum((t - o) ** 2)


@pytest.mark.parametrize("held", [True, False])
@pytest.mark.parametrize("steps", [1, 100])
def test_the_published_example_as_a_plain_loop(steps, held):
    step = step_file({**MAZUR, "fixed": ["bias"] if held else []}).open(steps)
    parameters, error = plain(steps, held)
    found = [part for weights, bias in step.new_params.values() for part in (*weights.values(), bias)]
    for ours, expected in zip(found, parameters, strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-12)
    assert step.value_after == pytest.approx(error, rel=1e-12)


def test_the_published_digits():
    step = step_file(MAZUR).open()
    assert f"{step.value:.9f}" == "0.298371109"
    assert f"{step.new_params['out'].weights['hidden'][0, 0]:.8f}" == "0.35891648"
    assert f"{step.new_params['hidden'].weights['input'][1, 1]:.9f}" == "0.299502287"
    assert f"{step.value_after:.6f}" == "0.291028"


def test_the_page_says_what_is_held_and_shows_no_update_of_it():
    text = step_file(MAZUR).open().show("nnd")
    assert "Held as they are: all biases." in text
    assert "Δb" not in text
    assert "bⁿᵉʷ" not in text
    assert "Δw²₂,₂" in text
    text = step_file({**MAZUR, "fixed": ["hidden", "out.bias", "out[1,0]"]}).open().show("nnd")
    text = text.partition("Weight update")[2]
    assert "Held as they are: hidden, the biases of out, out[1,0]." in text
    assert "Δw¹" not in text
    assert "Δw²₂,₁" not in text
    assert "Δw²₁,₁" in text


@pytest.mark.parametrize("rule", ["momentum", "adam", "rprop", tw.optimizers.AdamW(0.1, weight_decay=0.5)])
def test_what_is_held_stays_and_the_others_move_as_without(rule):
    net = tw.mlp(2, 3, 1)
    params = net.init(0)
    P, T = np.random.default_rng(0).normal(size=(5, 2)), np.ones((5, 1))
    weight = "layer1[1,0]"
    with_, without = (tw.worked_step(net, "mse", params, P, T, rule, fixed=fixed) for fixed in ([weight], []))
    at = index_of(net, find_weight(net, weight))
    x, held, free = net.ravel(params), net.ravel(with_.new_params), net.ravel(without.new_params)
    assert held[at] == x[at] != free[at]
    np.testing.assert_array_equal(np.delete(held, at), np.delete(free, at))
    np.testing.assert_array_equal(net.ravel(with_.gradient), net.ravel(without.gradient))


@pytest.mark.parametrize(
    ("fixed", "says"),
    [
        ("bias", "must be a list of names"),
        (["hiden"], "did you mean 'hidden'"),
        (["hidden[7,0]"], "has 2 units"),
        (["hidden", "out"], "leave one to be trained"),
        ([3], "holds 3"),
    ],
)
def test_what_cannot_be_held_is_refused(fixed, says):
    net = tw.Network({"p": 2}, [tw.Layer("hidden", 2, "tanh"), tw.Layer("out", 1, "linear")])
    with pytest.raises(tw.ArgumentError, match=says):
        held_of(net, fixed)


def test_no_biases_cannot_be_held():
    net = tw.Network({"p": 1}, [tw.Layer("out", 1, "linear", bias=False)])
    with pytest.raises(tw.ArgumentError, match="the network has no 'bias'"):
        held_of(net, ["bias"])


def test_the_gradient_of_what_is_held_is_no_part_of_the_state():
    net = tw.mlp(2, 3, 1)
    P, T = np.random.default_rng(0).normal(size=(4, 2)), np.ones((4, 1))
    step = tw.worked_step(net, "mse", net.init(0), P, T, "momentum", fixed=["layer1"])
    assert not net.ravel(step.new_state.delta)[:9].any()
    assert net.ravel(step.new_state.delta)[9:].all()
