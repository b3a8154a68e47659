"""Expressions back to texts."""

import numpy as np
import pytest
from formula_texts import KNOWN, POINTS, texts
from hypothesis import given, settings

from thalweg.formulas.collecting import collect
from thalweg.formulas.differentiation import differentiate
from thalweg.formulas.expression import Array, Derivative, Symbol
from thalweg.formulas.parsing import parse
from thalweg.formulas.program import compiled
from thalweg.formulas.spelling import spell


@pytest.mark.parametrize("text", KNOWN)
def test_what_is_spelt_is_read_again(text):
    for expression in (parse(text), collect(differentiate(parse(text), Symbol("x")))):
        again = parse(spell(expression))
        np.testing.assert_allclose(compiled(again)(POINTS), compiled(expression)(POINTS), rtol=1e-12)


@settings(max_examples=50)
@given(texts())
def test_any_formula_is_spelt(text):
    again = parse(spell(parse(text)))
    x = np.array([-1.3, 0.4, 2.2])
    np.testing.assert_allclose(compiled(again)(x), compiled(parse(text))(x), rtol=1e-12)


def test_a_derivative_is_told_and_a_matrix_is_not():
    assert spell(Derivative(parse("x**2"), Symbol("x"))) == "derivative(x**2, x)"
    with pytest.raises(ValueError, match="Array has no formula"):
        spell(Array(((Symbol("x"),),)))
