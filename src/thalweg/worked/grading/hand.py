"""Calculation by hand: between which numbers a result lies when every number on the way is rounded to so many decimals.

Each number that a student has in hand may be off by half a unit of the last decimal from what he went on with, and each
operation within a line may be rounded once more. What lies outside is no matter of rounding.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from ...formulas.expression import (
    Call,
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
)
from ...formulas.functions import FUNCTIONS

_FLOATS = 1e-11
"""Of the size of a number: what floating point may add."""


class Span(NamedTuple):
    """All numbers from low to high."""

    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Whether a number is one of them."""
        slack = _FLOATS * max(1.0, abs(self.low), abs(self.high))
        return self.low - slack <= value <= self.high + slack

    def meets(self, other: Span) -> bool:
        """Whether another span has a number in common with it."""
        return self.low <= other.high and other.low <= self.high

    def wider(self, by: float) -> Span:
        """By so much on both sides."""
        return Span(self.low - by, self.high + by)

    @property
    def is_known(self) -> bool:
        """Whether the span says anything."""
        return math.isfinite(self.low) and math.isfinite(self.high)


ANYTHING = Span(-math.inf, math.inf)
"""What is known of a result whose divisor may be 0."""


def in_hand(value: float, half: float) -> Span:
    """What a number stands for that is told with so many decimals: itself, if they are all that it has.

    >>> in_hand(0.25, 0.005), in_hand(1 / 3, 0.005).high < 0.34
    (Span(low=0.25, high=0.25), True)
    """
    if not math.isfinite(value):
        return ANYTHING
    units = value / (2.0 * half) if half else 0.0
    if abs(units - round(units)) < 1e-9 * max(1.0, abs(units)):
        return Span(value, value)
    return Span(value - half, value + half)


def span(formula: Expression, numbers: Mapping[str, Span], half: float) -> Span:
    """Between which numbers a formula lies, its letters being ids of `numbers`; `half` a unit of the last decimal.

    >>> from thalweg.formulas.algebra import times
    >>> low, high = span(times(Symbol("x"), Symbol("x")), {"x": Span(0.25, 0.25)}, 0.005)
    >>> low < 0.06 < 0.0625 < 0.0675 <= high
    True
    """
    match formula:
        case Symbol(base):
            return numbers[base]
        case Number(value):
            return in_hand(float(value), half)
        case Constant(name):
            return in_hand(math.e if name == "e" else math.pi, half)
        case Folded(count, float() as value):
            return Span(value, value).wider(count * half)
        case Negative(of):
            low, high = span(of, numbers, half)
            return Span(-high, -low)
    found = [span(part, numbers, half) for part in parts(formula)]
    if not found or not all(one.is_known for one in found):
        return ANYTHING
    match formula:
        case Sum():  # of rounded terms it is exact, and where they are not it is what they are wider by
            return Span(math.fsum(one.low for one in found), math.fsum(one.high for one in found))
        case Product():
            return _product(found, half)
        case Quotient():
            bottom = found[1]
            if bottom.low <= 0.0 <= bottom.high:
                return ANYTHING
            return _corners(lambda x, y: x / y, found).wider(half)
        case Power(_, Number(exponent)):
            return _corners(lambda x: math.pow(x, float(exponent)), found[:1]).wider(half)
        case Power():
            return _corners(math.pow, found).wider(half)
        case Call("sqrt", _):
            return Span(*(math.sqrt(max(0.0, end)) for end in found[0])).wider(half)
        case Call(str(name)) if name in FUNCTIONS:
            return _corners(FUNCTIONS[name].scalar, found).wider(half)
    return ANYTHING


def _product(found: Sequence[Span], half: float) -> Span:
    """Wider by as many roundings as there are products, each times what may follow it."""
    whole = found[0]
    for factor in found[1:]:
        whole = _corners(lambda x, y: x * y, [whole, factor])
    steps = len(found) - 1
    largest = max(1.0, *(max(abs(one.low), abs(one.high)) for one in found))
    return whole.wider(steps * half * largest ** max(0, steps - 1))


def _corners(f: Callable[..., float], found: Sequence[Span]) -> Span:
    """The values of a function over spans, by those at their ends and at 0."""
    values = []
    for place in product(*((one.low, one.high, *((0.0,) if one.low < 0.0 < one.high else ())) for one in found)):
        try:
            values.append(f(*place))
        except (OverflowError, ValueError, ZeroDivisionError):
            return ANYTHING
    return Span(min(values), max(values))
