"""Formulas from short texts of our own, such as "beta*m_last + (1 - beta)*g", with what each name stands for."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import lru_cache

from .mathematics import Call, Expression, Fraction, Negative, Number, Power, Product, Root, Sum


def build(formula: str, names: Mapping[str, Expression]) -> Expression:
    """The expression of a formula, each name replaced by what it stands for.

    >>> from thalweg.worked.mathematics import evaluate
    >>> evaluate(build("-rate*g/2", {"rate": Number(0.1), "g": Number(4.0)}))
    -0.2
    """
    return _build(_parsed(formula), names)


def negative(expression: Expression) -> Expression:
    """-x, where two signs cancel."""
    if isinstance(expression, Negative):
        return expression.of
    if isinstance(expression, Number):
        return Number(-expression.value)
    return Negative(expression)


@lru_cache(maxsize=256)
def _parsed(formula: str) -> ast.expr:
    return ast.parse(formula, mode="eval").body


def _build(node: ast.expr, names: Mapping[str, Expression]) -> Expression:
    match node:
        case ast.Constant(value=int() | float() as value):
            return Number(float(value))
        case ast.Name(id=name):
            return names[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _signed(-1, [_build(operand, names)])
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return Sum((*_terms(_build(left, names)), _build(right, names)))
        case ast.BinOp(left=left, op=ast.Sub(), right=right):
            return Sum((*_terms(_build(left, names)), _subtracted(_build(right, names))))
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return _signed(1, [_build(left, names), _build(right, names)])
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return Fraction(_build(left, names), _build(right, names))
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return Power(_build(left, names), _build(right, names))
        case ast.Call(func=ast.Name(id="sqrt"), args=[argument]):
            return Root(_build(argument, names))
        case ast.Call(func=ast.Name(id=function), args=arguments):
            return Call(function, tuple(_build(argument, names) for argument in arguments))
    raise ValueError(f"{ast.unparse(node)} is no part of a formula")


def _terms(expression: Expression) -> tuple[Expression, ...]:
    return expression.terms if isinstance(expression, Sum) else (expression,)


def _subtracted(expression: Expression) -> Expression:
    return expression.of if isinstance(expression, Negative) else Negative(expression)


def _signed(sign: int, parts: list[Expression]) -> Expression:
    """A product of parts, with the signs of negative symbols drawn out and cancelled; numbers keep theirs."""
    factors: list[Expression] = []
    for part in parts:
        if isinstance(part, Negative):
            sign, part = -sign, part.of  # noqa: PLW2901
        factors.extend(part.factors if isinstance(part, Product) else (part,))
    product = factors[0] if len(factors) == 1 else Product(tuple(factors))
    return product if sign > 0 else Negative(product)
