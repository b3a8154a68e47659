"""Bringing an expression into order: signs and numbers to the front, equal factors as powers, equal terms once."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from .algebra import ONE, ZERO, negative, number, times, total
from .expression import (
    Call,
    Choice,
    Expression,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    parts,
    rebuilt,
)


def collect(expression: Expression) -> Expression:
    """The expression in order; what it is equal to stays what it is equal to.

    >>> from thalweg.formulas.parsing import parse
    >>> collect(parse("x*(-1)*2/x**3")) == parse("-(2/x**2)")
    True
    """
    inner = rebuilt(expression, (collect(part) for part in parts(expression)))
    match inner:
        case Sum():
            return _sum(inner)
        case Power(base, Number(value)) if value == 1 or base == ONE:
            return base
        case Power(Number(Fraction() as value), Number(Fraction() as exponent)) if exponent.denominator == 1 and value:
            return Number(value**exponent.numerator)
        case Product() | Quotient() | Negative() | Power(_, Number()):
            return _product(inner)
        case Choice(_, then, otherwise) if then == otherwise:
            return then
        case Call("log", (Call("exp", (u,)),)):
            return u
        case _:
            return inner


def _sum(expression: Sum) -> Expression:
    """Terms in the order of their first occurrence, each once with its coefficient."""
    found: dict[Expression, Fraction] = {}
    decimal: set[Expression] = set()
    for term in _terms(expression, 1):
        coefficient, rest = _apart(term)
        found[rest] = found.get(rest, Fraction(0)) + coefficient
        decimal |= {rest} if _has_decimals(term) else set()
    return total(_scaled(coefficient, rest, rest in decimal) for rest, coefficient in found.items() if coefficient)


def _terms(expression: Expression, sign: int) -> Iterator[Expression]:
    match expression:
        case Sum(terms):
            for term in terms:
                yield from _terms(term, sign)
        case Negative(of):
            yield from _terms(of, -sign)
        case _:
            yield expression if sign > 0 else negative(expression)


def _apart(term: Expression) -> tuple[Fraction, Expression]:
    """A term as a number and the rest."""
    match term:
        case Number(Fraction() as value):
            return value, ONE
        case Negative(of):
            coefficient, rest = _apart(of)
            return -coefficient, rest
        case Product((Number(Fraction() as value), *others)):
            return value, times(*others)
        case Quotient(top, Number(Fraction() as value)) if value:
            coefficient, rest = _apart(top)
            return coefficient / value, rest
        case _:
            return Fraction(1), term


def _scaled(coefficient: Fraction, rest: Expression, decimal: bool) -> Expression:
    if coefficient < 0:
        return negative(_scaled(-coefficient, rest, decimal))
    if rest == ONE:
        return Number(coefficient)
    if coefficient.denominator > 1 and not decimal:
        return Quotient(times(number(coefficient.numerator), rest), number(coefficient.denominator))
    return times(Number(coefficient), rest)


def _has_decimals(term: Expression) -> bool:
    """Whether the number before a term was written with decimals: 0.5 x, not x/2."""
    match term:
        case Negative(of) | Quotient(of, Number()):
            return _has_decimals(of)
        case Number(Fraction() as value) | Product((Number(Fraction() as value), *_)):
            return _written_with_decimals(value)
        case _:
            return False


def _written_with_decimals(value: Fraction) -> bool:
    """Whether a number was written with decimals: 0.1; 1/3 has come of whole numbers."""
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return rest == 1 and value.denominator > 1


def _product(expression: Expression) -> Expression:
    """One fraction: the number, then each base once with its exponent."""
    coefficient, powers, decimal = Fraction(1), dict[Expression, Fraction](), False
    for base, exponent in _factors(expression, Fraction(1)):
        match base:
            case Number(Fraction() as value) if exponent.denominator == 1 and (value or exponent > 0):
                coefficient *= value**exponent.numerator
                decimal = decimal or _written_with_decimals(value)
            case _:
                powers[base] = powers.get(base, Fraction(0)) + exponent
    if not coefficient:
        return ZERO
    plain_first = sorted(powers.items(), key=lambda power: not isinstance(power[0], Symbol))
    tops = [_power(base, exponent) for base, exponent in plain_first if exponent > 0]
    bottoms = [_power(base, -exponent) for base, exponent in plain_first if exponent < 0]
    size = abs(coefficient)
    if decimal and size.denominator > 1:
        top, bottom = times(Number(size), *tops), times(*bottoms)
    else:
        top, bottom = times(number(size.numerator), *tops), times(number(size.denominator), *bottoms)
    found = top if bottom == ONE else Quotient(top, bottom)
    return found if coefficient > 0 else negative(found)


def _power(base: Expression, exponent: Fraction) -> Expression:
    return base if exponent == 1 else Power(base, Number(exponent))


def _factors(expression: Expression, exponent: Fraction) -> Iterator[tuple[Expression, Fraction]]:
    """The factors of an expression, each a base and an exponent."""
    match expression:
        case Negative(of) if exponent.denominator == 1:
            if exponent.numerator % 2:
                yield number(-1), Fraction(1)
            yield from _factors(of, exponent)
        case Product(factors) if exponent.denominator == 1:
            for factor in factors:
                yield from _factors(factor, exponent)
        case Quotient(top, bottom) if exponent.denominator == 1:
            yield from _factors(top, exponent)
            yield from _factors(bottom, -exponent)
        case Power(base, Number(Fraction() as value)) if value.denominator == 1:
            yield from _factors(base, exponent * value) if _plain(base) else ((base, exponent * value),)
        case Power(base, Number(Fraction() as value)) if exponent == 1:
            yield base, value
        case _:
            yield expression, exponent


def _plain(base: Expression) -> bool:
    """Whether a power of this is written as a power of its parts."""
    return isinstance(base, Power | Negative)
