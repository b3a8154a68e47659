"""The gradients in matrix form: of an example s aᵀ, of a batch 1/m dZ Aᵀ, and how the examples are combined."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ....core.network import Parameters
from ....formulas.algebra import ONE
from ....formulas.expression import Call, Expression, Folded, Number, Symbol
from .. import penalties
from ..document import Line, Section
from ..error import weight_of
from ..gradient import together
from .both import Both, lifted, product, total, transposed
from .writing import Group, MatrixWriting, first_weight


def gradient_sections(m: MatrixWriting) -> list[Section]:
    """A section of single gradients for each example, and one that combines them; of all at once one alone."""
    step = m.w.step
    if m.together:
        (group,) = m.groups
        return [Section("Gradient of the step", tuple(_of_batch(m, group)))]
    trees = {group.rows[0]: step.example_gradient(group.rows[0]) for group in m.groups}
    sections = [
        Section(f"Single gradients{group.title}", tuple(_single(m, group, trees[group.rows[0]]))) for group in m.groups
    ]
    alone = step.examples == 1 and step.factors[0] == 1.0 and not (step.l1 or step.l2)
    return sections if alone else [*sections, Section("Gradient of the step", tuple(_combined(m, trees)))]


def sources_of(m: MatrixWriting, layer: str) -> list[str | None]:
    """The sources of a layer, and None for its biases if it has some."""
    found = m.w.step.layer(layer)
    return [*(found.sources or ()), *([None] if found.bias else [])]


def about_part(layer: str, source: str | None) -> dict[str, Any]:
    """Which weights a line is about; biases have no source."""
    return {"layer": layer} if source is None else {"layer": layer, "source": source}


def _layers(m: MatrixWriting) -> Iterator[tuple[str, str | None]]:
    for layer in m.w.step.network.layers:
        if m.shown(layer.name):
            yield from ((layer.name, source) for source in sources_of(m, layer.name))


def _single(m: MatrixWriting, group: Group, tree: Parameters) -> Iterator[Line | str]:
    """∂F/∂W = s aᵀ, ∂F/∂b = s."""
    notation, sign = m.w.notation, m.w.notation.sign
    for layer, source in _layers(m):
        weight = first_weight(layer, source)
        s = m.sensitivity(layer, group)
        formula = _of_bias(m, layer, s) if source is None else m.outer(s, m.sent(source, group))
        symbol = m.lifted(notation.example_gradient(weight), layer, source)
        values = sign * m.part(tree, layer, source) + 0.0
        number = m.is_number(layer, source)
        about = {"quantity": "example_gradient", **about_part(layer, source), "example": group.rows[0], "sign": sign}
        yield m.line(symbol, formula, values, number=number, **about)


def _of_bias(m: MatrixWriting, layer: str, s: Both) -> Both:
    """s, or the sum of its entries for a bias that the units have together."""
    if not m.is_number(layer, None):
        return s
    ones = m.ones(m.w.step.network.sizes[layer])
    return product(s, transposed(ones)) if m.rows else product(transposed(ones), s)


def _of_batch(m: MatrixWriting, group: Group) -> Iterator[Line | str]:
    """dW = 1/m dZ Aᵀ, db = 1/m dZ 1, with the penalties; weights of the examples on a diagonal between them."""
    step, notation = m.w.step, m.w.notation
    even = bool((step.factors == step.factors[0]).all())
    count = len(group.rows)
    if any(source is None for _, source in _layers(m)):
        yield f"1 is a column of {count:,} ones; the product with it adds up the examples."
    ones = m.given(Symbol("1", bold=True), np.ones((count, 1)))
    c = m.given(Symbol("c", bold=True), np.asarray(step.factors)[:, None])
    if not even:
        yield "c are the weights of the examples."
        yield m.line(c.letters, None, np.asarray(step.factors)[:, None], quantity="factors")
    for layer, source in _layers(m):
        weight = first_weight(layer, source)
        s = m.sensitivity(layer, group)
        if source is None:
            by = ones if even else c
            s = _of_bias(m, layer, s)
            formula = product(transposed(by), s) if m.rows else product(s, by)
        else:
            between = () if even else (Both(Call("diag", (c.letters,)), Call("diag", (c.numbers,))),)
            formula = m.outer(s, m.sent(source, group), *between)
        if even:
            formula = scaled(weight_of(m.w), formula)
        yield _whole(m, layer, source, formula, m.lifted(notation.gradient(weight), layer, source))


def scaled(factor: Expression, formula: Both) -> Both:
    """A formula times a factor, unless that is 1."""
    return formula if factor in (ONE, Number(1.0)) else product(Both(factor, factor), formula)


def _combined(m: MatrixWriting, trees: Mapping[int, Parameters]) -> Iterator[Line | str]:
    """∂F/∂W = Σ c_q G_q, with the penalties."""
    step, notation, sign = m.w.step, m.w.notation, m.w.notation.sign
    even = bool((step.factors == step.factors[0]).all())
    others = [q for q in range(step.examples) if q not in trees]
    rest = together(m.w, others, even) if others else None
    letter = notation.gradient_of(0).base
    if step.examples > 1:
        how = "added" if even and step.factors[0] == 1.0 else "averaged" if even and step.weight is None else ""
        told = f"; {letter}_q is that of example q."
        yield f"The gradients of the examples are {how or 'weighed and added'}{told}"
        if others:
            yield f"The last matrix of each sum is that of the other {len(others):,} examples together."
    for layer, source in _layers(m):
        weight = first_weight(layer, source)
        terms = []
        for q, tree in trees.items():
            of = notation.gradient_of(q)
            letters = of if m.is_number(layer, source) else Symbol(of.base, of.below, of.above, of.mark, bold=True)
            g = m.given_part(letters, sign * m.part(tree, layer, source) + 0.0, layer, source)
            c = Both(Symbol("c", (str(q + 1),)), Number(float(step.factors[q])))
            terms.append(g if even else product(c, g))
        if rest is not None:
            values = sign * m.part(rest, layer, source) + 0.0
            terms.append(m.given_part(Folded(len(others)), values, layer, source))
        formula = total(terms)
        if even:
            formula = scaled(weight_of(m.w), formula)
        yield _whole(m, layer, source, formula, m.lifted(notation.gradient(weight), layer, source))


def _whole(m: MatrixWriting, layer: str, source: str | None, formula: Both, symbol: Expression) -> Line:
    """A line of the step's gradient, its penalties added."""
    step, sign = m.w.step, m.w.notation.sign
    number = m.is_number(layer, source)
    found = total([formula, *_penalties(m, layer, source)])
    values = sign * m.part(step.gradient, layer, source) + 0.0
    return m.line(symbol, found, values, number=number, quantity="gradient", **about_part(layer, source), sign=sign)


def _penalties(m: MatrixWriting, layer: str, source: str | None) -> list[Both]:
    """What l1 and l2 add to the gradient, with its sign."""
    w, weight = m.w, first_weight(layer, source)
    symbol = w.notation.weight(weight)
    known: dict[Expression, Both] = {
        symbol: m.given_part(m.lifted(symbol, layer, source), m.part(w.step.params, layer, source), layer, source)
    }
    for number, value in (("1", w.step.l1), ("2", w.step.l2)):
        letter = Symbol("λ", (number,))
        known[letter] = Both(letter, Number((value or 0.0) * w.step.penalty_divisor))
    found = [lifted(term, known) for term in penalties.of_gradient(w, weight, 0.0)[0]]
    return [term for term in found if term is not None]
