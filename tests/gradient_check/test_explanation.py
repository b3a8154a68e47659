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
    "rows moved": (lambda g: {**g, "B": g["B"][[1, 2, 0]]}, [("rearranged", ("B",), "the rows are moved by 1 up, the first at the end")]),
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
