"""The texts of a part as formulas: by letters, and by the numbers of a step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import pi
from typing import Any, NamedTuple

import numpy as np

from ...core.kinds import settings
from ...errors import ArgumentError
from ...formulas.building import parsed, substituted
from ...formulas.evaluation import evaluate, holds
from ...formulas.expression import (
    Call,
    Choice,
    Condition,
    Expression,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    parts,
    rebuilt,
)
from ...formulas.spelling import spell
from .writing import Writing, folded_sum

_EVEN, _ODD = ("abs", "cosh", "cos"), ("sign", "tanh", "sinh", "sin", "tan", "atan", "asinh", "erf")


class Names(NamedTuple):
    """What the names of a text stand for: letters, and numbers."""

    letters: Mapping[str, Expression]
    numbers: Mapping[str, Expression]

    def and_settings(self, w: Writing, part: Any, where: str) -> Names:
        """With π, and the settings of a part, a layer's or the loss's."""
        known = settings(part)
        letters = {"pi": Symbol("π"), **{name: w.settings[where, name] for name in known}}
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
                return Spelled(Symbol(f"Σ{text}"), Number(sum(evaluate(one.numbers) for one in found)))
            shown, others = found[: self._shown], [evaluate(one.numbers) for one in found[self._shown :]]
            self._known[text] = Spelled(
                folded_sum([one.letters for one in shown], len(others), None),
                folded_sum([one.numbers for one in shown], len(others), sum(others)),
            )
        return self._known[text]


def spelled(text: str, names: Names, sums: Sums | None = None) -> Spelled:
    """A text by letters and by numbers; of cases that which holds.

    Raises ArgumentError, KeyError or ValueError for what is none.

    >>> names = Names({"n": Symbol("n")}, {"n": Number(-2.0)})
    >>> spelled("n if n > 0 else n/4", names).numbers
    Quotient(top=Number(value=-2.0), bottom=Number(value=Fraction(4, 1)))
    """
    known = frozenset(names.letters.keys() & names.numbers.keys())
    letters, numbers, summed = dict(names.letters), dict(names.numbers), sums or Sums()

    def taken(part: Expression) -> Expression:
        """Of cases that which holds, and a letter in the place of sum(u)."""
        match part:
            case Choice(conditions, then, otherwise):
                return taken(then if all(map(holding, conditions)) else otherwise)
            case Call("sum", (of,)):
                name = spell(part)
                letters[name], numbers[name] = summed.of(spell(of))
                return Symbol(name)
            case _:
                return rebuilt(part, map(taken, parts(part)))

    def holding(condition: Condition) -> bool:
        left, right = (substituted(taken(side), numbers) for side in (condition.left, condition.right))
        return holds(Condition(left, condition.sign, right))

    found = taken(parsed(text, known, ("sum",)))
    return Spelled(_signs_out(substituted(found, letters)), _signs_out(substituted(found, numbers)))


def spelled_or_nothing(text: str, names: Names, sums: Sums | None = None) -> tuple[Expression, ...]:
    """The same as the steps of a line; none for a text that is none, or names what there is not."""
    if not text:
        return ()
    try:
        return tuple(spelled(text, names, sums))
    except (ArgumentError, KeyError, ValueError):
        return ()


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
        case Quotient(top, bottom):
            return _signed([_signs_out(top), _signs_out(bottom)], lambda found: Quotient(*found))
        case Power(base, Number(exponent) as kept) if exponent % 2 == 0:
            return Power(_unsigned(_signs_out(base)), kept)
        case Power(base, exponent):
            return Power(_signs_out(base), _signs_out(exponent))
        case Call(name, (argument,)) if name in _EVEN:
            return Call(name, (_unsigned(_signs_out(argument)),))
        case Call(name, (argument,)) if name in _ODD:
            return _signed([_signs_out(argument)], lambda found: Call(name, tuple(found)))
        case Call(name, arguments):
            return Call(name, tuple(map(_signs_out, arguments)))
    return expression


def _unsigned(expression: Any) -> Any:
    return expression.of if isinstance(expression, Negative) else expression


def _signed(factors: Any, whole: Any) -> Any:
    found = list(factors)
    odd = sum(isinstance(part, Negative) for part in found) % 2
    made = whole([_unsigned(part) for part in found])
    return Negative(made) if odd else made


def unit_names(w: Writing, layer: str, i: int, q: int, v: np.ndarray | None = None) -> Names:
    """n and a of a unit in an example, v where the derivatives by the outputs are given, and the settings."""
    notation, passed = w.notation, w.step.passed
    activation = w.step.layer(layer).activation
    letters: dict[str, Expression] = {"n": notation.net_input(layer, i), "a": notation.output(layer, i)}
    numbers: dict[str, Expression] = {
        "n": Number(float(passed.net_inputs[layer][q, i])),
        "a": Number(float(passed.outputs[layer][q, i])),
    }
    if v is not None:
        letters["v"], numbers["v"] = arriving_symbol(w, layer, i), Number(float(v[i]))
    return Names(letters, numbers).and_settings(w, activation, layer)


def sums_of_layer(w: Writing, layer: str, q: int, v: np.ndarray | None = None) -> Sums:
    """The sums over the units of a layer in an example."""
    return Sums(w.step.network.sizes[layer], w.view.most_terms, lambda i: unit_names(w, layer, i, q, v))


def arriving_symbol(w: Writing, layer: str, i: int) -> Symbol:
    """v = ∂F/∂a of a unit."""
    a = w.notation.output(layer, i)
    return Symbol("v", a.below, a.above)
