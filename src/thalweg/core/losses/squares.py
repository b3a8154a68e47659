"""Squared errors: their sum or mean over the outputs, whole or half."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import ClassVar, Literal

from ...errors import ArgumentError, shown
from ..arrays import Array, namespace
from .plain import LOSSES, PointwiseLoss, Reduction


class _Squares(PointwiseLoss):
    """Σ e², e = t - a."""

    squares: ClassVar[bool] = True
    value_text: ClassVar[str] = "e**2"
    derivative_text: ClassVar[str] = "-2*e"
    closing_lines: ClassVar[tuple[tuple[str, str], ...]] = (("take the sign into the difference", "2*(a - t)"),)

    def value(self, a: Array, t: Array) -> Array:
        """(a - t)²."""
        e = a - t
        return e * e

    def derivative(self, a: Array, t: Array) -> Array:
        """2 (a - t)."""
        return 2.0 * (a - t)

    def second_derivative(self, a: Array, t: Array) -> Array:
        """2."""
        return 2.0 * namespace(a).ones_like(a)


class _HalfSquares(PointwiseLoss):
    """½ Σ e², e = t - a."""

    squares: ClassVar[bool] = True
    value_text: ClassVar[str] = "e**2/2"
    derivative_text: ClassVar[str] = "-e"
    together_text: ClassVar[str] = "(e**2 + squares)/2"
    others: ClassVar[Mapping[str, str]] = {"squares": "e**2"}
    closing_lines: ClassVar[tuple[tuple[str, str], ...]] = (("take the sign into the difference", "a - t"),)

    def value(self, a: Array, t: Array) -> Array:
        """½ (a - t)²."""
        e = a - t
        return 0.5 * e * e

    def derivative(self, a: Array, t: Array) -> Array:
        """a - t."""
        return a - t

    def second_derivative(self, a: Array, t: Array) -> Array:
        """1."""
        return namespace(a).ones_like(a)


@LOSSES.register("mse")
@dataclass(frozen=True)
class MSE(_Squares):
    """Mean square error: ℓ = (1/S) Σ_i (t_i - a_i)² over S outputs; F is the mean over examples. AIFH 6.1, NND 3.5.

    >>> import numpy as np
    >>> MSE().value(np.array([[1.0]]), np.array([[3.0]]))
    array([[4.]])
    """

    averages_outputs: ClassVar[bool] = True


@LOSSES.register("half_mse")
@dataclass(frozen=True)
class HalfMSE(_HalfSquares):
    """Classic half mean square error: F = (1/2N) Σ_q Σ_i (a_i - t_i)², not divided by the number of outputs. BRL.

    With `outputs="mean"` it is: F = (1/2NS) Σ_q Σ_i (a_i - t_i)² over S outputs, half of `mse`.

    >>> HalfMSE().reduction, HalfMSE().averages_outputs, HalfMSE(outputs="mean").averages_outputs
    ('mean', False, True)
    """

    outputs: Literal["sum", "mean"] = "sum"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.outputs not in ("sum", "mean"):
            raise ArgumentError(f"half_mse: outputs is {shown(self.outputs)}; it must be 'sum' or 'mean'")

    @property
    def averages_outputs(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride] - the object's
        """Whether the squares are divided by the number of outputs."""
        return self.outputs == "mean"


@LOSSES.register("sse")
@dataclass(frozen=True)
class SSE(_Squares):
    """Sum square error: F = Σ_q Σ_i (t_i - a_i)². NND 3.17.

    >>> SSE().reduction
    'sum'
    """

    _: KW_ONLY
    reduction: Reduction = "sum"


@LOSSES.register("half_sse")
@dataclass(frozen=True)
class HalfSSE(_HalfSquares):
    """Half sum square error: F = ½ Σ_q Σ_i (a_i - t_i)². NCSU; QMIND's cost t - a, *added*, is its negative derivative.

    >>> HalfSSE().reduction
    'sum'
    """

    _: KW_ONLY
    reduction: Reduction = "sum"

    derivation_notes: ClassVar[tuple[str, ...]] = (
        "QMIND's cost t - a, which is added, is the negative of this derivative.",
    )
