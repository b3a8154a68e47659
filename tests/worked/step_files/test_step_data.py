"""What a step file says of its examples: weights, missing targets, masks, and what is told of those that do not fit."""

import numpy as np
import pytest

import thalweg as tw
from thalweg.worked.step_files.file import step_file

NETWORK = {
    "inputs": 2,
    "layers": [
        {"name": "h", "size": 2, "activation": "tanh", "weights": [[0.1, 0.2], [0.3, 0.4]], "bias": [0.0, 0.1]},
        {"name": "out", "size": 2, "weights": [[0.5, -0.2], [0.3, 0.7]], "bias": [0.1, 0.0]},
    ],
}
DATA = {"inputs": [[1, 0], [0, 1], [1, 1]], "targets": [[1, 0], [0, 1], [0.5, 0.5]]}
NAN = float("nan")


def file(network=NETWORK, **data):
    return step_file({"network": network, "data": {**DATA, **data}, "optimizer": {"name": "gd", "learning_rate": 0.1}})


def net_and_params():
    read = file()
    return read.network, read.params


def plain(at, factors):
    """F and the gradient as a sum over single targets, each times its factor, by tw.gradient of one at a time."""
    net, params = net_and_params()
    P, T = np.array(DATA["inputs"], float), np.nan_to_num(np.array(at, float))
    F, total = 0.0, np.zeros(net.parameter_count)
    for q, i in np.ndindex(*T.shape):
        if factors[q][i]:
            only = tw.Network({"input": 2}, [net.layers[0], tw.Layer("out", 1)])
            mine = {
                "h": params["h"],
                "out": type(params["h"])({"h": params["out"].weights["h"][[i]]}, params["out"].bias[[i]]),
            }
            of, gradient = tw.gradient(only, "sse", mine, P[[q]], T[q : q + 1, [i]])
            F += factors[q][i] * float(of)
            full = net.unravel(np.zeros(net.parameter_count))
            full["h"] = gradient["h"]
            full["out"].weights["h"][i], full["out"].bias[i] = gradient["out"].weights["h"][0], gradient["out"].bias[0]
            total += factors[q][i] * net.ravel(full)
    return F, total


@pytest.mark.parametrize(
    ("more", "factors"),
    [
        ({"weights": [1, 2, 0.5]}, np.array([[1, 1], [2, 2], [0.5, 0.5]]) / 7.0),
        ({"target_weights": [[1, 2], [0, 1], [3, 1]]}, np.array([[1, 2], [0, 1], [3, 1]]) / 8.0),
        ({"targets": [[1, "missing"], [0, 1], [0.5, 0.5]]}, np.array([[1, 0], [1, 1], [1, 1]]) / 5.0),
        ({"targets": [[1, NAN], [0, 1], [NAN, 0.5]], "missing_targets": "ignore"},
         np.array([[1, 0], [1, 1], [0, 1]]) / 4.0),
        ({"targets": [[1, "missing"], [0, 1], [0.5, 0.5]], "weights": [2, 1, 1]},
         np.array([[2, 0], [1, 1], [1, 1]]) / 6.0),
    ],
)  # fmt: skip
def test_weights_and_missing_targets_count_as_they_say(more, factors):
    step = file(**more).open()
    targets = [[NAN if t == "missing" else t for t in row] for row in more.get("targets", DATA["targets"])]
    F, gradient = plain(targets, factors)
    assert step.value == pytest.approx(F, rel=1e-12)
    np.testing.assert_allclose(step.network.ravel(step.gradient), gradient, rtol=1e-10, atol=1e-14)


def test_what_is_missing_or_weighs_otherwise_is_told():
    text = file(targets=[[1, "missing"], [0, 1], [0.5, 0.5]]).open().show()
    assert "1 of 6 targets is missing" in text
    assert "The target of output 2 is missing." in text
    assert "weight 3" in file(target_weights=[[1, 3], [1, 1], [1, 1]]).open().show()
    assert "c₁ F₁ + c₂ F₂ + c₃ F₃" in file(weights=[1, 2, 1]).open().show()


def test_each_batch_takes_what_is_its_own():
    masked = {**NETWORK, "layers": [{**NETWORK["layers"][0], "dropout": 0.5}, NETWORK["layers"][1]]}
    masks = {"h": [[2, 0], [0, 2], [2, 2]]}
    targets = [[1, 0], [0, 1], ["missing", 0.5]]
    read = file(masked, batch_size=2, weights=[1, 2, 3], masks=masks, targets=targets)
    second = read.open(2)
    np.testing.assert_array_equal(second.masks["h"], [[2, 2]])
    assert second.missing.tolist() == [[True, False]]
    assert read.open(1).missing is None
    np.testing.assert_array_equal(read.open(1).weight, [1, 2])
    assert "mask a¹₁ = (2)(" in read.open(1).show()


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"weights": [1, 2]}, "[data] weights has shape (2,)"),
        ({"weights": [1, 2, -1]}, "[data] weights must be at least 0"),
        ({"weights": [0, 0, 0]}, "one must be above"),
        ({"weights": [0, 0, 1], "batch_size": 2}, "weights are 0 for all examples of a batch, 1 to 2"),
        ({"weights": "all"}, "are not numbers"),
        ({"target_weights": [1, 2, 3]}, "[data] target_weights has shape (3,)"),
        ({"targets": [[1, NAN], [0, 1], [1, 1]]}, '[data] targets has nan in row 1: write "missing"'),
        ({"targets": [[1, "mising"], [0, 1], [1, 1]]}, "are not numbers"),
        ({"targets": [["missing"] * 2] * 3}, "all are missing"),
        ({"targets": [[1, float("inf")], [0, 1], [1, 1]]}, "not finite"),
        ({"missing_targets": "drop"}, "missing_targets is 'drop'"),
        ({"masks": {"h": [[1, 1]] * 3}}, "[data.masks]: layer 'h' has no dropout"),
        ({"mask": {}}, "did you mean 'masks'"),
    ],
)
def test_what_does_not_fit_is_told_with_its_place(more, told):
    with pytest.raises(tw.ThalwegError) as caught:
        file(**more).run()
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_dropout_asks_for_its_masks():
    masked = {**NETWORK, "layers": [{**NETWORK["layers"][0], "dropout": 0.5}, NETWORK["layers"][1]]}
    with pytest.raises(tw.ArgumentError, match=r"layer 'h' has dropout: give \[data\.masks\] h"):
        file(masked)
    with pytest.raises(tw.ArgumentError, match=r"\[data\.masks\] 'h' has shape \(1, 2\); it must be \(3, 2\)"):
        file(masked, masks={"h": [[1, 1]]})


@pytest.mark.parametrize("given", ["weights", "target_weights"])
def test_another_example_has_none_of_what_was_given_for_these(given):
    read = file(**{given: [1, 2, 3] if given == "weights" else [[1, 2]] * 3})
    with pytest.raises(tw.ArgumentError, match=rf"\[data\] {given} are those of the file"):
        read.with_example([1.0, 0.0], [1.0, 0.0])


def test_a_loss_without_targets_has_none():
    one = {"inputs": 1, "layers": [{"name": "out", "activation": "tanh", "weights": [[0.5]], "bias": [0.1]}]}
    given = {"network": one, "loss": "output", "data": {"inputs": [[2.0]]}}
    step = step_file(given).open()
    assert step.value == pytest.approx(np.tanh(1.1), rel=1e-14)
    text = step.show()
    assert "t₁" not in text
    assert "e₁" not in text
    assert "s¹₁ = f′¹(n¹₁) = " in text
    with pytest.raises(tw.ArgumentError, match=r"\[data\] targets: loss 'output' has no targets"):
        step_file({**given, "data": {"inputs": [[2.0]], "targets": [1.0]}})
    with pytest.raises(tw.ArgumentError, match="loss 'mse' needs targets"):
        tw.worked_step(step.network, "mse", step.params, [[2.0]])
