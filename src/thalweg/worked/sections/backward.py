"""The backward phase: the sensitivities of the outputs, then those of the layers before, term by term."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from typing import TypeAlias

import numpy as np

from ...core.activations import Elementwise
from ...core.losses import PointwiseLoss
from ...core.network import Layer
from ...core.weight_names import WeightName
from ...formulas.expression import Call, Expression, Negative, Number, Product, Quotient, Sum, Symbol
from ..step.values import Neuron
from .document import Line, Section
from .error import output_names, share, times_weight
from .forward import example_title
from .heading import layer_title
from .texts import Sums, arriving_symbol, spelled_or_nothing, sums_of_layer, unit_names
from .writing import Writing, folded_sum, worked_terms

Steps: TypeAlias = tuple[Expression, ...]


def backward_sections(w: Writing) -> list[Section]:
    """For each example a section for the output layer, and one for each layer before it, from the last to the first."""
    word = w.notation.word("sensitivity")
    sections = []
    for q in w.examples:
        for layer in reversed(w.step.network.layers):
            title = f"{word[0].upper()}{word[1:]} of {layer_title(w, layer.name)}{example_title(w, q)}"
            sections.append(Section(title, tuple(_of_layer(w, layer, q))))
    return sections


def _of_layer(w: Writing, layer: Layer, q: int) -> Iterator[Line | str]:
    """The derivatives of a layer and its sensitivities."""
    last = layer is w.step.network.output
    if not w.units_back(layer.name):
        return
    if last and not isinstance(w.step.loss, PointwiseLoss):
        of_unit = fused
    elif not isinstance(layer.activation, Elementwise):
        v = arriving(w, layer, q)
        sums = sums_of_layer(w, layer.name, q, v)
        yield from _output_derivatives(w, layer, q, v)
        of_unit = partial(_through_layer, v=v, sums=sums)
    else:
        of_unit = _output if last else _interior
    for i in w.units_back(layer.name):
        neuron = w.step.neuron(layer.name, i, q)
        if of_unit in (_output, _interior):
            yield _slope(w, neuron)
        about = {"quantity": "sensitivity", "layer": layer.name, "neuron": i, "example": q}
        value = w.notation.sign * neuron.sensitivity + 0.0
        symbol = w.notation.sensitivity(layer.name, i)
        note = ""
        if last and isinstance(layer.activation, Elementwise) and not w.target_weight(q, i):
            note = "its target is missing" if w.is_missing(q, i) else "its target has weight 0"
        yield w.line(symbol, of_unit(w, neuron), value, note=note, **about, sign=w.notation.sign)
    yield from w.left_out(layer.name)


def _slope(w: Writing, neuron: Neuron) -> Line:
    """f'(n), by what the activation says of itself."""
    layer, i, q = neuron.layer, neuron.index, neuron.example
    activation = w.step.layer(layer).activation
    assert isinstance(activation, Elementwise)
    assert neuron.slope is not None
    steps = spelled_or_nothing(activation.derivative_text, unit_names(w, layer, i, q))
    if steps and isinstance(steps[0], Number):
        steps = ()
    about = {"quantity": "slope", "layer": layer, "neuron": i, "example": q}
    return w.line(_slope_symbol(w, neuron), steps, neuron.slope, **about)


def _slope_symbol(w: Writing, neuron: Neuron) -> Call:
    return Call(w.notation.slope(neuron.layer), (w.notation.net_input(neuron.layer, neuron.index),))


def _output(w: Writing, neuron: Neuron) -> Steps:
    """s of an output: the loss's derivative times f'."""
    derivative = loss_derivative(w, neuron.index, neuron.example)
    if not derivative:
        return ()
    slopes = _slope_symbol(w, neuron), Number(neuron.slope or 0.0)
    return tuple(w.sign(_signed_product(*both)) for both in zip(derivative, slopes, strict=True))


def fused(w: Writing, neuron: Neuron) -> Steps:
    """s of an output by a loss that has taken the output function in, such as a - t by cross-entropy."""
    i, q, activation = neuron.index, neuron.example, w.step.network.output.activation
    text = w.step.loss.sensitivity_text(activation)
    outputs, each = w.step.network.output.size, isinstance(activation, Elementwise)
    sums = Sums(outputs, 0, lambda k: output_names(w, k, q, weighed=not each))
    found = spelled_or_nothing(text, output_names(w, i, q, written_out=True, weighed=not each), sums)
    found = times_weight(w, i, q, found) if each else found
    return tuple(turned(w.sign(shared(w, expression))) for expression in found)


def turned(expression: Expression) -> Expression:
    """-(x - y), written y - x."""
    match expression:
        case Negative(Sum((x, Negative(y)))):
            return Sum((y, Negative(x)))
    return expression


def loss_derivative(w: Writing, i: int, q: int) -> Steps:
    """∂F/∂a of an output, of one example's error: a factor, and what the loss says of itself."""
    loss = w.step.loss
    assert isinstance(loss, PointwiseLoss)
    found = spelled_or_nothing(loss.derivative_text, output_names(w, i, q, written_out=True))
    found = times_weight(w, i, q, found)
    return tuple(shared(w, expression) for expression in found)


def shared(w: Writing, expression: Expression) -> Expression:
    """An expression times the 1/S of a loss that averages its outputs; 2 x becomes 2/S x."""
    factor = share(w)
    match expression:
        case _ if not isinstance(factor, Quotient):
            return expression
        case Negative(of):
            return Negative(shared(w, of))
        case Product((Number(Fraction()) as first, *others)):  # of the formula: the same by letters and by numbers
            return Product((Quotient(first, factor.bottom), *others))
    return Product((factor, expression))


def _signed_product(left: Expression, right: Expression) -> Expression:
    """left · right, the sign of the left one in front; a left one of 1 is left out."""
    if left == Number(1.0):
        return right
    if isinstance(left, Negative):
        return Negative(_signed_product(left.of, right))
    return Product((*left.factors, right) if isinstance(left, Product) else (left, right))


def _interior(w: Writing, neuron: Neuron) -> Steps:
    """s = f'(n) Σ w s over the units fed."""
    steps: list[Expression] = []
    for numbers in (False, True):
        factors: list[Expression] = [Number(neuron.slope or 0.0) if numbers else _slope_symbol(w, neuron)]
        if neuron.mask is not None:
            factors.append(Number(neuron.mask) if numbers else Symbol("mask"))
        together = _back_sum(w, neuron, numbers=numbers)
        if isinstance(together, Product):
            together = Sum((together,)) if not numbers else together
        factors += together.factors if isinstance(together, Product) else [_unwrapped(together)]
        steps.append(Product(tuple(factors)))
    if w.selection.weight is not None and len(neuron.back) > 1:
        steps += worked_terms(steps[-1])
    return tuple(steps)


def _unwrapped(expression: Expression) -> Expression:
    match expression:
        case Sum((only,)):
            return only
    return expression


def _back_sum(w: Writing, neuron: Neuron, *, numbers: bool) -> Expression:
    """Σ w s over the units that a unit feeds, with the notation's sign in s."""
    most = len(neuron.back) if w.selection.whole and w.selection.weight is None else w.most_terms
    shown, rest = neuron.back[:most], neuron.back[most:]
    sign = w.notation.sign
    if numbers:
        terms = [Product((Number(t.weight), Number(sign * t.sensitivity + 0.0))) for t in shown]
        return folded_sum(terms, len(rest), sign * sum(t.product for t in rest))
    symbols = [
        Product(
            (
                w.notation.weight(WeightName(t.layer, t.index, neuron.layer, neuron.index)),
                w.notation.sensitivity(t.layer, t.index),
            )
        )
        for t in shown
    ]
    return folded_sum(symbols, len(rest), None)


# A layer whose derivative is a matrix.


def arriving(w: Writing, layer: Layer, q: int) -> np.ndarray:
    """∂F/∂a of each output of a layer, of one example's error."""
    step, net, name = w.step, w.step.network, layer.name
    if layer is net.output and isinstance(step.loss, PointwiseLoss):
        by_outputs = step.loss.derivative(step.passed.output[[q]], step.targets[[q]])[0]
        by_outputs = by_outputs if step.target_weight is None else by_outputs * step.target_weight[q]
        return by_outputs / (layer.size if step.loss.averages_outputs else 1.0)
    fed = [step.sensitivities[after][q] @ step.params[after].weights[name] for after in net.fed_by[name]]
    total = sum(fed) if fed else np.zeros(layer.size)
    return np.asarray(total) * (step.masks[name][q] if step.masks and layer.dropout else 1.0)


def _output_derivatives(w: Writing, layer: Layer, q: int, v: np.ndarray) -> Iterator[Line]:
    """v = ∂F/∂a of the outputs shown, which a matrix of derivatives then mixes."""
    last = layer is w.step.network.output
    for i in range(min(len(v), max(w.most_terms, len(w.units(layer.name))))):
        about = {"quantity": "output_derivative", "layer": layer.name, "neuron": i, "example": q}
        steps = loss_derivative(w, i, q) if last else ()
        yield w.line(arriving_symbol(w, layer.name, i), steps, float(v[i]), **about)


def _through_layer(w: Writing, neuron: Neuron, v: np.ndarray, sums: Sums) -> Steps:
    """s = Ḟᵀ v, by what the activation says of itself."""
    text = w.step.layer(neuron.layer).activation.backpropagate_text
    names = unit_names(w, neuron.layer, neuron.index, neuron.example, v)
    return tuple(map(w.sign, spelled_or_nothing(text, names, sums)))
