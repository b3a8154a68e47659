"""The gradients: of each example's error by each weight, and how the examples are combined."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...core.arrays import tree_map
from ...core.network import Parameters
from ...core.weight_names import WeightName, name_of
from ...formulas.algebra import times, total
from ...formulas.expression import Expression, Number, Product, Sum, Symbol
from ..step.held import BIASES
from . import penalties
from .document import Line, Section
from .error import weight_of
from .forward import example_title
from .writing import Writing, folded_sum


def gradient_sections(w: Writing) -> list[Section]:
    """A section of single gradients for each example, and one that combines them unless there is nothing to do."""
    of_examples = {q: w.step.example_gradient(q) for q in w.examples}
    sections = [
        Section(f"Single gradients{example_title(w, q)}", tuple(_single(w, q, gradient)))
        for q, gradient in of_examples.items()
    ]
    alone = w.step.examples == 1 and w.step.factors[0] == 1.0 and not (w.step.l1 or w.step.l2)
    return sections if alone else [*sections, _combination(w, of_examples)]


def value_at(params: Parameters, weight: WeightName) -> float:
    """The number of a weight or bias in a tree like the parameters."""
    weights, bias = params[weight.layer]
    if weight.source is None or weight.origin is None:
        assert bias is not None
        return float(bias[weight.to])
    return float(weights[weight.source][weight.to, weight.origin])


def about_weight(w: Writing, weight: WeightName) -> dict[str, Any]:
    """Which weight a line is about; of a bias that the units of a layer share, the layer."""
    if w.is_shared(weight):
        return {"layer": weight.layer, "weight": f"{weight.layer}.{BIASES}", "shared": True}
    found: dict[str, Any] = {"layer": weight.layer, "neuron": weight.to}
    if weight.source is not None:
        found |= {"source": weight.source, "origin": weight.origin}
    return {**found, "weight": name_of(w.step.network, weight)}


def _single(w: Writing, q: int, gradient: Parameters) -> Iterable[Line | str]:
    """∂F/∂w = s a, ∂F/∂b = s."""
    sign = w.notation.sign
    for layer in w.step.network.layers:
        for weight in w.weights(layer.name):
            s, s_now = _arriving(w, q, weight)
            unit: Expression | None = w.notation.bias_unit(layer.name)
            sent = 1.0
            if weight.source is not None and weight.origin is not None:
                unit = w.sent(weight.source, weight.origin)
                sent = float(w.step.passed.sent[weight.source][q, weight.origin])
            steps = (s, s_now) if unit is None else (Product((s, unit)), Product((s_now, Number(sent))))
            yield w.line(
                w.notation.example_gradient(weight),
                steps,
                sign * value_at(gradient, weight) + 0.0,
                quantity="example_gradient",
                **about_weight(w, weight),
                example=q,
                sign=sign,
            )
        yield from w.weights_left_out(layer.name) if w.units(layer.name) else ()
        yield from w.left_out(layer.name)


def _arriving(w: Writing, q: int, weight: WeightName) -> tuple[Expression, Expression]:
    """The sensitivity of the unit that a weight leads to, by letter and by number; of a shared bias the sum of all."""
    layer, sign = weight.layer, w.notation.sign
    values = [sign * float(s) + 0.0 for s in w.step.sensitivities[layer][q]]
    if not w.is_shared(weight):
        return w.notation.sensitivity(layer, weight.to), Number(values[weight.to])
    most = len(values) if w.selection.whole else w.most_terms
    letters = [w.notation.sensitivity(layer, i) for i in range(len(values))]
    left, rest = len(values[most:]), sum(values[most:])
    return folded_sum(letters[:most], left, None), folded_sum([Number(s) for s in values[:most]], left, rest)


def _combination(w: Writing, of_examples: Mapping[int, Parameters]) -> Section:
    """∂F/∂w = Σ c_q ∂F_q/∂w, with the penalties."""
    step, sign = w.step, w.notation.sign
    even = bool((step.factors == step.factors[0]).all())
    others = [q for q in range(step.examples) if q not in of_examples]
    rest = together(w, others, even) if others else None
    letter = w.notation.gradient_of(0).base
    if step.examples == 1:
        items: list[Line | str] = []
    elif even and step.factors[0] == 1.0:
        items = [f"The gradients of the examples are added; {letter}_q is that of example q."]
    elif even and step.weight is None:
        items = [f"The gradients of the examples are averaged; {letter}_q is that of example q."]
    else:
        items = [f"The gradients of the examples are weighed and added; {letter}_q is that of example q."]
    for layer in step.network.layers:
        for weight in w.weights(layer.name):
            letters: list[Expression] = [w.notation.gradient_of(q) for q in of_examples]
            numbers: list[Expression] = [
                Number(sign * value_at(gradient, weight) + 0.0) for gradient in of_examples.values()
            ]
            left = None if rest is None else sign * value_at(rest, weight) + 0.0
            if even:
                factor = weight_of(w)
                formula = times(factor, folded_sum(letters, len(others), None))
                with_numbers = times(factor, folded_sum(numbers, len(others), left))
            else:
                c = {q: float(step.factors[q]) for q in of_examples}
                weighed = [times(Symbol("c", (str(q + 1),)), g) for q, g in zip(of_examples, letters, strict=True)]
                formula = folded_sum(weighed, len(others), None)
                products = [Product((Number(c[q]), g)) for q, g in zip(of_examples, numbers, strict=True)]
                with_numbers = folded_sum(products, len(others), left)
            more, more_numbers = penalties.of_gradient(w, weight, value_at(step.params, weight))
            steps = (
                total((*_terms(formula), *more)) if more else formula,
                total((*_terms(with_numbers), *more_numbers)) if more else with_numbers,
            )
            items.append(
                w.line(
                    w.notation.gradient(weight),
                    steps,
                    sign * value_at(step.gradient, weight) + 0.0,
                    quantity="gradient",
                    **about_weight(w, weight),
                    sign=sign,
                )
            )
        items += w.weights_left_out(layer.name) if w.units(layer.name) else []
        items += w.left_out(layer.name)
    return Section("Gradient of the step", tuple(items))


def together(w: Writing, rows: list[int], even: bool) -> Parameters:
    """The sum of the gradients of examples, each times its factor unless all have the same."""
    if even:
        return w.step.example_gradient(*rows)
    parts = [tree_map(lambda g, q=q: g * w.step.factors[q], w.step.example_gradient(q)) for q in rows]
    added = parts[0]
    for part in parts[1:]:
        added = tree_map(lambda one, other: one + other, added, part)
    return added


def _terms(expression: Expression) -> tuple[Expression, ...]:
    return expression.terms if isinstance(expression, Sum) else (expression,)
