"""Functions that change x, differ from call to call, add up, or work from what is stale: each is told."""

import numpy as np
import pytest
from students import X, function, gradient

import thalweg as tw


def kinds(check):
    return [(found.kind, found.where) for found in check.findings]


def test_a_function_that_changes_its_argument():
    def changes(x):
        x["b1"] += 1.0
        return function(x)

    def right(x):
        return gradient({**x, "b1": x["b1"] + 1.0})

    before = {name: array.copy() for name, array in X.items()}
    check = tw.check_gradient(changes, right, X)
    assert kinds(check) == [("changes_argument", ("function",))]
    assert set(check.verdicts) == {"right"}
    assert f"b1[0] was {X['b1'][0]:.6g} and is {X['b1'][0] + 1:.6g} afterwards" in check.explanation
    for name, array in before.items():
        np.testing.assert_array_equal(X[name], array)


def test_a_gradient_that_changes_its_argument():
    def scaled(x):
        x["W2"] *= 2.0
        return gradient({**x, "W2": x["W2"] / 2.0})

    assert kinds(tw.check_gradient(function, scaled, X)) == [("changes_argument", ("gradient",))]

    def grows(x):
        x["cache"] = np.ones(2)
        return gradient(x)

    check = tw.check_gradient(function, grows, X)
    assert kinds(check) == [("changes_argument", ("gradient",))]
    assert "holds other things afterwards" in check.explanation


def test_chance():
    rng = np.random.default_rng(0)
    check = tw.check_gradient(lambda x: function(x) + rng.normal(), gradient, X)
    assert kinds(check) == [("random", ("function",))]
    assert not check.passed
    assert check.names == ()
    assert str(check).startswith("The gradient cannot be judged.\nfunction: two calls at the same x give ")
    assert check.to_dict()["worst"] == []

    def random(x):
        return {name: g * (rng.random(g.shape) < 0.5) for name, g in gradient(x).items()}

    check = tw.check_gradient(function, random, X)
    assert kinds(check) == [("random", ("gradient",))]
    assert "a fixed seed, no dropout" in check.explanation


@pytest.mark.parametrize("calls_before", [0, 3])
def test_a_gradient_that_is_added_up_from_call_to_call(calls_before):
    kept = {name: np.zeros_like(array) for name, array in X.items()}

    def adds(x):
        for name, g in gradient(x).items():
            kept[name] += g
        return kept

    for _ in range(calls_before):
        adds(X)
    check = tw.check_gradient(function, adds, X)
    assert kinds(check) == [("accumulated", ("gradient",))]
    assert set(check.verdicts) == {"right"}
    assert "begin each with zeros" in check.explanation


def test_added_up_and_wrong_as_well():
    kept = {name: np.zeros_like(array) for name, array in X.items()}

    def adds(x):
        for name, g in gradient(x).items():
            kept[name] -= g
        return kept

    assert [kind for kind, _ in kinds(tw.check_gradient(function, adds, X))] == ["accumulated", "sign"]


def test_a_gradient_from_a_stale_forward_pass():
    cache = {}

    def forward(x):
        cache["x"] = {name: array.copy() for name, array in x.items()}
        return function(x)

    check = tw.check_gradient(forward, lambda x: gradient(cache["x"]), X)
    assert kinds(check) == [("stale", ("gradient",))]
    assert set(check.verdicts) == {"right"}
    assert "call function(x) within it first" in check.explanation


def test_an_error_of_the_function_is_its_own():
    def fails(x):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        tw.check_gradient(fails, gradient, X)
