"""The gradients by the inputs in matrix form: what of the error goes back to them, Σ Wᵀ s."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ....formulas.algebra import partial
from ....formulas.expression import Call, Matrix, Number, Symbol
from ..document import Line, Section
from ..error import weight_of
from .both import Both, minus, product, total
from .gradient import scaled
from .writing import Group, MatrixWriting


def input_gradient_sections(m: MatrixWriting) -> list[Section]:
    """A section for each example, or for all, where they are asked for."""
    if not m.w.step.conventions.input_gradients or m.w.selection.whole:
        return []
    return [Section(f"Gradients by the inputs{group.title}", tuple(_group(m, group))) for group in m.groups]


def _group(m: MatrixWriting, group: Group) -> Iterator[Line | str]:
    """∂F/∂p = c Σ Wᵀ s over the layers that an input feeds."""
    step, notation = m.w.step, m.w.notation
    for name, gradient in step.input_gradient.items():
        fed = [m.back(m.weight(layer, name), m.sensitivity(layer, group)) for layer in step.network.fed_by[name]]
        formula = _weighed(m, group, total(fed)) if fed else None
        if formula is not None and notation.sign < 0:
            formula = minus(formula)
        symbol = partial(notation.loss(), notation.input_vector(name))
        about = {"quantity": "input_gradient", "source": name, "examples": list(group.rows)}
        yield m.line(symbol, formula, m.layer(gradient, group), **about)


def _weighed(m: MatrixWriting, group: Group, found: Both) -> Both:
    """Times what each example counts."""
    factors = m.w.step.factors
    if bool((factors == factors[0]).all()):
        return scaled(weight_of(m.w), found)
    if len(group.rows) == 1:
        q = group.rows[0]
        return product(Both(Symbol("c", (str(q + 1),)), Number(float(factors[q]))), found)
    c = Call("diag", (Symbol("c", bold=True),)), Call("diag", (Matrix(np.asarray(factors)[:, None]),))
    return product(Both(*c), found) if m.rows else product(found, Both(*c))
