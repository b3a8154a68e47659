"""Trees of formulas."""

import pytest
from formula_texts import KNOWN

from thalweg.formulas.expression import Symbol, parts, rebuilt, replaced, symbols, walk
from thalweg.formulas.parsing import parse

X = Symbol("x")


@pytest.mark.parametrize("text", KNOWN)
def test_an_expression_is_made_of_its_parts(text):
    for part in walk(parse(text)):
        assert rebuilt(part, parts(part)) == part


@pytest.mark.parametrize("text", KNOWN)
def test_a_replaced_letter_is_gone(text):
    other = replaced(parse(text), X, Symbol("y"))
    assert symbols(other) == (Symbol("y"),)
    assert replaced(other, Symbol("y"), X) == parse(text)
