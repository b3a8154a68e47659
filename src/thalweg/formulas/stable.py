"""Forms that overflow, such as ln(1 + eᵘ) and 1/(1 + eᵘ), replaced by the functions that they are."""

from __future__ import annotations

from .collecting import collect
from .expression import (
    ONE,
    Expression,
    Function,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    negative,
    number,
    parts,
    rebuilt,
    times,
)


def stabilised(expression: Expression) -> Expression:
    """The same function, written with softplus, sigmoid and tanh where a formula spells them out.

    >>> from thalweg.formulas.parsing import parse
    >>> stabilised(parse("log(1 + exp(x))")) == parse("softplus(x)")
    True
    >>> stabilised(parse("exp(x)/(1 + exp(x))")) == parse("sigmoid(x)")
    True
    """
    inner = rebuilt(expression, (stabilised(part) for part in parts(expression)))
    match inner:
        case Function("log", (u,)) if (v := _one_and_exp(u)) is not None:
            return Function("softplus", (v,))
        case Function("log1p", (Function("exp", (v,)),)):
            return Function("softplus", (v,))
        case Function("log", (Function("sigmoid", (v,)),)):
            return negative(Function("softplus", (negative(v),)))
        case Sum((Number(), Negative(Function("sigmoid", (v,))))) if inner.terms[0] == ONE:
            return Function("sigmoid", (negative(v),))
        case Quotient(top, bottom):
            return _quotient(inner, top, bottom)
        case Power(base, Number(value)) if value < 0 and _one_and_exp(base) is not None:
            return _quotient(inner, ONE, Power(base, Number(-value)))
        case _:
            return inner


def _one_and_exp(expression: Expression) -> Expression | None:
    """v, if the expression is 1 + eᵛ or eᵛ + 1."""
    match expression:
        case Sum((Number(value), Function("exp", (v,)))) | Sum((Function("exp", (v,)), Number(value))) if value == 1:
            return v
        case _:
            return None


def _quotient(whole: Expression, top: Expression, bottom: Expression) -> Expression:
    found = _tanh(top, bottom)
    if found is not None:
        return found
    power = number(1)
    if isinstance(bottom, Power) and isinstance(bottom.exponent, Number):
        bottom, power = bottom.base, bottom.exponent
    v = _one_and_exp(bottom)
    if v is None or power.value.denominator != 1 or power.value < 1:
        return whole
    factors = list(top.factors if isinstance(top, Product) else (top,))
    sigmoids: list[Expression] = []
    for _ in range(power.value.numerator):
        above = Function("exp", (v,)) in factors
        if above:
            factors.remove(Function("exp", (v,)))
        sigmoids.append(Function("sigmoid", (v if above else negative(v),)))
    return times(*factors, *sigmoids)


def _tanh(top: Expression, bottom: Expression) -> Expression | None:
    """tanh, if the quotient spells it out."""
    match top, bottom:
        case Function("sinh", (u,)), Function("cosh", (v,)) if u == v:
            return Function("tanh", (u,))
        case Sum((Function("exp", (u,)), Negative(Function("exp", (v,))))), Sum(
            (Function("exp", (w,)), Function("exp", (z,)))
        ) if u == w and v == z and v == collect(negative(u)):
            return Function("tanh", (u,))
        case Sum((Function("exp", (u,)), Number(value))), _ if value == -1 and _one_and_exp(bottom) == u:
            return Function("tanh", (Quotient(u, number(2)),))
        case Sum((Number(value), Negative(Function("exp", (u,))))), _ if value == 1 and _one_and_exp(bottom) == u:
            return Function("tanh", (Quotient(negative(u), number(2)),))
        case _:
            return None
