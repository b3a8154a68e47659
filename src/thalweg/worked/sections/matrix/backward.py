"""The backward phase in matrix form: s = f'(n) ⊙ ∂F/∂a of the outputs, then s = f'(n) ⊙ (Wᵀ s), layer by layer."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ....core.activations import Elementwise, Softmax
from ....core.kinds import settings
from ....core.losses import PointwiseLoss
from ....core.network import Layer
from ....formulas.algebra import partial
from ....formulas.expression import Expression, Negative, Number, Product, Quotient, Symbol
from ....formulas.matrices import has_matrix
from .. import backward as units
from ..document import Line, Section
from ..error import output_names
from ..heading import layer_title
from ..texts import Sums, spelled_or_nothing, sums_of_layer, unit_names
from ..writing import OF_LOSS
from .both import Both, diagonal, hadamard, lifted, minus, product, total, transposed
from .forward import target_weights
from .writing import Group, MatrixWriting


def backward_sections(m: MatrixWriting) -> list[Section]:
    """For each example, or for all, a section for each layer, from the last to the first."""
    word = m.w.notation.word("sensitivity")
    return [
        Section(
            f"{word[0].upper()}{word[1:]} of {layer_title(m.w, layer.name)}{group.title}",
            tuple(_layer(m, layer, group)),
        )
        for group in m.groups
        for layer in reversed(m.w.step.network.layers)
        if m.shown(layer.name)
    ]


def _layer(m: MatrixWriting, layer: Layer, group: Group) -> Iterator[Line | str]:
    """The slopes of a layer, and its sensitivities."""
    w, name = m.w, layer.name
    last = layer is w.step.network.output
    about = {"layer": name, "examples": list(group.rows)}
    symbol = w.notation.sensitivity_vector(name)
    s = w.notation.sign * m.layer(w.step.sensitivities[name], group) + 0.0
    if last and not isinstance(w.step.loss, PointwiseLoss):
        yield from _fused(m, group, symbol, s, about)
        return
    v = _by_outputs(m, layer, group)
    arriving: Both | None = v
    if (last and v is None) or not isinstance(layer.activation, Elementwise):
        yield _arriving_line(m, layer, group, v, about)
        arriving = _arriving(m, layer, group)
    assert arriving is not None
    if not isinstance(layer.activation, Elementwise):
        yield from _through_layer(m, layer, group, arriving, s, about)
        return
    slope = _slope_line(m, layer, group)
    yield slope
    slopes = m.given(w.notation.slopes(name), _slopes(m, layer, group))
    formula = _with_slopes(m, arriving, slopes, last=last)
    formula = formula if w.notation.sign > 0 or not last else minus(formula)
    yield m.line(symbol, formula, s, quantity="sensitivity", **about, sign=w.notation.sign)


def _with_slopes(m: MatrixWriting, arriving: Both, slopes: Both, *, last: bool) -> Both:
    """The slopes times what arrives; of the outputs what arrives stands first, unless the slopes are a matrix."""
    if m.w.notation.diagonal and not m.together:
        return _before_vector(arriving, slopes)
    return hadamard(arriving, slopes) if last else hadamard(slopes, arriving)


def _before_vector(arriving: Both, slopes: Both) -> Both:
    """-2 Ḟ (t - a): the matrix before the last factor, plain numbers and the sign before it."""

    def placed(of: Expression, matrix: Expression) -> Expression:
        match of:
            case Negative(inner):
                return Negative(placed(inner, matrix))
            case Product((Number() | Quotient() as plain, *others)):
                return Product((plain, matrix, *others))
            case Product(factors):
                return Product((matrix, *factors))
        return Product((matrix, of))

    return Both(placed(arriving.letters, slopes.letters), placed(arriving.numbers, slopes.numbers))


def _slopes(m: MatrixWriting, layer: Layer, group: Group) -> np.ndarray:
    """f'(n) of a layer as it is laid out; a diagonal matrix where the notation has one."""
    passed, activation = m.w.step.passed, layer.activation
    n, a = passed.net_inputs[layer.name], passed.outputs[layer.name]
    assert isinstance(activation, Elementwise)
    found = m.layer(activation.backpropagate(n, a, np.ones_like(n)), group)
    return np.diag(found.ravel()) if m.w.notation.diagonal and not m.together else found


def _slope_line(m: MatrixWriting, layer: Layer, group: Group) -> Line:
    """f'(n), by what the activation says of itself, entry by entry."""
    w, name = m.w, layer.name
    known = _letters(m, layer, group)
    activation = layer.activation
    assert isinstance(activation, Elementwise)
    unit = spelled_or_nothing(activation.derivative_text, unit_names(w, name, 0, group.rows[0]))
    formula = lifted(unit[0], known) if unit else None
    if formula is not None and isinstance(formula.letters, Number):
        formula = None
    if formula is not None and w.notation.diagonal and not m.together:
        formula = diagonal(formula)
    about = {"quantity": "slope", "layer": name, "examples": list(group.rows)}
    return m.line(w.notation.slopes(name), formula, _slopes(m, layer, group), **about)


def _letters(m: MatrixWriting, layer: Layer, group: Group) -> dict[Expression, Both]:
    """The letters of a unit of a layer, each with the vector that it is in."""
    w, name = m.w, layer.name
    notation, passed = w.notation, w.step.passed
    found: dict[Expression, Both] = {
        notation.net_input(name, 0): m.given(notation.net_input_vector(name), m.layer(passed.net_inputs[name], group)),
        notation.output(name, 0): m.given(notation.output_vector(name), m.layer(passed.outputs[name], group)),
        Symbol("π"): Both(Symbol("π"), Number(np.pi)),
    }
    return {**found, **_settings(m, layer.activation, name)}


def _settings(m: MatrixWriting, part: object, where: str) -> dict[Expression, Both]:
    return {
        m.w.settings[where, setting]: Both(m.w.settings[where, setting], Number(value))
        for setting, value in settings(part).items()
    }


# The outputs.


def _of_loss(m: MatrixWriting, group: Group) -> dict[Expression, Both]:
    """The letters of an output in the texts of a loss, each with the vector that it is in."""
    step, notation = m.w.step, m.w.notation
    last = step.network.output.name
    return {
        notation.output(last, 0): m.given(notation.output_vector(last), m.layer(step.passed.output, group)),
        notation.target(0): m.given(notation.target_vector(), m.layer(step.targets, group)),
        **_settings(m, step.loss, OF_LOSS),
    }


def _weighed(m: MatrixWriting, group: Group, formula: Both) -> Both:
    """Times the weights of the targets, where they have some."""
    weights = target_weights(m, group)
    return formula if weights is None else hadamard(weights, formula)


def _by_outputs(m: MatrixWriting, layer: Layer, group: Group) -> Both | None:
    """∂F/∂a of a layer as a formula: of the outputs what the loss says, if it says the same of all; else Σ Wᵀ s."""
    w, step = m.w, m.w.step
    if layer is not step.network.output:
        fed = step.network.fed_by[layer.name]
        if not fed:
            return _zeros(m, layer, group)
        found = total(m.back(m.weight(after, layer.name), m.sensitivity(after, group)) for after in fed)
        if not m.masked(layer.name) or step.masks is None:
            return found
        return hadamard(m.given(Symbol("mask", bold=True), m.layer(step.masks[layer.name], group)), found)
    loss = step.loss
    assert isinstance(loss, PointwiseLoss)
    unit = spelled_or_nothing(loss.derivative_text, output_names(w, 0, group.rows[0], written_out=True))
    formula = lifted(units.shared(w, unit[0]), _of_loss(m, group)) if unit else None
    if formula is None or not has_matrix(formula.numbers):
        return None
    formula = _weighed(m, group, formula)
    values = _arriving_values(m, layer, group)
    return formula if m.gives(formula.numbers, values) else None


def _zeros(m: MatrixWriting, layer: Layer, group: Group) -> Both:
    return m.given(Number(0.0), m.laid(np.zeros((len(group.rows), layer.size))))


def _arriving_values(m: MatrixWriting, layer: Layer, group: Group) -> np.ndarray:
    """∂F/∂a of a layer as it is laid out, of each example's own error."""
    return m.laid(np.stack([units.arriving(m.w, layer, q) for q in group.rows]))


def _arriving(m: MatrixWriting, layer: Layer, group: Group) -> Both:
    return m.given(_arriving_symbol(m, layer), _arriving_values(m, layer, group))


def _arriving_symbol(m: MatrixWriting, layer: Layer) -> Expression:
    return partial(m.w.notation.example_loss(), m.w.notation.output_vector(layer.name))


def _arriving_line(m: MatrixWriting, layer: Layer, group: Group, formula: Both | None, about: dict) -> Line:
    """∂F/∂a, where it does not stand in the sensitivities themselves."""
    symbol = _arriving_symbol(m, layer)
    values = _arriving_values(m, layer, group)
    about = {**about, "quantity": "output_derivative"}
    if formula is not None:
        if m.w.notation.sign < 0 and layer is not m.w.step.network.output:
            formula = minus(formula)
        return m.line(symbol, formula, values, **about)
    return m.cell_line(symbol, lambda i, q: units.loss_derivative(m.w, i, q), values, group, **about)


def _fused(m: MatrixWriting, group: Group, symbol: Expression, s: np.ndarray, about: dict) -> Iterator[Line]:
    """s of the outputs by a loss that has taken the output function in, such as a - t by cross-entropy."""
    w, step = m.w, m.w.step
    activation, sign = step.network.output.activation, w.notation.sign
    about = {"quantity": "sensitivity", **about, "sign": sign}
    each = isinstance(activation, Elementwise)
    names = output_names(w, 0, group.rows[0], written_out=True)
    sums = Sums(step.network.output.size, 0, lambda k: output_names(w, k, group.rows[0]))
    unit = spelled_or_nothing(step.loss.sensitivity_text(activation), names, sums)
    formula = lifted(units.shared(w, unit[0]), _of_loss(m, group)) if unit else None
    if formula is not None and each:
        formula = _weighed(m, group, formula)
    if formula is not None and sign < 0:
        formula = Both(units.turned(minus(formula).letters), units.turned(minus(formula).numbers))
    if formula is not None and m.gives(formula.numbers, s):
        yield m.line(symbol, formula, s, **about)
        return
    yield m.cell_line(
        symbol, lambda i, q: units.fused(w, step.neuron(step.network.output.name, i, q)), s, group, **about
    )


# A layer whose derivative is a matrix.


def _through_layer(m: MatrixWriting, layer: Layer, group: Group, v: Both, s: np.ndarray, about: dict) -> Iterator[Line]:
    """s = Jᵀ v with the Jacobian of the layer, of softmax diag(a) - a aᵀ; of many examples entry by entry."""
    w, name, sign = m.w, layer.name, m.w.notation.sign
    symbol = w.notation.sensitivity_vector(name)
    about = {**about, "sign": sign}
    if len(group.rows) > 1:
        arriving = {q: units.arriving(w, layer, q) for q in group.rows}

        def unit(i: int, q: int) -> tuple[Expression, ...]:
            sums = sums_of_layer(w, name, q, arriving[q])
            text = layer.activation.backpropagate_text
            return tuple(map(w.sign, spelled_or_nothing(text, unit_names(w, name, i, q, arriving[q]), sums)))

        yield m.cell_line(symbol, unit, s, group, quantity="sensitivity", **about)
        return
    q = next(iter(group.rows))
    n, a = w.step.passed.net_inputs[name][q : q + 1], w.step.passed.outputs[name][q : q + 1]
    each = np.eye(layer.size, dtype=a.dtype)
    J = np.concatenate([layer.activation.backpropagate(n, a, each[k : k + 1]) for k in range(layer.size)])
    formula = None
    if isinstance(layer.activation, Softmax):
        given = m.given(w.notation.output_vector(name), m.layer(w.step.passed.outputs[name], group))
        outer = product(transposed(given), given) if m.rows else product(given, transposed(given))
        formula = total([diagonal(given), minus(outer)])
    jacobian = Symbol("J", (), w.notation.output_vector(name).above, "", bold=True)
    told = {key: what for key, what in about.items() if key != "sign"}
    yield m.line(jacobian, formula, J, quantity="jacobian", **told)
    of_layer = m.given(jacobian, J)
    found = product(v, of_layer) if m.rows else product(transposed(of_layer), v)
    yield m.line(symbol, found if sign > 0 else minus(found), s, quantity="sensitivity", **about)
