"""The forward phase, unit by unit: net input and output."""

from __future__ import annotations

from ..core.activation import Elementwise
from ..core.places import Place
from ..formulas.algebra import total
from ..formulas.building import build
from ..formulas.expression import Call, Expression, Number, Product, Quotient, Symbol
from .activation_formulas import formulas, settings
from .document import Line, Section
from .neuron import Neuron
from .writing import Writing, folded_sum


def forward_sections(w: Writing) -> list[Section]:
    """A section for each example."""
    sections = []
    for q in w.examples:
        items: list[Line | str] = []
        if not w.selection.whole:
            items += _inputs(w, q)
        for layer in w.step.network.layers:
            for i in w.units(layer.name):
                neuron = w.step.neuron(layer.name, i, q)
                items += [_net_input(w, neuron), _output(w, neuron, q)]
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
    return f", example {q}{row and f' ({row})'}"


def _inputs(w: Writing, q: int) -> list[Line | str]:
    """The inputs and the targets."""
    items: list[Line | str] = []
    most = w.view.most_terms
    for name, values in w.step.inputs.items():
        for j in range(min(values.shape[1], most)):
            about = {"quantity": "input", "source": name, "origin": j, "example": q}
            items.append(w.line(w.notation.input(name, j), (), float(values[q, j]), **about))
        if values.shape[1] > most:
            items.append(f"... and {values.shape[1] - most:,} more of {name}")
    for i in range(min(w.step.targets.shape[1], most)):
        about = {"quantity": "target", "layer": w.step.network.output.name, "neuron": i, "example": q}
        items.append(w.line(w.notation.target(i), (), float(w.step.targets[q, i]), **about))
    return items


def _net_input(w: Writing, neuron: Neuron) -> Line:
    """n = Σ w a + b."""
    notation, layer, i = w.notation, neuron.layer, neuron.index
    most = len(neuron.terms) if w.selection.whole else w.view.most_terms
    shown, rest = neuron.terms[:most], neuron.terms[most:]
    place = w.selection.place
    if place is not None and place.source is not None and len(neuron.terms) > w.view.most_terms:
        shown = tuple(t for t in neuron.terms if (t.source, t.index) == (place.source, place.origin))
        rest = tuple(t for t in neuron.terms if t not in shown)
    symbols = [
        Product((notation.weight(Place(layer, i, t.source, t.index)), notation.sent(t.source, t.index))) for t in shown
    ]
    numbers = [Product((Number(t.weight), Number(t.sent))) for t in shown]
    left = sum(t.product for t in rest)
    if neuron.bias is None:
        formula, with_numbers = folded_sum(symbols, len(rest), None), folded_sum(numbers, len(rest), left)
    else:
        unit = notation.bias_unit(layer)
        bias: Expression = notation.weight(Place(layer, i))
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


def _output(w: Writing, neuron: Neuron, q: int) -> Line:
    """a = f(n)."""
    notation, layer, i = w.notation, neuron.layer, neuron.index
    n = notation.net_input(layer, i)
    activation = w.step.layer(layer).activation
    steps: list[Expression] = [Call(notation.function(layer), (n,))]
    if isinstance(activation, Elementwise):
        formula, _ = formulas(activation, neuron.net_input)
        if formula:
            constants = settings(activation)
            letters = {name: notation.setting(name) for name in constants}
            values = {name: Number(value) for name, value in constants.items()}
            steps.append(build(formula, {"n": n, "pi": Symbol("π"), **letters}))
            steps.append(build(formula, {"n": Number(neuron.net_input), "pi": Number(3.141592653589793), **values}))
    else:
        steps += _softmax(w, neuron, q)
    about = {"quantity": "output", "layer": layer, "neuron": i, "example": neuron.example}
    return w.line(notation.output(layer, i), steps, neuron.output, **about)


def _softmax(w: Writing, neuron: Neuron, q: int) -> list[Expression]:
    """e^{n_i} / Σ_j e^{n_j}."""
    import math

    layer, size = neuron.layer, w.step.network.sizes[neuron.layer]
    shown = min(size, w.view.most_terms)
    n = [float(value) for value in w.step.passed.net_inputs[layer][q]]
    symbols = [Call("exp", (w.notation.net_input(layer, k),)) for k in range(shown)]
    numbers = [Call("exp", (Number(value),)) for value in n[:shown]]
    try:
        rest = sum(math.exp(value) for value in n[shown:])
    except OverflowError:
        rest = math.inf
    top = Call("exp", (w.notation.net_input(layer, neuron.index),))
    return [
        Quotient(top, folded_sum(symbols, size - shown, None)),
        Quotient(Call("exp", (Number(neuron.net_input),)), folded_sum(numbers, size - shown, rest)),
    ]


def _dropped(w: Writing, neuron: Neuron) -> Line:
    """What dropout leaves of an output."""
    assert neuron.mask is not None
    a = w.notation.output(neuron.layer, neuron.index)
    sent = Symbol(a.base, a.below, (*a.above, "sent"))
    steps = (Product((Symbol("mask"), a)), Product((Number(neuron.mask), Number(neuron.output))))
    value = float(w.step.passed.sent[neuron.layer][neuron.example, neuron.index])
    about = {"quantity": "sent", "layer": neuron.layer, "neuron": neuron.index, "example": neuron.example}
    return w.line(sent, steps, value, **about)
