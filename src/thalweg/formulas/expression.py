"""What a formula is made of: small trees that keep the order in which it was written."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Number:
    """An exact number; its sign belongs to it."""

    value: Fraction


@dataclass(frozen=True, slots=True)
class Constant:
    """e or pi."""

    name: str


@dataclass(frozen=True, slots=True)
class Variable:
    """A letter: the variable, or one that stands still while the variable changes."""

    name: str


@dataclass(frozen=True, slots=True)
class Negative:
    """-u."""

    of: Expression


@dataclass(frozen=True, slots=True)
class Sum:
    """u + v + ...; a `Negative` term is subtracted."""

    terms: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Product:
    """u v ..."""

    factors: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Quotient:
    """u / v."""

    top: Expression
    bottom: Expression


@dataclass(frozen=True, slots=True)
class Power:
    """u to the power v."""

    base: Expression
    exponent: Expression


@dataclass(frozen=True, slots=True)
class Function:
    """An elementary function of one argument; max and min of two."""

    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """left sign right, the sign being one of < <= > >=."""

    left: Expression
    sign: str
    right: Expression


@dataclass(frozen=True, slots=True)
class Choice:
    """u where all conditions hold, else v."""

    conditions: tuple[Condition, ...]
    then: Expression
    otherwise: Expression


@dataclass(frozen=True, slots=True)
class Derivative:
    """The derivative of u by the variable, not worked out yet."""

    of: Expression


Expression: TypeAlias = (
    Number | Constant | Variable | Negative | Sum | Product | Quotient | Power | Function | Choice | Derivative
)

ZERO, ONE = Number(Fraction(0)), Number(Fraction(1))


def number(value: int | Fraction) -> Number:
    """A number."""
    return Number(Fraction(value))


def parts(expression: Expression) -> tuple[Expression, ...]:
    """What an expression is made of, in the order in which it is written."""
    match expression:
        case Negative(of) | Derivative(of):
            return (of,)
        case Sum(found) | Product(found) | Function(_, found):
            return found
        case Quotient(first, second) | Power(first, second):
            return first, second
        case Choice(conditions, then, otherwise):
            sides = (side for condition in conditions for side in (condition.left, condition.right))
            return (then, otherwise, *sides)
        case _:
            return ()


def rebuilt(expression: Expression, new: Iterable[Expression]) -> Expression:
    """The same expression made of other parts, given in the order of `parts`."""
    found = tuple(new)
    match expression:
        case Negative():
            return Negative(*found)
        case Derivative():
            return Derivative(*found)
        case Sum():
            return Sum(found)
        case Product():
            return Product(found)
        case Function(name):
            return Function(name, found)
        case Quotient():
            return Quotient(*found)
        case Power():
            return Power(*found)
        case Choice(conditions):
            sides = iter(found[2:])
            changed = tuple(Condition(next(sides), condition.sign, next(sides)) for condition in conditions)
            return Choice(changed, found[0], found[1])
        case _:
            return expression


def walk(expression: Expression) -> Iterator[Expression]:
    """The expression and all within it, from left to right."""
    yield expression
    for part in parts(expression):
        yield from walk(part)


def variables(expression: Expression) -> tuple[str, ...]:
    """The names of the variables, each once, in the order in which they occur.

    >>> variables(Sum((Variable("n"), Variable("c"), Variable("n"))))
    ('n', 'c')
    """
    return tuple(dict.fromkeys(part.name for part in walk(expression) if isinstance(part, Variable)))


def depends(expression: Expression, variable: str) -> bool:
    """Whether a variable is in the expression."""
    return any(isinstance(part, Variable) and part.name == variable for part in walk(expression))


def replaced(expression: Expression, old: Expression, new: Expression) -> Expression:
    """The expression with `new` wherever `old` stands."""
    if expression == old:
        return new
    return rebuilt(expression, (replaced(part, old, new) for part in parts(expression)))


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
    """The sum of terms, without zeros; one term stands for itself, none for 0."""
    kept = tuple(term for term in terms if term != ZERO)
    return kept[0] if len(kept) == 1 else Sum(kept) if kept else ZERO


def times(*factors: Expression) -> Expression:
    """The product of factors, flat; 1 is left out, 0 wins, a sign of the first factor stands before all."""
    flat = tuple(
        inner for factor in factors for inner in (factor.factors if isinstance(factor, Product) else (factor,))
    )
    if ZERO in flat:
        return ZERO
    kept = tuple(factor for factor in flat if factor != ONE)
    if len(kept) > 1:
        match kept[0]:
            case Negative(of):
                return negative(times(of, *kept[1:]))
            case Number(value) if value == -1:
                return negative(times(*kept[1:]))
    return kept[0] if len(kept) == 1 else Product(kept) if kept else ONE


def constant_value(expression: Expression) -> float:
    """The value of an expression without variables; NaN where it has none, infinity where it is too large.

    >>> constant_value(Quotient(Constant("pi"), number(2)))
    1.5707963267948966
    """
    from .functions import FUNCTIONS

    try:
        match expression:
            case Number(value):
                return float(value)
            case Constant(name):
                return math.e if name == "e" else math.pi
            case Choice(conditions, then, otherwise):
                holds = all(_holds(condition) for condition in conditions)
                return constant_value(then if holds else otherwise)
        values = [constant_value(part) for part in parts(expression)]
        match expression:
            case Negative():
                return -values[0]
            case Sum():
                return math.fsum(values)
            case Product():
                return math.prod(values)
            case Quotient():
                return values[0] / values[1]
            case Power():
                return math.pow(values[0], values[1])
            case Function(name):
                return FUNCTIONS[name].scalar(*values)
    except OverflowError:
        return math.inf
    except (ValueError, ZeroDivisionError):
        return math.nan
    raise ValueError(f"{expression} has no value of its own")


def _holds(condition: Condition) -> bool:
    left, right = constant_value(condition.left), constant_value(condition.right)
    return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[condition.sign]
