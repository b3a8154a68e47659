"""The forward phase, unit by unit: net input and output."""

from __future__ import annotations

from ...core.weight_names import WeightName
from ...formulas.algebra import total
from ...formulas.expression import Call, Expression, Number, Product, Symbol
from ..step.values import Neuron
from .document import Line, Section
from .texts import Sums, spelled_or_nothing, sums_of_layer, unit_names
from .view import MOST_DERIVED
from .writing import Writing, as_sent, folded_sum


def forward_sections(w: Writing) -> list[Section]:
    """A section for each example."""
    sections = []
    for q in w.examples:
        items: list[Line | str] = []
        if not w.selection.whole or w.selection.weight is not None:
            items += _inputs(w, q)
        for layer in w.step.network.layers:
            sums = sums_of_layer(w, layer.name, q)
            for i in w.units(layer.name):
                neuron = w.step.neuron(layer.name, i, q)
                items += [_net_input(w, neuron), _output(w, neuron, sums)]
                if neuron.mask is not None:
                    items.append(_dropped(w, neuron))
            items += w.left_out(layer.name)
        sections.append(Section(f"Forward phase{example_title(w, q)}", tuple(items)))
    if sections:
        last = sections[-1]
        sections[-1] = Section(last.title, (*last.items, *w.examples_left_out()))
    return sections


def example_title(w: Writing, q: int) -> str:
    """Which example a section is about, if there are several."""
    if w.step.examples == 1 and w.step.rows is None:
        return ""
    row = "" if w.step.rows is None else f"row {int(w.step.rows[q]) + 1:,}"
    if w.step.examples == 1:
        return f", {row}"
    return f", example {q + 1}{row and f' ({row})'}"


def _inputs(w: Writing, q: int) -> list[Line | str]:
    """The inputs and the targets."""
    items: list[Line | str] = []
    most = max(w.most_terms, MOST_DERIVED) if w.step.labels.inputs else w.most_terms
    for name, values in w.step.inputs.items():
        for j in range(min(values.shape[1], most)):
            about = {"quantity": "input", "source": name, "origin": j, "example": q}
            note = w.step.labels.input(q, j) if len(w.step.inputs) == 1 else ""
            items.append(w.line(w.notation.input(name, j), (), float(values[q, j]), note=note, **about))
        if values.shape[1] > most:
            items.append(f"... and {values.shape[1] - most:,} more of {name}")
    for i in range(min(w.step.targets.shape[1], most) if w.step.loss.uses_targets else 0):
        about = {"quantity": "target", "layer": w.step.network.output.name, "neuron": i, "example": q}
        if w.is_missing(q, i):
            items.append(f"The target of output {w.notation.number(i)} is missing.")
            continue
        value, note = float(w.step.targets[q, i]), w.step.labels.target(q, i)
        note = ", ".join(filter(None, [note, weight_told(w, q, i)]))
        items.append(w.line(w.notation.target(i), (), value, note=note, **about))
    return items


def weight_told(w: Writing, q: int, i: int) -> str:
    """What is said of a target that does not count as others do."""
    v = w.target_weight(q, i)
    return "" if v == 1.0 else f"weight {v:g}"


def _net_input(w: Writing, neuron: Neuron) -> Line:
    """n = Σ w a + b."""
    notation, layer, i = w.notation, neuron.layer, neuron.index
    asked = w.selection.weight
    most = len(neuron.terms) if w.selection.whole and asked is None else w.most_terms
    shown, rest = neuron.terms[:most], neuron.terms[most:]
    if rest and asked is not None and (layer, i) == (asked.layer, asked.to) and asked.source is not None:
        shown = tuple(t for t in neuron.terms if (t.source, t.index) == (asked.source, asked.origin))
        rest = tuple(t for t in neuron.terms if t not in shown)
    symbols = [
        Product((notation.weight(WeightName(layer, i, t.source, t.index)), w.sent(t.source, t.index))) for t in shown
    ]
    numbers = [Product((Number(t.weight), Number(t.sent))) for t in shown]
    left = sum(t.product for t in rest)
    if neuron.bias is None:
        formula, with_numbers = folded_sum(symbols, len(rest), None), folded_sum(numbers, len(rest), left)
    else:
        unit = notation.bias_unit(layer)
        bias: Expression = notation.weight(WeightName(layer, i))
        value: Expression = Number(neuron.bias)
        if unit is not None:
            bias, value = Product((bias, unit)), Product((value, Number(1.0)))
        formula = _with_bias(w, folded_sum(symbols, len(rest), None), bias)
        with_numbers = _with_bias(w, folded_sum(numbers, len(rest), left), value)
    about = {"quantity": "net_input", "layer": layer, "neuron": i, "example": neuron.example}
    return w.line(notation.net_input(layer, i), (formula, with_numbers), neuron.net_input, **about)


def _with_bias(w: Writing, rest: Expression, bias: Expression) -> Expression:
    terms = getattr(rest, "terms", (rest,))
    return total((bias, *terms) if w.notation.bias_first else (*terms, bias))


def _output(w: Writing, neuron: Neuron, sums: Sums) -> Line:
    """a = f(n), by what the activation says of itself."""
    activation = w.step.layer(neuron.layer).activation
    names = unit_names(w, neuron.layer, neuron.index, neuron.example)
    steps = spelled_or_nothing(activation.value_text, names, sums)
    if steps:
        steps = (Call(w.notation.function(neuron.layer), (names.letters["n"],)), *steps)
    about = {"quantity": "output", "layer": neuron.layer, "neuron": neuron.index, "example": neuron.example}
    last = neuron.layer == w.step.network.output.name
    note = w.step.labels.output(neuron.example, neuron.index) if last else ""
    return w.line(w.notation.output(neuron.layer, neuron.index), steps, neuron.output, note=note, **about)


def _dropped(w: Writing, neuron: Neuron) -> Line:
    """What dropout leaves of an output."""
    assert neuron.mask is not None
    a = w.notation.output(neuron.layer, neuron.index)
    sent = as_sent(a)
    steps = (Product((Symbol("mask"), a)), Product((Number(neuron.mask), Number(neuron.output))))
    value = float(w.step.passed.sent[neuron.layer][neuron.example, neuron.index])
    about = {"quantity": "sent", "layer": neuron.layer, "neuron": neuron.index, "example": neuron.example}
    return w.line(sent, steps, value, **about)
