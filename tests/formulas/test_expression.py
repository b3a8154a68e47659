"""Trees of formulas."""

import pytest
from formula_texts import KNOWN

from thalweg.formulas.expression import (
    Negative,
    Product,
    Variable,
    constant_value,
    negative,
    number,
    parts,
    rebuilt,
    replaced,
    times,
    total,
    variables,
    walk,
)
from thalweg.formulas.parsing import parse

X = Variable("x")


@pytest.mark.parametrize("text", KNOWN)
def test_an_expression_is_made_of_its_parts(text):
    for part in walk(parse(text)):
        assert rebuilt(part, parts(part)) == part


@pytest.mark.parametrize("text", KNOWN)
def test_a_replaced_letter_is_gone(text):
    other = replaced(parse(text), X, Variable("y"))
    assert variables(other) == ("y",)
    assert replaced(other, Variable("y"), X) == parse(text)


def test_products_and_sums():
    assert times() == number(1)
    assert total(()) == number(0)
    assert times(number(1), X) == X
    assert times(X, number(0)) == number(0)
    assert total((number(0), X)) == X
    assert times(X, Product((X, X))) == Product((X, X, X))
    assert times(number(-1), X) == times(Negative(X), number(1)) == Negative(X)
    assert negative(Negative(X)) == X
    assert negative(number(2)) == number(-2)


@pytest.mark.parametrize(
    ("text", "value"),
    [("2**-1", 0.5), ("1 if 2 > 1 else 3", 1.0), ("max(1, 2)", 2.0), ("exp(0) - e + e", 1.0), ("0.1", 0.1)],
)
def test_constants(text, value):
    assert constant_value(parse(text)) == value


def test_a_letter_has_no_value():
    with pytest.raises(ValueError, match="no value"):
        constant_value(X)
