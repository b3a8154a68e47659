"""Which arrays a finding is about: exchanged ones, small ones that follow a larger one, stretches of a vector."""

import numpy as np
import pytest

import thalweg as tw

rng = np.random.default_rng(3)
X = {"A": rng.normal(size=(3, 3)), "B": rng.normal(size=(3, 3)), "b": rng.normal(size=3), "c": rng.normal(size=1)}


def F(x):
    return np.sum(np.sin(x["A"])) + np.sum(x["B"] ** 3) + np.sum(np.exp(x["b"])) + np.sum(x["c"] ** 2)


def right(x):
    return {"A": np.cos(x["A"]), "B": 3 * x["B"] ** 2, "b": np.exp(x["b"]), "c": 2 * x["c"]}


MISTAKES = {
    "exchanged": (
        lambda g: {**g, "A": g["B"], "B": g["A"]},
        [("exchanged", ("A",), "the gradient of B stands"), ("exchanged", ("B",), "the gradient of A stands")],
    ),
    "one array twice": (lambda g: {**g, "B": g["A"]}, [("exchanged", ("B",), "the gradient of A stands")]),
    "transposed": (lambda g: {**g, "A": g["A"].T}, [("transposed", ("A",), "A: transposed")]),
    "transposed and negative": (lambda g: {**g, "B": -g["B"].T}, [("transposed", ("B",), "and the sign is flipped")]),
    "a small array follows a large one": (
        lambda g: {"A": 0.7 * g["A"], "B": g["B"].T, "b": 0.7 * g["b"], "c": 0.7 * g["c"]},
        [("factor", ("A", "b", "c"), "A, b and c: a constant factor"), ("transposed", ("B",), "transposed")],
    ),
    "a number alone has no factor": (lambda g: {**g, "c": 0.7 * g["c"]}, [("none", ("c",), "no simple pattern")]),
    "a stretch": (
        lambda g: {**g, "b": g["b"] * [1, -1, -1]},
        [("sign", ("b[1] to b[2]",), "the sign is flipped")],
    ),
    "columns": (
        lambda g: {**g, "A": g["A"] * [1, 2, 2]},
        [("factor", ("columns 1 and 2 of A",), "twice too large")],
    ),
    "scattered": (
        lambda g: {**g, "A": g["A"] * [[1, 1, -1], [-1, 1, 1], [1, 1, -1]]},
        [("sign", ("A[0,2], A[1,0] and A[2,2]",), "flipped")],
    ),
    "rows moved": (lambda g: {**g, "B": g["B"][[1, 2, 0]]}, [("rearranged", ("B",), "rows are moved by 1 up")]),
    "columns moved": (
        lambda g: {**g, "B": g["B"][:, [1, 0, 2]]},
        [("rearranged", ("B",), "columns 0 and 1 are exchanged")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_what_is_told_of_which_array(name):
    wrong, told = MISTAKES[name]
    check = tw.check_gradient(F, lambda x: wrong(right(x)), X)
    assert [(found.kind, found.where) for found in check.findings] == [(kind, where) for kind, where, _ in told]
    for found, (_, _, text) in zip(check.findings, told, strict=True):
        assert text in str(found)


def test_the_right_one_is_right():
    assert tw.check_gradient(F, right, X).passed


def softmax_check(classes, transposed):
    """A - t, which belongs to cross-entropy, with a squared error behind a softmax.

    Field 18-two-class-softmax-gradient.
    """
    rng = np.random.default_rng(classes)
    P, T = rng.normal(size=(12, 3)), np.eye(classes)[rng.integers(0, classes, 12)]
    x = {
        "W1": rng.normal(size=(4, 3)),
        "b1": rng.normal(size=4),
        "W2": rng.normal(size=(classes, 4)),
        "b2": np.zeros(classes),
    }
    turn = (lambda p: {key: array.T for key, array in p.items()}) if transposed else (lambda p: p)

    def forward(p):
        a1 = 1 / (1 + np.exp(-(P @ p["W1"].T + p["b1"])))
        e = np.exp(a1 @ p["W2"].T + p["b2"])
        return a1, e / e.sum(1, keepdims=True)

    def loss(p):
        return 0.5 * np.mean(((forward(turn(p))[1] - T) ** 2).sum(1))

    def gradient(p):
        p = turn(p)
        a1, a2 = forward(p)
        s2 = (a2 - T) / len(P)
        s1 = s2 @ p["W2"] * a1 * (1 - a1)
        return turn({"W1": s1.T @ P, "b1": s1.sum(0), "W2": s2.T @ a1, "b2": s2.sum(0)})

    return tw.check_gradient(loss, gradient, turn(x), examples=12)


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("classes", [2, 3])
def test_a_pattern_explains_more_numbers_than_it_has(classes, transposed):
    check = softmax_check(classes, transposed)
    assert {found.kind for found in check.findings} == {"none"}
    assert "The mistake comes in at the output, W2 and b2, by its error term" in check.explanation


EXCHANGED = {
    "rows 0 and 1 are exchanged": (2, lambda g: g[::-1]),
    "the rows stand in reverse order": (4, lambda g: g[::-1]),
    "the rows are moved by 1 down, the last at the front": (4, lambda g: np.roll(g, 1, axis=0)),
    "the columns are moved by 1 to the right, the last at the front": (4, lambda g: np.roll(g, 1, axis=1)),
    "columns 0 and 2 are exchanged": (4, lambda g: g[:, [2, 1, 0]]),
}


@pytest.mark.parametrize("told", EXCHANGED)
def test_rows_and_columns_are_told_before_shifts(told):
    """Field s19-rows-exchanged-told-as-a-shift: outputs counted the other way."""
    rows, change = EXCHANGED[told]
    W = np.random.default_rng(1).normal(size=(rows, 3))
    check = tw.check_gradient(lambda W: np.sum(np.sin(W)), lambda W: change(np.cos(W)), W)
    assert [found.kind for found in check.findings] == ["rearranged"]
    assert told in check.explanation


def test_two_numbers_are_exchanged():
    check = tw.check_gradient(lambda b: np.sum(np.exp(b)), lambda b: np.exp(b)[::-1], np.array([0.3, 1.1]))
    assert "x[0] and x[1] are exchanged" in check.explanation
