"""Where each number of a worked calculation came from: the quantity it is, and the line that made it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...formulas.expression import (
    Array,
    Expression,
    Folded,
    Matrix,
    Negative,
    Number,
    Product,
    Quotient,
    Sum,
    Symbol,
    parts,
)
from .document import Document, Line
from .enclosure import has_letters

_NO_QUANTITIES = ("∂", "π", "")


@dataclass(frozen=True)
class Origin:
    """A quantity that a line is made of.

    `symbol` is how the text writes it, `value` what it is in this line (None: not a single number), and `line` the
    place, among `document.lines()`, of the line that made it; None for what is given: a parameter before the step, a
    setting, what the rule kept. Its number stands in `steps[step]` of the line, at the end of the `place` of parts
    there, turned where `sign` is -1; `step` is None where it does not stand for itself. In matrix form a matrix stands
    where a number does.
    """

    symbol: Expression
    value: float | None
    line: int | None
    step: int | None = None
    place: tuple[int, ...] = ()
    sign: int = 1


def origins(document: Document) -> tuple[tuple[Origin, ...], ...]:
    """For each line of a document what its formula is made of, in the order in which it is written.

    A formula by letters and the same by numbers are trees of one shape: what stands where the number stands says which
    quantity that is. The line whose symbol it is made it; of several that of the same example, or else of the same
    weight. A line that is only a value is made of nothing.

    >>> import numpy as np, thalweg as tw
    >>> net = tw.mlp(1, 1)
    >>> step = tw.worked_step(net, "sse", net.unravel(np.array([2.0, 0.0])), [[3.0]], [[5.0]])
    >>> document = step.document()
    >>> lines, found = document.lines(), origins(document)
    >>> lines[2].about["quantity"], [(of.symbol.base, of.value, of.line) for of in found[2]]
    ('net_input', [('w', 2.0, None), ('p', 3.0, 0), ('b', 0.0, None)])
    """
    lines = document.lines()
    makers = _Makers(lines)
    return tuple(tuple(_of_line(line, number, makers)) for number, line in enumerate(lines))


def number_at(line: Line, origin: Origin) -> float:
    """The number of an origin as it stands in its line, with its sign there; NaN where it stands nowhere."""
    if origin.step is None:
        return math.nan
    found = found_at(line.steps[origin.step], origin.place)
    return float(found.value) if isinstance(found, Number) else math.nan


def found_at(expression: Expression, place: tuple[int, ...]) -> Expression:
    """What stands at a place of an expression."""
    for part in place:
        expression = inner(expression)[part]
    return expression


def inner(expression: Expression) -> tuple[Expression, ...]:
    """The parts of an expression, of a matrix its cells row by row: what `Origin.place` counts."""
    if isinstance(expression, Array):
        return tuple(Symbol("") if cell is None else cell for row in expression.rows for cell in row)
    return parts(expression)


class _Makers:
    """The lines by what they make."""

    def __init__(self, lines: tuple[Line, ...]) -> None:
        self.lines = lines
        self._by_symbol: dict[Expression, list[int]] = {}
        self._gradients: dict[Any, list[int]] = {}
        self._of_examples: dict[tuple[Any, ...], int] = {}
        self._parameters: dict[tuple[Any, ...], Symbol] = {}
        for number, line in enumerate(lines):
            quantity = line.about.get("quantity")
            if quantity == "error_before" and not line.steps:
                continue  # told again at the end
            self._by_symbol.setdefault(_unsigned(line.symbol), []).append(number)
            if quantity == "example_gradient":
                for key in (_key(line.symbol), _weight(line.about)):
                    self._gradients.setdefault(key, []).append(number)
            if (
                quantity == "new_weight"
                and line.steps
                and isinstance(first := next(_quantities(line.steps[0])), Symbol)
            ):
                self._parameters[_weight(line.about)] = first
            if "example" in line.about:
                self._of_examples[_of_example(line.about, line.about["example"])] = number

    def makes(self, symbol: Expression) -> bool:
        """Whether a line makes it."""
        return symbol in self._by_symbol

    def made(self, symbol: Expression, number: int, value: Expression | None = None) -> int | None:
        """The line that made what stands in a line, as a value; None: it was given."""
        about = self.lines[number].about
        quantity = about.get("quantity")
        found = [one for one in self._by_symbol.get(symbol, ()) if one != number]
        if not found and (one := self._of_one_example(symbol, about, value)) is not None:
            return one
        if not found and quantity in ("part", "delta"):
            found = self._gradient(symbol, about, value)
        if not found and quantity == "new_weight" and isinstance(symbol, Symbol) and "Δ" in symbol.base:
            found = [one for one, line in enumerate(self.lines) if line.about.get("quantity") == "solution"]
        return self._nearest(found, about)

    def _gradient(self, symbol: Expression, about: Mapping[str, Any], value: Expression | None) -> list[int]:
        """∂F/∂w where only the example's own is shown, whatever its letter: it has its weight's indices and value."""
        found = self._gradients.get(_key(symbol), [])
        of = self._parameters.get(_weight(about))
        if found or of is None or not isinstance(symbol, Symbol) or symbol == of or "old" in symbol.above:
            return found
        if (symbol.below, symbol.bold) != (of.below, of.bold):
            return []
        return [one for one in self._gradients.get(_weight(about), ()) if _same(self.lines[one], value)]

    def _of_one_example(self, symbol: Expression, about: Mapping[str, Any], value: Expression | None) -> int | None:
        """g_1 and F_1, in the sums over the examples, by the number of the example, and the value."""
        quantity = {"gradient": "example_gradient", "error_before": "example_error"}.get(about.get("quantity", ""))
        match symbol:
            case Symbol(base, (number,), (), "") if quantity and base not in ("c", "λ") and number.isdecimal():
                found = self._of_examples.get(_of_example({**about, "quantity": quantity}, int(number) - 1))
                return found if found is not None and _same(self.lines[found], value) else None
        return None

    def _nearest(self, found: list[int], about: Mapping[str, Any]) -> int | None:
        """Of lines of one symbol that of the same example; one of all examples; or the only one."""
        for same in (lambda of: _examples(of) == _examples(about), lambda of: _examples(of) is None):
            near = [one for one in found if same(self.lines[one].about)]
            if len(near) > 1:
                near = [one for one in near if _weight(self.lines[one].about) == _weight(about)] or near
            if near:
                return near[0]
        return found[0] if len(found) == 1 else None


def _unsigned(symbol: Expression) -> Expression:
    return symbol.of if isinstance(symbol, Negative) else symbol


def _same(line: Line, value: Expression | None) -> bool:
    """Whether a line has a value, whatever the sign."""
    match value:
        case Number(number):
            return line.value is not None and abs(line.value) == abs(float(number))
        case Matrix(values):
            return line.matrix is not None and np.array_equal(np.abs(line.matrix.values), np.abs(values))
    return False


def _key(symbol: Expression) -> Expression:
    """A gradient without the error that it is of: ∂F/∂w and ∂F_q/∂w are one by one example."""
    match _unsigned(symbol):
        case Quotient(Product((Symbol("∂"), _)), bottom):
            return Quotient(Symbol("∂"), bottom)
        case Symbol(base, below, above, "hat"):
            return Symbol(base, below, above)
    return symbol


def _examples(about: Mapping[str, Any]) -> tuple[int, ...] | None:
    """Of which examples a line is: one, or in matrix form several; None: of the step."""
    return (about["example"],) if "example" in about else tuple(about["examples"]) if "examples" in about else None


def _weight(about: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(about.get(name) for name in ("layer", "neuron", "source", "origin"))


def _of_example(about: Mapping[str, Any], example: int) -> tuple[Any, ...]:
    return about.get("quantity"), *(() if about.get("quantity") == "example_error" else _weight(about)), example


def _of_line(line: Line, number: int, makers: _Makers) -> Iterator[Origin]:
    """What a line is made of."""
    by_letters = [at for at, step in enumerate(line.steps) if has_letters(step)]
    if not by_letters:
        if line.about.get("quantity") == "error_before":  # told again after the step
            yield from _told_again(line, number, makers)
        return
    letters = line.steps[by_letters[-1]]
    at = by_letters[-1] + 1
    if at < len(line.steps):
        for symbol, found, stands, place in _pairs(letters, line.steps[at], 1, ()):
            made = makers.made(symbol, number, found)
            told = 0 if made is None or found is None else _sign(symbol, found, makers.lines[made])
            sign = told or stands
            value = sign * float(found.value) + 0.0 if isinstance(found, Number) else None
            yield Origin(symbol, value, made, at if found is not None else None, place, sign)
        return
    alone = letters.of if isinstance(letters, Negative) else letters
    if _is_quantity(alone, makers) and line.value is not None:  # its number is the value of the line
        value = -line.value + 0.0 if isinstance(letters, Negative) else line.value
        yield Origin(alone, value, makers.made(alone, number))
        return
    for symbol in _quantities(letters):
        made = makers.made(symbol, number)
        yield Origin(symbol, None if made is None else makers.lines[made].value, made)


def _sign(symbol: Expression, found: Expression, made: Line) -> int:
    """The sign with which the value of a line stands in another, as the line says it; 0 where it is another value."""
    turned = -1 if isinstance(made.symbol, Negative) and isinstance(symbol, Quotient) else 1  # -∂F/∂w
    match found:
        case Number(number) if made.value is not None and abs(made.value) == abs(float(number)):
            return turned if made.value == number else -turned
        case Matrix(values) if made.matrix is not None and made.matrix.values.shape == values.shape:
            own = made.matrix.values
            return turned if np.array_equal(own, values) else -turned if np.array_equal(own, -values) else 0
    return 0


def _told_again(line: Line, number: int, makers: _Makers) -> Iterator[Origin]:
    """F before the step, told beside F after it: the line of all examples, or of the only one."""
    for quantity in ("error_before", "example_error"):
        found = [at for at, one in enumerate(makers.lines) if one.about.get("quantity") == quantity and at != number]
        if len(found) == 1 and makers.lines[found[0]].value == line.value:
            yield Origin(line.symbol, line.value, found[0])
            return


def _is_quantity(expression: Expression, makers: _Makers) -> bool:
    return isinstance(expression, Symbol) or makers.makes(expression)


_Pair = tuple[Expression, Expression | None, int, tuple[int, ...]]


def _pairs(letters: Expression, numbers: Expression, sign: int, place: tuple[int, ...]) -> Iterator[_Pair]:
    """Each quantity among the letters with the number that stands where it stands, its sign there, and where."""
    match letters, numbers:
        case (Folded(), _) | (Number(), _):
            return
        case Negative(of), Negative(number):
            yield from _pairs(of, number, sign, (*place, 0))
        case Negative(of), _:  # the sign is the number's own
            yield from _pairs(of, numbers, -sign, place)
        case _, Negative(number):
            yield from _pairs(letters, number, -sign, (*place, 0))
        case _, Number() | Matrix() if has_letters(letters):
            if not (isinstance(letters, Symbol) and letters.base in _NO_QUANTITIES):
                yield letters, numbers, sign, place
        case _:
            of_letters, of_numbers = _flat(letters, ()), _flat(numbers, place)
            if isinstance(letters, Symbol) or len(of_letters) != len(of_numbers) or not of_letters:
                yield from ((symbol, None, sign, ()) for symbol in _quantities(letters))
                return
            for (part, _), (number, where) in zip(of_letters, of_numbers, strict=True):
                yield from _pairs(part, number, 1, where)


def _flat(expression: Expression, place: tuple[int, ...]) -> list[tuple[Expression, tuple[int, ...]]]:
    """The parts of an expression, each with its place; those of a product within a product as its own."""
    found = []
    for number, part in enumerate(inner(expression)):
        here = (*place, number)
        if isinstance(expression, Product | Sum) and type(part) is type(expression):
            found += _flat(part, here)
        elif isinstance(part, Sum) and len(part.terms) == 1:
            found.append((part.terms[0], (*here, 0)))
        else:
            found.append((part, here))
    return found


def _quantities(letters: Expression) -> Iterator[Expression]:
    """The letters of a formula, without those of functions."""
    match letters:
        case Symbol(base):
            if base not in _NO_QUANTITIES:
                yield letters
        case Quotient(Product((Symbol("∂"), *_)), _):
            yield letters
        case _:
            for part in inner(letters):
                yield from _quantities(part)
