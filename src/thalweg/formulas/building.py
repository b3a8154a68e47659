"""Formulas from short texts, such as "beta*m_last + (1 - beta)*g", with what each name stands for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from .expression import Expression, Negative, Product, Symbol, parts, rebuilt
from .parsing import parse


def build(formula: str, names: Mapping[str, Expression]) -> Expression:
    """The expression of a formula, each name replaced by what it stands for. Raises ArgumentError as `parse` does.

    >>> from thalweg.formulas.evaluation import evaluate
    >>> from thalweg.formulas.expression import Number
    >>> evaluate(build("-rate*g/2", {"rate": Number(0.1), "g": Number(4.0)}))
    -0.2
    """
    return substituted(parsed(formula, frozenset(names)), names)


def substituted(expression: Expression, names: Mapping[str, Expression]) -> Expression:
    """The expression with what its plain letters stand for; signs of what they stand for are drawn out and cancelled.

    >>> from thalweg.formulas.spelling import spell
    >>> spell(substituted(parse("2*x - n*x"), {"x": Negative(Symbol("w"))}))
    '-2*w + n*w'
    """
    if isinstance(expression, Symbol):
        return names.get(expression.base, expression)
    found = [substituted(part, names) for part in parts(expression)]
    match expression:
        case Negative():
            return _signed(-1, found)
        case Product():
            return _signed(1, found)
        case _:
            return rebuilt(expression, found)


def _signed(sign: int, found: Iterable[Expression]) -> Expression:
    """A product whose sign stands before it; numbers keep theirs."""
    factors: list[Expression] = []
    for part in found:
        if isinstance(part, Negative):
            sign, part = -sign, part.of  # noqa: PLW2901 - what is under the sign goes on as the part
        factors.extend(part.factors if isinstance(part, Product) else (part,))
    product = factors[0] if len(factors) == 1 else Product(tuple(factors))
    return product if sign > 0 else Negative(product)


@lru_cache(maxsize=256)
def parsed(formula: str, names: frozenset[str], functions: tuple[str, ...] = ()) -> Expression:
    """What `parse` makes of a formula, remembered."""
    return parse(formula, sorted(names), functions)
