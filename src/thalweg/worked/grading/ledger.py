"""The lines of a worked calculation as a chain of calculations: each a formula of the lines before and what is given.

A formula here is an expression whose letters are ids, of lines or of what is given, so that it can be computed with
anybody's numbers, and changed as people change it by mistake.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from ...core.weight_names import WeightName, name_of
from ...errors import ArgumentError
from ...formulas.evaluation import evaluate
from ...formulas.expression import Expression, Negative, Number, Symbol, parts, rebuilt, symbols
from ...optimizers.rule import Rule
from ..notations import AnyNotation, Notation, notation_named
from ..notations.shared_bias import with_shared_biases
from ..sections.document import Document, Line
from ..sections.enclosure import has_letters
from ..sections.origins import Origin, inner, origins
from ..step.values import StepValues
from .naming import Names, line_id

MOST_LINES = 3000
"""Of a calculation that is an exercise."""


@dataclass(frozen=True)
class Calculation:
    """A line by its id. `formula` has ids for letters; None where the line is given, or its formula is not shown."""

    id: str
    line: Line
    section: str
    formula: Expression | None
    made_of: tuple[str, ...]

    @property
    def is_copy(self) -> bool:
        """Whether the line only tells another one again."""
        return isinstance(self.formula, Symbol)


@dataclass(frozen=True, eq=False)
class Ledger:
    """All calculations of a document in their order, and what is `given`: parameters and settings, by their ids."""

    calculations: Mapping[str, Calculation]
    given: Mapping[str, float]
    symbols: Mapping[str, Expression]
    """Of the lines, and of what is given."""
    weights: Mapping[str, WeightName]
    """Which weight a given id is."""
    examples: int
    outputs: int
    own: Mapping[str, float] | None = None
    """The numbers of the lines, where they are not those of the document."""

    @cached_property
    def names(self) -> Names:
        """The names of the lines."""
        return Names({id_: one.line.symbol for id_, one in self.calculations.items()})

    @cached_property
    def exact(self) -> dict[str, float]:
        """Each number at full precision."""
        if self.own is not None:
            return {**self.given, **self.own}
        lines = {id_: float(one.line.value) for id_, one in self.calculations.items() if one.line.value is not None}
        return {**self.given, **lines}

    def rounded(self, decimals: int) -> dict[str, float]:
        """Each number as a calculation by hand finds it that rounds every line to so many decimals."""
        found = dict(self.exact)
        for id_, one in self.calculations.items():
            if one.formula is not None:
                value = evaluate(one.formula, found)
                found[id_] = rounded_by_hand(value if math.isfinite(value) else self.exact[id_], decimals)
        return found


def rounded_by_hand(value: float, decimals: int) -> float:
    """To so many decimals; of what is so small that hardly a digit would be left, three digits are kept.

    >>> rounded_by_hand(0.123456, 4), rounded_by_hand(0.000123456, 4)
    (0.1235, 0.000123)
    """
    if value and abs(value) < 5 * 10.0**-decimals:
        return float(f"{value:.3g}")
    return round(value, decimals) + 0.0


def ledger_of(step: StepValues, document: Document, notation: AnyNotation) -> Ledger:
    """The calculations of a step's document, which is in a notation and shows every line.

    Raises ArgumentError for more lines than an exercise can have.
    """
    lines = document.lines()
    written = with_shared_biases(notation_named(notation), step.network, step.shared_bias)
    if len(lines) > MOST_LINES:
        raise ArgumentError(
            f"the calculation has {len(lines):,} lines, an exercise at most {MOST_LINES:,}: choose a smaller network "
            "or fewer examples"
        )
    ids = [line_id(line.about, step.examples) for line in lines]
    weights: dict[Expression, WeightName] = {written.weight(name): name for name in _weights(step)}
    settings = _settings(step.rule.at(int(step.state.step)), written)
    sections = [section.title for section in document.sections for item in section.items if isinstance(item, Line)]
    calculations: dict[str, Calculation] = {}
    given: dict[str, float] = {}
    told: dict[str, Expression] = {}
    named: dict[str, WeightName] = {}
    for id_, line, section, found in zip(ids, lines, sections, origins(document), strict=True):
        if id_ in calculations:  # F is told again after the step
            continue
        letters: list[str | None] = []
        for origin in found:
            if origin.line is not None:
                letters.append(ids[origin.line] if lines[origin.line].value is not None else None)
            elif (weight := weights.get(origin.symbol)) is not None and origin.value is not None:
                shared = weight.source is None and weight.layer in step.shared_bias
                name = f"weight:{f'{weight.layer}.bias' if shared else name_of(step.network, weight)}"
                letters.append(name)
                given[name], told[name], named[name] = origin.value, origin.symbol, weight
            elif origin.symbol in settings and origin.value is not None:
                name = f"setting:{settings[origin.symbol]}"
                letters.append(name)
                given[name], told[name] = origin.value, origin.symbol
            else:
                letters.append(None)
        unseen = any(of.line is not None and lines[of.line].value is None for of in found)  # made of a matrix
        formula = None if unseen else _formula(line, found, letters)
        made_of = () if formula is None else tuple(letter.base for letter in symbols(formula))
        calculations[id_] = Calculation(id_, line, section, formula, made_of)
        told[id_] = line.symbol
    return Ledger(_one_after_another(calculations), given, told, named, step.examples, step.network.output.size)


def _one_after_another(calculations: dict[str, Calculation]) -> dict[str, Calculation]:
    """Each after those that it is made of: an output of softmax after the net inputs of its whole layer."""
    found: dict[str, Calculation] = {}

    def take(one: Calculation) -> None:
        for id_ in one.made_of:
            if id_ in calculations and id_ not in found:
                take(calculations[id_])
        found[one.id] = one

    for one in calculations.values():
        if one.id not in found:
            take(one)
    return found


def _formula(line: Line, found: tuple[Origin, ...], letters: list[str | None]) -> Expression | None:
    """A line's formula with ids where the numbers of its last step came from them."""
    placed = [(origin, id_) for origin, id_ in zip(found, letters, strict=True) if origin.step is not None]
    if not placed:
        if len(found) != 1 or letters[0] is None or line.value is None:
            return None
        alone, last = found[0].symbol, line.steps[-1] if line.steps else line.symbol
        copy = Symbol(letters[0])
        return copy if last == alone else Negative(copy) if last == Negative(alone) else None
    formula: Expression = line.steps[placed[0][0].step or 0]
    for origin, id_ in placed:
        if id_ is not None:
            letter = Symbol(id_)
            formula = _put(formula, origin.place, letter if origin.sign > 0 else Negative(letter))
    if has_letters(_numbers_for(formula)):
        return None
    return formula


def _numbers_for(formula: Expression) -> Expression:
    """The same with numbers for ids: what still has letters cannot be computed."""
    if isinstance(formula, Symbol) and ":" in formula.base + ":":
        return Number(1.0)
    return rebuilt(formula, [_numbers_for(part) for part in parts(formula)])


def _put(expression: Expression, place: tuple[int, ...], new: Expression) -> Expression:
    if not place:
        return new
    found = list(inner(expression))
    found[place[0]] = _put(found[place[0]], place[1:], new)
    return rebuilt(expression, found)


def _weights(step: StepValues) -> list[WeightName]:
    net = step.network
    found = []
    for layer in net.layers:
        for i in range(layer.size):
            found += [WeightName(layer.name, i, s, j) for s in layer.sources or () for j in range(net.sizes[s])]
            if layer.bias:
                found.append(WeightName(layer.name, i))
    return found


def _settings(rule: Rule, notation: Notation) -> dict[Expression, str]:
    return {notation.setting(field.name): field.name for field in rule.numbers()}
