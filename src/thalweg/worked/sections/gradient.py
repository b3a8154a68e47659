"""The gradients: of each example's error by each weight, and how the examples are combined."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...core.arrays import tree_map
from ...core.network import Parameters
from ...core.weight_names import WeightName, name_of
from ...formulas.algebra import times, total
from ...formulas.expression import Call, Expression, Number, Product, Sum, Symbol
from ..document import Line, Section
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


def value_at(params: Parameters, place: WeightName) -> float:
    """The number of a weight or bias in a tree like the parameters."""
    weights, bias = params[place.layer]
    if place.source is None or place.origin is None:
        assert bias is not None
        return float(bias[place.to])
    return float(weights[place.source][place.to, place.origin])


def about_place(w: Writing, place: WeightName) -> dict[str, Any]:
    """Which weight a line is about."""
    found: dict[str, Any] = {"layer": place.layer, "neuron": place.to}
    if place.source is not None:
        found |= {"source": place.source, "origin": place.origin}
    return {**found, "weight": name_of(w.step.network, place)}


def _single(w: Writing, q: int, gradient: Parameters) -> Iterable[Line | str]:
    """∂F/∂w = s a, ∂F/∂b = s."""
    sign = w.notation.sign
    for layer in w.step.network.layers:
        for place in w.places(layer.name):
            s = w.notation.sensitivity(layer.name, place.to)
            s_now = Number(sign * float(w.step.sensitivities[layer.name][q, place.to]) + 0.0)
            unit: Expression | None = w.notation.bias_unit(layer.name)
            sent = 1.0
            if place.source is not None and place.origin is not None:
                unit = w.notation.sent(place.source, place.origin)
                sent = float(w.step.passed.sent[place.source][q, place.origin])
            steps = (s, s_now) if unit is None else (Product((s, unit)), Product((s_now, Number(sent))))
            yield w.line(
                w.notation.example_gradient(place),
                steps,
                sign * value_at(gradient, place) + 0.0,
                quantity="example_gradient",
                **about_place(w, place),
                example=q,
                sign=sign,
            )
        yield from w.weights_left_out(layer.name) if w.units(layer.name) else ()
        yield from w.left_out(layer.name)


def _combination(w: Writing, of_examples: Mapping[int, Parameters]) -> Section:
    """∂F/∂w = Σ c_q ∂F_q/∂w, with the penalties."""
    step, sign = w.step, w.notation.sign
    even = bool((step.factors == step.factors[0]).all())
    others = [q for q in range(step.examples) if q not in of_examples]
    rest = _together(w, others, even) if others else None
    letter = "g" if sign > 0 else "D"
    if step.examples == 1:
        items: list[Line | str] = []
    elif even and step.factors[0] == 1.0:
        items = [f"The gradients of the examples are added; {letter}_q is that of example q."]
    elif even and step.weight is None:
        items = [f"The gradients of the examples are averaged; {letter}_q is that of example q."]
    else:
        items = [f"The gradients of the examples are weighed and added; {letter}_q is that of example q."]
    for layer in step.network.layers:
        for place in w.places(layer.name):
            letters: list[Expression] = [Symbol(letter, (str(q + 1),)) for q in of_examples]
            numbers: list[Expression] = [
                Number(sign * value_at(gradient, place) + 0.0) for gradient in of_examples.values()
            ]
            left = None if rest is None else sign * value_at(rest, place) + 0.0
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
            more, more_numbers = _penalties(w, place)
            steps = (
                total((*_terms(formula), *more)) if more else formula,
                total((*_terms(with_numbers), *more_numbers)) if more else with_numbers,
            )
            items.append(
                w.line(
                    w.notation.gradient(place),
                    steps,
                    sign * value_at(step.gradient, place) + 0.0,
                    quantity="gradient",
                    **about_place(w, place),
                    sign=sign,
                )
            )
        items += w.weights_left_out(layer.name) if w.units(layer.name) else []
        items += w.left_out(layer.name)
    return Section("Gradient of the step", tuple(items))


def _together(w: Writing, rows: list[int], even: bool) -> Parameters:
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


def _penalties(w: Writing, place: WeightName) -> tuple[list[Expression], list[Expression]]:
    """What l1 and l2 add to the gradient by a weight, by letters and by numbers; nothing for a bias."""
    if place.source is None:
        return [], []
    letters: list[Expression] = []
    numbers: list[Expression] = []
    value = value_at(w.step.params, place)
    if w.step.l1:
        letters.append(Product((Symbol("λ", ("1",)), Call("sign", (w.notation.weight(place),)))))
        numbers.append(Product((Number(w.step.l1), Call("sign", (Number(value),)))))
    if w.step.l2:
        letters.append(Product((Symbol("λ", ("2",)), w.notation.weight(place))))
        numbers.append(Product((Number(w.step.l2), Number(value))))
    return [w.sign(term) for term in letters], [w.sign(term) for term in numbers]
