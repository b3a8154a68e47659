"""A loss from a user's formula of the error: its derivatives are derived, checked by differences, and trained with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, NamedTuple

from ...errors import ArgumentError
from ..arrays import Array, namespace
from .plain import LOSSES, PointwiseLoss


@LOSSES.register("formula", listed=False)
@dataclass(frozen=True)
class FormulaLoss(PointwiseLoss):
    """ℓ = (1/S) Σ_i f(e_i) of the errors e = t - a, f as a formula says; f' and f'' by the rules of differentiation.

    So that ∂ℓ/∂a_i = -f'(e_i)/S. The formula is of e and has what an activation's may have
    (`tw.activation_from_formula`); at a kink, f' is what it says there, and f'' is 0 where there is none. Raises
    ArgumentError, in one line that names the place, for a text that is no formula of e, and unless f is finite and
    differentiable, but for kinks, from -20 to 20.

    >>> import numpy as np
    >>> FormulaLoss("e**2").derivative(np.array([[1.0, 2.0]]), np.array([[3.0, 2.0]]))
    array([[-4., -0.]])
    >>> FormulaLoss("e**2 + x")
    Traceback (most recent call last):
    thalweg.errors.ArgumentError: formula, column 8: unknown name 'x': Known: e, pi, exp, log, log1p, expm1, sqrt, \
abs, sign, tanh, sinh, cosh, sin, cos, tan, atan, asinh, erf, sigmoid, softplus, relu, max, min
    """

    formula: str = "sqrt(1 + e**2) - 1"

    averages_outputs: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        _functions(self.formula)

    @property
    def value_text(self) -> str:  # pyright: ignore[reportIncompatibleVariableOverride] - the class's or the object's
        """The formula."""
        return _functions(self.formula).value_text

    @property
    def derivative_text(self) -> str:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Its derivative by an output."""
        return _functions(self.formula).derivative_text

    def value(self, a: Array, t: Array) -> Array:
        """f(t - a)."""
        return _functions(self.formula).value(t - a)

    def derivative(self, a: Array, t: Array) -> Array:
        """-f'(t - a)."""
        return -_functions(self.formula).slope(t - a)

    def second_derivative(self, a: Array, t: Array) -> Array:
        """f''(t - a), and 0 where there is none."""
        found = _functions(self.formula).curvature(t - a)
        xp = namespace(found)
        return xp.where(xp.isfinite(found), found, xp.zeros_like(found))


class _Functions(NamedTuple):
    """f, f' and f'' over arrays, and the texts of f and of its derivative by an output."""

    value: Callable[[Array], Array]
    slope: Callable[[Array], Array]
    curvature: Callable[[Array], Array]
    value_text: str
    derivative_text: str


@lru_cache(maxsize=256)
def _functions(formula: str) -> _Functions:
    """What a formula stands for."""
    from ...formulas.collecting import collect
    from ...formulas.differentiation import differentiate
    from ...formulas.expression import Symbol, symbols
    from ...formulas.parsing import parse
    from ...formulas.program import compiled
    from ...formulas.spelling import spell
    from ...formulas.stable import stabilised
    from ..activations.formula_check import check_activation

    error = Symbol("e")
    written = parse(formula, ("e",))
    if symbols(written) != (error,):
        raise ArgumentError("the formula is a constant: it needs the error e, as in e**2")
    expression = stabilised(written)
    derived = collect(differentiate(expression, error))
    slope = stabilised(derived)
    curvature = stabilised(collect(differentiate(slope, error)))
    functions = compiled(expression), compiled(slope), compiled(curvature)
    check_activation(formula, functions[0], functions[1], "e")
    texts = spell(written), f"-({spell(collect(differentiate(written, error)))})"
    return _Functions(*functions, *texts)
