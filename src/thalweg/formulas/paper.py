"""Formulas as one writes them on paper: letters for their names, eᵘ for exp(u), signs before quotients."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType

from .algebra import ONE, negative, number
from .expression import Call, Expression, Negative, Number, Power, Quotient, Sum, Symbol, parts, rebuilt, walk

DIGITS = 12
"""Of a decimal on paper."""
_ROUNDED = 6
"""Of one that has more."""
LETTERS: Mapping[str, Expression] = MappingProxyType(
    {"alpha": Symbol("α"), "delta": Symbol("δ"), "scale": Symbol("λ"), "slope": Symbol("c")}
)
"""How names of formulas are written; any other as it is, what follows _ as its index."""


def on_paper(expression: Expression, letters: Mapping[str, Expression] = LETTERS) -> Expression:
    """A formula with the letters that its names are written with, in the form that an algebraic writer takes.

    >>> on_paper(Symbol("n_i")), on_paper(Symbol("alpha")).base
    (Symbol(base='n', below=('i',), above=(), mark=''), 'α')
    """
    match expression:
        case Number(Fraction() as value):
            return _number(value)
        case Symbol(name, (), (), ""):
            return letters.get(name) or _indexed(name)
        case Quotient(Negative(top), bottom):
            return Negative(Quotient(on_paper(top, letters), on_paper(bottom, letters)))
    found = tuple(on_paper(part, letters) for part in parts(expression))
    match expression:
        case Call("exp", _):
            return _power_of_e(*found)
        case Call("expm1", _):
            return Sum((_power_of_e(*found), number(-1)))
        case Call("log1p", _):
            return Call("log", (Sum((ONE, *found)),))
        case Call("sigmoid", _):
            return Call(Symbol("σ"), found)
        case _:
            return rebuilt(expression, found)


def _power_of_e(exponent: Expression) -> Expression:
    return Power(Symbol("e"), exponent)


def is_rounded(expression: Expression) -> bool:
    """Whether a number of a formula has more decimals than are written on paper.

    >>> is_rounded(Number(Fraction(2, 3))), is_rounded(Number(Fraction(17159, 15000)))
    (False, True)
    """
    return any(
        isinstance(part, Number) and isinstance(part.value, Fraction) and _long(part.value) for part in walk(expression)
    )


def _long(value: Fraction) -> bool:
    return value.denominator >= 1000 and float(f"{float(value):.{DIGITS}g}") != float(value)


def _number(value: Fraction) -> Expression:
    """A decimal as it is, a long one rounded; a fraction that has none as a fraction."""
    if _long(value):
        return Number(Fraction(f"{float(value):.{_ROUNDED}g}"))
    if float(f"{float(value):.{DIGITS}g}") == float(value):
        return Number(value)
    found = Quotient(number(abs(value.numerator)), number(value.denominator))
    return negative(found) if value < 0 else found


def _indexed(name: str) -> Symbol:
    base, _, below = name.partition("_")
    return Symbol(base, (below,) if below else ())
