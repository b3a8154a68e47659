"""An expression as a straight row of array operations, each done once: what a network runs."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from .evaluation import evaluate
from .expression import (
    Call,
    Choice,
    Condition,
    Expression,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    parts,
    symbols,
    walk,
)
from .functions import FUNCTIONS, Array

REDUCTIONS = ("sum", "largest")
"""Functions over all units of a layer, the last axis of the array."""

_LARGEST_INTEGER = 1000.0
"""Of an exponent that is multiplied out, and of any number that may as well be an integer."""
_Step = tuple[Callable[..., Any], tuple[int, ...]]


def compiled(expression: Expression) -> Callable[[Array], Array]:
    """The expression as a function of arrays of any library; its one variable is the array.

    Values outside its domain are NaN or infinite without a warning. `sum` and `largest` go over the last axis.

    >>> import numpy as np
    >>> from thalweg.formulas.parsing import parse
    >>> compiled(parse("x**2 + 1"))(np.array([1.0, 2.0]))
    array([2., 5.])
    """
    steps: list[_Step] = []
    places: dict[Expression, int] = {}
    result = _place(expression, steps, places)

    def run(n: Array) -> Array:
        import numpy as np

        xp = n.__array_namespace__() if hasattr(n, "__array_namespace__") else np
        n = xp.asarray(n)
        values: list[Any] = []
        with np.errstate(all="ignore"):
            for function, arguments in steps:
                values.append(function(xp, n, *[values[place] for place in arguments]))
        found = values[result]
        return xp.zeros_like(n) + found if isinstance(found, float | int) else found

    return run


def _place(expression: Expression, steps: list[_Step], places: dict[Expression, int]) -> int:
    """The place of an expression's value among the values of the steps."""
    if expression not in places:
        if not symbols(expression) and not reduces(expression):
            steps.append((_constant(expression), ()))
        else:
            arguments = tuple(_place(part, steps, places) for part in parts(expression))
            steps.append((_operation(expression), arguments))
        places[expression] = len(steps) - 1
    return places[expression]


def reduces(expression: Expression) -> bool:
    """Whether a value needs those of the other units of its layer."""
    return any(isinstance(part, Call) and part.function in REDUCTIONS for part in walk(expression))


def _constant(expression: Expression) -> Callable[..., Any]:
    """A plain number of Python's, which takes the type of the arrays that it meets."""
    value: float = evaluate(expression)
    if value.is_integer() and abs(value) < _LARGEST_INTEGER:
        value = int(value)
    return lambda xp, n: value


def _operation(expression: Expression) -> Callable[..., Any]:
    match expression:
        case Symbol():
            return lambda xp, n: n
        case Negative():
            return lambda xp, n, u: -u
        case Sum():
            return lambda xp, n, first, *others: sum(others, first)
        case Product():
            return _product
        case Quotient():
            return lambda xp, n, u, v: u / v
        case Power(_, Number(Fraction() as value)) if value.denominator == 1 and 0 < value <= 3:
            return lambda xp, n, u, _: _product(xp, n, *[u] * value.numerator)
        case Power():
            return lambda xp, n, u, v: u**v
        case Call("sum"):
            return lambda xp, n, u: xp.sum(u + xp.zeros_like(n), axis=-1, keepdims=True)
        case Call("largest"):
            return lambda xp, n, u: xp.max(u + xp.zeros_like(n), axis=-1, keepdims=True)
        case Call(str() as name):
            row = FUNCTIONS[name]
            return lambda xp, n, *arguments: row.array(xp, *arguments)
        case Choice(conditions):
            return _choice(conditions)
    raise TypeError(f"{expression} cannot be computed")


def _product(xp: Any, n: Array, first: Array, *others: Array) -> Array:
    for other in others:
        first = first * other
    return first


def _choice(conditions: tuple[Condition, ...]) -> Callable[..., Any]:
    def run(xp: Any, n: Array, then: Array, otherwise: Array, *sides: Array) -> Array:
        holds = True
        for place, condition in enumerate(conditions):
            left, right = sides[2 * place], sides[2 * place + 1]
            match condition.sign:
                case "<":
                    found = left < right
                case "<=":
                    found = left <= right
                case ">":
                    found = left > right
                case _:
                    found = left >= right
            holds = holds & found
        both = [xp.asarray(u, dtype=n.dtype) if isinstance(u, float | int) else u for u in (then, otherwise)]
        return xp.where(holds, *both)

    return run
