"""Formulas as small trees: built once, written as plain text, LaTeX or MathML, and evaluated when they hold numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Number:
    """A number at full precision; a writer rounds it to the digits asked."""

    value: float


@dataclass(frozen=True, slots=True)
class Symbol:
    """A letter or word with indices: below, above, and a mark over it ("hat", "prime")."""

    base: str
    below: tuple[str, ...] = ()
    above: tuple[str, ...] = ()
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Negative:
    """-x."""

    of: Expression


@dataclass(frozen=True, slots=True)
class Sum:
    """x + y + ...; a `Negative` term is subtracted."""

    terms: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Product:
    """x y ...; numbers in it stand in parentheses."""

    factors: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Fraction:
    """x / y."""

    top: Expression
    bottom: Expression


@dataclass(frozen=True, slots=True)
class Power:
    """x to the power y."""

    base: Expression
    exponent: Expression


@dataclass(frozen=True, slots=True)
class Root:
    """The square root of x."""

    of: Expression


@dataclass(frozen=True, slots=True)
class Call:
    """A function of arguments; the function's name is a text ("exp") or a symbol."""

    function: str | Symbol
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Folded:
    """Terms of a sum that are left out, how many, and what they add up to (None among symbols)."""

    count: int
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Array:
    """A matrix, or a column when its rows have one entry; None stands for what is left out."""

    rows: tuple[tuple[Expression | None, ...], ...]


Expression: TypeAlias = Number | Symbol | Negative | Sum | Product | Fraction | Power | Root | Call | Folded | Array

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "exp": math.exp,
    "ln": math.log,
    "tanh": math.tanh,
    "sqrt": math.sqrt,
    "erf": math.erf,
    "abs": abs,
    "max": max,
    "min": min,
    "sign": lambda x: float(x > 0) - float(x < 0),
}


def total(terms: Iterable[Expression]) -> Expression:
    """The sum of terms; one term stands for itself, none for 0.

    >>> total([Number(2.0)])
    Number(value=2.0)
    """
    terms = tuple(terms)
    return terms[0] if len(terms) == 1 else Sum(terms) if terms else Number(0.0)


def times(*factors: Expression) -> Expression:
    """The product of factors; factors that are 1 are left out, -1 becomes a sign.

    >>> times(Number(1.0), Symbol("x"))
    Symbol(base='x', below=(), above=(), mark='')
    """
    sign = math.prod(-1.0 for factor in factors if factor == Number(-1.0))
    kept = tuple(factor for factor in factors if factor not in (Number(1.0), Number(-1.0)))
    product = kept[0] if len(kept) == 1 else Product(kept) if kept else Number(1.0)
    return Negative(product) if sign < 0 else product


def partial(top: Expression, bottom: Expression) -> Fraction:
    """∂x / ∂y."""
    return Fraction(Product((Symbol("∂"), top)), Product((Symbol("∂"), bottom)))


def evaluate(expression: Expression) -> float:
    """The value of an expression of numbers; NaN where it has none, KeyError where a symbol is in it.

    >>> evaluate(Sum((Number(1.0), Negative(Product((Number(2.0), Number(3.0)))))))
    -5.0
    """
    match expression:
        case Number(value):
            return value
        case Negative(of):
            return -evaluate(of)
        case Sum(terms):
            return math.fsum(evaluate(term) for term in terms)
        case Product(factors):
            return math.prod(evaluate(factor) for factor in factors)
        case Folded(_, value) if value is not None:
            return value
        case Symbol(base) | Folded(base):
            raise KeyError(base)
    try:
        match expression:
            case Fraction(top, bottom):
                return evaluate(top) / evaluate(bottom)
            case Power(base, exponent):
                return evaluate(base) ** evaluate(exponent)
            case Root(of):
                return math.sqrt(evaluate(of))
            case Call(function, arguments):
                return FUNCTIONS[str(function)](*(evaluate(argument) for argument in arguments))
    except (ZeroDivisionError, ValueError, OverflowError):
        return math.nan
    raise KeyError(type(expression).__name__)
