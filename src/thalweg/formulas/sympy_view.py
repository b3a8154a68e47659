"""Formulas as SymPy's expressions, for those who have SymPy: built node by node, no text is given to it."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from ..errors import ArgumentError
from .expression import (
    Call,
    Choice,
    Condition,
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

_NOTHING: Mapping[str, Expression] = MappingProxyType({})


def to_sympy(expression: Expression, given: Mapping[str, Expression] = _NOTHING) -> Any:
    """An expression as SymPy's, derivatives not yet worked out; letters in `given` become what they stand for.

    All letters are real. Raises ArgumentError where SymPy is not installed, and for what SymPy has not, such as terms
    that are left out.

    >>> from thalweg.formulas.parsing import parse
    >>> to_sympy(Derivative(parse("x**3"), Symbol("x")))
    Derivative(x**3, x)
    """
    sympy = _sympy()

    def of(part: Expression) -> Any:
        match part:
            case Number(Fraction() as value):
                return sympy.Rational(value.numerator, value.denominator)
            case Number(value):
                return sympy.Float(value)
            case Constant(name):
                return sympy.E if name == "e" else sympy.pi
            case Symbol(name, (), (), ""):
                return of(given[name]) if name in given else sympy.Symbol(name, real=True)
            case Negative(u):
                return -of(u)
            case Sum(terms):
                return sympy.Add(*map(of, terms))
            case Product(factors):
                return sympy.Mul(*map(of, factors))
            case Quotient(top, bottom):
                return of(top) / of(bottom)
            case Power(base, exponent):
                return of(base) ** of(exponent)
            case Call(str() as name, arguments):
                return _function(sympy, name, [of(argument) for argument in arguments])
            case Choice(conditions, then, otherwise):
                holds = sympy.And(*map(condition_of, conditions))
                return sympy.Piecewise((of(then), holds), (of(otherwise), True))
            case Derivative(u, by):
                return sympy.Derivative(of(u), of(by))
        raise ArgumentError(f"SymPy has nothing for a {type(part).__name__}")

    def condition_of(condition: Condition) -> Any:
        return sympy.Rel(of(condition.left), of(condition.right), condition.sign)

    try:
        return of(expression)
    except (TypeError, ValueError, RecursionError) as error:
        raise ArgumentError(f"SymPy cannot take this formula: {' '.join(str(error).split())}") from error


def _sympy() -> Any:
    try:
        import sympy
    except ModuleNotFoundError as error:
        raise ArgumentError('SymPy is not installed: pip install "thalweg[sympy]"') from error
    return sympy


def _function(sympy: Any, name: str, arguments: list[Any]) -> Any:
    u = arguments[0]
    match name:
        case "sigmoid":
            return 1 / (1 + sympy.exp(-u))
        case "softplus":
            return sympy.log(1 + sympy.exp(u))
        case "relu":
            return sympy.Max(u, 0)
        case "log1p":
            return sympy.log(1 + u)
        case "expm1":
            return sympy.exp(u) - 1
        case "max" | "min" | "abs":
            return getattr(sympy, name.capitalize())(*arguments, **({"evaluate": False} if name != "abs" else {}))
        case _:
            return getattr(sympy, name)(*arguments)
