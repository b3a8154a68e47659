"""The gradients by the inputs: what of the error goes back to each of them."""

from __future__ import annotations

from collections.abc import Iterator

from ...core.weight_names import WeightName
from ...formulas.algebra import partial, times
from ...formulas.expression import Expression, Number, Product, Symbol
from .document import Line, Section
from .error import weight_of
from .forward import example_title
from .writing import Writing, folded_sum


def input_gradient_sections(w: Writing) -> list[Section]:
    """A section for each example, where they are asked for and not hidden by what else is."""
    if not w.step.conventions.input_gradients or w.selection.whole:
        return []
    return [Section(f"Gradients by the inputs{example_title(w, q)}", tuple(_example(w, q))) for q in w.examples]


def _example(w: Writing, q: int) -> Iterator[Line | str]:
    """∂F/∂p = c Σ w s over the units that an input feeds."""
    even = bool((w.step.factors == w.step.factors[0]).all())
    c = weight_of(w) if even else Number(float(w.step.factors[q]))
    c_letter = c if even else Symbol("c", (str(q + 1),))
    for name, gradient in w.step.input_gradient.items():
        fed = [(layer, i) for layer in w.step.network.fed_by[name] for i in range(w.step.network.sizes[layer])]
        for j in range(min(gradient.shape[1], w.most_terms)):
            letters: list[Expression] = []
            numbers: list[Expression] = []
            products: list[float] = []
            for layer, i in fed:
                s = float(w.step.sensitivities[layer][q, i])
                value = float(w.step.params[layer].weights[name][i, j])
                letters.append(
                    Product((w.notation.weight(WeightName(layer, i, name, j)), w.notation.sensitivity(layer, i)))
                )
                numbers.append(Product((Number(value), Number(w.notation.sign * s + 0.0))))
                products.append(w.notation.sign * value * s)
            most = w.most_terms
            left, rest = len(fed[most:]), sum(products[most:])
            steps = (
                w.sign(times(c_letter, folded_sum(letters[:most], left, None))),
                w.sign(times(c, folded_sum(numbers[:most], left, rest))),
            )
            about = {"quantity": "input_gradient", "source": name, "origin": j, "example": q}
            symbol = partial(w.notation.loss(), w.notation.input(name, j))
            yield w.line(symbol, steps if fed else (), float(gradient[q, j]), **about)
        if gradient.shape[1] > w.most_terms:
            yield f"... and {gradient.shape[1] - w.most_terms:,} more of {name}"
