"""The backward phase: the sensitivities of the outputs, then those of the layers before, term by term."""

from __future__ import annotations

import numpy as np

from ..core.activation import Elementwise
from ..core.activations import Softmax
from ..core.losses import CrossEntropy, Huber, Loss, PointwiseLoss, example_factors
from ..core.places import Place
from ..formulas.algebra import negative, times
from ..formulas.building import build
from ..formulas.expression import Call, Expression, Negative, Number, Product, Sum, Symbol
from .activation_formulas import formulas, settings
from .document import Line, Section
from .error_lines import difference, share
from .forward_lines import example_title
from .heading import layer_title
from .neuron import Neuron
from .writing import Writing, folded_sum


def backward_sections(w: Writing) -> list[Section]:
    """For each example a section for the output layer, and one for each layer before it, from the last to the first."""
    word = w.notation.word("sensitivity")
    sections = []
    for q in w.examples:
        for layer in reversed(w.step.network.layers):
            last = layer is w.step.network.output
            items: list[Line | str] = []
            if not isinstance(layer.activation, Elementwise) and _needs_derivatives(w, last):
                items += _output_derivatives(w, layer.name, q)
            for i in w.units(layer.name):
                neuron = w.step.neuron(layer.name, i, q)
                if neuron.slope is not None and _needs_derivatives(w, last):
                    items.append(_slope(w, neuron))
                items.append(_output(w, neuron) if last else _interior(w, neuron))
            items += w.left_out(layer.name)
            title = f"{word[0].upper()}{word[1:]} of {layer_title(w, layer.name)}{example_title(w, q)}"
            sections.append(Section(title, tuple(items)))
    return sections


def _needs_derivatives(w: Writing, last: bool) -> bool:
    """Whether the activation's derivative is a factor: not where cross-entropy has taken it in."""
    return not (last and isinstance(w.step.loss, CrossEntropy))


def _slope(w: Writing, neuron: Neuron) -> Line:
    """f'(n)."""
    notation, layer, i = w.notation, neuron.layer, neuron.index
    assert neuron.slope is not None
    activation = w.step.layer(layer).activation
    symbol = Call(notation.slope(layer), (notation.net_input(layer, i),))
    steps: list[Expression] = []
    if isinstance(activation, Elementwise):
        _, formula = formulas(activation, neuron.net_input)
        if formula:
            constants = settings(activation)
            letters: dict[str, Expression] = {name: notation.setting(name) for name in constants}
            letters |= {"n": notation.net_input(layer, i), "a": notation.output(layer, i), "pi": Symbol("π")}
            values: dict[str, Expression] = {name: Number(value) for name, value in constants.items()}
            values |= {"n": Number(neuron.net_input), "a": Number(neuron.output), "pi": Number(np.pi)}
            steps = [build(formula, letters), build(formula, values)]
            if isinstance(steps[0], Number):
                steps = []
    about = {"quantity": "slope", "layer": layer, "neuron": i, "example": neuron.example}
    return w.line(symbol, steps, neuron.slope, **about)


def _output(w: Writing, neuron: Neuron) -> Line:
    """s of an output: by cross-entropy, a - t; else the loss's derivative times f'."""
    step, notation, i, q = w.step, w.notation, neuron.index, neuron.example
    layer = neuron.layer
    if isinstance(step.loss, CrossEntropy):
        steps = [_fused(w, neuron, None), _fused(w, neuron, q)]
    elif neuron.slope is None:
        steps = _through_matrix(w, neuron)
    else:
        slope = Call(notation.slope(layer), (notation.net_input(layer, i),))
        steps = [
            w.sign(_signed_product(_loss_derivative(w, i, q, numbers=False), slope)),
            w.sign(_signed_product(_loss_derivative(w, i, q, numbers=True), Number(neuron.slope))),
        ]
    return _sensitivity_line(w, neuron, steps)


def _sensitivity_line(w: Writing, neuron: Neuron, steps: list[Expression]) -> Line:
    about = {"quantity": "sensitivity", "layer": neuron.layer, "neuron": neuron.index, "example": neuron.example}
    value = w.notation.sign * neuron.sensitivity + 0.0
    return w.line(w.notation.sensitivity(neuron.layer, neuron.index), steps, value, **about, sign=w.notation.sign)


def _fused(w: Writing, neuron: Neuron, q: int | None) -> Expression:
    """a - t, or a Σ t - t where softmax's targets do not add up to 1; with the notation's sign."""
    i = neuron.index
    together = float(w.step.targets[neuron.example].sum())
    softmax = isinstance(w.step.network.output.activation, Softmax)
    if not softmax or together == 1.0:
        expression = difference(w, i, q)
        right = w.notation.subtracts_output == (w.notation.sign < 0)
        return expression if right else _turned(expression)
    a: Expression = w.notation.output(neuron.layer, i)
    t: Expression = w.notation.target(i)
    sum_of_targets: Expression = Symbol("Σt")
    if q is not None:
        a, t = Number(neuron.output), Number(float(w.step.targets[q, i]))
        sum_of_targets = Number(together)
    product = Product((a, sum_of_targets))
    return Sum((product, Negative(t)) if w.notation.sign > 0 else (t, Negative(product)))


def _turned(expression: Expression) -> Expression:
    """-(x - y), written y - x."""
    match expression:
        case Sum((x, Negative(y))):
            return Sum((y, Negative(x)))
    return negative(expression)


def _loss_derivative(w: Writing, i: int, q: int, *, numbers: bool) -> Expression:
    """∂F/∂a of an output, of one example's error: a factor, the loss's, and the difference of output and target."""
    loss = w.step.loss
    d = difference(w, i, q if numbers else None)
    factor: Expression = share(w)
    if loss.squares:
        factor = Number(1.0) if loss.halves else _doubled(factor)
    else:
        e = float(w.step.passed.output[q, i] - w.step.targets[q, i])
        if _is_linear_at(loss, e):
            bound = loss.delta if isinstance(loss, Huber) else 1.0
            letter = Number(bound) if numbers or bound == 1.0 else Symbol("δ")
            factor, d = times(factor, letter), Call("sign", (d,))
    product = times(factor, d)
    return negative(product) if w.notation.subtracts_output else product


def _is_linear_at(loss: Loss, e: float) -> bool:
    return abs(e) > loss.delta if isinstance(loss, Huber) else not loss.squares


def _doubled(factor: Expression) -> Expression:
    from ..formulas.expression import Quotient

    return Quotient(Number(2.0), factor.bottom) if isinstance(factor, Quotient) else Number(2.0)


def _signed_product(left: Expression, right: Expression) -> Expression:
    """left · right, the sign of the left one in front."""
    if isinstance(left, Negative):
        return Negative(_signed_product(left.of, right))
    return Product((*left.factors, right) if isinstance(left, Product) else (left, right))


def _interior(w: Writing, neuron: Neuron) -> Line:
    """s = f'(n) Σ w s over the units fed."""
    if neuron.slope is None:
        return _sensitivity_line(w, neuron, _through_matrix(w, neuron))
    notation, layer, i = w.notation, neuron.layer, neuron.index
    steps: list[Expression] = []
    for numbers in (False, True):
        slope: Expression = Call(notation.slope(layer), (notation.net_input(layer, i),))
        factors: list[Expression] = [Number(neuron.slope) if numbers else slope]
        if neuron.mask is not None:
            factors.append(Number(neuron.mask) if numbers else Symbol("mask"))
        together = _back_sum(w, neuron, numbers=numbers)
        if isinstance(together, Product):
            together = Sum((together,)) if not numbers else together
        factors += together.factors if isinstance(together, Product) else [_unwrapped(together)]
        steps.append(Product(tuple(factors)))
    return _sensitivity_line(w, neuron, steps)


def _unwrapped(expression: Expression) -> Expression:
    match expression:
        case Sum((only,)):
            return only
    return expression


def _back_sum(w: Writing, neuron: Neuron, *, numbers: bool) -> Expression:
    """Σ w s over the units that a unit feeds, with the notation's sign in s."""
    most = len(neuron.back) if w.selection.whole else w.view.most_terms
    shown, rest = neuron.back[:most], neuron.back[most:]
    sign = w.notation.sign
    if numbers:
        terms = [Product((Number(t.weight), Number(sign * t.sensitivity + 0.0))) for t in shown]
        return folded_sum(terms, len(rest), sign * sum(t.product for t in rest))
    symbols = [
        Product(
            (
                w.notation.weight(Place(t.layer, t.index, neuron.layer, neuron.index)),
                w.notation.sensitivity(t.layer, t.index),
            )
        )
        for t in shown
    ]
    return folded_sum(symbols, len(rest), None)


# A layer whose derivative is a matrix.


def _arriving(w: Writing, layer: str, q: int) -> np.ndarray:
    """∂F/∂a of each output of a layer, of one example's error."""
    step, net = w.step, w.step.network
    if layer == net.output.name and isinstance(step.loss, PointwiseLoss):
        by_outputs = step.loss.derivative(step.passed.output[[q]], step.targets[[q]])[0]
        factor = example_factors(step.loss, net.output.size, 1, None)
        return by_outputs * (factor if step.loss.averages_outputs else 1.0)
    fed = [step.sensitivities[after][q] @ step.params[after].weights[layer] for after in net.fed_by[layer]]
    total = sum(fed) if fed else np.zeros(net.sizes[layer])
    return np.asarray(total) * (step.masks[layer][q] if step.masks and step.layer(layer).dropout else 1.0)


def _arriving_symbol(w: Writing, layer: str, i: int) -> Symbol:
    a = w.notation.output(layer, i)
    return Symbol("v", a.below, a.above)


def _output_derivatives(w: Writing, layer: str, q: int) -> list[Line | str]:
    """v = ∂F/∂a of the outputs shown, which a matrix of derivatives then mixes."""
    values = _arriving(w, layer, q)
    shown = min(len(values), max(w.view.most_terms, len(w.units(layer))))
    items: list[Line | str] = []
    for i in range(shown):
        steps: list[Expression] = []
        if layer == w.step.network.output.name:
            steps = [_loss_derivative(w, i, q, numbers=False), _loss_derivative(w, i, q, numbers=True)]
        about = {"quantity": "output_derivative", "layer": layer, "neuron": i, "example": q}
        items.append(w.line(_arriving_symbol(w, layer, i), steps, float(values[i]), **about))
    return items


def _through_matrix(w: Writing, neuron: Neuron) -> list[Expression]:
    """a_i (v_i - Σ_k a_k v_k): softmax's derivative is a_i (δ_ik - a_k)."""
    layer, q = neuron.layer, neuron.example
    v, a = _arriving(w, layer, q), w.step.passed.outputs[layer][q]
    shown = min(len(v), w.view.most_terms)
    letters = [Product((w.notation.output(layer, k), _arriving_symbol(w, layer, k))) for k in range(shown)]
    numbers = [Product((Number(float(a[k])), Number(float(v[k])))) for k in range(shown)]
    left = len(v) - shown
    own = _arriving_symbol(w, layer, neuron.index)
    mean = folded_sum(letters, left, None), folded_sum(numbers, left, float((a[shown:] * v[shown:]).sum()))
    return [
        w.sign(Product((w.notation.output(layer, neuron.index), Sum((own, Negative(mean[0])))))),
        w.sign(Product((Number(neuron.output), Sum((Number(float(v[neuron.index])), Negative(mean[1])))))),
    ]
