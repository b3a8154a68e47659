"""A worked calculation in a notation as plain data: lines of names and formulas, whose numbers say whence they are."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..core.kinds import settings
from ..core.network import Layer
from ..core.weight_names import WeightName, name_of
from ..formulas.expression import Array, Expression, Matrix, Number, Symbol
from ..worked.calculation import WorkedStep
from ..worked.notations import Notation
from ..worked.sections.document import Line
from ..worked.sections.origins import Origin, found_at, inner
from .formula_data import Json, Names, Pool, encode, finite, matrix


@dataclass
class Calculation:
    """The lines of a step, without letters: what each is about, its value, and what was given."""

    about: list[dict[str, Json]]
    values: list[Json]
    notes: dict[str, str]
    exact: dict[str, Json]
    """Of lines that are rounded to decimals their values without rounding."""
    given: dict[str, int] = field(default_factory=dict)
    given_about: list[dict[str, Json]] = field(default_factory=list)
    given_values: list[Json] = field(default_factory=list)

    def give(self, about: dict[str, Json], symbol: Expression, value: Json) -> int:
        """The place of something given."""
        key = json.dumps([about or str(symbol), value], sort_keys=True)
        place = self.given.setdefault(key, len(self.given_about))
        if place == len(self.given_about):
            self.given_about.append(about or {"quantity": "given"})
            self.given_values.append(value)
        return place


def about_of(line: Line) -> dict[str, Json]:
    """What a line is about, whatever the notation."""
    return {name: value for name, value in line.about.items() if name not in ("sign", "form", "shape")}


def value_of(line: Line, sign: int = 1) -> Json:
    """The value of a line as data, times a sign; None for one that has only a formula."""
    if line.matrix is not None:
        return matrix(line.matrix, sign)
    return None if line.value is None else finite(sign * line.value + 0.0)


def weight_of(about: Mapping[str, Json]) -> str:
    """The weight that something is about, or the matrix of weights; the same for all that is about it."""
    return about.get("weight") or "|".join((about.get("layer", ""), about.get("source") or ""))


class TextWriter:
    """Writes the lines of one document as data."""

    def __init__(self, step: WorkedStep, kind: Notation, lines: Sequence[Line], of: Calculation, trees: Pool) -> None:
        self.trees, self.of, self.lines = trees, of, lines
        self.turned = [
            at
            for at, (line, value) in enumerate(zip(lines, of.values, strict=True))
            if value != value_of(line) and value == value_of(line, -1)
        ]
        self.made: dict[str, Json] = {}
        self.given_names: dict[int, int] = {}
        self.names = Names()
        for line in lines:
            self.names.add(line.symbol)
        self.parts = {
            (line.symbol, weight_of(line.about)): line.about.get("part")
            for line in lines
            if line.about.get("quantity") in ("part", "delta") and "layer" in line.about
        }
        self.given = given_letters(step, kind, lines)

    def line(self, at: int, line: Line, made_of: Sequence[Origin]) -> list[int]:
        """A line: its name, then its steps."""
        numbers: dict[tuple[int, ...], Json] = {}
        apart = [["@", origin.line] for origin in made_of if origin.step is None and origin.line is not None]
        if apart:
            self.made[str(at)] = apart
        for origin in made_of:
            if origin.step is not None:
                numbers[origin.place] = self._number(line, origin, found_at(line.steps[origin.step], origin.place))
        first = next((origin.step for origin in made_of if origin.step is not None), None)
        steps = [
            encode(step, self.names, numbers if k == first else self._in_cells(step, made_of))
            for k, step in enumerate(line.steps)
        ]
        return [self.names.add(line.symbol), *(self.trees.add(step) for step in steps)]

    def _in_cells(self, step: Expression, made_of: Sequence[Origin]) -> dict[tuple[int, ...], Json]:
        """The numbers in the cells of a matrix of formulas that are entries of a matrix that a line made."""
        if not isinstance(step, Array):
            return {}
        made = [(of.line, matrix) for of in made_of if of.line is not None and (matrix := self.lines[of.line].matrix)]
        entries = {abs(float(entry)): line for line, matrix in made for entry in np.ravel(matrix.values)}
        return {
            place: ["@", entries[abs(value)], 1, finite(value)]
            for place, value in numbers_in(step)
            if abs(value) in entries
        }

    def _number(self, line: Line, origin: Origin, found: Expression) -> Json:
        """What came from somewhere: ["@", line, sign] or ["#", given, sign], the sign left out if it is 1."""
        if origin.line is not None:
            for sign in (1, -1):
                if _is(found, self.lines[origin.line], sign):
                    return ["@", origin.line] if sign == 1 else ["@", origin.line, -1]
            return ["@", origin.line, 1, _json_of(found)]
        about = self.given.get(origin.symbol, {})
        if not about and isinstance(origin.symbol, Symbol) and origin.symbol.above[-1:] == ("old",):
            about = self._kept(origin.symbol, line)
        place = self.of.give(about, origin.symbol, _json_of(found, origin.sign))
        self.given_names[place] = self.names.add(origin.symbol)
        return ["#", place] if origin.sign == 1 else ["#", place, -1]

    def _kept(self, symbol: Symbol, line: Line) -> dict[str, Json]:
        """What the rule kept of the update before, told by its letter without "old"."""
        above = symbol.above[:-1]
        above = above[:-1] if above[-1:] == (",",) else above
        now = Symbol(symbol.base, symbol.below, above, symbol.mark, symbol.bold)
        part = self.parts.get((now, weight_of(line.about)))
        return {"quantity": "kept"} if part is None else {"quantity": "kept", "part": part, **_place_of(line)}


def numbers_in(expression: Expression, place: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], float]]:
    """The values, not the exact numbers, in an expression with their places.

    >>> from thalweg.formulas.expression import Product
    >>> list(numbers_in(Product((Symbol("x"), Number(0.5)))))
    [((1,), 0.5)]
    """
    if isinstance(expression, Number) and isinstance(expression.value, float):
        yield place, expression.value
    for at, part in enumerate(inner(expression)):
        yield from numbers_in(part, (*place, at))


def _place_of(line: Line) -> dict[str, Json]:
    """Which weight, or weights, a line is about."""
    names = ("layer", "neuron", "source", "origin", "weight")
    about = dict(line.about)
    return {name: about[name] for name in names if name in about}


def _is(found: Expression, made: Line, sign: int) -> bool:
    """Whether a number or a matrix is the value of a line, times a sign."""
    match found:
        case Number(value):
            return made.value is not None and sign * made.value == value
        case Matrix(values):
            return made.matrix is not None and np.array_equal(sign * made.matrix.values, values)
    return False


def _json_of(found: Expression, sign: int = 1) -> Json:
    """A number or a matrix as data, times a sign."""
    if isinstance(found, Matrix):
        return matrix(found, sign)
    assert isinstance(found, Number)
    return finite(sign * float(found.value) + 0.0)


def given_letters(step: WorkedStep, kind: Notation, lines: Sequence[Line]) -> dict[Expression, dict[str, Json]]:
    """The letters of what is there before the step that lines may use, each with what it is."""
    found: dict[Expression, dict[str, Json]] = {}
    net = step.network
    in_matrices = any(line.about.get("form") == "matrix" for line in lines)
    for layer in net.layers:
        if in_matrices:
            for source in layer.sources or ():
                found.setdefault(kind.weight_matrix(layer.name, source),
                                 {"quantity": "weight", "layer": layer.name, "source": source})  # fmt: skip
            if layer.bias:
                found.setdefault(kind.bias_vector(layer.name), {"quantity": "weight", "layer": layer.name})
        for weight in () if in_matrices else _weights_of(step, layer, lines):
            found.setdefault(kind.weight(weight), _about(step, weight))
        unit = kind.bias_unit(layer.name)
        if unit is not None:
            found.setdefault(unit, {"quantity": "bias_unit", "layer": layer.name})
    for number in step.rule.numbers():
        found.setdefault(kind.setting(number.name), {"quantity": "setting", "part": number.name})
    for part in (step.loss, *(layer.activation for layer in net.layers)):
        for name in settings(part):
            found.setdefault(kind.setting(name), {"quantity": "setting", "part": name})
    return found


_MOST_SOURCES = 32


def _weights_of(step: WorkedStep, layer: Layer, lines: Sequence[Line]) -> Iterator[WeightName]:
    """The weights of a layer that lines may use: of the units shown, and of those that lead back from units shown."""
    told = [line.about for line in lines if line.about.get("layer") == layer.name]
    units = {int(about["neuron"]) for about in told if "neuron" in about}
    for source in layer.sources or ():
        first = range(min(step.network.sizes[source], _MOST_SOURCES))
        asked = {about["origin"] for about in told if about.get("source") == source and "origin" in about}
        back = {
            line.about["neuron"]
            for line in lines
            if line.about.get("quantity") == "sensitivity"
            and line.about.get("layer") == source
            and "neuron" in line.about
        }
        for i in sorted(units | set(range(min(layer.size, _MOST_SOURCES) if back else 0))):
            for j in sorted({*first, *asked, *back} if i in units else back):
                yield WeightName(layer.name, i, source, j)
    for i in sorted(units if layer.bias else ()):
        yield WeightName(layer.name, i)


def _about(step: WorkedStep, weight: WeightName) -> dict[str, Json]:
    of: dict[str, Json] = {"quantity": "weight", "layer": weight.layer, "neuron": weight.to}
    if weight.source is not None:
        of |= {"source": weight.source, "origin": weight.origin}
    return {**of, "weight": name_of(step.network, weight)}
