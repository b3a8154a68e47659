"""What the names in an activation's texts stand for, at the units of a layer."""

from __future__ import annotations

import numpy as np

from ...formulas.expression import Expression, Number, Symbol
from .texts import Names, Sums
from .writing import Writing


def unit_names(w: Writing, layer: str, i: int, q: int, v: np.ndarray | None = None) -> Names:
    """n and a of a unit in an example, v where the derivatives by the outputs are given, and the settings."""
    notation, passed = w.notation, w.step.passed
    activation = w.step.layer(layer).activation
    letters: dict[str, Expression] = {"n": notation.net_input(layer, i), "a": notation.output(layer, i)}
    numbers: dict[str, Expression] = {
        "n": Number(float(passed.net_inputs[layer][q, i])),
        "a": Number(float(passed.outputs[layer][q, i])),
    }
    if v is not None:
        letters["v"], numbers["v"] = arriving_symbol(w, layer, i), Number(float(v[i]))
    return Names(letters, numbers).and_settings(activation, notation)


def sums_of_layer(w: Writing, layer: str, q: int, v: np.ndarray | None = None) -> Sums:
    """The sums over the units of a layer in an example."""
    return Sums(w.step.network.sizes[layer], w.view.most_terms, lambda i: unit_names(w, layer, i, q, v))


def arriving_symbol(w: Writing, layer: str, i: int) -> Symbol:
    """v = ∂F/∂a of a unit."""
    a = w.notation.output(layer, i)
    return Symbol("v", a.below, a.above)
