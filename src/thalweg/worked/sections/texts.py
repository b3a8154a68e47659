"""The texts of a part as formulas: by letters, and by the numbers of a step."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from math import pi
from typing import Any, NamedTuple

from ..expressions import build
from ..mathematics import Call, Expression, Fraction, Negative, Number, Power, Product, Root, Sum, Symbol
from ..notations import Notation
from ..step.settings import settings
from .enclosure import EXACT, enclosure, evaluated
from .writing import folded_sum

_EVEN, _ODD = ("abs", "cosh", "cos"), ("sign", "tanh", "sinh", "sin", "tan", "atan", "asinh", "erf")
_SIGNS = {ast.Lt: float.__lt__, ast.LtE: float.__le__, ast.Gt: float.__gt__, ast.GtE: float.__ge__}


class Names(NamedTuple):
    """What the names of a text stand for: letters, and numbers."""

    letters: Mapping[str, Expression]
    numbers: Mapping[str, Expression]

    def and_settings(self, part: Any, notation: Notation) -> Names:
        """With π, and the settings of a part."""
        known = settings(part)
        letters = {"pi": Symbol("π"), **{name: notation.setting(name) for name in known}}
        numbers = {"pi": Number(pi), **{name: Number(value) for name, value in known.items()}}
        return Names({**letters, **self.letters}, {**numbers, **self.numbers})


class Spelled(NamedTuple):
    """A text by letters, and by numbers."""

    letters: Expression
    numbers: Expression


class Sums:
    """The sums of texts over so many units of a layer, of which the first are shown; if none, it is a letter."""

    def __init__(self, units: int = 0, shown: int = 0, names_of: Callable[[int], Names] | None = None) -> None:
        self._units, self._shown, self._names_of = units, min(units, shown), names_of
        self._known: dict[str, Spelled] = {}

    def of(self, text: str) -> Spelled:
        """The sum of what a text says of each unit."""
        if text not in self._known:
            if self._names_of is None:
                raise ValueError(f"sum({text}): there is nothing to add up")
            found = [spelled(text, self._names_of(i)) for i in range(self._units)]
            if not self._shown:
                return Spelled(Symbol(f"Σ{text}"), Number(sum(evaluated(one.numbers) for one in found)))
            shown, others = found[: self._shown], [enclosure(one.numbers, EXACT).high for one in found[self._shown :]]
            self._known[text] = Spelled(
                folded_sum([one.letters for one in shown], len(others), None),
                folded_sum([one.numbers for one in shown], len(others), sum(others)),
            )
        return self._known[text]


def spelled(text: str, names: Names, sums: Sums | None = None) -> Spelled:
    """A text by letters and by numbers; of cases that which holds. Raises KeyError or ValueError for what is none.

    >>> names = Names({"n": Symbol("n")}, {"n": Number(-2.0)})
    >>> spelled("n if n > 0 else n/4", names).numbers
    Fraction(top=Number(value=-2.0), bottom=Number(value=4.0))
    """
    reader = _Reader(names, sums or Sums())
    found = reader.read(text)
    return Spelled(_signs_out(build(found, reader.letters)), _signs_out(build(found, reader.numbers)))


def spelled_or_nothing(text: str, names: Names, sums: Sums | None = None) -> tuple[Expression, ...]:
    """The same as the steps of a line; none for a text that is none, or names what there is not."""
    if not text:
        return ()
    try:
        return tuple(spelled(text, names, sums))
    except (KeyError, ValueError, SyntaxError):
        return ()


class _Reader(ast.NodeTransformer):
    """Takes of cases that which holds, and puts a name in the place of sum(u)."""

    def __init__(self, names: Names, sums: Sums) -> None:
        self.letters, self.numbers, self._sums = dict(names.letters), dict(names.numbers), sums

    def read(self, text: str) -> str:
        """The text without cases and sums."""
        if not any(word in text for word in (" if ", "sum(", "log(")):
            return text
        return ast.unparse(self.visit(ast.parse(text, mode="eval").body))

    def visit_IfExp(self, node: ast.IfExp) -> Any:
        """The case that holds."""
        return self.visit(node.body if self._holds(node.test) else node.orelse)

    def visit_Call(self, node: ast.Call) -> Any:
        """A sum as a name of its own; log as ln."""
        match node:
            case ast.Call(func=ast.Name(id="sum"), args=[of]):
                text = ast.unparse(of)
                name = f"sum_{len(self.letters)}"
                self.letters[name], self.numbers[name] = self._sums.of(text)
                return ast.Name(name, ast.Load())
            case ast.Call(func=ast.Name(id="log"), args=arguments):
                return ast.Call(ast.Name("ln", ast.Load()), [self.visit(argument) for argument in arguments], [])
        return ast.Call(node.func, [self.visit(argument) for argument in node.args], node.keywords)

    def _holds(self, test: ast.expr) -> bool:
        if not isinstance(test, ast.Compare) or not all(type(sign) in _SIGNS for sign in test.ops):
            raise ValueError(f"{ast.unparse(test)} is no condition")
        sides = [
            evaluated(build(ast.unparse(self.visit(side)), self.numbers)) for side in (test.left, *test.comparators)
        ]
        return all(
            _SIGNS[type(sign)](left, right) for left, sign, right in zip(sides[:-1], test.ops, sides[1:], strict=True)
        )


def _signs_out(expression: Any) -> Any:
    """The same with signs drawn out of products and odd functions, and left out of even ones."""
    match expression:
        case Negative(of):
            inner = _signs_out(of)
            return inner.of if isinstance(inner, Negative) else Negative(inner)
        case Sum(terms):
            return Sum(tuple(map(_signs_out, terms)))
        case Product(factors):
            return _signed(map(_signs_out, factors), lambda found: Product(tuple(found)))
        case Fraction(top, bottom):
            return _signed([_signs_out(top), _signs_out(bottom)], lambda found: Fraction(*found))
        case Power(base, Number(exponent) as kept) if exponent % 2 == 0:
            return Power(_unsigned(_signs_out(base)), kept)
        case Power(base, exponent):
            return Power(_signs_out(base), _signs_out(exponent))
        case Root(of):
            return Root(_signs_out(of))
        case Call(name, (argument,)) if name in _EVEN:
            return Call(name, (_unsigned(_signs_out(argument)),))
        case Call(name, (argument,)) if name in _ODD:
            return _signed([_signs_out(argument)], lambda found: Call(name, tuple(found)))
        case Call(name, arguments):
            return Call(name, tuple(map(_signs_out, arguments)))
    return expression


def _unsigned(expression: Any) -> Any:
    return expression.of if isinstance(expression, Negative) else expression


def _signed(parts: Any, whole: Any) -> Any:
    found = list(parts)
    odd = sum(isinstance(part, Negative) for part in found) % 2
    made = whole([_unsigned(part) for part in found])
    return Negative(made) if odd else made
