"""What the sections in matrix form share: how arrays are laid out, and lines that are checked as whole matrices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Unpack

import numpy as np

from ....core.network import Parameters
from ....core.weight_names import WeightName
from ....errors import ArgumentError
from ....formulas.expression import Array, Call, Expression, Matrix, Number, Symbol, walk
from ....formulas.matrices import magnitude, matrix_as_printed, matrix_value
from ....formulas.writer import rounded
from ..document import About, Line
from ..view import MOST_DERIVED, MOST_DIGITS
from ..writing import Writing
from .both import Both, product, transposed

_UNITS = 64
"""Of rounding, by which a line of sums may be off in the type of the step, relative to what is added up."""
_MOST_CHECKED = 4096
"""Numbers of a line whose digits are made to give its value; what has more is folded."""


@dataclass(frozen=True)
class Group:
    """Examples that stand in one matrix: one of them, or all."""

    rows: tuple[int, ...]
    title: str


@dataclass(frozen=True)
class MatrixWriting:
    """A step on its way to paper in matrix form.

    Layers are columns, n = W a + b, or rows, n = a W + b, as the notation has it; `together` all examples stand in one
    matrix, each a column or a row of it.
    """

    w: Writing
    together: bool

    @classmethod
    def of(cls, w: Writing) -> MatrixWriting:
        """Checked: raises ArgumentError for a view of one unit or weight, which has no matrices."""
        for name in ("neuron", "weight"):
            if getattr(w.view, name) is not None:
                raise ArgumentError(f'{name} is shown unit by unit: leave out form="matrix", or ask for a layer')
        return cls(w, w.notation.together and w.view.examples is None and w.step.examples > 1)

    @property
    def rows(self) -> bool:
        """Whether layers are rows."""
        return self.w.notation.from_to

    @property
    def groups(self) -> list[Group]:
        """The examples as they are shown."""
        from ..forward import example_title

        if self.together:
            return [Group(tuple(range(self.w.step.examples)), ", all examples")]
        return [Group((q,), example_title(self.w, q)) for q in self.w.examples]

    def shown(self, layer: str) -> bool:
        """Whether a layer is shown."""
        return bool(self.w.units(layer))

    # Arrays as they are laid out.

    def matrix(self, values: np.ndarray) -> Matrix:
        """Numbers, folded where they are many."""
        most = MOST_DERIVED if self.w.selection.whole else max(self.w.view.most_terms, 1)
        return Matrix(np.asarray(values), *(None if size <= most else most for size in values.shape))

    def layer(self, values: np.ndarray, group: Group) -> np.ndarray:
        """Values (examples, size) of a group's examples: a column for each, or a row."""
        return self.laid(np.asarray(values)[list(group.rows)])

    def laid(self, values: np.ndarray) -> np.ndarray:
        """Values (examples, size) with a column for each example, or a row."""
        return values if self.rows else values.T

    def weights(self, values: np.ndarray) -> np.ndarray:
        """Weights (to, from) as the notation has them."""
        return np.asarray(values).T if self.rows else np.asarray(values)

    def vector(self, values: np.ndarray) -> np.ndarray:
        """Values (size,) as a column, or a row."""
        return np.asarray(values)[None] if self.rows else np.asarray(values)[:, None]

    def given(self, symbol: Expression, values: np.ndarray) -> Both:
        """A letter and its numbers."""
        return Both(symbol, self.matrix(values))

    def is_number(self, layer: str, source: str | None) -> bool:
        """Whether weights are one number: the bias that the units of a layer have together."""
        return source is None and layer in self.w.step.shared_bias

    def part(self, tree: Parameters, layer: str, source: str | None) -> np.ndarray:
        """The weights from a source in a tree like the parameters, or the biases, as they are laid out."""
        weights, bias = tree[layer]
        if source is not None:
            return self.weights(weights[source])
        assert bias is not None
        return self.vector(bias[:1] if self.is_number(layer, source) else bias)

    def given_part(self, symbol: Expression, values: np.ndarray, layer: str, source: str | None) -> Both:
        """A letter of weights and its numbers."""
        if self.is_number(layer, source):
            return Both(symbol, Number(float(values[0, 0])))
        return self.given(symbol, values)

    def lifted(self, expression: Expression, layer: str, source: str | None) -> Expression:
        """What is written for the first weight, written for all; a bias that units have together is one number."""
        return self.w.notation.lifted(expression, first_weight(layer, source))

    def ones(self, count: int) -> Both:
        """A column of ones, or a row."""
        return self.given(Symbol("1", bold=True), self.vector(np.ones(count)))

    def weight(self, layer: str, source: str) -> Both:
        """The weights of a layer from a source."""
        values = self.weights(self.w.step.params[layer].weights[source])
        return self.given(self.w.notation.weight_matrix(layer, source), values)

    def sent(self, source: str, group: Group) -> Both:
        """What the weights from a source are multiplied with: of a layer with dropout what it leaves of the outputs."""
        symbol = self.w.notation.sent_vector(source)
        if self.masked(source):
            symbol = Symbol(symbol.base, symbol.below, (*symbol.above, "sent"), symbol.mark, bold=True)
        return self.given(symbol, self.layer(self.w.step.passed.sent[source], group))

    def sensitivity(self, layer: str, group: Group) -> Both:
        """The sensitivities of a layer, with the notation's sign."""
        values = self.w.notation.sign * self.layer(self.w.step.sensitivities[layer], group) + 0.0
        return self.given(self.w.notation.sensitivity_vector(layer), values)

    def masked(self, source: str) -> bool:
        """Whether dropout acts on a source."""
        return self.w.step.masks is not None and source in self.w.step.masks

    def forward(self, W: Both, a: Both) -> Both:
        """W a, or a W."""
        return product(a, W) if self.rows else product(W, a)

    def back(self, W: Both, s: Both) -> Both:
        """Wᵀ s, or s Wᵀ."""
        return product(s, transposed(W)) if self.rows else product(transposed(W), s)

    def outer(self, s: Both, a: Both, *between: Both) -> Both:
        """s aᵀ, or aᵀ s; `between` them the weights of the examples."""
        return product(transposed(a), *between, s) if self.rows else product(s, *between, transposed(a))

    # Lines.

    def line(
        self, symbol: Expression, formula: Both | None, values: np.ndarray, *, before: Sequence[Expression] = (),
        note: str = "", number: bool = False, **about: Unpack[About],
    ) -> Line:  # fmt: skip
        """A line of matrices; its formula is left out where its numbers do not give the values.

        `before` are steps by letters that stand before the formula; what is a `number` has no brackets.
        """
        value = self.matrix(values)
        about = {**about, "form": "matrix"}
        if not number:
            about["shape"] = list(values.shape)
        steps: tuple[Expression, ...] = (*before,)
        if formula is not None and self.gives(formula.numbers, values):
            steps = (*before, formula.letters, formula.numbers)
        if steps and isinstance(steps[-1], Matrix | Number):
            steps = steps[:-1]
        if steps and steps[0] == symbol:
            steps = steps[1:]
        if number:
            return Line(symbol, steps, float(values[0, 0]), about, *self._digits(steps, values), note)
        folded = value.rows is not None or value.columns is not None
        size = f"{values.shape[0]:,} × {values.shape[1]:,}" if folded else ""
        told = ", ".join(filter(None, [note, size and f"{size}, of which the first are shown"]))
        return Line(symbol, steps, None, about, *self._digits(steps, values), told, matrix=value)

    def number_line(self, symbol: Expression, formula: Both, value: float, **about: Unpack[About]) -> Line:
        """A line of matrices whose value is a number."""
        return self.line(symbol, formula, np.array([[value]]), number=True, **about)

    def cells(
        self, of: Callable[[int, int], tuple[Expression, ...]], values: np.ndarray, group: Group
    ) -> Expression | None:
        """The formula with numbers of each entry that is shown; None where one has none, or is only its value.

        `of` gives the steps of a unit in an example; `values` are laid out.
        """
        value, found = self.matrix(values), []
        shown = np.asarray(values)[: value.rows, : value.columns]
        for r in range(shown.shape[0]):
            row: list[Expression | None] = []
            for c in range(shown.shape[1]):
                i, q = (c, r) if self.rows else (r, c)
                steps = of(i, group.rows[q])
                if not steps or not self.w.gives(steps[-1], float(shown[r, c])):
                    return None
                row.append(steps[-1])
            found.append((*row, *[None] * (value.columns is not None)))
        if all(isinstance(cell, Number | None) for row in found for cell in row):
            return None
        return Array((*found, *[(None,) * len(found[0])] * (value.rows is not None)))

    def cell_line(
        self,
        symbol: Expression,
        of: Callable[[int, int], tuple[Expression, ...]],
        values: np.ndarray,
        group: Group,
        *,
        before: Sequence[Expression] = (),
        **about: Unpack[About],
    ) -> Line:
        """A line whose formula with numbers is that of each entry."""
        cells = self.cells(of, values, group)
        line = self.line(symbol, None, values, **about)
        steps = (*before, cells) if cells is not None else tuple(before)
        digits = self._digits_of_cells(cells, line.matrix) if isinstance(cells, Array) else (None, False)
        return Line(symbol, steps, None, line.about, *digits, line.note, matrix=line.matrix)

    def gives(self, numbers: Expression, values: np.ndarray) -> bool:
        """Whether a formula of numbers gives values, within the rounding of the step's type."""
        try:
            found, size = matrix_value(numbers), magnitude(numbers)
        except (KeyError, ValueError):
            return False
        if np.broadcast_shapes(found.shape, values.shape) != values.shape:
            return False
        kind = np.finfo(self.w.step.targets.dtype)
        inner = max((part.values.shape[-1] for part in walk(numbers) if isinstance(part, Matrix)), default=1)
        allowed = (_UNITS + inner) * float(kind.eps) * np.maximum(size, np.abs(values)) + float(kind.tiny)
        finite = np.isfinite(values)
        return bool((np.abs(found - values) <= allowed)[finite & np.isfinite(found)].all())

    def _digits(self, steps: Sequence[Expression], values: np.ndarray) -> tuple[int | None, bool]:
        """How many digits of the numbers make a line true at the digits of its value, and whether none do."""
        last = steps[-1] if steps else None
        if last is None or values.size > _MOST_CHECKED or not _is_whole(last) or not np.isfinite(values).all():
            return None, False
        least, shape = self.w.view.digits, values.shape
        wanted = [rounded(float(value), least) for value in values.ravel()]
        most = max(least, np.finfo(self.w.step.targets.dtype).precision + 3)
        for digits in range(least, min(most, MOST_DIGITS) + 1):
            found = np.broadcast_to(matrix_value(matrix_as_printed(last, digits)), shape)
            if all(_reads(float(value), least, text) for value, text in zip(found.ravel(), wanted, strict=True)):
                return (None if digits == least else digits), False
        return None, True

    def _digits_of_cells(self, cells: Array, value: Any) -> tuple[int | None, bool]:
        """The same of a line of entries."""
        least, approximate = 0, False
        shown = value.values[: value.rows, : value.columns]
        flat = [cell for row in cells.rows for cell in row if cell is not None]
        for cell, number in zip(flat, shown.ravel(), strict=True):
            digits, about = self.w.digits_of((cell,), float(number))
            least, approximate = max(least, digits or 0), approximate or about
        return least or None, approximate


def _reads(value: float, digits: int, text: str) -> bool:
    """Whether a value is printed so, however its terms are added up: not where it lies between two texts."""
    return all(rounded(near, digits) == text for near in (value, value * (1.0 - _TIE), value * (1.0 + _TIE)))


_TIE = 1e-13


def _is_whole(expression: Expression) -> bool:
    """Whether an expression holds matrices, all shown whole, and no letters."""
    found = [part for part in walk(expression) if isinstance(part, Matrix)]
    letters = any(isinstance(part, Symbol) or (isinstance(part, Call) and isinstance(part.function, Symbol))
                  for part in walk(expression))  # fmt: skip
    sizes = sum(part.values.size for part in found)
    return not letters and sizes <= _MOST_CHECKED and all(part.rows is None and part.columns is None for part in found)


def first_weight(layer: str, source: str | None) -> WeightName:
    """The weight, or bias, whose letters those of its matrix are made of."""
    return WeightName(layer, 0) if source is None else WeightName(layer, 0, source, 0)
