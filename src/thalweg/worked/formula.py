"""A user's formula as a SymPy expression: read against the white list of the core, then built. Nothing is evaluated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..formulas.expression import (
    Choice,
    Condition,
    Constant,
    Derivative,
    Expression,
    Function,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Variable,
)
from ..formulas.parsing import parse


def parse_formula(text: str, names: Sequence[str] = ("x", "n")) -> Any:
    """The SymPy expression that a formula stands for; `names` are its variables, all real.

    Raises ArgumentError, in one line that names the column, for what is no formula: see
    `thalweg.formulas.parsing.parse`.

    >>> parse_formula("x**2/(1 + exp(-x))")
    x**2/(1 + exp(-x))
    """
    return to_sympy(parse(text, names))


def to_sympy(expression: Expression, by: str = "x", given: Mapping[str, Expression] | None = None) -> Any:
    """An expression as SymPy's, derivatives by `by` not yet worked out; letters in `given` become what they stand for.

    >>> from thalweg.formulas.expression import Derivative, Variable
    >>> to_sympy(Derivative(Power(Variable("x"), Number(3))), "x")
    Derivative(x**3, x)
    """
    import sympy

    known = given or {}

    def of(part: Expression) -> Any:
        match part:
            case Number(value):
                return sympy.Rational(value.numerator, value.denominator)
            case Constant(name):
                return sympy.E if name == "e" else sympy.pi
            case Variable(name):
                return of(known[name]) if name in known else sympy.Symbol(name, real=True)
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
            case Function(name, arguments):
                return _function(name, [of(argument) for argument in arguments])
            case Choice(conditions, then, otherwise):
                holds = sympy.And(*map(condition_of, conditions))
                return sympy.Piecewise((of(then), holds), (of(otherwise), True))
            case Derivative(u):
                return sympy.Derivative(of(u), sympy.Symbol(by, real=True))

    def condition_of(condition: Condition) -> Any:
        return sympy.Rel(of(condition.left), of(condition.right), condition.sign)

    return of(expression)


def _function(name: str, arguments: list[Any]) -> Any:
    import sympy

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
            return getattr(sympy, name.capitalize())(*arguments)
        case _:
            return getattr(sympy, name)(*arguments)
