"""An expression as the text of a formula, and what it comes to at one place."""

from __future__ import annotations

from .expression import (
    Choice,
    Constant,
    Expression,
    Function,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Variable,
    constant_value,
    parts,
    rebuilt,
    replaced,
)

_SUM, _PRODUCT, _POWER = 1, 2, 3


def spell(expression: Expression, around: int = 0) -> str:
    """The formula that `parse` reads as this expression, or as one that is equal to it.

    >>> from thalweg.formulas.parsing import parse
    >>> spell(parse("x/(1+abs(x))"))
    'x/(1 + abs(x))'
    """
    match expression:
        case Number(value):
            return _number(value.numerator, value.denominator, around)
        case Constant(name) | Variable(name):
            return name
        case Negative(u):
            return _bracketed(f"-{spell(u, _PRODUCT)}", around >= _SUM)
        case Sum((first, *others)):
            terms = (f"- {spell(t.of, _PRODUCT)}" if isinstance(t, Negative) else f"+ {spell(t, _SUM)}" for t in others)
            return _bracketed(" ".join((spell(first, _SUM), *terms)), around >= _SUM)
        case Product(factors):
            return _bracketed("*".join(spell(factor, _PRODUCT) for factor in factors), around > _PRODUCT)
        case Quotient(top, bottom):
            return _bracketed(f"{spell(top, _PRODUCT)}/{spell(bottom, _POWER)}", around > _PRODUCT)
        case Power(base, exponent):
            return _bracketed(f"{spell(base, _POWER + 1)}**{spell(exponent, _POWER)}", around > _POWER)
        case Function(name, arguments):
            return f"{name}({', '.join(map(spell, arguments))})"
        case Choice(conditions, then, otherwise):
            sides = [f"{spell(condition.left)} {condition.sign}" for condition in conditions]
            holds = " ".join((*sides, spell(conditions[-1].right)))
            return _bracketed(f"{spell(then, _SUM)} if {holds} else {spell(otherwise, _SUM)}", around > 0)
    raise ValueError("a derivative that is not worked out has no formula")


def at(expression: Expression, variable: str, place: float) -> Expression:
    """The expression with its choices taken as they fall where the variable has a value.

    >>> from thalweg.formulas.parsing import parse
    >>> spell(at(parse("max(x, 0.1*x) if x < 5 else 2"), "x", -1.0))
    '0.1*x'
    """
    from fractions import Fraction

    here = Number(Fraction(place))

    def value(u: Expression) -> float:
        return constant_value(replaced(u, Variable(variable), here))

    def taken(part: Expression) -> Expression:
        match part:
            case Choice(conditions, then, otherwise):
                signs = {"<": float.__lt__, "<=": float.__le__, ">": float.__gt__, ">=": float.__ge__}
                holds = all(signs[one.sign](value(one.left), value(one.right)) for one in conditions)
                return taken(then if holds else otherwise)
            case Function("max", (u, v)):
                return taken(u if value(u) > value(v) else v)
            case Function("min", (u, v)):
                return taken(u if value(u) < value(v) else v)
            case Function("relu", (u,)):
                return taken(u) if value(u) > 0 else Number(Fraction(0))
            case _:
                return rebuilt(part, map(taken, parts(part)))

    return taken(expression)


def _number(top: int, bottom: int, around: int) -> str:
    value = top / bottom
    if bottom == 1:
        return _bracketed(str(top), top < 0 and around > 0)
    if float(f"{value:.12g}") == value:
        return _bracketed(f"{value:.12g}", value < 0 and around > 0)
    return _bracketed(f"{top}/{bottom}", around > 0)


def _bracketed(text: str, needed: bool) -> str:
    return f"({text})" if needed else text
