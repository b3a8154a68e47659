"""The forward phase in matrix form: n = W a + b and a = f(n), a line for each layer."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ....core.network import Layer
from ....formulas.expression import Call, Expression, Number, Symbol
from ..document import Line, Section
from ..error import symbol_of_weight
from ..texts import spelled_or_nothing, sums_of_layer, unit_names
from .both import Both, hadamard, product, total
from .writing import Group, MatrixWriting, first_weight


def forward_sections(m: MatrixWriting) -> list[Section]:
    """A section for each example, or one for all."""
    sections = []
    for group in m.groups:
        items: list[Line | str] = []
        if not m.w.selection.whole:
            items += _given(m, group)
        for layer in m.w.step.network.layers:
            if m.shown(layer.name):
                items += _layer(m, layer, group)
        sections.append(Section(f"Forward phase{group.title}", tuple(items)))
    if sections and not m.together:
        last = sections[-1]
        sections[-1] = Section(last.title, (*last.items, *m.w.examples_left_out()))
    return sections


def target_weights(m: MatrixWriting, group: Group) -> Both | None:
    """The weights of the targets, where they have some."""
    weight = m.w.step.target_weight
    if weight is None:
        return None
    letter = symbol_of_weight(m.w.notation, 0)
    return m.given(Symbol(letter.base, (), (), "", bold=True), m.layer(weight, group))


def _given(m: MatrixWriting, group: Group) -> Iterator[Line | str]:
    """The inputs, the targets and their weights."""
    step, notation = m.w.step, m.w.notation
    if m.together:
        yield f"All {step.examples:,} examples stand in one matrix, each a {'row' if m.rows else 'column'}."
    for name, values in step.inputs.items():
        about = {"quantity": "input", "source": name, "examples": list(group.rows)}
        yield m.line(notation.input_vector(name), None, m.layer(values, group), **about)
    if not step.loss.uses_targets:
        return
    about = {"quantity": "target", "layer": step.network.output.name, "examples": list(group.rows)}
    yield m.line(notation.target_vector(), None, m.layer(step.targets, group), **about)
    weights = target_weights(m, group)
    if weights is not None:
        values = m.layer(weights_of(m), group)
        yield m.line(weights.letters, None, values, quantity="target_weight", examples=list(group.rows))
        if step.missing is not None and step.missing[list(group.rows)].any():
            yield "A target that is missing stands as 0 and has weight 0."


def weights_of(m: MatrixWriting) -> np.ndarray:
    """The weights of the targets (examples, outputs)."""
    weight = m.w.step.target_weight
    assert weight is not None
    return weight


def _bias(m: MatrixWriting, layer: Layer, bias: np.ndarray) -> Both:
    """The biases of a layer, or one that all its units have."""
    notation, name = m.w.notation, layer.name
    if not m.is_number(name, None):
        return m.given(notation.bias_vector(name), m.vector(bias))
    b = Both(notation.weight(first_weight(name, None)), Number(float(bias[0])))
    return product(b, m.ones(layer.size))


def _layer(m: MatrixWriting, layer: Layer, group: Group) -> Iterator[Line | str]:
    """The net inputs and the outputs of a layer, and what dropout leaves of them."""
    w, name = m.w, layer.name
    step, notation = w.step, w.notation
    about = {"layer": name, "examples": list(group.rows)}
    n, a = (m.layer(values[name], group) for values in (step.passed.net_inputs, step.passed.outputs))
    terms = [m.forward(m.weight(name, source), m.sent(source, group)) for source in layer.sources or ()]
    bias = step.params[name].bias
    if bias is not None:
        b = _bias(m, layer, bias)
        terms = [b, *terms] if notation.bias_first else [*terms, b]
    symbol = notation.net_input_vector(name)
    yield m.line(symbol, total(terms), n, quantity="net_input", **about)

    def unit(i: int, q: int) -> tuple[Expression, ...]:
        names = unit_names(w, name, i, q)
        return spelled_or_nothing(layer.activation.value_text, names, sums_of_layer(w, name, q))

    before = (Call(notation.function(name), (symbol,)),)
    output = notation.output_vector(name)
    yield m.cell_line(output, unit, a, group, before=before, quantity="output", **about)
    if m.masked(name):
        assert step.masks is not None
        mask = m.given(Symbol("mask", bold=True), m.layer(step.masks[name], group))
        left = hadamard(mask, m.given(output, a))
        values = m.layer(step.passed.sent[name], group)
        yield m.line(m.sent(name, group).letters, left, values, quantity="sent", **about)
