"""Activations that are linear in the middle and level outside: satlin and satlins, as NND and MATLAB call them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from ..arrays import Array, namespace
from .plain import ACTIVATIONS, Elementwise


class _Saturating(Elementwise):
    """n between a lowest and a highest output, which are the net inputs where it becomes level."""

    lowest: ClassVar[float]
    highest: ClassVar[float]
    reads: ClassVar[Literal["net_input", "output"]] = "net_input"

    def __call__(self, n: Array) -> Array:
        """n, kept between the lowest and the highest output."""
        xp = namespace(n)
        return xp.minimum(xp.maximum(n, self.lowest), self.highest)

    def derivative(self, x: Array) -> Array:
        """1 between the two bounds, 0 outside and at them, from the net input."""
        return namespace(x).astype((x > self.lowest) & (x < self.highest), x.dtype)

    def second_derivative(self, n: Array, a: Array) -> Array:
        """0."""
        return namespace(n).zeros_like(n)


@ACTIVATIONS.register("satlin")
@dataclass(frozen=True)
class Satlin(_Saturating):
    """a = n between 0 and 1, 0 below, 1 above; a' = 1 between, else 0 (0 at the bounds by convention). NND table 2.1.

    >>> import numpy as np
    >>> Satlin()(np.array([-3.0, 0.25, 3.0])), Satlin().derivative(np.array([-3.0, 0.25, 3.0]))
    (array([0.  , 0.25, 1.  ]), array([0., 1., 0.]))
    """

    lowest: ClassVar[float] = 0.0
    highest: ClassVar[float] = 1.0
    active: ClassVar[tuple[float, float] | None] = (0.0, 1.0)
    outputs: ClassVar[tuple[float, float] | None] = (0.0, 1.0)
    value_text: ClassVar[str] = "min(1, max(0, n))"
    derivative_text: ClassVar[str] = "0 if n <= 0 else 1 if n < 1 else 0"


@ACTIVATIONS.register("satlins")
@dataclass(frozen=True)
class Satlins(_Saturating):
    """a = n between -1 and 1, -1 below, 1 above; a' = 1 between, else 0 (0 at the bounds by convention). NND table 2.1.

    >>> import numpy as np
    >>> Satlins()(np.array([-3.0, 0.25, 3.0])), Satlins().derivative(np.array([-3.0, 0.25, 3.0]))
    (array([-1.  ,  0.25,  1.  ]), array([0., 1., 0.]))
    """

    lowest: ClassVar[float] = -1.0
    highest: ClassVar[float] = 1.0
    active: ClassVar[tuple[float, float] | None] = (-1.0, 1.0)
    outputs: ClassVar[tuple[float, float] | None] = (-1.0, 1.0)
    value_text: ClassVar[str] = "min(1, max(-1, n))"
    derivative_text: ClassVar[str] = "0 if n <= -1 else 1 if n < 1 else 0"
