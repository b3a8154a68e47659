"""Where a mistake comes in: the arrays that are right say what cannot be at fault."""

import numpy as np
import pytest
from students import P, T, X, function, gradient, planted, sigmoid

import thalweg as tw

BIASES_WRONG = planted(b1=lambda g, x: g * [1.0, 2.0, -3.0, 0.3])


def of(wrong, x=X, F=function):
    return tw.check_gradient(F, wrong, x).explanation


def with_other_inputs(x):
    """The first weights' gradient is multiplied with wrong inputs; the bias's is right.

    Field s02-blames-activation-though-bias-right.
    """
    right, other = gradient(x), gradient(x, P=np.roll(P, 1, axis=0), T=T)
    return {**right, "W1": other["W1"]}


def test_a_bias_that_is_right_speaks_for_the_error_terms():
    told = of(with_other_inputs)
    assert "What is wrong in W1 is not the layer's error terms, since b1, their sum, is right" in told
    assert "derivative of its activation" not in told


def net_inputs_sent_on(x):
    """Field s29-common-mistakes-without-a-name: net inputs in the place of outputs."""
    a = sigmoid(P @ x["W1"].T + x["b1"])
    s2 = (a @ x["W2"].T + x["b2"] - T) / len(P)
    return {**gradient(x), "W2": s2.T @ (P @ x["W1"].T + x["b1"])}


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (net_inputs_sent_on, "What is wrong in W2 is not the layer's error terms, since b2, their sum, is right"),
        (lambda x: gradient(x, slope=lambda a: 1.0), "All that comes after b1 is right: the mistake comes in"),
        (lambda x: gradient(x, T=np.tanh(T)), "The mistake comes in at the output, W2 and b2, by its error term"),
        (BIASES_WRONG, "The error terms are right, since W1 is: b1 is not their sum"),
        (
            lambda x: {**gradient(x, T=np.tanh(T)), **{name: gradient(x)[name] for name in ("W1", "b1")}},
            "The error terms of the layer are right, since W1 and b1 are, which come from them",
        ),
    ],
)  # fmt: skip
def test_each_constellation_has_its_sentence(wrong, told):
    assert told in of(wrong)


def test_layers_are_told_by_names_by_nesting_or_not_at_all():
    other = {"W1": X["W1"], "W2": X["W2"], "b1": X["b1"], "b2": X["b2"]}
    assert "since b1, their sum, is right" in of(with_other_inputs, other)
    nested = {"one": {"W": X["W1"], "b": X["b1"]}, "two": {"W": X["W2"], "b": X["b2"]}}
    flat = lambda x: {"W1": x["one"]["W"], "b1": x["one"]["b"], "W2": x["two"]["W"], "b2": x["two"]["b"]}  # noqa: E731
    back = lambda g: {"one": {"W": g["W1"], "b": g["b1"]}, "two": {"W": g["W2"], "b": g["b2"]}}  # noqa: E731
    told = of(lambda x: back(with_other_inputs(flat(x))), nested, lambda x: function(flat(x)))
    assert "What is wrong in one.W" in told
    names = dict(zip(("p", "q", "r", "s"), SHAPED, strict=True))
    as_X = lambda x: dict(zip(X, x.values(), strict=True))  # noqa: E731
    nameless = of(
        lambda x: dict(zip(x, with_other_inputs(as_X(x)).values(), strict=True)), names, lambda x: function(as_X(x))
    )
    assert "derivative of its activation" not in nameless


SHAPED = tuple(X.values())
