"""Gradients in the wrapping that people give them: keys such as dW1, and pairs of a value and a gradient."""

import numpy as np
import pytest
from students import X, function, gradient

import thalweg as tw

SPELLINGS = {
    "dW1": lambda key: f"d{key}",
    "grad_W1": lambda key: f"grad_{key}",
    "W1_grad": lambda key: f"{key}_grad",
    "dL_dW1": lambda key: f"dL_d{key}",
    "gW1": lambda key: f"g{key}",
    "w1": str.lower,
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_right_gradient_of_other_keys_is_right(spelling):
    """Field s14-gradients-named-dW1: dW1, db1 and so on, with dZ2 beside them."""
    name = SPELLINGS[spelling]
    check = tw.check_gradient(function, lambda x: {name(k): g for k, g in gradient(x).items()} | {"dZ2": 1.0}, X)
    assert check.passed, check.explanation
    assert set(check.verdicts) == {"right"}
    assert f"The gradient of {'W1'}" in check.explanation
    assert "dZ2 left aside" in check.explanation


def test_a_wrong_gradient_of_other_keys_is_wrong_there():
    check = tw.check_gradient(function, lambda x: {f"d{k}": -g for k, g in gradient(x).items()}, X)
    assert [(found.kind, found.number) for found in check.findings] == [("sign", -1.0)]


def test_keys_that_name_nothing_are_refused():
    with pytest.raises(tw.ArgumentError, match="no entry can be compared: the gradient is a dict of one; x has W1"):
        tw.check_gradient(function, lambda x: {"one": 1.0}, X)


@pytest.mark.parametrize(
    "pair", [lambda F, g: (F, g), lambda F, g: (g, F), lambda F, g: [F, g], lambda F, g: ((F, 1), g)]
)
def test_pairs_of_a_value_and_a_gradient(pair):
    check = tw.check_gradient(function, lambda x: pair(function(x), gradient(x)), X)
    assert check.passed
    assert "gives a pair" in check.explanation
    assert "the value beside it" not in check.explanation
    assert not tw.check_gradient(
        function, lambda x: pair(function(x), {k: 2 * g for k, g in gradient(x).items()}), X
    ).passed


def test_one_function_of_both():
    both = lambda x: (function(x), gradient(x))  # noqa: E731
    check = tw.check_gradient(both, both, X)
    assert check.passed
    assert "Function(x) gives 2 things: the first, a number, was taken for F" in check.explanation
    other = tw.check_gradient(function, lambda x: (7.0, gradient(x)), X)
    assert other.passed
    assert "the value beside it is 7" in other.explanation


def test_two_numbers_are_no_pair_where_x_has_two():
    check = tw.check_gradient(lambda x: x[0] ** 2 + 3 * x[1], lambda x: (2 * x[0], 3.0), np.array([1.0, 2.0]))
    assert check.passed
    assert "pair" not in check.explanation
