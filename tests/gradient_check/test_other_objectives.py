"""A function that is not the network's loss: by a factor, with penalties, of other parts, or not at all."""

import numpy as np
import pytest
from backprop_by_hand import data_of, loss_and_gradient

import thalweg as tw

HOW = {"sizes": (2, 3, 2), "hidden": "tanh", "output": "sigmoid", "loss": "half_mse", "l2": 0.0, "N": 5, "seed": 3}
NET = tw.mlp(2, 3, 2, output="sigmoid")
X, P, T = data_of(HOW)


def check(how=HOW, wrong=(), net=NET, loss="half_mse", change=lambda F, g, x: (F, g), **more):
    def f(x):
        return change(*loss_and_gradient({**HOW, **how}, P, T, x, wrong), x)

    return tw.check_gradient(f, X, network=net, loss=loss, data=(P, T), **more)


def test_a_factor_is_told_before_mistakes_are_named():
    found = check(loss="sse", wrong=("no f'",))
    assert found.before[0] == (
        "function(x) is 0.1 times the network's sse (1/10 of what it should be: the mean over the 5 examples where "
        "their sum belongs and the mean over the 2 outputs where their sum belongs, or a factor ½ too many and the "
        "mean over the 5 examples where their sum belongs): the gradient is judged as that of your function"
    )
    assert found.findings[0].text == "this is what comes out without f' in layer1"
    assert check(loss="mse").passed


@pytest.mark.parametrize(
    ("how", "options", "told"),
    [
        ({"l2": 0.3}, {}, "the network's half_mse, with (l2/2) Σ w², l2 = 0.3"),
        ({}, {"l2": 0.3}, "the network's half_mse, without (l2/2) Σ w², l2 = 0.3"),
        ({"loss": "cross_entropy"}, {}, "what comes out with cross_entropy"),
        ({"hidden": "sigmoid"}, {}, "what comes out with sigmoid in layer1, where the network has tanh"),
        ({"loss": "half_sse"}, {}, "5 times the network's half_mse"),
    ],
)
def test_what_differs_is_told(how, options, told):
    found = check(how, **options)
    assert found.passed
    assert told in found.before[0]
    wrong = check(how, ("n into the product",), **options)
    assert "net inputs n of the layer before" in wrong.findings[0].text


def test_a_penalty_on_biases_in_the_function_is_right():
    def change(F, g, x):
        F = F + 0.05 * sum(np.sum(v**2) for v in x.values())
        return F, {k: v + 0.1 * x[k] for k, v in g.items()}

    found = check(change=change)
    assert found.passed
    assert "Σ b² of the biases, l2 = 0.1" in found.before[0]
    named = check(change=lambda F, g, x: (change(F, g, x)[0], change(F, g, x)[1] | {"b1": g["b1"]}))
    assert named.findings[0].text.startswith("this is what comes out without the penalty's derivative λ b")


def test_another_function_is_judged_by_itself_and_nothing_is_named():
    def change(F, g, x):
        return F**2, {k: 2 * F * v for k, v in g.items()}

    found = check(change=change)
    assert found.passed
    assert "it is another function of x" in found.before[0]
    wrong = check(change=lambda F, g, x: (F**2, g))
    assert [one.kind for one in wrong.findings] == ["factor"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"network": "mlp"}, "network is 'mlp'"),
        ({"data": None}, "it must be (P, T)"),
        ({"data": (P, T[:, :1])}, "T has 1 columns"),
        ({"loss": "squares"}, "unknown loss 'squares'"),
        ({"l2": -1.0}, "l2 is -1.0"),
        ({"network": tw.mlp(2, 4, 2)}, "x does not hold the network's parameters"),
        ({"network": None}, "loss goes with a network"),
        ({"network": None, "loss": None}, "data goes with a network"),
        ({"max_seconds": 0.0}, "max_seconds is 0"),
    ],
)
def test_what_does_not_fit_is_one_line(arguments, told):
    f = lambda x: loss_and_gradient(HOW, P, T, x)  # noqa: E731
    with pytest.raises(tw.ThalwegError) as caught:
        tw.check_gradient(f, X, **{"network": NET, "loss": "half_mse", "data": (P, T), **arguments})
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_it_is_said_before_the_mistakes():
    lines = check(loss="half_mse", how={"loss": "sse"}, wrong=("no f'",)).explanation.splitlines()
    assert [line.partition(" ")[0] for line in lines[:3]] == ["The", "function(x)", "W1"]
    assert (
        check(how={"loss": "sse"}).to_dict()["before"][0].startswith("function(x) is 10 times the network's half_mse")
    )


def test_the_factor_of_another_loss_is_told_as_one():
    (found,) = check(wrong=("sum for mean",)).findings
    assert found.text == (
        "this is what comes out with a factor 5 (5 times too large: the sum over the 5 examples where their mean "
        "belongs; as half_sse has it) in the error term of the output, and so in all that follows from it"
    )
