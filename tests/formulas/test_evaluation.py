"""Values of expressions, and choices taken as they fall."""

import math

import numpy as np
import pytest
from formula_texts import KNOWN, POINTS

from thalweg.formulas.evaluation import at, evaluate
from thalweg.formulas.expression import Array, Call, Folded, Number, Power, Quotient, Sum, Symbol
from thalweg.formulas.parsing import parse
from thalweg.formulas.program import compiled
from thalweg.formulas.spelling import spell

X = Symbol("x")


@pytest.mark.parametrize(
    ("text", "value"),
    [("2**-1", 0.5), ("1 if 2 > 1 else 3", 1.0), ("max(1, 2)", 2.0), ("exp(0) - e + e", 1.0), ("0.1", 0.1)],
)
def test_constants(text, value):
    assert evaluate(parse(text)) == value


@pytest.mark.parametrize("text", KNOWN)
def test_with_values_for_letters(text):
    found = [evaluate(parse(text), {"x": float(x)}) for x in POINTS]
    np.testing.assert_allclose(found, compiled(parse(text))(POINTS), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    ("without", "named"),
    [(X, "x"), (Symbol("x", ("1",)), "x"), (Array(((X,),)), "Array"), (Folded(3), "Folded"), (Call(X, (X,)), "Call")],
)
def test_what_has_no_value_is_named(without, named):
    with pytest.raises(KeyError, match=named):
        evaluate(without)


def test_values_that_there_are_not():
    assert math.isnan(evaluate(Quotient(Number(1.0), Number(0.0))))
    assert math.isnan(evaluate(Power(Number(-1.0), Number(0.5))))
    assert math.isinf(evaluate(Call("exp", (Number(1e4),))))
    assert math.isnan(evaluate(Sum((Number(math.inf), Number(-math.inf)))))
    assert evaluate(Folded(3, 0.5)) == 0.5


@pytest.mark.parametrize("text", KNOWN)
def test_cases_as_they_fall(text):
    for x in POINTS:
        here = at(parse(text), {"x": float(x)})
        assert not any(word in spell(here) for word in (" if ", "max", "min", "relu"))
        np.testing.assert_allclose(compiled(here)(x), compiled(parse(text))(x), rtol=1e-12)
