"""Activations as formulas: f by the net input n, f' as the core reads it, where they are shown at a net input."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from ..core.activation import Elementwise
from ..core.activations import ACTIVATIONS, Formula

if TYPE_CHECKING:
    from ..formulas.expression import Expression

_BOTH: dict[str, Callable[[float], tuple[str, str]]] = {
    "linear": lambda n: ("n", "1"),
    "sigmoid": lambda n: ("1/(1 + exp(-n))", "a*(1 - a)"),
    "tanh": lambda n: ("tanh(n)", "1 - a**2"),
    "relu": lambda n: ("max(0, n)", "1" if n > 0 else "0"),
    "leaky_relu": lambda n: ("n", "1") if n > 0 else ("slope*n", "slope"),
    "elu": lambda n: ("n", "1") if n > 0 else ("alpha*(exp(n) - 1)", "a + alpha"),
    "selu": lambda n: ("scale*n", "scale") if n > 0 else ("scale*alpha*(exp(n) - 1)", "a + scale*alpha"),
    "silu": lambda n: ("n/(1 + exp(-n))", "a + (1 - a)/(1 + exp(-n))"),
    "gelu": lambda n: (
        "n*(1 + erf(n/sqrt(2)))/2",
        "(1 + erf(n/sqrt(2)))/2 + n*exp(-n**2/2)/sqrt(2*pi)",
    ),
    "softplus": lambda n: ("ln(1 + exp(n))", "1 - exp(-a)"),
    "elliott": lambda n: ("n/(1 + abs(n))", "(1 - abs(a))**2"),
}


def formulas(activation: Elementwise, n: float) -> tuple[str, str]:
    """The formulas of f and f' where the net input is n; empty for an activation that has none here.

    >>> from thalweg.core.activations import ELU
    >>> formulas(ELU(), -1.0)
    ('alpha*(exp(n) - 1)', 'a + alpha')
    """
    if isinstance(activation, Formula):
        return _of_formula(activation.formula, n)
    both = _BOTH.get(ACTIVATIONS.name_of(activation))
    return ("", "") if both is None else both(n)


def _of_formula(formula: str, n: float) -> tuple[str, str]:
    """A user's formula and its derivative, with their cases as they fall where the net input is n."""
    from ..formulas.evaluation import at
    from ..formulas.spelling import spell

    value, slope = (spell(at(expression, {"n": n})) for expression in _parsed(formula))
    return value, slope


@lru_cache(maxsize=64)
def _parsed(formula: str) -> tuple[Expression, Expression]:
    """f and f' of a formula, its variable called n."""
    from ..core.formula_check import check_variable
    from ..formulas.collecting import collect
    from ..formulas.differentiation import differentiate
    from ..formulas.expression import Symbol, replaced
    from ..formulas.parsing import parse

    expression = parse(formula)
    expression = replaced(expression, check_variable(expression), Symbol("n"))
    return expression, collect(differentiate(expression, Symbol("n")))


def settings(activation: Elementwise) -> dict[str, float]:
    """The numbers that are fields of the activation, or constants of its class, by name.

    >>> from thalweg.core.activations import LeakyReLU
    >>> settings(LeakyReLU(slope=0.1))
    {'slope': 0.1}
    """
    fields = [field.name for field in dataclasses.fields(activation)]  # pyright: ignore[reportArgumentType]
    names = [*fields, *(name for name in ("alpha", "scale") if name not in fields)]
    found = {name: getattr(activation, name, None) for name in names}
    return {name: float(value) for name, value in found.items() if isinstance(value, int | float)}
