"""The rules of differentiation, applied one at a time, so that a reader can follow and a program can train."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import islice
from typing import TypeAlias

from ..errors import ArgumentError
from .algebra import ONE, ZERO, negative, number, times, total
from .expression import (
    Call,
    Choice,
    Condition,
    Derivative,
    Expression,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    depends,
    parts,
    rebuilt,
    walk,
)
from .functions import FUNCTIONS

_D: TypeAlias = Callable[[Expression], Expression]

MOST_PARTS = 3_000
"""Parts of a derivative: what has more is refused, so that every formula is done with in seconds."""
_MOST_LINES = 200
"""Rules that are applied one after another."""


def differentiate(expression: Expression, by: Symbol) -> Expression:
    """The derivative of an expression by a letter: the last of its `steps`, without those before it.

    Raises ArgumentError for one of more than `MOST_PARTS` parts.

    >>> from thalweg.formulas.parsing import parse
    >>> differentiate(parse("x**2"), Symbol("x")) == parse("2*x")
    True
    """

    seen = 0

    def worked_out(part: Expression) -> Expression:
        nonlocal seen
        seen += 1
        if seen > MOST_PARTS:
            raise _too_long()
        return worked_out(_apply(part)[1]) if isinstance(part, Derivative) else _with_parts(part, worked_out)

    return worked_out(Derivative(expression, by))


def steps(expression: Expression) -> Iterator[tuple[str, Expression]]:
    """The rules that work out the derivatives in an expression: each in words, and what is left after it.

    A rule is applied to the leftmost derivative, and to all others that take the same rule. Raises ArgumentError for
    lines of more than `MOST_PARTS` parts, and for too many of them.

    >>> from thalweg.formulas.parsing import parse
    >>> [rule for rule, _ in steps(Derivative(parse("x*exp(-x)"), Symbol("x")))]
    ['product rule', 'chain rule: (eᵘ)′ = eᵘ u′']
    """
    lines = 0
    while (first := _leftmost(expression)) is not None:
        rule, _ = _apply(first)
        expression = _everywhere(expression, rule)
        lines += 1
        if lines > _MOST_LINES or next(islice(walk(expression), MOST_PARTS, None), None) is not None:
            raise _too_long()
        yield rule, expression


def _too_long() -> ArgumentError:
    return ArgumentError(f"the formula's derivative has more than {MOST_PARTS:,} parts: write a simpler formula")


def _leftmost(expression: Expression) -> Derivative | None:
    if isinstance(expression, Derivative):
        return expression
    return next((found for part in parts(expression) if (found := _leftmost(part)) is not None), None)


def _everywhere(expression: Expression, rule: str) -> Expression:
    """The expression with a rule applied to the derivatives that take it."""
    if isinstance(expression, Derivative):
        words, found = _apply(expression)
        return found if words == rule else expression
    return _with_parts(expression, lambda part: _everywhere(part, rule))


def _with_parts(expression: Expression, change: Callable[[Expression], Expression]) -> Expression:
    """The expression with its parts changed; itself, if they stay as they are."""
    old = parts(expression)
    new = tuple(map(change, old))
    if all(one is other for one, other in zip(old, new, strict=True)):
        return expression
    match expression:
        case Product():
            return times(*new)
        case Sum():
            return total(new)
        case _:
            return rebuilt(expression, new)


def _apply(derivative: Derivative) -> tuple[str, Expression]:
    """The rule that a derivative takes, and what it is by that rule, in which other derivatives may stand."""
    u, by = derivative.of, derivative.by
    assert isinstance(by, Symbol)

    def d(part: Expression) -> Expression:
        known = _slope(part, by)
        return Derivative(part, by, derivative.sign) if known is None else known

    known = _slope(u, by)
    if known is not None:
        return ("derivative of a constant" if known == ZERO else "derivative of a multiple of the variable"), known
    fixed, moving = _apart(u, by)
    if moving != u:
        return "constant factor", times(fixed, d(moving))
    match u:
        case Sum(terms):
            rule = "sum rule" if all(depends(t, by) for t in terms) else "sum rule; a constant's derivative is 0"
            return rule, total(negative(d(t.of)) if isinstance(t, Negative) else d(t) for t in terms)
        case Product(factors):
            terms = (times(*factors[:place], d(u), *factors[place + 1 :]) for place, u in enumerate(factors))
            return "product rule", total(terms)
        case Quotient(top, bottom):
            if not depends(top, by):
                power = Power(bottom, number(-1))
                return "write the quotient as a power", times(top, Derivative(power, by, derivative.sign))
            return "quotient rule", Quotient(
                total((times(d(top), bottom), negative(times(top, d(bottom))))), Power(bottom, number(2))
            )
        case Power(base, exponent):
            return _power(base, exponent, d, by)
        case Choice(conditions, then, otherwise):
            return "case by case", Choice(conditions, d(then), d(otherwise))
        case Call(str() as name, arguments):
            return _function(name, arguments, d, by)
    raise TypeError(f"no rule for {u}")


def _slope(u: Expression, by: Symbol) -> Expression | None:
    """The derivative of what needs no rule: a constant, or a constant multiple of the variable."""
    if not depends(u, by):
        return ZERO
    fixed, moving = _apart(u, by)
    return fixed if moving == by else None


def _apart(u: Expression, by: Symbol) -> tuple[Expression, Expression]:
    """The constant factors of an expression, and the rest of it."""
    match u:
        case Negative(of):
            fixed, moving = _apart(of, by)
            return negative(fixed), moving
        case Quotient(top, bottom) if not depends(bottom, by) and depends(top, by):
            fixed, moving = _apart(top, by)
            return times(fixed, Quotient(ONE, bottom)), moving
        case Product(factors):
            fixed = times(*(factor for factor in factors if not depends(factor, by)))
            return fixed, times(*(factor for factor in factors if depends(factor, by)))
        case _:
            return ONE, u


def _power(base: Expression, exponent: Expression, d: _D, by: Symbol) -> tuple[str, Expression]:
    if not depends(exponent, by):
        match exponent:
            case Number(Fraction() as value):
                lower: Expression = Number(value - 1)
            case _:
                lower = Sum((exponent, number(-1)))
        slope = times(exponent, base if lower == ONE else ONE if lower == ZERO else Power(base, lower))
        inner = d(base)
        return ("power rule" if inner == ONE else "chain rule: (uᵏ)′ = k uᵏ⁻¹ u′"), times(slope, inner)
    if not depends(base, by):
        inner = d(exponent)
        rule = "(cᵘ)′ = cᵘ ln c" if inner == ONE else "chain rule: (cᵘ)′ = cᵘ ln c u′"
        return rule, times(Power(base, exponent), Call("log", (base,)), inner)
    return "write as a power of e: uᵛ = e^(v ln u)", d(Call("exp", (times(exponent, Call("log", (base,))),)))


def _function(name: str, arguments: tuple[Expression, ...], d: _D, by: Symbol) -> tuple[str, Expression]:
    if name in ("max", "min"):
        u, v = arguments if depends(arguments[0], by) else arguments[::-1]  # where both are equal it is that of v
        return f"{name}(u, v) case by case", Choice((Condition(u, ">" if name == "max" else "<", v),), d(u), d(v))
    (u,) = arguments
    if name == "relu":
        return "relu(u) case by case", Choice((Condition(u, ">", ZERO),), d(u), ZERO)
    row = FUNCTIONS[name]
    assert row.slope is not None
    inner, (shown, slope) = d(u), row.words
    written = f"{shown}′" if shown.endswith(")") else f"({shown})′"
    if inner == ONE:
        return f"{written} = {slope}", row.slope(u)
    factor = f"({slope})" if any(sign in slope for sign in "+-/") and slope[0] not in "σ(" else slope
    return f"chain rule: {written} = {factor} u′", times(row.slope(u), inner)
