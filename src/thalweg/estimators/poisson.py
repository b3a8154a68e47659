"""Counts: an output of e^n, and half the Poisson deviance as its loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..core.activations import Activation, Elementwise
from ..core.arrays import Array, namespace
from ..core.losses import PointwiseLoss
from ..errors import ArgumentError


@dataclass(frozen=True)
class Exponential(Elementwise):
    """a = eⁿ; a' = a.

    >>> import numpy as np
    >>> Exponential()(np.array([0.0, 1.0])).round(3)
    array([1.   , 2.718])
    """

    value_text: ClassVar[str] = "exp(n)"
    derivative_text: ClassVar[str] = "a"

    def __call__(self, n: Array) -> Array:
        """eⁿ."""
        return namespace(n).exp(n)

    def derivative(self, x: Array) -> Array:
        """The output a."""
        return x

    def second_derivative(self, n: Array, a: Array) -> Array:
        """The output a."""
        return a


@dataclass(frozen=True)
class Poisson(PointwiseLoss):
    """Half the Poisson deviance: ℓ = Σ_i (t_i ln(t_i/a_i) - t_i + a_i), for counts t ≥ 0 and outputs a = eⁿ.

    Fused with the output function, s = a - t.

    >>> import numpy as np
    >>> Poisson().value(np.array([[2.0, 2.0]]), np.array([[2.0, 0.0]]))
    array([[0., 2.]])
    """

    value_text: ClassVar[str] = "t*ln(t/a) - t + a if t > 0 else a"
    derivative_text: ClassVar[str] = "1 - t/a"

    def check(self, activation: Activation) -> None:
        """Raise ArgumentError unless outputs are eⁿ."""
        if not isinstance(activation, Exponential):
            raise ArgumentError("loss 'poisson' needs an output of eⁿ: leave out_activation at None")

    def value(self, a: Array, t: Array) -> Array:
        """t ln(t/a) - t + a."""
        return _t_log_t(t) - t * namespace(a).log(a) - t + a

    def derivative(self, a: Array, t: Array) -> Array:
        """1 - t/a."""
        return 1.0 - t / a

    def second_derivative(self, a: Array, t: Array) -> Array:
        """t/a²."""
        return t / (a * a)

    def terms(self, activation: Activation, n: Array, a: Array, t: Array) -> Array:
        """t ln t - t n - t + eⁿ."""
        return _t_log_t(t) - t * n - t + a

    def sensitivity(self, activation: Activation, n: Array, a: Array, t: Array, c: Array | None = None) -> Array:
        """The output less the target, a - t."""
        return a - t if c is None else (a - t) * c

    def sensitivity_text(self, activation: Activation) -> str:
        """a - t."""
        return "-e"

    def sensitivity_dot(
        self, activation: Activation, n: Array, a: Array, t: Array, n_dot: Array, c: Array | None = None
    ) -> Array:
        """The change of a."""
        return a * n_dot if c is None else a * n_dot * c

    def gauss_newton(
        self, activation: Activation, n: Array, a: Array, t: Array, n_dot: Array, c: Array | None = None
    ) -> Array:
        """The loss is convex in the net inputs: the same."""
        return self.sensitivity_dot(activation, n, a, t, n_dot, c)


def _t_log_t(t: Array) -> Array:
    """t ln t, 0 at 0."""
    xp = namespace(t)
    return t * xp.log(xp.where(t > 0, t, xp.ones_like(t)))
