"""What formulas are made of: small trees that keep the order in which they were written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Number:
    """A number: exact where a formula has it, a float at full precision where it is a value; its sign belongs to it."""

    value: Fraction | float


@dataclass(frozen=True, slots=True)
class Constant:
    """e or pi."""

    name: str


@dataclass(frozen=True, slots=True)
class Symbol:
    """A letter or word with indices: below, above, and a mark over it ("hat", "prime", "dot", "bar", "tilde").

    Vectors and matrices are `bold`.
    """

    base: str
    below: tuple[str, ...] = ()
    above: tuple[str, ...] = ()
    mark: str = ""
    bold: bool = field(default=False, repr=False)


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
class Call:
    """A function of arguments: one of `FUNCTIONS` by its name, or one that is a letter, such as f²."""

    function: str | Symbol
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
    """The derivative of u by a letter, not worked out yet; `sign` is its d or ∂."""

    of: Expression
    by: Expression
    sign: str = "d"


@dataclass(frozen=True, slots=True)
class Summation:
    """Σ of u over the indices that are told below it."""

    below: str
    of: Expression


@dataclass(frozen=True, slots=True)
class Folded:
    """Terms of a sum that are left out, how many, and what they add up to (None among letters)."""

    count: int
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Array:
    """A matrix, or a column when its rows have one entry; None stands for what is left out."""

    rows: tuple[tuple[Expression | None, ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Matrix:
    """Numbers in rows and columns, of which the first `rows` and `columns` are written; None stands for all.

    `values` is an array of NumPy of two dimensions.
    """

    values: Any
    rows: int | None = None
    columns: int | None = None


@dataclass(frozen=True, slots=True)
class Hadamard:
    """u ⊙ v ..., entry by entry."""

    factors: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Transposed:
    """A matrix, its rows as columns."""

    of: Expression


Expression: TypeAlias = (
    Number
    | Constant
    | Symbol
    | Negative
    | Sum
    | Product
    | Quotient
    | Power
    | Call
    | Choice
    | Derivative
    | Summation
    | Folded
    | Array
    | Matrix
    | Hadamard
    | Transposed
)


def parts(expression: Expression) -> tuple[Expression, ...]:
    """What an expression is made of, in the order in which it is written."""
    match expression:
        case Negative(of) | Summation(_, of) | Transposed(of):
            return (of,)
        case Sum(found) | Product(found) | Call(_, found) | Hadamard(found):
            return found
        case Quotient(first, second) | Power(first, second) | Derivative(first, second):
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
        case Sum():
            return Sum(found)
        case Product():
            return Product(found)
        case Hadamard():
            return Hadamard(found)
        case Transposed():
            return Transposed(*found)
        case Call(function):
            return Call(function, found)
        case Quotient():
            return Quotient(*found)
        case Power():
            return Power(*found)
        case Choice(conditions):
            sides = iter(found[2:])
            changed = tuple(Condition(next(sides), condition.sign, next(sides)) for condition in conditions)
            return Choice(changed, found[0], found[1])
        case Derivative(_, _, sign):
            of, by = found
            return Derivative(of, by, sign)
        case Summation(below):
            return Summation(below, *found)
        case _:
            return expression


def walk(expression: Expression) -> Iterator[Expression]:
    """The expression and all within it, from left to right."""
    yield expression
    for part in parts(expression):
        yield from walk(part)


def symbols(expression: Expression) -> tuple[Symbol, ...]:
    """The letters in an expression, each once, in the order in which they occur.

    >>> [letter.base for letter in symbols(Sum((Symbol("n"), Symbol("c"), Symbol("n"))))]
    ['n', 'c']
    """
    return tuple(dict.fromkeys(part for part in walk(expression) if isinstance(part, Symbol)))


def depends(expression: Expression, by: Symbol) -> bool:
    """Whether a letter is in the expression."""
    return expression == by or any(depends(part, by) for part in parts(expression))


def replaced(expression: Expression, old: Expression, new: Expression) -> Expression:
    """The expression with `new` wherever `old` stands."""
    if expression == old:
        return new
    return rebuilt(expression, (replaced(part, old, new) for part in parts(expression)))
