"""The error in matrix form: e = t - a, and the error of an example as a product where it is a sum of squares."""

from __future__ import annotations

from collections.abc import Iterator

from ....formulas.expression import Expression, Number, Quotient, Symbol
from .. import error as units
from ..document import Line, Section
from .both import Both, minus, product, total, transposed
from .writing import Group, MatrixWriting

_SQUARES = {"e**2": 1.0, "e**2/2": 0.5}
"""What a loss says of an output where it is so much of the squared error."""


def error_sections(m: MatrixWriting) -> list[Section]:
    """A section for each example, or one for all, and one for F of several."""
    if m.w.selection.whole:
        return []
    sections = [Section(f"Error{group.title}", tuple(_group(m, group))) for group in m.groups]
    every = units.error_sections(m.w)[len(m.w.examples) :]
    return [*sections, *every]


def difference(m: MatrixWriting, group: Group) -> Both:
    """t - a or a - t of the outputs, as the notation has it."""
    step, notation = m.w.step, m.w.notation
    a = m.given(notation.output_vector(step.network.output.name), m.layer(step.passed.output, group))
    t = m.given(notation.target_vector(), m.layer(step.targets, group))
    return total([t, minus(a)] if notation.subtracts_output else [a, minus(t)])


def _group(m: MatrixWriting, group: Group) -> Iterator[Line | str]:
    w, step = m.w, m.w.step
    last = step.network.output
    if step.target_weight is not None:
        yield "Targets are weighed here: the error is written output by output."
        for q in group.rows[: w.view.most_examples]:
            yield from units.error_of_example(w, q)
        return
    F = w.notation.example_loss()
    if not step.loss.uses_targets:
        for q in group.rows[: w.view.most_examples]:
            yield units.error_of_example(w, q)[-1]
        return
    e = m.layer(step.targets - step.passed.output, group)
    e = (e if w.notation.subtracts_output else -e) + 0.0
    symbol = w.notation.error_vector()
    about = {"layer": last.name, "examples": list(group.rows)}
    yield m.line(symbol, difference(m, group), e, quantity="error", **about)
    if m.together:
        of = Symbol(F.base, F.below, F.above, F.mark, bold=True)
        about = {"quantity": "example_error", "examples": list(group.rows)}
        yield m.cell_line(of, lambda _, q: _of_example(m, q), m.laid(step.errors[:, None]), group, **about)
        return
    share = _SQUARES.get(step.loss.term_text(last.activation))
    if share is None:
        for q in group.rows:
            yield units.error_of_example(w, q)[-1]
        return
    squares = _squares(m, m.given(symbol, e), share)
    q = group.rows[0]
    yield m.number_line(F, squares, float(step.errors[q]), quantity="example_error", example=q)


def _of_example(m: MatrixWriting, q: int) -> tuple[Expression, ...]:
    """The steps of the error of an example."""
    line = units.error_of_example(m.w, q)[-1]
    return line.steps if isinstance(line, Line) else ()


def _squares(m: MatrixWriting, e: Both, share: float) -> Both:
    """eᵀ e, times its share."""
    found = product(e, transposed(e)) if m.rows else product(transposed(e), e)
    size = m.w.step.network.output.size if m.w.step.loss.averages_outputs else 1
    bottom = int(size / share)
    if bottom == 1:
        return found
    factor = Quotient(Number(1.0), Number(float(bottom)))
    return product(Both(factor, factor), found)
