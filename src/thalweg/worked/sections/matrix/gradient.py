"""The gradients in matrix form: of an example s aᵀ, of a batch 1/m dZ Aᵀ, and how the examples are combined."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ....core.network import Parameters
from ....formulas.algebra import ONE
from ....formulas.expression import Call, Expression, Folded, Negative, Number, Symbol
from ...document import Line, Section
from ..error import weight_of
from ..gradient import together
from .both import Both, product, total
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


def part_of(m: MatrixWriting, tree: Parameters, layer: str, source: str | None) -> np.ndarray:
    """The weights from a source in a tree like the parameters, or the biases, as they are laid out."""
    weights, bias = tree[layer]
    if source is not None:
        return m.weights(weights[source])
    assert bias is not None
    return m.vector(bias)


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
        formula = s if source is None else m.outer(s, m.sent(source, group))
        symbol = notation.lifted(notation.example_gradient(weight), weight)
        values = sign * part_of(m, tree, layer, source) + 0.0
        before = (s.letters,) if source is None else ()
        about = {"quantity": "example_gradient", **about_part(layer, source), "example": group.rows[0], "sign": sign}
        yield m.line(symbol, formula if not before else None, values, before=before, **about)


def _of_batch(m: MatrixWriting, group: Group) -> Iterator[Line | str]:
    """dW = 1/m dZ Aᵀ, db = 1/m dZ 1, with the penalties; weights of the examples on a diagonal between them."""
    step, notation = m.w.step, m.w.notation
    even = bool((step.factors == step.factors[0]).all())
    count = len(group.rows)
    one = Symbol("1", bold=True)
    if any(source is None for _, source in _layers(m)):
        what = "a row" if m.rows else "a column"
        yield f"1 is {what} of {count:,} ones; the product with it adds up the examples."
    ones = m.given(one, m.vector(np.ones(count)))
    c = m.given(Symbol("c", bold=True), m.vector(np.asarray(step.factors)))
    if not even:
        yield "c are the weights of the examples."
        yield m.line(c.letters, None, m.vector(np.asarray(step.factors)), quantity="factors")
    for layer, source in _layers(m):
        weight = first_weight(layer, source)
        s = m.sensitivity(layer, group)
        if source is None:
            by = ones if even else c
            formula = product(by, s) if m.rows else product(s, by)
        else:
            between = () if even else (Both(Call("diag", (c.letters,)), Call("diag", (c.numbers,))),)
            formula = m.outer(s, m.sent(source, group), *between)
        if even:
            formula = _scaled(weight_of(m.w), formula)
        yield _whole(m, layer, source, formula, notation.lifted(notation.gradient(weight), weight))


def _scaled(factor: Expression, formula: Both) -> Both:
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
            g = m.given(Symbol(of.base, of.below, of.above, of.mark, bold=True),
                        sign * part_of(m, tree, layer, source) + 0.0)  # fmt: skip
            c = Both(Symbol("c", (str(q + 1),)), Number(float(step.factors[q])))
            terms.append(g if even else product(c, g))
        if rest is not None:
            values = m.matrix(sign * part_of(m, rest, layer, source) + 0.0)
            terms.append(Both(Folded(len(others)), values))
        formula = total(terms)
        if even:
            formula = _scaled(weight_of(m.w), formula)
        yield _whole(m, layer, source, formula, notation.lifted(notation.gradient(weight), weight))


def _whole(m: MatrixWriting, layer: str, source: str | None, formula: Both, symbol: Expression) -> Line:
    """A line of the step's gradient, its penalties added."""
    step, sign = m.w.step, m.w.notation.sign
    terms = [formula]
    if source is not None:
        W = m.weight(layer, source)
        if step.l1:
            signs = Both(Call("sign", (W.letters,)), Call("sign", (W.numbers,)))
            terms.append(product(Both(Symbol("λ", ("1",)), Number(step.l1)), signs))
        if step.l2:
            terms.append(product(Both(Symbol("λ", ("2",)), Number(step.l2)), W))
    found = total([terms[0], *(_signed(term, sign) for term in terms[1:])])
    values = sign * part_of(m, step.gradient, layer, source) + 0.0
    return m.line(symbol, found, values, quantity="gradient", **about_part(layer, source), sign=sign)


def _signed(term: Both, sign: int) -> Both:
    return term if sign > 0 else Both(Negative(term.letters), Negative(term.numbers))
