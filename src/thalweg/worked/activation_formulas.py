"""Activations as formulas: f by the net input n, f' as the core reads it, where they are shown at a net input."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from ..core.activation import Elementwise
from ..core.activations import ACTIVATIONS

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
    both = _BOTH.get(ACTIVATIONS.name_of(activation))
    return ("", "") if both is None else both(n)


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
