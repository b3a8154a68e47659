"""Reading a formula: Python's grammar, of which a white list is let through. Nothing that is read is ever run."""

from __future__ import annotations

import ast
import math
import warnings
from collections.abc import Collection
from fractions import Fraction

from ..errors import ArgumentError, unknown
from .algebra import negative, times
from .evaluation import evaluate
from .expression import (
    Call,
    Choice,
    Condition,
    Constant,
    Expression,
    Number,
    Power,
    Quotient,
    Sum,
    Symbol,
    parts,
    walk,
)
from .functions import FUNCTIONS

LONGEST = 300
"""Characters of a formula."""
DEEPEST = 20
"""Levels of a formula within another."""
LARGEST = 1e100
"""A number in a formula, and one over the smallest."""
HIGHEST = 100
"""An exponent, and the product of exponents of powers of powers."""

CONSTANTS = ("e", "pi")
_ALIASES = {"ln": "log", "arctan": "atan", "arcsinh": "asinh", "logsig": "sigmoid", "tansig": "tanh"}
_TWO = ("max", "min")
_SIGNS: dict[type[ast.cmpop], str] = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
_ALLOWED = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-*/().,<>=! ")
_INSTEAD = {
    "^": "write ** for a power",
    "²": "write **2",
    "³": "write **3",
    "·": "write *",
    "×": "write *",
    "÷": "write /",
    "−": "write - (this is another sign)",
    "√": "write sqrt(...)",
    "π": "write pi",
    "σ": "write sigmoid(...)",
    "|": "write abs(...)",
    "≤": "write <=",
    "≥": "write >=",
    ":": "a formula has one value and no names of its own",
    '"': "a formula has no texts",
    "'": "a formula has no texts",
    "[": "write ( and )",
    "]": "write ( and )",
    "{": "write ( and )",
    "}": "write ( and )",
}


def parse(text: str, names: Collection[str] = ("x", "n"), functions: Collection[str] = ()) -> Expression:
    """The expression that a formula stands for; `names` are the letters that it may have.

    Numbers, + - * / **, comparisons within `u if x > 0 else v`, e, pi, and the functions of `FUNCTIONS`, with
    `functions` of one argument beside them. Raises ArgumentError, in one line that names the column, for anything else.

    >>> parse("2*x")
    Product(factors=(Number(value=Fraction(2, 1)), Symbol(base='x', below=(), above=(), mark='')))
    >>> parse("x.real")
    Traceback (most recent call last):
    thalweg.errors.ArgumentError: formula, column 1: 'x.real' asks for an attribute: write numbers, x, n and functions
    """
    if len(text) > LONGEST:
        raise ArgumentError(f"the formula has {len(text):,} characters: write it in at most {LONGEST}")
    if not text.strip():
        raise ArgumentError("the formula is empty: write one such as 'x*tanh(x)'")
    for column, char in enumerate(text, start=1):
        if char not in _ALLOWED:
            raise _mistake(
                column, f"{char!r} cannot stand in a formula: {_INSTEAD.get(char, 'use plain letters and signs')}"
            )
    lead = len(text) - len(text.lstrip())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            body = ast.parse(text[lead:], mode="eval").body
    except SyntaxError as error:
        place = (error.offset or 1) + lead
        raise _mistake(place, f"{error.msg}: write a formula such as x*tanh(log(1 + exp(x)))") from error
    except (ValueError, RecursionError, MemoryError, Warning) as error:
        raise ArgumentError(f"the formula cannot be read ({error}): write a shorter one") from error
    return _Reader(text, lead, tuple(names), tuple(functions)).read(body, 1)


class _Reader:
    """Turns Python's tree into ours, node by node of a white list."""

    def __init__(self, text: str, lead: int, names: tuple[str, ...], functions: tuple[str, ...]) -> None:
        self._text = text
        self._lead = lead
        self._names = names
        self._functions = (*FUNCTIONS, *functions)

    def read(self, node: ast.expr, depth: int) -> Expression:
        """The expression of a node."""
        if depth > DEEPEST:
            raise self._mistake(node, f"the formula is nested deeper than {DEEPEST} levels: write it more simply")
        found = self._read(node, depth + 1)
        if _is_constant(found):
            self._check_number(node, found)
        return found

    def _read(self, node: ast.expr, depth: int) -> Expression:
        match node:
            case ast.Constant(value=bool() | None):
                raise self._mistake(node, f"{self._of(node)} is no number: write one")
            case ast.Constant(value=int() | float() as value) if math.isfinite(value) and abs(value) <= LARGEST:
                return Number(Fraction(repr(value)))
            case ast.Constant(value=int() | float()):
                raise self._mistake(node, f"{self._of(node)} is too large: numbers go up to {LARGEST:g}")
            case ast.Constant():
                raise self._mistake(node, f"{self._of(node)} is no real number: write one such as 0.5")
            case ast.Name(id=name):
                return self._name(node, name)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return negative(self.read(operand, depth))
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.read(operand, depth)
            case ast.BinOp(op=ast.Add() | ast.Sub() | ast.Mult()):
                return self._chain(node, depth)
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                return self._quotient(node, self.read(left, depth), self.read(right, depth))
            case ast.BinOp(left=left, op=ast.Pow(), right=right):
                return self._power(node, self.read(left, depth), self.read(right, depth))
            case ast.Call():
                return self._call(node, depth)
            case ast.IfExp(test=test, body=body, orelse=otherwise):
                return Choice(self._conditions(test, depth), self.read(body, depth), self.read(otherwise, depth))
            case ast.Compare():
                raise self._mistake(node, f"{self._of(node)} is no number: write 'u if x > 0 else v'")
            case ast.Attribute():
                known = ", ".join(self._names)
                raise self._mistake(
                    node, f"{self._of(node)} asks for an attribute: write numbers, {known} and functions"
                )
        raise self._mistake(
            node, f"{self._of(node)} is not of a formula: write numbers, names, + - * / ** and functions"
        )

    def _chain(self, node: ast.BinOp, depth: int) -> Expression:
        """Terms or factors side by side, from left to right; a long row of them is no deeper for it."""
        product = isinstance(node.op, ast.Mult)
        kinds = (ast.Mult,) if product else (ast.Add, ast.Sub)
        row: list[Expression] = []
        rest: ast.expr = node
        while isinstance(rest, ast.BinOp) and isinstance(rest.op, kinds):
            part = self.read(rest.right, depth)
            row.append(negative(part) if isinstance(rest.op, ast.Sub) else part)
            rest = rest.left
        row.append(self.read(rest, depth))
        found = tuple(reversed(row))
        return times(*found) if product else Sum(found)

    def _name(self, node: ast.expr, name: str) -> Expression:
        if name in self._names:
            return Symbol(name)
        if name in CONSTANTS:
            return Constant(name)
        if name in FUNCTIONS or name in _ALIASES:
            raise self._mistake(node, f"{name} is a function: write {name}(...)")
        raise self._mistake(node, unknown("name", name, dict.fromkeys((*self._names, *CONSTANTS, *FUNCTIONS))))

    def _quotient(self, node: ast.expr, top: Expression, bottom: Expression) -> Expression:
        if _is_constant(bottom) and evaluate(bottom) == 0 and not _is_constant(top):
            raise self._mistake(node, f"{self._of(node)} divides by 0: change it")
        return Quotient(top, bottom)

    def _power(self, node: ast.expr, base: Expression, exponent: Expression) -> Expression:
        if _is_constant(exponent):
            degree = abs(evaluate(exponent)) * _degree(base)
            if not degree <= HIGHEST:
                raise self._mistake(node, f"{self._of(node)} raises to the power {degree:g}: go up to {HIGHEST}")
        if base == Constant("e"):
            return Call("exp", (exponent,))
        return Power(base, exponent)

    def _call(self, node: ast.Call, depth: int) -> Expression:
        if not isinstance(node.func, ast.Name):
            raise self._mistake(node.func, f"{self._of(node.func)} is no function: write one of {', '.join(FUNCTIONS)}")
        name = _ALIASES.get(node.func.id, node.func.id)
        if name not in self._functions:
            if name in self._names or name in CONSTANTS:
                raise self._mistake(node, f"{name} is no function: write {name}*(...) for a product")
            raise self._mistake(node, unknown("function", name, self._functions))
        for keyword in node.keywords:
            raise self._mistake(keyword.value, f"{name} takes no arguments by name: write {name}(u)")
        for argument in node.args:
            if isinstance(argument, ast.Starred):
                raise self._mistake(
                    argument, f"{self._of(argument)} is not of a formula: write the arguments one by one"
                )
        found = [self.read(argument, depth) for argument in node.args]
        if name in _TWO and len(found) > 1:
            while len(found) > 1:  # by pairs: a long row of them is not deep
                pairs = [found[place : place + 2] for place in range(0, len(found), 2)]
                found = [Call(name, tuple(pair)) if len(pair) == 2 else pair[0] for pair in pairs]
            return found[0]
        if len(found) != 1 or name in _TWO:
            needed = "at least two arguments" if name in _TWO else "one argument"
            raise self._mistake(node, f"{name} takes {needed}, not {len(found)}")
        return Call(name, tuple(found))

    def _conditions(self, node: ast.expr, depth: int) -> tuple[Condition, ...]:
        if not isinstance(node, ast.Compare) or not all(type(sign) in _SIGNS for sign in node.ops):
            raise self._mistake(
                node, f"{self._of(node)} is no condition: compare with < <= > >=, as in 'u if x > 0 else v'"
            )
        sides = [self.read(side, depth) for side in (node.left, *node.comparators)]
        signs = [_SIGNS[type(sign)] for sign in node.ops]
        return tuple(Condition(*condition) for condition in zip(sides[:-1], signs, sides[1:], strict=True))

    def _check_number(self, node: ast.expr, found: Expression) -> None:
        """Refuse a part without variables whose value is none."""
        value = evaluate(found)
        if math.isnan(value):
            raise self._mistake(node, f"{self._of(node)} has no value: change it")
        if abs(value) > LARGEST or 0 < abs(value) < 1 / LARGEST:
            size = "large" if abs(value) > 1 else "small"
            raise self._mistake(node, f"{self._of(node)} is too {size}: numbers go from {1 / LARGEST:g} to {LARGEST:g}")

    def _of(self, node: ast.expr) -> str:
        """The part of the formula that a node was read from."""
        found = ast.get_source_segment(self._text[self._lead :], node) or ""
        return repr(found if len(found) <= 40 else f"{found[:37]}...")

    def _mistake(self, node: ast.expr, message: str) -> ArgumentError:
        return _mistake(node.col_offset + self._lead + 1, message)


def _mistake(column: int, message: str) -> ArgumentError:
    return ArgumentError(f"formula, column {column}: {message}")


def _degree(expression: Expression) -> float:
    """The largest product of exponents of powers of powers in an expression."""
    inner = max((_degree(part) for part in parts(expression)), default=1.0)
    if isinstance(expression, Power) and _is_constant(expression.exponent):
        return max(1.0, abs(evaluate(expression.exponent))) * inner
    return inner


def _is_constant(expression: Expression) -> bool:
    """Whether it has a value without any letter's."""
    return not any(
        isinstance(part, Symbol) or (isinstance(part, Call) and part.function not in FUNCTIONS)
        for part in walk(expression)
    )
