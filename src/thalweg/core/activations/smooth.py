"""Smooth relatives of the ReLU: linear for large net inputs, and bent gently below, so that no unit is dead."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, sqrt
from typing import ClassVar, Literal

from ...errors import ArgumentError
from ..arrays import Array, namespace, special
from .plain import ACTIVATIONS, Elementwise, Sigmoid, note_of_kink


@ACTIVATIONS.register("elu")
@dataclass(frozen=True)
class ELU(Elementwise):
    """a = n if n > 0 else α (eⁿ - 1); a' = 1 if n > 0 else a + α (Clevert et al. 2016).

    >>> import numpy as np
    >>> ELU()(np.array([-1000.0, 2.0]))
    array([-1.,  2.])
    """

    alpha: float = 1.0
    initializer: ClassVar[str] = "he_normal"
    value_text: ClassVar[str] = "n if n > 0 else alpha*(exp(n) - 1)"
    derivative_text: ClassVar[str] = "1 if n > 0 else a + alpha"
    closing_lines: ClassVar[tuple[tuple[str, str], ...]] = (
        ("write with a: α eⁿ = a + α", "1 if n > 0 else a + alpha"),
    )
    derivation_notes: ClassVar[tuple[str, ...]] = (note_of_kink("α"),)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.alpha > 0:
            raise ArgumentError(f"elu: alpha is {self.alpha}; it must be above 0")

    def __call__(self, n: Array) -> Array:
        """n above 0, α (eⁿ - 1) below."""
        xp = namespace(n)
        return xp.where(n > 0, n, self.alpha * xp.expm1(xp.minimum(n, 0.0)))

    def derivative(self, x: Array) -> Array:
        """1 if a > 0 else a + α, from the output a."""
        return namespace(x).where(x > 0, 1.0, x + self.alpha)

    def second_derivative(self, n: Array, a: Array) -> Array:
        """0 if n > 0 else a + α."""
        return namespace(n).where(n > 0, 0.0, a + self.alpha)


@ACTIVATIONS.register("selu")
@dataclass(frozen=True)
class SELU(Elementwise):
    """a = λ (n if n > 0 else α (eⁿ - 1)), λ and α such that mean 0 and variance 1 are kept (Klambauer et al. 2017).

    >>> import numpy as np
    >>> SELU()(np.array([1.0])).round(4)
    array([1.0507])
    """

    initializer: ClassVar[str] = "lecun_normal"
    alpha: ClassVar[float] = 1.6732632423543772
    scale: ClassVar[float] = 1.0507009873554805
    value_text: ClassVar[str] = "scale*n if n > 0 else scale*alpha*(exp(n) - 1)"
    derivative_text: ClassVar[str] = "scale if n > 0 else a + scale*alpha"
    closing_lines: ClassVar[tuple[tuple[str, str], ...]] = (
        ("write with a: λ α eⁿ = a + λ α", "scale if n > 0 else a + scale*alpha"),
    )
    derivation_notes: ClassVar[tuple[str, ...]] = (note_of_kink("λ α"),)

    def __call__(self, n: Array) -> Array:
        """λ n above 0, λ α (eⁿ - 1) below."""
        xp = namespace(n)
        return self.scale * xp.where(n > 0, n, self.alpha * xp.expm1(xp.minimum(n, 0.0)))

    def derivative(self, x: Array) -> Array:
        """λ if a > 0 else a + λ α, from the output a."""
        return namespace(x).where(x > 0, self.scale, x + self.scale * self.alpha)

    def second_derivative(self, n: Array, a: Array) -> Array:
        """0 if n > 0 else a + λ α."""
        return namespace(n).where(n > 0, 0.0, a + self.scale * self.alpha)


@ACTIVATIONS.register("silu")
@dataclass(frozen=True)
class SiLU(Elementwise):
    """a = n σ(n); a' = σ(n) (1 + n (1 - σ(n))). Also swish (Elfwing et al. 2018; Ramachandran et al. 2017).

    >>> import numpy as np
    >>> SiLU()(np.array([-1000.0, 0.0, 1000.0]))
    array([  -0.,    0., 1000.])
    """

    initializer: ClassVar[str] = "he_normal"
    reads: ClassVar[Literal["net_input", "output"]] = "net_input"
    value_text: ClassVar[str] = "n/(1 + exp(-n))"
    derivative_text: ClassVar[str] = "a + (1 - a)/(1 + exp(-n))"
    definition_text: ClassVar[str] = "n*sigmoid(n)"
    closing_lines: ClassVar[tuple[tuple[str, str], ...]] = (("take out σ", "sigmoid(n)*(1 + n*(1 - sigmoid(n)))"),)
    derivation_notes: ClassVar[tuple[str, ...]] = ("σ(n) = 1/(1 + e⁻ⁿ); its derivative is that of the sigmoid.",)

    def __call__(self, n: Array) -> Array:
        """n σ(n)."""
        return n * Sigmoid()(n)

    def derivative(self, x: Array) -> Array:
        """σ(n) (1 + n (1 - σ(n))), from the net input."""
        s = Sigmoid()(x)
        return s * (1.0 + x * (1.0 - s))

    def second_derivative(self, n: Array, a: Array) -> Array:
        """σ (1 - σ) (2 + n (1 - 2σ))."""
        s = Sigmoid()(n)
        return s * (1.0 - s) * (2.0 + n * (1.0 - 2.0 * s))


@ACTIVATIONS.register("gelu")
@dataclass(frozen=True)
class GELU(Elementwise):
    """a = n Φ(n), Φ the normal distribution function; a' = Φ(n) + n φ(n) (Hendrycks & Gimpel 2016, the exact form).

    >>> import numpy as np
    >>> GELU()(np.array([1.0])).round(6)
    array([0.841345])
    """

    initializer: ClassVar[str] = "he_normal"
    reads: ClassVar[Literal["net_input", "output"]] = "net_input"
    value_text: ClassVar[str] = "n*(1 + erf(n/sqrt(2)))/2"
    derivative_text: ClassVar[str] = "(1 + erf(n/sqrt(2)))/2 + n*exp(-n**2/2)/sqrt(2*pi)"
    closing_lines: ClassVar[tuple[tuple[str, str], ...]] = (
        ("multiply out", "(1 + erf(n/sqrt(2)))/2 + n*exp(-n**2/2)/(sqrt(pi)*sqrt(2))"),
        ("one root", "(1 + erf(n/sqrt(2)))/2 + n*exp(-n**2/2)/sqrt(2*pi)"),
    )
    derivation_notes: ClassVar[tuple[str, ...]] = (
        "This is Φ(n) + n φ(n): Φ is the normal distribution function, φ its density.",
    )

    def __call__(self, n: Array) -> Array:
        """n Φ(n)."""
        return n * _normal_distribution(n)

    def derivative(self, x: Array) -> Array:
        """Φ(n) + n φ(n), from the net input."""
        return _normal_distribution(x) + x * _normal_density(x)

    def second_derivative(self, n: Array, a: Array) -> Array:
        """φ(n) (2 - n²)."""
        return _normal_density(n) * (2.0 - n * n)


@ACTIVATIONS.register("softplus")
@dataclass(frozen=True)
class Softplus(Elementwise):
    """a = ln(1 + eⁿ); a' = σ(n) = 1 - e⁻ᵃ (Dugas et al. 2001).

    >>> import numpy as np
    >>> Softplus()(np.array([-1000.0, 1000.0]))
    array([   0., 1000.])
    """

    initializer: ClassVar[str] = "he_normal"
    value_text: ClassVar[str] = "ln(1 + exp(n))"
    derivative_text: ClassVar[str] = "1 - exp(-a)"
    closing_lines: ClassVar[tuple[tuple[str, str], ...]] = (
        ("add 1 and take it away", "(1 + exp(n) - 1)/(1 + exp(n))"),
        ("split the fraction", "1 - 1/(1 + exp(n))"),
        ("write with a: 1 + eⁿ = eᵃ", "1 - exp(-a)"),
    )
    derivation_notes: ClassVar[tuple[str, ...]] = ("The derivative is σ(n), the sigmoid: eⁿ/(1 + eⁿ) = 1/(1 + e⁻ⁿ).",)

    def __call__(self, n: Array) -> Array:
        """ln(1 + eⁿ), without overflow."""
        xp = namespace(n)
        return xp.maximum(n, 0.0) + xp.log1p(xp.exp(-xp.abs(n)))

    def derivative(self, x: Array) -> Array:
        """1 - e⁻ᵃ, from the output a."""
        return -namespace(x).expm1(-x)

    def second_derivative(self, n: Array, a: Array) -> Array:
        """σ(n) (1 - σ(n)) = e⁻ᵃ (1 - e⁻ᵃ)."""
        return namespace(a).exp(-a) * self.derivative(a)


def _normal_distribution(n: Array) -> Array:
    """Φ(n) = ½ erfc(-n/√2), exact in the far tail as well."""
    return 0.5 * special(namespace(n), "erfc")(n * (-1.0 / sqrt(2.0)))


def _normal_density(n: Array) -> Array:
    """φ(n) = e^{-n²/2} / √(2π)."""
    return namespace(n).exp(-0.5 * n * n) * (1.0 / sqrt(2.0 * pi))
