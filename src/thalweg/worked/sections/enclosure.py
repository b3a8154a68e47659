"""Between which values a formula of rounded numbers lies: what tells a printed formula that is false from rounding."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import Any, NamedTuple

from ...formulas.evaluation import evaluate
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

_LARGEST = sys.float_info.max


class Rounding(NamedTuple):
    """How far numbers may be off: by so much of their size, and by so much near 0."""

    relative: float = 0.0
    absolute: float = 0.0

    def around(self, low: float, high: float, terms: int = 1) -> Interval:
        """The interval, widened by the rounding of so many operations."""
        by = terms * self.relative * max(abs(low), abs(high)) + self.absolute
        if math.isfinite(by):
            low, high = low - by, high + by
        return Interval(min(low, _LARGEST), max(high, -_LARGEST))


class Interval(NamedTuple):
    """All values from low to high; NaN, which holds none, where a formula has no value."""

    low: float
    high: float


_NOTHING = Interval(math.nan, math.nan)
_ANYTHING = Interval(-math.inf, math.inf)


def has_letters(expression: Any) -> bool:
    """Whether there is a letter in an expression, so that it has no value.

    >>> has_letters(Sum((Number(1.0), Symbol("x"))))
    True
    """
    match expression:
        case Symbol() | Folded(_, None) | Call(Symbol(), _):
            return True
        case _:
            return any(map(has_letters, parts(expression)))


def value_of(expression: Expression) -> float:
    """The value of an expression without letters; NaN where it has none.

    >>> value_of(Call("cosh", (Number(0.0),))), value_of(Call("no such function", ()))
    (1.0, nan)
    """
    try:
        return evaluate(expression)
    except KeyError:
        return math.nan


def enclosure(expression: Expression, rounding: Rounding) -> Interval:
    """Between which values an expression lies whose numbers are rounded, and its operations, too.

    >>> low, high = enclosure(Sum((Number(1.0), Number(-1.0))), Rounding(1e-7))
    >>> low < 0.0 < high < 1e-6
    True
    """
    match expression:
        case Number() | Constant():
            value = evaluate(expression)
            return rounding.around(value, value)
        case Folded(count, value) if value is not None:
            return rounding.around(value, value, count)
        case Negative(of):
            low, high = enclosure(of, rounding)
            return Interval(-high, -low)
    found = [enclosure(part, rounding) for part in parts(expression)]
    if any(math.isnan(low) for low, _ in found):
        return _NOTHING
    match expression:
        case Sum(terms):
            return _sum(found, terms, rounding)
        case Product():
            whole = found[0]
            for factor in found[1:]:
                whole = _of_corners(lambda x, y: x * y, [whole, factor], rounding)
            return whole
        case Quotient():
            top, (low, high) = found
            if low < 0.0 < high:
                return _ANYTHING
            return _of_corners(lambda x, y: x / y, [top, Interval(low, high)], rounding)
        case Power(_, Number(exponent)) if float(exponent).is_integer():
            return _of_corners(lambda x: math.pow(x, exponent), found[:1], rounding)
        case Power():
            return _of_corners(math.pow, found, rounding)
        case Call("sqrt"):
            return _logarithm_or_root(math.sqrt, 0.0, found[0], rounding)
        case Call("log"):
            return _logarithm_or_root(math.log, -math.inf, found[0], rounding)
        case Call(str(name)) if name in FUNCTIONS:
            return _of_corners(FUNCTIONS[name].scalar, found, rounding)
    return _NOTHING


def _sum(found: Sequence[Interval], terms: Sequence[Expression], rounding: Rounding) -> Interval:
    """The sum of intervals, with the rounding of as many additions as it has terms, those left out among them."""
    low, high = math.fsum(low for low, _ in found), math.fsum(high for _, high in found)
    count = sum(term.count if isinstance(term, Folded) else 1 for term in terms)
    by = count * rounding.relative * sum(max(abs(low), abs(high)) for low, high in found)
    return Interval(low - by, high + by) if math.isfinite(by) else Interval(low, high)


def _of_corners(f: Callable[..., float], found: Sequence[Interval], rounding: Rounding) -> Interval:
    """The values of a function over intervals, by those at their ends, in their middle and at 0."""
    values = list(_values(f, found))
    if not values:
        return _NOTHING
    return rounding.around(min(values), max(values))


def _values(f: Callable[..., float], found: Sequence[Interval]) -> Iterator[float]:
    for place in product(*map(_places, found)):
        try:
            value = f(*place)
        except OverflowError:
            yield from (_LARGEST, math.inf)
            continue
        except ZeroDivisionError:
            if place[0] != 0:  # u/0: as large as one likes, on either side
                yield from (-math.inf, math.inf)
            continue
        except ValueError:
            continue
        yield from (-math.inf, math.inf) if math.isnan(value) else (value,)  # of 0 · ∞ nothing is known


def _places(interval: Interval) -> tuple[float, ...]:
    low, high = interval
    if low == high:
        return (low,)
    middle = 0.0 if low < 0.0 < high else 0.5 * low + 0.5 * high
    return low, middle, high


def _logarithm_or_root(f: Callable[[float], float], at_zero: float, found: Interval, rounding: Rounding) -> Interval:
    """A function that has values above 0 alone, and rises."""
    low, high = found
    if high < 0.0 or (high == 0.0 and math.isinf(at_zero)):
        return _NOTHING
    return rounding.around(f(low) if low > 0.0 else at_zero, f(high) if high > 0.0 else at_zero)
