"""What an expression comes to when its letters have values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

from .algebra import ZERO
from .expression import (
    Call,
    Choice,
    Condition,
    Constant,
    Expression,
    Folded,
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
from .functions import FUNCTIONS

_NOTHING: Mapping[str, float] = MappingProxyType({})


def evaluate(expression: Expression, values: Mapping[str, float] = _NOTHING) -> float:
    """The value of an expression; NaN where it has none, infinity where it is too large.

    `values` are those of plain letters by their names. Raises KeyError for a letter without a value, and for what has
    none by itself, such as a matrix.

    >>> evaluate(Sum((Number(1.0), Negative(Product((Number(2.0), Symbol("x")))))), {"x": 3.0})
    -5.0
    """
    try:
        match expression:
            case Number(value):
                return float(value)
            case Constant(name):
                return math.e if name == "e" else math.pi
            case Symbol(base, (), (), ""):
                return values[base]
            case Negative(of):
                return -evaluate(of, values)
            case Sum(terms):
                return math.fsum(evaluate(term, values) for term in terms)
            case Product(factors):
                return math.prod(evaluate(factor, values) for factor in factors)
            case Quotient(top, bottom):
                return evaluate(top, values) / evaluate(bottom, values)
            case Power(base, exponent):
                return math.pow(evaluate(base, values), evaluate(exponent, values))
            case Call(str() as name, arguments):
                return float(FUNCTIONS[name].scalar(*(evaluate(argument, values) for argument in arguments)))
            case Choice(conditions, then, otherwise):
                return evaluate(then if _hold(conditions, values) else otherwise, values)
            case Folded(_, float() as value):
                return value
    except OverflowError:
        return math.inf
    except (ValueError, ZeroDivisionError):
        return math.nan
    raise KeyError(getattr(expression, "base", type(expression).__name__))


def at(expression: Expression, values: Mapping[str, float]) -> Expression:
    """The expression with its choices, max, min and relu taken as they fall where the letters have these values.

    >>> from thalweg.formulas.parsing import parse
    >>> from thalweg.formulas.spelling import spell
    >>> spell(at(parse("max(x, 0.1*x) if x < 5 else 2"), {"x": -1.0}))
    '0.1*x'
    """
    match expression:
        case Choice(conditions, then, otherwise):
            return at(then if _hold(conditions, values) else otherwise, values)
        case Call("max", (u, v)):
            return at(u if evaluate(u, values) > evaluate(v, values) else v, values)
        case Call("min", (u, v)):
            return at(u if evaluate(u, values) < evaluate(v, values) else v, values)
        case Call("relu", (u,)):
            return at(u, values) if evaluate(u, values) > 0 else ZERO
        case _:
            return rebuilt(expression, (at(part, values) for part in parts(expression)))


def _hold(conditions: tuple[Condition, ...], values: Mapping[str, float]) -> bool:
    return all(holds(condition, values) for condition in conditions)


def holds(condition: Condition, values: Mapping[str, float] = _NOTHING) -> bool:
    """Whether a condition holds where the letters have these values."""
    left, right = evaluate(condition.left, values), evaluate(condition.right, values)
    return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[condition.sign]
