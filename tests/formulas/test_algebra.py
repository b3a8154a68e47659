"""Sums, products and signs."""

from thalweg.formulas.algebra import negative, number, partial, times, total
from thalweg.formulas.expression import Negative, Number, Product, Sum, Symbol
from thalweg.formulas.write_text import TextWriter

X = Symbol("x")


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


def test_a_value_that_is_0_is_shown():
    """An exact 0 has no say in a sum; a float is a number that somebody wants to see."""
    assert total((Number(0.0), X)) == Sum((Number(0.0), X))
    assert times(X, Number(0.0)) == Product((X, Number(0.0)))
    assert times(Number(1.0), X) == X


def test_a_partial_derivative_is_a_fraction():
    assert TextWriter().write(partial(Symbol("F"), X)) == "∂F/∂x"
