"""The penalties l1 and l2 in the error and in the gradient, by letters and by numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from ...core.weight_names import WeightName
from ...formulas.algebra import times
from ...formulas.expression import Call, Expression, Number, Power, Product, Quotient, Symbol
from .writing import SIZES, SQUARES, Writing, folded_sum

Terms: TypeAlias = tuple[list[Expression], list[Expression]]


def of_error(w: Writing) -> Terms:
    """The terms of l1 and l2 in F: of every weight, and of a bias only where biases are penalized, too."""
    letters: list[Expression] = []
    numbers: list[Expression] = []
    values = list(_penalized(w))
    shown, others = values[: w.view.most_terms], values[w.view.most_terms :]
    if w.step.l1:
        terms = [Call("abs", (Number(value),)) for value in shown]
        together = folded_sum(terms, len(others), sum(map(abs, others)))
        letters.append(times(_over(w, Symbol("λ", ("1",))), SIZES))
        numbers.append(Product((_over(w, Number(_given(w, w.step.l1))), together)))
    if w.step.l2:
        terms = [Power(Number(value), Number(2.0)) for value in shown]
        together = folded_sum(terms, len(others), sum(value * value for value in others))
        letters.append(times(_over(w, Symbol("λ", ("2",)), 2), SQUARES))
        factor = Number(0.5 * w.step.l2) if w.step.penalty_divisor == 1 else _over(w, Number(_given(w, w.step.l2)), 2)
        numbers.append(Product((factor, together)))
    return letters, numbers


def of_gradient(w: Writing, weight: WeightName, value: float) -> Terms:
    """What l1 and l2 add to the gradient by a weight of a value; nothing for a bias, unless biases are penalized."""
    if weight.source is None and w.step.conventions.penalize == "weights":
        return [], []
    letters: list[Expression] = []
    numbers: list[Expression] = []
    if w.step.l1:
        letters.append(Product((_over(w, Symbol("λ", ("1",))), Call("sign", (w.notation.weight(weight),)))))
        numbers.append(Product((_over(w, Number(_given(w, w.step.l1))), Call("sign", (Number(value),)))))
    if w.step.l2:
        letters.append(Product((_over(w, Symbol("λ", ("2",))), w.notation.weight(weight))))
        numbers.append(Product((_over(w, Number(_given(w, w.step.l2))), Number(value))))
    return [w.sign(term) for term in letters], [w.sign(term) for term in numbers]


def _penalized(w: Writing) -> Iterator[float]:
    """Every parameter that is penalized; a bias that the units of a layer share is one."""
    for name, (weights, bias) in w.step.params.items():
        for W in weights.values():
            yield from map(float, W.ravel())
        if bias is not None and w.step.conventions.penalize == "all":
            yield from map(float, bias[:1] if name in w.step.shared_bias else bias)


def _given(w: Writing, penalty: float) -> float:
    """A penalty as it was given, before it was divided by the number of examples."""
    return penalty * w.step.penalty_divisor


def _over(w: Writing, coefficient: Expression, times_two: int = 1) -> Expression:
    """A coefficient over the number of examples, if it is divided by that, and over 2."""
    bottom = w.step.penalty_divisor * times_two
    return coefficient if bottom == 1 else Quotient(coefficient, Number(float(bottom)))
