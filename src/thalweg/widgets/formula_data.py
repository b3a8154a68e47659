"""Formulas as plain data for a picture: small arrays, in which a number says where it came from."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, TypeAlias

from ..formulas.expression import (
    Array,
    Call,
    Choice,
    Constant,
    Derivative,
    Expression,
    Folded,
    Hadamard,
    Matrix,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Summation,
    Symbol,
    Transposed,
)

Json: TypeAlias = Any
Place: TypeAlias = tuple[int, ...]


class Pool:
    """Plain data, each of it once; `add` gives its place. `size` is that of all as JSON, in bytes."""

    def __init__(self) -> None:
        self.all: list[Json] = []
        self.size = 0
        self._places: dict[str, int] = {}

    def add(self, data: Json) -> int:
        """The place of data among all.

        >>> pool = Pool()
        >>> pool.add([1, "a"]), pool.add("b"), pool.add([1, "a"])
        (0, 1, 0)
        """
        key = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        place = self._places.setdefault(key, len(self.all))
        if place == len(self.all):
            self.all.append(data)
            self.size += len(key.encode()) + 1
        return place


class Names:
    """What a text calls its quantities, by number: those of lines, then of parameters, then the others."""

    def __init__(self) -> None:
        self.all: list[Expression] = []
        self._places: dict[Expression, int] = {}

    def add(self, name: Expression) -> int:
        """The number of a name."""
        place = self._places.setdefault(name, len(self.all))
        if place == len(self.all):
            self.all.append(name)
        return place

    def find(self, name: Expression) -> int | None:
        """The number of a name, if it is one."""
        return self._places.get(name)

    def written(self) -> list[Json]:
        """The names as data: letters, or expressions of them such as ∂F/∂w."""
        return [encode(name, None) for name in self.all]


def finite(value: Fraction | float) -> float | int | str:
    """A number as JSON has it; as a word, as JavaScript reads it, where it is none.

    >>> finite(-float("inf")), finite(2.0), finite(0.5)
    ('-Infinity', 2, 0.5)
    """
    value = float(value)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def matrix(found: Matrix, sign: int = 1) -> dict[str, Json]:
    """A matrix: the rows and columns that are shown, and how many it has.

    >>> import numpy as np
    >>> matrix(Matrix(np.array([[1.0, 2.0, 3.0]]), None, 2))
    {'matrix': [[1, 2]], 'of': [1, 3]}
    """
    shown = found.values[: found.rows, : found.columns]
    return {"matrix": [[finite(sign * value + 0.0) for value in row] for row in shown], "of": list(found.values.shape)}


def letter(symbol: Symbol) -> Json:
    """A letter as ["s", base, below, above, mark, 1 if bold], what is empty at its end left out."""
    parts: list[Json] = ["s", symbol.base, list(symbol.below), list(symbol.above), symbol.mark, int(symbol.bold)]
    while len(parts) > 2 and not parts[-1]:
        parts.pop()
    return parts


def encode(
    expression: Expression, names: Names | None, numbers: Mapping[Place, Json] | None = None, place: Place = ()
) -> Json:
    """An expression as data: a name by its number, a number as what `numbers` says of its place, else as ["=", x].

    Without names a letter is itself, ["s", base, below, above, mark].

    >>> names = Names()
    >>> encode(Sum((Symbol("n"), Negative(Number(0.5)))), names), names.written()
    (['+', 0, ['-', ['=', 0.5]]], [['s', 'n']])
    """

    def inner(part: Expression, at: int) -> Json:
        return encode(part, names, numbers, (*place, at))

    def all_of(parts: tuple[Expression, ...]) -> list[Json]:
        return [inner(part, at) for at, part in enumerate(parts)]

    if names is not None:
        known = names.add(expression) if isinstance(expression, Symbol) else names.find(expression)
        if known is not None:
            return known
    match expression:
        case Symbol():
            return letter(expression)
        case Number(value):
            return (numbers or {}).get(place, ["=", finite(value)])
        case Constant(name):
            return ["c", name]
        case Negative(of):
            return ["-", inner(of, 0)]
        case Sum(terms):
            return ["+", *all_of(terms)]
        case Product(factors):
            return ["*", *all_of(factors)]
        case Quotient(top, bottom):
            return ["/", inner(top, 0), inner(bottom, 1)]
        case Power(base, exponent):
            return ["^", inner(base, 0), inner(exponent, 1)]
        case Call(function, arguments):
            name = encode(function, names) if isinstance(function, Symbol) else function
            return ["f", name, *all_of(arguments)]
        case Folded(count, value):
            return ["…", count, None if value is None else finite(value)]
        case Array(rows):
            width = len(rows[0]) if rows else 0
            cells = [
                [None if cell is None else inner(cell, r * width + c) for c, cell in enumerate(row)]
                for r, row in enumerate(rows)
            ]
            return ["[", *cells]
        case Matrix():
            return (numbers or {}).get(place, ["M", matrix(expression)])
        case Hadamard(factors):
            return ["⊙", *all_of(factors)]
        case Transposed(of):
            return ["T", inner(of, 0)]
        case Choice(conditions, then, otherwise):
            sides = [side for condition in conditions for side in (condition.left, condition.right)]
            found = all_of((then, otherwise, *sides))
            return ["?", found[0], found[1], [condition.sign for condition in conditions], *found[2:]]
        case Derivative(of, by, sign):
            return ["d", sign, inner(by, 1), inner(of, 0)]
        case Summation(below, of):
            return ["Σ", below, inner(of, 0)]
