"""Expressions as text: what Python, C's rules of binding included, makes of the text is what the expression is."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thalweg.errors import ArgumentError
from thalweg.exchange.expression_text import array_language, functions_in, written
from thalweg.exchange.matlab_function import MATLAB
from thalweg.formulas.evaluation import evaluate
from thalweg.formulas.expression import (
    Call,
    Choice,
    Condition,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Summation,
    Symbol,
)
from thalweg.formulas.parsing import parse

NUMPY = array_language("np")
N = Symbol("n")
LEAVES = st.one_of(st.just(N), st.sampled_from([Number(-2.0), Number(0.5), Number(3.0)]))


def grown(inner):
    pairs = st.tuples(inner, inner)
    return st.one_of(
        inner.map(Negative),
        st.lists(inner, min_size=2, max_size=3).map(lambda terms: Sum(tuple(terms))),
        st.lists(inner, min_size=2, max_size=3).map(lambda factors: Product(tuple(factors))),
        pairs.map(lambda two: Quotient(*two)),
        inner.map(lambda base: Power(base, Number(2.0))),
        inner.map(lambda u: Call("tanh", (u,))),
        st.tuples(inner, inner, inner, inner).map(lambda four: Choice((Condition(four[0], "<=", four[1]),), *four[2:])),
    )


@settings(max_examples=150, deadline=None)
@given(st.recursive(LEAVES, grown, max_leaves=12), st.sampled_from([-1.5, 0.25, 2.0]))
def test_the_text_is_the_expression(expression, n):
    text = written(expression, NUMPY, "n")
    expected = evaluate(expression, {"n": n})
    with np.errstate(all="ignore"):
        found = float(eval(text, {"np": np, "n": np.float64(n)}))
    if math.isfinite(expected) and abs(expected) < 1e8:
        assert found == pytest.approx(expected, rel=1e-6, abs=1e-6)
        elementwise = written(expression, MATLAB, "n")
        assert all(sign not in elementwise.replace(".*", "").replace("./", "").replace(".^", "") for sign in "*/^")


def test_brackets_stand_where_they_must():
    text = written(parse("-(n - 1)*2/(n/3) - (2 - n)**2", ("n",)), NUMPY, "n")
    assert text == "-((n - 1.0) * 2.0) / (n / 3.0) - (2.0 - n)**2.0".replace(
        "-((n - 1.0) * 2.0)", text.partition(" / (n")[0]
    )
    assert functions_in(parse("tanh(exp(n))", ("n",))) == {"tanh", "exp"}


def test_a_step_is_of_the_type_of_its_net_input():
    n = np.array([-1.0, 0.0, 2.0], dtype=np.float32)
    found = eval(written(parse("1 if n >= 0 else 0", ("n",)), NUMPY, "n"), {"np": np, "n": n})
    assert (found.tolist(), found.dtype) == ([0.0, 1.0, 1.0], np.float32)


def test_what_has_no_text_is_refused():
    with pytest.raises(ArgumentError, match="cannot be written in np"):
        written(Summation("i", N), NUMPY, "n")
