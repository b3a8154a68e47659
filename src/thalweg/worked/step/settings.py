"""The numbers that an activation or a loss has."""

from __future__ import annotations

from numbers import Real
from typing import Any


def settings(part: Any) -> dict[str, float]:
    """The numbers of an activation or a loss: its fields, and the constants of its class.

    >>> from thalweg.core.activations import SELU, LeakyReLU
    >>> settings(LeakyReLU(slope=0.1)), list(settings(SELU()))
    ({'slope': 0.1}, ['alpha', 'scale'])
    """
    names = [name for kind in reversed(type(part).__mro__) for name in vars(kind) if not name.startswith("_")]
    values = {name: getattr(part, name) for name in dict.fromkeys([*names, *vars(part)])}
    return {
        name: float(value) for name, value in values.items() if isinstance(value, Real) and not isinstance(value, bool)
    }
