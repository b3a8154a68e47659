"""Absolute errors: plain, and squared near 0."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ...errors import ArgumentError
from ..arrays import Array, namespace
from .plain import LOSSES, PointwiseLoss


@LOSSES.register("mae")
@dataclass(frozen=True)
class MAE(PointwiseLoss):
    """Mean absolute error: ℓ = (1/S) Σ_i |t_i - a_i|; its derivative at 0 is 0 by convention.

    >>> import numpy as np
    >>> MAE().derivative(np.array([[1.0, 2.0]]), np.array([[3.0, 2.0]]))
    array([[-1.,  0.]])
    """

    averages_outputs: ClassVar[bool] = True
    value_text: ClassVar[str] = "abs(e)"
    derivative_text: ClassVar[str] = "-sign(e)"
    closing_lines: ClassVar[tuple[tuple[str, str], ...]] = (("take the sign into the difference", "sign(a - t)"),)
    derivation_notes: ClassVar[tuple[str, ...]] = ("Where a = t there is no derivative; by convention it is 0.",)

    def value(self, a: Array, t: Array) -> Array:
        """|a - t|."""
        return namespace(a, t).abs(a - t)

    def derivative(self, a: Array, t: Array) -> Array:
        """sign(a - t)."""
        return namespace(a, t).sign(a - t)

    def second_derivative(self, a: Array, t: Array) -> Array:
        """0."""
        return namespace(a).zeros_like(a)


@LOSSES.register("huber")
@dataclass(frozen=True)
class Huber(PointwiseLoss):
    """Huber's loss: ℓ = (1/S) Σ_i (½ e² if |e| ≤ δ, else δ (|e| - ½ δ)): squares that turn linear (Huber 1964).

    >>> import numpy as np
    >>> Huber(delta=1.0).value(np.array([[0.5, 3.0]]), np.zeros((1, 2)))
    array([[0.125, 2.5  ]])
    """

    delta: float = 1.0

    averages_outputs: ClassVar[bool] = True
    value_text: ClassVar[str] = "e**2/2 if abs(e) <= delta else delta*(abs(e) - delta/2)"
    derivative_text: ClassVar[str] = "-e if abs(e) <= delta else -delta*sign(e)"
    together_text: ClassVar[str] = "(e**2/2 if abs(e) <= delta else delta*(abs(e) - delta/2)) + hubers"
    others: ClassVar[Mapping[str, str]] = {"hubers": "huber(e)"}
    closing_lines: ClassVar[tuple[tuple[str, str], ...]] = (
        ("take the signs into the differences", "a - t if abs(t - a) <= delta else delta*sign(a - t)"),
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.delta > 0:
            raise ArgumentError(f"huber: delta is {self.delta}; it must be above 0")

    def value(self, a: Array, t: Array) -> Array:
        """½ e² near 0, δ (|e| - ½ δ) beyond δ."""
        xp = namespace(a, t)
        size = xp.abs(a - t)
        near = xp.minimum(size, self.delta)
        return near * (size - 0.5 * near)

    def derivative(self, a: Array, t: Array) -> Array:
        """a - t, clipped to ±δ."""
        return namespace(a, t).clip(a - t, -self.delta, self.delta)

    def second_derivative(self, a: Array, t: Array) -> Array:
        """1 where |a - t| ≤ δ, else 0."""
        xp = namespace(a, t)
        return xp.astype(xp.abs(a - t) <= self.delta, a.dtype)
