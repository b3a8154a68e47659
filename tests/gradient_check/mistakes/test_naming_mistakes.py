"""Planted mistakes, one and two at a time, in a student's backward pass of plain NumPy: flagged, named, never misnamed.

The whole product of mistakes and networks is `benchmarks/name_mistakes.py`; here is a sample of it.
"""

import re
from dataclasses import replace

import numpy as np
import pytest
from backprop_by_hand import NETS, data_of, loss_and_gradient
from planted_mistakes import PAIRS, SINGLES, cases, check_of

import thalweg as tw
from thalweg.gradient_check.mistakes.numbers import known_penalty
from thalweg.gradient_check.mistakes.problem import BIAS, Problem
from thalweg.training.examples import Examples

EVERY = 23
"""Of the product every so many-th is planted here."""


@pytest.mark.parametrize("first", [0, pytest.param(1, marks=pytest.mark.thorough)])
def test_planted_mistakes_are_named(first):
    unnamed, planted = [], cases()[3 + first :: 2 * EVERY]
    assert len(planted) > 10
    for name, wrong in planted:
        check = check_of(name, wrong)
        told = " ".join(found.text for found in check.findings)
        assert not check.passed, (name, wrong)
        if "this is what comes out" not in told:
            unnamed.append((name, wrong))
        else:
            assert all(re.search(SINGLES[one], told) for one in wrong), (name, wrong, told)
    assert len(unnamed) <= 0.1 * len(planted), unnamed


def test_every_mistake_is_planted_somewhere():
    assert {one for _, wrong in cases() for one in wrong} == set(SINGLES)
    assert len(SINGLES) + len(PAIRS) >= 100
    assert len(NETS) == 6


def test_two_mistakes_are_two_findings_with_their_lines():
    check = check_of("3-5-3 sigmoid, linear", ("no f'", "W1 transposed"))
    assert [(found.kind, found.where) for found in check.findings] == [
        ("no_slope", ("W1", "b1")),
        ("transposed", ("W1",)),
    ]
    assert check.findings[0].equation == "s¹ = f'(n¹) ⊙ (W²)ᵀ s², with f'(n) = a (1 - a)"
    assert "  Right is ∂F/∂W¹ = Σ s¹ (a⁰)ᵀ over the examples." in check.explanation
    assert "Right: W2 and b2." in check.explanation


def test_the_learning_rate_of_new_weights_is_found():
    (found,) = check_of("2-4-1 sigmoid, sigmoid", ("new W",)).findings
    assert found.kind == "new_weights"
    assert found.number == pytest.approx(0.3, rel=1e-9)
    assert "W - 0.3 times their gradient" in found.text


def test_the_same_numbers_by_other_mistakes_are_told_as_either_or():
    net = tw.mlp(2, 3, 2, hidden="tanh", output="sigmoid")
    how = {**NETS["2-4-1 sigmoid, sigmoid"], "sizes": (2, 3, 2), "hidden": "tanh", "loss": "half_mse", "l2": 0.0}
    x, P, _ = data_of(how)
    T = np.random.default_rng(0).random((len(P), 2))
    wrong = ("no f' at the output",)
    check = tw.check_gradient(
        lambda x: loss_and_gradient(how, P, T, x, wrong), x, network=net, loss="half_mse", data=(P, T)
    )
    (found,) = check.findings
    assert found.text == (
        "this is what comes out either without f' in layer2, or with the error term of cross_entropy, a - t, at the "
        "output: the numbers are the same"
    )


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.thorough) for seed in (2, 4))])
def test_what_is_no_mistake_of_people_gets_no_name(seed):
    name = list(NETS)[seed]
    how, rng = NETS[name], np.random.default_rng(seed)
    x, P, T = data_of(how)
    noise = {key: rng.normal(size=value.shape) for key, value in x.items()}

    def gradient(x):
        g = loss_and_gradient(how, P, T, x)[1]
        last = f"W{len(x) // 2}"
        return {**g, last: g[last] * noise[last], "b1": g["b1"] + 0.1 * noise["b1"]}

    network = tw.mlp(*how["sizes"], hidden=how["hidden"], output=how["output"])
    check = tw.check_gradient(
        lambda x: loss_and_gradient(how, P, T, x)[0],
        gradient,
        x,
        network=network,
        loss=how["loss"],
        l2=how["l2"],
        data=(P, T),
    )
    assert not check.passed
    assert not any("comes out" in found.text for found in check.findings)
    assert "None of the mistakes that people make, tried one and two at a time, gives these numbers." in str(check)


def test_what_is_known_is_named_beside_an_array_that_is_not():
    how = NETS["3-4-4-3 tanh, softmax"]
    x, P, T = data_of(how)
    noise = np.random.default_rng(0).normal(size=(4, 3))

    def f(x):
        F, g = loss_and_gradient(how, P, T, x, ("no f'",))
        return F, {**g, "W1": g["W1"] * noise}

    net = tw.mlp(3, 4, 4, 3, output="softmax")
    named, unnamed = tw.check_gradient(f, x, network=net, loss="cross_entropy", data=(P, T)).findings
    assert named.text == "this is what comes out without f' in layer1 and layer2"
    assert unnamed.where == ("W1",)
    assert unnamed.text.startswith("no simple pattern")


def test_numbers_alone_are_named_too():
    how = NETS["3-5-3 sigmoid, linear"]
    x, P, T = data_of(how)
    numbers = loss_and_gradient(how, P, T, x, ("f' at a",))[1]
    check = tw.check_gradient(None, numbers, x, network=tw.mlp(3, 5, 3, hidden="sigmoid"), loss="half_mse", data=(P, T))
    assert [found.kind for found in check.findings] == ["slope_at_output"]


def test_relu_at_0_is_right_whichever_slope_is_taken():
    net = tw.mlp(2, 3, 1, hidden="relu")
    P, T = np.array([[1.0, 2.0], [-1.0, 1.0]]), np.array([[1.0], [0.5]])
    W1 = np.array([[2.0, -1.0], [1.0, 1.0], [-1.0, 0.5]])  # n is 0 for the first row's first unit
    x = {"W1": W1, "b1": np.zeros(3), "W2": np.ones((1, 3)), "b2": np.zeros(1)}
    for at_0 in (0.0, 0.5, 1.0):

        def f(x, at_0=at_0):
            n = P @ x["W1"].T + x["b1"]
            a = np.maximum(n, 0)
            e = a @ x["W2"].T + x["b2"] - T
            s2 = e / 2
            s1 = s2 @ x["W2"] * np.where(n > 0, 1.0, np.where(n < 0, 0.0, at_0))
            g = {"W1": s1.T @ P, "b1": s1.sum(0), "W2": s2.T @ a, "b2": s2.sum(0)}
            return 0.5 * np.mean(np.sum(e * e, axis=1)), g

        check = tw.check_gradient(f, x, network=net, loss="half_mse", data=(P, T))
        assert check.passed, check.explanation
        assert ("lie at a kink" in check.explanation) == (at_0 != 0.5)  # which the central difference is


def test_zeros_are_called_zeros_and_nothing_else():
    how = {**NETS["3-5-3 sigmoid, linear"], "sizes": (1, 1, 1), "N": 1}
    x, P, T = data_of(how)
    net = tw.mlp(1, 1, 1, hidden="sigmoid")
    f = lambda x: loss_and_gradient(how, P, T, x, ("last row dropped",))  # noqa: E731
    (found,) = tw.check_gradient(f, x, network=net, loss="half_mse", data=(P, T)).findings
    assert str(found) == "W1, b1, W2 and b2: this is what comes out with zeros in its place"


@pytest.mark.parametrize(
    ("name", "wrong", "told"),
    [
        ("3-5-3 sigmoid, linear", "first three only", r"of the first 3 of \d+ examples alone"),
        ("3-5-3 sigmoid, linear", "row 1 twice", "with row 1 of the examples twice"),
        ("3-5-3 sigmoid, linear", "N - 1 for N", r"(\d+)/(\d+) of what it should be: divided by \2 for \1 examples"),
        ("3-4-4-3 tanh, softmax", "f' twice at the output", "times an error term that has its derivative already"),
    ],
)
def test_the_numbers_of_a_mistake_are_its_own(name, wrong, told):
    assert re.search(told, " ".join(found.text for found in check_of(name, (wrong,)).findings))


@pytest.mark.parametrize("last", [False, True])
def test_a_bias_may_be_a_column_of_its_matrix(last):
    how = NETS["3-5-3 sigmoid, linear"]
    x, P, T = data_of(how)

    def joined(x):
        both = {m: np.column_stack([x[f"W{m}"], x[f"b{m}"]]) for m in (1, 2)}
        return {f"M{m}": M if last else np.roll(M, 1, axis=1) for m, M in both.items()}

    def f(x):
        both = {m: x[f"M{m}"] if last else np.roll(x[f"M{m}"], -1, axis=1) for m in (1, 2)}
        own = {f"W{m}": M[:, :-1] for m, M in both.items()} | {f"b{m}": M[:, -1] for m, M in both.items()}
        F, g = loss_and_gradient(how, P, T, own, ("no f'",))
        return F, joined(g)

    check = tw.check_gradient(f, joined(x), network=tw.mlp(3, 5, 3, hidden="sigmoid"), loss="half_mse", data=(P, T))
    assert [found.text for found in check.findings] == ["this is what comes out without f' in layer1"]


def test_a_strength_on_biases_is_that_of_the_weights_only_where_biases_should_have_none():
    one = Problem(tw.mlp(2, 1), tw.losses.MSE(), Examples({"input": np.zeros((7, 2))}, np.zeros((7, 1)), None), l2=0.1)
    told = known_penalty(one, 0.1, BIAS, "penalty")
    assert told == "with the penalty of the weights on the biases too"
    assert (
        known_penalty(replace(one, bias_l2=0.05), 0.1, BIAS, "penalty") == "with 2λ for λ in the penalty's derivative"
    )
