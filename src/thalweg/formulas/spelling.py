"""An expression as the text of a formula."""

from __future__ import annotations

from fractions import Fraction

from .expression import (
    Call,
    Choice,
    Constant,
    Derivative,
    Expression,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
)

_SUM, _PRODUCT, _POWER = 1, 2, 3


def spell(expression: Expression, around: int = 0) -> str:
    """The formula that `parse` reads as this expression, or as one that is equal to it.

    Of a derivative that is not worked out it is derivative(u, x), which no parser reads. Raises ValueError for what no
    formula has, such as a matrix.

    >>> from thalweg.formulas.parsing import parse
    >>> spell(parse("x/(1+abs(x))"))
    'x/(1 + abs(x))'
    """
    match expression:
        case Number(value):
            return _number(Fraction(value), around)
        case Constant(name) | Symbol(name, (), (), ""):
            return name
        case Negative(u):
            return _bracketed(f"-{spell(u, _PRODUCT)}", around >= _SUM)
        case Sum((first, *others)):
            terms = (f"- {spell(t.of, _PRODUCT)}" if isinstance(t, Negative) else f"+ {spell(t, _SUM)}" for t in others)
            begun = spell(first, 0 if isinstance(first, Negative | Number) else _SUM)
            return _bracketed(" ".join((begun, *terms)), around >= _SUM)
        case Product(factors):
            return _bracketed("*".join(spell(factor, _PRODUCT) for factor in factors), around > _PRODUCT)
        case Quotient(top, bottom):
            return _bracketed(f"{spell(top, _PRODUCT)}/{spell(bottom, _POWER)}", around > _PRODUCT)
        case Power(base, exponent):
            return _bracketed(f"{spell(base, _POWER + 1)}**{spell(exponent, _POWER)}", around > _POWER)
        case Call(str() as name, arguments):
            return f"{name}({', '.join(map(spell, arguments))})"
        case Choice(conditions, then, otherwise):
            sides = [f"{spell(condition.left)} {condition.sign}" for condition in conditions]
            holds = " ".join((*sides, spell(conditions[-1].right)))
            return _bracketed(f"{spell(then, _SUM)} if {holds} else {spell(otherwise, _SUM)}", around > 0)
        case Derivative(of, by):
            return f"derivative({spell(of)}, {spell(by)})"
    raise ValueError(f"a {type(expression).__name__} has no formula")


def _number(value: Fraction, around: int) -> str:
    top, bottom = value.numerator, value.denominator
    if bottom == 1:
        return _bracketed(str(top), top < 0 and around > 0)
    if float(f"{float(value):.12g}") == float(value):
        return _bracketed(f"{float(value):.12g}", value < 0 and around > 0)
    return _bracketed(f"{top}/{bottom}", around > 0)


def _bracketed(text: str, needed: bool) -> str:
    return f"({text})" if needed else text
