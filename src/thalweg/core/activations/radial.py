"""Activations that answer near a net input of 0 alone: radbas and tribas, as MATLAB calls them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from ..arrays import Array, namespace
from .plain import ACTIVATIONS, Elementwise


@ACTIVATIONS.register("radbas")
@dataclass(frozen=True)
class Radbas(Elementwise):
    """a = e^{-n²}; a' = -2 n a: the Gaussian of a radial basis network (MATLAB's radbas).

    >>> import numpy as np
    >>> Radbas()(np.array([-1000.0, 0.0, 1.0])).round(4)
    array([0.    , 1.    , 0.3679])
    """

    reads: ClassVar[Literal["net_input", "output"]] = "net_input"
    active: ClassVar[tuple[float, float] | None] = (-2.0, 2.0)
    outputs: ClassVar[tuple[float, float] | None] = (0.0, 1.0)
    value_text: ClassVar[str] = "exp(-n**2)"
    derivative_text: ClassVar[str] = "-2*n*a"

    def __call__(self, n: Array) -> Array:
        """e^{-n²}."""
        return namespace(n).exp(-n * n)

    def derivative(self, x: Array) -> Array:
        """-2 n e^{-n²}, from the net input."""
        return -2.0 * x * self(x)

    def second_derivative(self, n: Array, a: Array) -> Array:
        """(4 n² - 2) a."""
        return (4.0 * n * n - 2.0) * a


@ACTIVATIONS.register("tribas")
@dataclass(frozen=True)
class Tribas(Elementwise):
    """a = 1 - |n| if |n| < 1 else 0; a' = -sign(n) there, else 0, and 0 at n = 0: a triangle (MATLAB's tribas).

    >>> import numpy as np
    >>> Tribas()(np.array([-2.0, -0.25, 0.5])), Tribas().derivative(np.array([-2.0, -0.25, 0.5]))
    (array([0.  , 0.75, 0.5 ]), array([ 0.,  1., -1.]))
    """

    reads: ClassVar[Literal["net_input", "output"]] = "net_input"
    active: ClassVar[tuple[float, float] | None] = (-1.0, 1.0)
    outputs: ClassVar[tuple[float, float] | None] = (0.0, 1.0)
    value_text: ClassVar[str] = "max(0, 1 - abs(n))"
    derivative_text: ClassVar[str] = "-sign(n) if abs(n) < 1 else 0"

    def __call__(self, n: Array) -> Array:
        """max(0, 1 - |n|)."""
        xp = namespace(n)
        return xp.maximum(1.0 - xp.abs(n), 0.0)

    def derivative(self, x: Array) -> Array:
        """-sign(n) if |n| < 1 else 0, from the net input."""
        xp = namespace(x)
        return xp.where(xp.abs(x) < 1.0, -xp.sign(x), xp.zeros_like(x))

    def second_derivative(self, n: Array, a: Array) -> Array:
        """0."""
        return namespace(n).zeros_like(n)
