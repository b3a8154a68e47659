"""What the writers of sections share: the step, the notation, and what of it is shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Unpack

import numpy as np

from ...core.kinds import settings
from ...core.weight_names import WeightName
from ...errors import ArgumentError
from ...formulas.algebra import negative, total
from ...formulas.evaluation import evaluate
from ...formulas.expression import Expression, Folded, Number, Product, Sum, Symbol, parts, rebuilt
from ...formulas.writer import rounded
from ..notations import AnyNotation, Notation, notation_named
from ..notations.shared_bias import with_shared_biases
from ..step.held import BIASES
from ..step.values import StepValues
from .document import About, Line
from .enclosure import Rounding, enclosure, has_letters, value_of
from .view import MOST_DERIVED, MOST_DIGITS, Selection, View, select

_UNITS = 16
"""Of rounding, by which a number of a line may be off in the type of the step."""


SIZES, SQUARES = Symbol("Σ|w|"), Symbol("Σw²")
"""Of all weights, the biases left out."""


def symbol_of_weight(notation: Notation, i: int) -> Symbol:
    """The weight of the target of an output, counted as the notation counts units."""
    return Symbol("ω", (notation.number(i),))


@dataclass(frozen=True)
class Writing:
    """A step on its way to paper."""

    step: StepValues
    notation: Notation
    view: View
    selection: Selection
    examples: tuple[int, ...]
    settings: Mapping[tuple[str, str], Symbol] = field(default_factory=dict)
    """The letter of each setting of an activation, by its layer, or of the loss, by "F"."""

    @classmethod
    def of(cls, step: StepValues, notation: AnyNotation, view: View) -> Writing:
        """Checked: raises ArgumentError for a notation, layer, unit, weight or example that there is not."""
        shown = view.examples
        if shown is None:
            shown = tuple(range(min(step.examples, view.most_examples)))
        if not shown:
            raise ArgumentError("examples is empty: name at least one example, counted from 0")
        examples = tuple(step.check_example(q) for q in shown)
        shared = step.shared_bias
        selection = select(step.network, _of_one_unit(view, shared))
        asked = selection.weight
        if asked is not None and asked.source is None and asked.layer in shared:
            units = tuple(range(step.network.sizes[asked.layer]))
            selection = replace(selection, back={**selection.back, asked.layer: units})
        found = with_shared_biases(notation_named(notation), step.network, shared)
        return cls(step, found, view, selection, examples, letters_of_settings(step, found))

    def target_weight(self, q: int, i: int) -> float:
        """What a target counts among those of its example: 1, or its own weight; 0 if it is missing."""
        weight = self.step.target_weight
        return 1.0 if weight is None else float(weight[q, i])

    def is_missing(self, q: int, i: int) -> bool:
        """Whether a target is missing."""
        return self.step.missing is not None and bool(self.step.missing[q, i])

    def is_shared(self, weight: WeightName) -> bool:
        """Whether it is the bias that all units of its layer have together."""
        return weight.source is None and weight.layer in self.step.shared_bias

    def sent(self, source: str, j: int) -> Symbol:
        """What a weight is multiplied with: an input, an output, or what dropout leaves of that."""
        symbol = self.notation.sent(source, j)
        masked = self.step.masks is not None and source in self.step.masks
        return as_sent(symbol) if masked else symbol

    def units(self, layer: str) -> tuple[int, ...]:
        """The units of a layer that are shown."""
        return self.selection.units.get(layer, ())

    def units_back(self, layer: str) -> tuple[int, ...]:
        """The units of a layer whose sensitivities are shown."""
        return self.selection.back.get(layer, ())

    @property
    def most_terms(self) -> int:
        """So many terms of a sum are shown: for one weight more than else, as it is all that is asked for."""
        return self.view.most_terms if self.selection.weight is None else max(self.view.most_terms, MOST_DERIVED)

    def left_out(self, layer: str) -> list[str]:
        """A line on the units of a layer that are not shown, if it is not what was asked for that hides them."""
        more = self.step.network.sizes[layer] - len(self.units(layer))
        if self.selection.whole or not more:
            return []
        return [f"... and {more:,} more of {layer}: ask for layer {layer!r} or one neuron to see them"]

    def examples_left_out(self) -> list[str]:
        """A line on the examples that are not shown."""
        more = self.step.examples - len(self.examples)
        return [f"... and {more:,} more examples: ask for one by its number to see it"] if more else []

    def weights(self, layer: str) -> Iterator[WeightName]:
        """The weights of the shown units of a layer that are shown, source by source, each unit's bias after them.

        A bias that the units have together comes last, in the name of the first.
        """
        if self.selection.weight is not None:
            if layer == self.selection.weight.layer:
                yield self.selection.weight
            return
        found = self.step.layer(layer)
        for i in self.units(layer):
            for source in found.sources or ():
                size = self.step.network.sizes[source]
                for j in range(size if self.selection.whole else min(size, self.view.most_terms)):
                    yield WeightName(layer, i, source, j)
            if found.bias and layer not in self.step.shared_bias:
                yield WeightName(layer, i)
        if found.bias and layer in self.step.shared_bias and self.units(layer):
            yield WeightName(layer, 0)

    def weights_left_out(self, layer: str) -> list[str]:
        """A line on the weights of the shown units that are not shown."""
        if self.selection.whole:
            return []
        sizes = [self.step.network.sizes[source] for source in self.step.layer(layer).sources or ()]
        more = sum(max(0, size - self.view.most_terms) for size in sizes)
        return [f"... and {more:,} more weights of each: ask for one neuron or weight to see them"] if more else []

    def line(
        self, symbol: Expression, steps: Sequence[Expression], value: float, *, note: str = "", **about: Unpack[About]
    ) -> Line:
        """A line; its last step is checked against its value, and its numbers have as many digits as make it true.

        Where the numbers do not give the value, within the rounding of the step's type, the steps are the formula of
        something else, and are left out. A last step that has no value of its own (an overflow), or is only the value
        again, is left out alone.
        """
        kept = list(steps)
        if kept and not has_letters(kept[-1]):
            if not self.gives(kept[-1], value):
                kept = []
            elif isinstance(kept[-1], Number) or (isfinite(value) and not isfinite(value_of(kept[-1]))):
                kept.pop()
        if kept and kept[0] == symbol:
            kept = []
        return Line(symbol, tuple(kept), value, about, *self.digits_of(kept, value), note)

    def digits_of(self, steps: Sequence[Expression], value: float) -> tuple[int | None, bool]:
        """How many digits of the numbers make a line true at the digits of its value, and whether none do."""
        shown = [step for step in steps if not has_letters(step)]
        if not shown or not isfinite(value):
            return None, False
        least = self.view.digits
        wanted = rounded(value, least)
        most = max(least, np.finfo(self.step.targets.dtype).precision + 3)
        for digits in range(least, min(most, MOST_DIGITS) + 1):
            if all(rounded(value_of(as_printed(step, digits)), least) == wanted for step in shown):
                return (None if digits == least else digits), False
        return None, True

    def gives(self, numbers: Expression, value: float) -> bool:
        """Whether numbers give a value, within the rounding of the step's type."""
        kind = np.finfo(self.step.targets.dtype)
        rounding = Rounding(_UNITS * float(kind.eps), float(kind.tiny))
        if not isfinite(value):
            return True
        found = value_of(numbers)
        if abs(found - value) <= rounding.relative * abs(value):
            return True
        low, high = enclosure(numbers, rounding)
        least, most = rounding.around(value, value)
        return low <= most and least <= high

    def sign(self, expression: Expression) -> Expression:
        """A sensitivity or gradient with the notation's sign."""
        return expression if self.notation.sign > 0 else negative(expression)


OF_LOSS = "F"
"""Where a setting of the loss is."""


def letters_of_settings(step: StepValues, notation: Notation) -> dict[tuple[str, str], Symbol]:
    """The letters of the settings of activations and of the loss, each by its place, a layer or "F", and its name.

    A letter that something else has in the step, or that another place has with another value, tells its place.
    """
    places = [(layer.name, layer.activation) for layer in step.network.layers] + [(OF_LOSS, step.loss)]
    found = [(where, name, value) for where, part in places for name, value in settings(part).items()]
    values: dict[Symbol, set[float]] = {}
    for _, name, value in found:
        values.setdefault(notation.setting(name), set()).add(value)
    taken = _other_bases(step, notation)
    letters = {}
    for where, name, _ in found:
        plain = notation.setting(name)
        told = len(values[plain]) > 1 or (plain.base in taken and not plain.below)
        letters[where, name] = Symbol(plain.base, (*plain.below, where)) if told else plain
    return letters


def _other_bases(step: StepValues, notation: Notation) -> set[str]:
    """The letters of the rule, and those that quantities of units have."""
    rule = [notation.setting(number.name) for number in step.rule.numbers()]
    rule += [notation.part(name, None) for name in (*step.parts, *step.state._fields)]
    units = [
        symbol
        for layer in (step.network.layers[0].name, step.network.output.name)
        for symbol in (notation.net_input(layer, 0), notation.output(layer, 0), notation.sensitivity(layer, 0))
    ]
    bases = {symbol.base for symbol in (*rule, *units, notation.target(0), notation.error(0), notation.loss())}
    return bases if bool((step.factors == step.factors[0]).all()) else {*bases, "c"}  # of the weights of examples


def as_sent(output: Symbol) -> Symbol:
    """The symbol of what dropout leaves of an output."""
    return Symbol(output.base, output.below, (*output.above, "sent"), output.mark)


def _of_one_unit(view: View, shared: Sequence[str]) -> View:
    """The view of the bias of a layer that has one, "layer.bias", as that of its first unit's."""
    layer, _, rest = (view.weight or "").rpartition(".")
    return replace(view, weight=f"{layer}[0]") if rest == BIASES and layer in shared else view


def as_printed(expression: Expression, digits: int) -> Expression:
    """An expression with its numbers as they are printed, at so many digits.

    >>> as_printed(Number(0.123456), 3)
    Number(value=0.123)
    """
    match expression:
        case Number(value):
            return Number(float(rounded(value, digits)))
        case Folded(count, float() as value):
            return Folded(count, float(rounded(value, digits)))
        case _:
            return rebuilt(expression, [as_printed(part, digits) for part in parts(expression)])


def folded_sum(shown: Sequence[Expression], left_out: int, rest: float | None) -> Expression:
    """A sum of which some terms are left out; `rest` is what those add up to."""
    return total((*shown, *([Folded(left_out, rest)] if left_out else ())))


def worked_terms(numbers: Expression) -> list[Expression]:
    """The same with each term of its sum worked out, and with the sum added up."""
    if isinstance(numbers, Sum):
        return [_worked_out(numbers)]
    if not isinstance(numbers, Product):
        return []
    *factors, together = numbers.factors
    if not isinstance(together, Sum):
        return []
    return [Product((*factors, _worked_out(together))), Product((*factors, Number(evaluate(together))))]


def _worked_out(together: Sum) -> Sum:
    """The terms of a sum as their values; what is folded stays so."""
    return Sum(tuple(term if isinstance(term, Folded) else Number(evaluate(term)) for term in together.terms))
