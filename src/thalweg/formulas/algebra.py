"""Sums, products and signs as one writes them: without 0 and 1, and without two signs."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from .expression import Expression, Negative, Number, Product, Quotient, Sum, Symbol

ZERO, ONE = Number(Fraction(0)), Number(Fraction(1))


def number(value: int | Fraction) -> Number:
    """An exact number."""
    return Number(Fraction(value))


def negative(expression: Expression) -> Expression:
    """-u, where two signs cancel."""
    match expression:
        case Negative(of):
            return of
        case Number(value):
            return Number(-value)
        case _:
            return Negative(expression)


def total(terms: Iterable[Expression]) -> Expression:
    """The sum of terms; one term stands for itself, none for 0. An exact 0 is left out, a value that is 0 is shown.

    >>> total([ZERO, Number(2.0)]), total([])
    (Number(value=2.0), Number(value=Fraction(0, 1)))
    """
    kept = tuple(term for term in terms if not _is_zero(term))
    return kept[0] if len(kept) == 1 else Sum(kept) if kept else ZERO


def times(*factors: Expression) -> Expression:
    """The product of factors, flat: 1 is left out, an exact 0 wins, a sign of the first factor stands before all.

    >>> times(Number(1.0), Symbol("x"))
    Symbol(base='x', below=(), above=(), mark='')
    """
    flat = tuple(
        inner for factor in factors for inner in (factor.factors if isinstance(factor, Product) else (factor,))
    )
    if any(map(_is_zero, flat)):
        return ZERO
    kept = tuple(factor for factor in flat if factor != ONE)
    if len(kept) > 1:
        match kept[0]:
            case Negative(of):
                return negative(times(of, *kept[1:]))
            case Number(Fraction() as value) if value < 0:
                return negative(times(Number(-value), *kept[1:]))
    return kept[0] if len(kept) == 1 else Product(kept) if kept else ONE


def partial(top: Expression, bottom: Expression) -> Quotient:
    """∂x / ∂y."""
    return Quotient(Product((Symbol("∂"), top)), Product((Symbol("∂"), bottom)))


def _is_zero(expression: Expression) -> bool:
    """Whether it is 0 exactly: not a value that happens to be 0."""
    return isinstance(expression, Number) and isinstance(expression.value, Fraction) and not expression.value
