"""Forms that overflow, such as ln(1 + eᵘ) and 1/(1 + eᵘ), replaced by the functions that they are."""

from __future__ import annotations

from fractions import Fraction

from .algebra import ONE, negative, number, times
from .collecting import collect
from .expression import Call, Expression, Negative, Number, Power, Product, Quotient, Sum, parts, rebuilt


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
        case Call("log", (u,)) if (v := _one_and_exp(u)) is not None:
            return Call("softplus", (v,))
        case Call("log1p", (Call("exp", (v,)),)):
            return Call("softplus", (v,))
        case Call("log", (Call("sigmoid", (v,)),)):
            return negative(Call("softplus", (negative(v),)))
        case Sum((Number(), Negative(Call("sigmoid", (v,))))) if inner.terms[0] == ONE:
            return Call("sigmoid", (negative(v),))
        case Quotient(top, bottom):
            return _quotient(inner, top, bottom)
        case Power(base, Number(Fraction() as value)) if value < 0 and _one_and_exp(base) is not None:
            return _quotient(inner, ONE, Power(base, Number(-value)))
        case _:
            return inner


def _one_and_exp(expression: Expression) -> Expression | None:
    """v, if the expression is 1 + eᵛ or eᵛ + 1."""
    match expression:
        case Sum((Number(value), Call("exp", (v,)))) | Sum((Call("exp", (v,)), Number(value))) if value == 1:
            return v
        case _:
            return None


def _quotient(whole: Expression, top: Expression, bottom: Expression) -> Expression:
    found = _tanh(top, bottom)
    if found is not None:
        return found
    power = Fraction(1)
    match bottom:
        case Power(base, Number(Fraction() as exponent)):
            bottom, power = base, exponent
    v = _one_and_exp(bottom)
    if v is None or power.denominator != 1 or power < 1:
        return whole
    factors = list(top.factors if isinstance(top, Product) else (top,))
    sigmoids: list[Expression] = []
    for _ in range(power.numerator):
        above = Call("exp", (v,)) in factors
        if above:
            factors.remove(Call("exp", (v,)))
        sigmoids.append(Call("sigmoid", (v if above else negative(v),)))
    return times(*factors, *sigmoids)


def _tanh(top: Expression, bottom: Expression) -> Expression | None:
    """tanh, if the quotient spells it out."""
    match top, bottom:
        case Call("sinh", (u,)), Call("cosh", (v,)) if u == v:
            return Call("tanh", (u,))
        case Sum((Call("exp", (u,)), Negative(Call("exp", (v,))))), Sum((Call("exp", (w,)), Call("exp", (z,)))) if (
            u == w and v == z and v == collect(negative(u))
        ):
            return Call("tanh", (u,))
        case Sum((Call("exp", (u,)), Number(value))), _ if value == -1 and _one_and_exp(bottom) == u:
            return Call("tanh", (Quotient(u, number(2)),))
        case Sum((Number(value), Negative(Call("exp", (u,))))), _ if value == 1 and _one_and_exp(bottom) == u:
            return Call("tanh", (Quotient(negative(u), number(2)),))
        case _:
            return None
