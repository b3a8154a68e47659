"""The rules of differentiation, applied one at a time, so that a reader can follow and a program can train."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from .expression import (
    ONE,
    ZERO,
    Choice,
    Condition,
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
    depends,
    negative,
    number,
    parts,
    rebuilt,
    times,
    total,
)
from .functions import FUNCTIONS

_D: TypeAlias = Callable[[Expression], Expression]


def differentiate(expression: Expression, variable: str) -> Expression:
    """The derivative of an expression by a variable: all steps of `steps`, of which the last is given.

    >>> from thalweg.formulas.parsing import parse
    >>> differentiate(parse("x**2"), "x") == parse("2*x")
    True
    """
    last: Expression = Derivative(expression)
    for _, found in steps(last, variable):
        last = found
    return last


def steps(expression: Expression, variable: str) -> Iterator[tuple[str, Expression]]:
    """The rules that work out the derivatives in an expression: each in words, and what is left after it.

    A rule is applied to the leftmost derivative, and to all others that take the same rule.

    >>> from thalweg.formulas.parsing import parse
    >>> [rule for rule, _ in steps(Derivative(parse("x*exp(-x)")), "x")]
    ['product rule', 'chain rule: (eᵘ)′ = eᵘ u′']
    """
    while (first := _leftmost(expression)) is not None:
        rule, _ = _apply(first.of, variable)
        expression = _everywhere(expression, rule, variable)
        yield rule, expression


def _leftmost(expression: Expression) -> Derivative | None:
    if isinstance(expression, Derivative):
        return expression
    return next((found for part in parts(expression) if (found := _leftmost(part)) is not None), None)


def _everywhere(expression: Expression, rule: str, variable: str) -> Expression:
    """The expression with a rule applied to the derivatives that take it."""
    if isinstance(expression, Derivative):
        words, found = _apply(expression.of, variable)
        return found if words == rule else expression
    changed = rebuilt(expression, (_everywhere(part, rule, variable) for part in parts(expression)))
    match changed:
        case Product(factors):
            return times(*factors)
        case Sum(terms):
            return total(terms)
        case _:
            return changed


def _apply(u: Expression, variable: str) -> tuple[str, Expression]:
    """The rule that u takes, and its derivative by that rule, in which other derivatives may stand."""

    def d(part: Expression) -> Expression:
        known = _slope(part, variable)
        return Derivative(part) if known is None else known

    known = _slope(u, variable)
    if known is not None:
        return ("derivative of a constant" if known == ZERO else "derivative of a multiple of the variable"), known
    fixed, moving = _apart(u, variable)
    if moving != u:
        return "constant factor", times(fixed, d(moving))
    match u:
        case Sum(terms):
            rule = "sum rule" if all(depends(t, variable) for t in terms) else "sum rule; a constant's derivative is 0"
            return rule, total(negative(d(t.of)) if isinstance(t, Negative) else d(t) for t in terms)
        case Product(factors):
            terms = (times(*factors[:place], d(u), *factors[place + 1 :]) for place, u in enumerate(factors))
            return "product rule", total(terms)
        case Quotient(top, bottom):
            if not depends(top, variable):
                power = Power(bottom, number(-1))
                return "write the quotient as a power", times(top, Derivative(power))
            return "quotient rule", Quotient(
                total((times(d(top), bottom), negative(times(top, d(bottom))))), Power(bottom, number(2))
            )
        case Power(base, exponent):
            return _power(base, exponent, d, variable)
        case Choice(conditions, then, otherwise):
            return "case by case", Choice(conditions, d(then), d(otherwise))
        case Function(name, arguments):
            return _function(name, arguments, d)
    raise TypeError(f"no rule for {u}")


def _slope(u: Expression, variable: str) -> Expression | None:
    """The derivative of what needs no rule: a constant, or a constant multiple of the variable."""
    if not depends(u, variable):
        return ZERO
    fixed, moving = _apart(u, variable)
    return fixed if moving == Variable(variable) else None


def _apart(u: Expression, variable: str) -> tuple[Expression, Expression]:
    """The constant factors of an expression, and the rest of it."""
    match u:
        case Negative(of):
            fixed, moving = _apart(of, variable)
            return negative(fixed), moving
        case Quotient(top, bottom) if not depends(bottom, variable) and depends(top, variable):
            fixed, moving = _apart(top, variable)
            return times(fixed, Quotient(ONE, bottom)), moving
        case Product(factors):
            fixed = times(*(factor for factor in factors if not depends(factor, variable)))
            return fixed, times(*(factor for factor in factors if depends(factor, variable)))
        case _:
            return ONE, u


def _power(base: Expression, exponent: Expression, d: _D, variable: str) -> tuple[str, Expression]:
    if not depends(exponent, variable):
        if isinstance(exponent, Number):
            lower: Expression = Number(exponent.value - 1)
        else:
            lower = Sum((exponent, number(-1)))
        slope = times(exponent, base if lower == ONE else ONE if lower == ZERO else Power(base, lower))
        inner = d(base)
        return ("power rule" if inner == ONE else "chain rule: (uᵏ)′ = k uᵏ⁻¹ u′"), times(slope, inner)
    if not depends(base, variable):
        inner = d(exponent)
        rule = "(cᵘ)′ = cᵘ ln c" if inner == ONE else "chain rule: (cᵘ)′ = cᵘ ln c u′"
        return rule, times(Power(base, exponent), Function("log", (base,)), inner)
    return "write as a power of e: uᵛ = e^(v ln u)", d(Function("exp", (times(exponent, Function("log", (base,))),)))


def _function(name: str, arguments: tuple[Expression, ...], d: _D) -> tuple[str, Expression]:
    if name in ("max", "min"):
        u, v = arguments
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
