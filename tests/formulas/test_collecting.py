"""Expressions in order."""

import pytest

from thalweg.formulas.algebra import ZERO
from thalweg.formulas.collecting import collect
from thalweg.formulas.expression import Quotient, Symbol
from thalweg.formulas.parsing import parse


@pytest.mark.parametrize(
    ("text", "collected"),
    [
        ("x*3*(-2)", "-(6*x)"),
        ("x*x*x", "x**3"),
        ("x*(1/x)", "1"),
        ("x**2/x", "x"),
        ("1/x/x", "1/x**2"),
        ("2*x/4", "x/2"),
        ("(1+x)**-2*exp(x)", "exp(x)/(1+x)**2"),
        ("x + x", "2*x"),
        ("x - x", "0"),
        ("1 + x + 2", "3 + x"),
        ("x - (1 - x)", "2*x - 1"),
        ("-(-x)", "x"),
        ("0*x + 1", "1"),
        ("x*0.01", "0.01*x"),
        ("x/3 + x/3", "2*x/3"),
        ("tanh(x)*x", "x*tanh(x)"),
        ("x**1", "x"),
        ("log(exp(x))", "x"),
        ("1 if x > 0 else 1", "1"),
        ("-x/-2", "x/2"),
        ("(-x)**2*x", "x**3"),
        ("(-x)**3*x", "-(x**4)"),
        ("x*0.5 + x*0.25", "0.75*x"),
        ("x**(1/2)*x**(1/2)", "x**(1/2)*x**(1/2)"),
    ],
)
def test_it_looks_like_this(text, collected):
    found = collect(parse(text))
    assert found == parse(collected) or found == collect(parse(collected))
    assert collect(found) == found


def test_what_is_divided_by_0_stays():
    assert collect(Quotient(Symbol("x"), ZERO)) == Quotient(Symbol("x"), ZERO)
