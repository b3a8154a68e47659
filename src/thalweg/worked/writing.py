"""What the writers of sections share: the step, the notation, and what of it is shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from ..core.places import Place
from ..errors import ArgumentError
from ..formulas.algebra import negative, total
from ..formulas.evaluation import evaluate
from ..formulas.expression import Expression, Folded, Number
from .document import Line
from .notations import Notation, notation_named
from .step import WorkedStep
from .view import Selection, View, select


@dataclass(frozen=True)
class Writing:
    """A step on its way to paper."""

    step: WorkedStep
    notation: Notation
    view: View
    selection: Selection
    examples: tuple[int, ...]

    @classmethod
    def of(cls, step: WorkedStep, notation: str, view: View) -> Writing:
        """Checked: raises ArgumentError for a notation, layer, unit, weight or example that there is not."""
        shown = view.examples
        if shown is None:
            shown = tuple(range(min(step.examples, view.most_examples)))
        if not shown:
            raise ArgumentError("examples is empty: name at least one example, counted from 0")
        examples = tuple(step.check_example(q) for q in shown)
        return cls(step, notation_named(notation)(step.network), view, select(step.network, view), examples)

    def units(self, layer: str) -> tuple[int, ...]:
        """The units of a layer that are shown."""
        return self.selection.units.get(layer, ())

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

    def places(self, layer: str) -> Iterator[Place]:
        """The weights of the shown units of a layer that are shown, source by source, each unit's bias after them."""
        if self.selection.place is not None:
            if layer == self.selection.place.layer:
                yield self.selection.place
            return
        found = self.step.layer(layer)
        for i in self.units(layer):
            for source in found.sources or ():
                size = self.step.network.sizes[source]
                for j in range(size if self.selection.whole else min(size, self.view.most_terms)):
                    yield Place(layer, i, source, j)
            if found.bias:
                yield Place(layer, i)

    def weights_left_out(self, layer: str) -> list[str]:
        """A line on the weights of the shown units that are not shown."""
        if self.selection.whole:
            return []
        sizes = [self.step.network.sizes[source] for source in self.step.layer(layer).sources or ()]
        more = sum(max(0, size - self.view.most_terms) for size in sizes)
        return [f"... and {more:,} more weights of each: ask for one neuron or weight to see them"] if more else []

    def line(self, symbol: Expression, steps: Sequence[Expression], value: float, **about: Any) -> Line:
        """A line; a last step that has no value of its own (an overflow), or is only the value again, is left out."""
        kept = list(steps)
        if kept and not _has_value(kept[-1], value):
            kept.pop()
        return Line(symbol, tuple(kept), value, about)

    def sign(self, expression: Expression) -> Expression:
        """A sensitivity or gradient with the notation's sign."""
        return expression if self.notation.sign > 0 else negative(expression)


def folded_sum(shown: Sequence[Expression], left_out: int, rest: float | None) -> Expression:
    """A sum of which some terms are left out; `rest` is what those add up to."""
    return total((*shown, *([Folded(left_out, rest)] if left_out else ())))


def _has_value(expression: Expression, value: float) -> bool:
    if isinstance(expression, Number):
        return False
    try:
        found = evaluate(expression)
    except KeyError:  # symbols: a formula
        return True
    return isfinite(found) or not isfinite(value)
