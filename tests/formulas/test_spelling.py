"""Expressions back to texts, and their cases at a place."""

import numpy as np
import pytest
from formula_texts import KNOWN, POINTS, texts
from hypothesis import given, settings

from thalweg.formulas.collecting import collect
from thalweg.formulas.differentiation import differentiate
from thalweg.formulas.expression import Derivative, Variable
from thalweg.formulas.parsing import parse
from thalweg.formulas.program import compiled
from thalweg.formulas.spelling import at, spell


@pytest.mark.parametrize("text", KNOWN)
def test_what_is_spelt_is_read_again(text):
    for expression in (parse(text), collect(differentiate(parse(text), "x"))):
        again = parse(spell(expression))
        np.testing.assert_allclose(compiled(again)(POINTS), compiled(expression)(POINTS), rtol=1e-12)


@settings(max_examples=50)
@given(texts())
def test_any_formula_is_spelt(text):
    again = parse(spell(parse(text)))
    x = np.array([-1.3, 0.4, 2.2])
    np.testing.assert_allclose(compiled(again)(x), compiled(parse(text))(x), rtol=1e-12)


@pytest.mark.parametrize("text", KNOWN)
def test_cases_as_they_fall(text):
    for x in POINTS:
        here = at(parse(text), "x", float(x))
        assert not any(word in spell(here) for word in (" if ", "max", "min", "relu"))
        np.testing.assert_allclose(compiled(here)(x), compiled(parse(text))(x), rtol=1e-12)


def test_a_derivative_has_no_formula():
    with pytest.raises(ValueError, match="not worked out"):
        spell(Derivative(Variable("x")))
