"""Activation (transfer) functions a = f(n): f and f' side by side, and the texts that show them.

A derivative says whether it reads the net input n or the output a: where it can be had from the
stored output it is, which saves memory and time (BRL, QMIND).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, sqrt
from typing import ClassVar, Literal

from ..errors import ArgumentError
from .activation import ACTIVATIONS as ACTIVATIONS
from .activation import Activation as Activation
from .activation import Elementwise as Elementwise
from .arrays import Array, Float, namespace, special

__all__ = [
    "ACTIVATIONS",
    "ELU",
    "GELU",
    "SELU",
    "Activation",
    "Elementwise",
    "Elliott",
    "Formula",
    "LeakyReLU",
    "Linear",
    "ReLU",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Tanh",
]


def __dir__() -> list[str]:
    return __all__


@ACTIVATIONS.register("linear")
@dataclass(frozen=True)
class Linear(Elementwise):
    """a = n; a' = 1. Advice: at the output, for regression (AIFH, NCSU).

    >>> Linear()(3.0)
    3.0
    """

    value_text: ClassVar[str] = "n"
    derivative_text: ClassVar[str] = "1"

    def __call__(self, n: Array) -> Array:
        """a = n."""
        return n

    def derivative(self, x: Array) -> Array:
        """1."""
        return namespace(x).ones_like(x)

    def second_derivative(self, n: Array, a: Array) -> Array:
        """0."""
        return namespace(n).zeros_like(n)


@ACTIVATIONS.register("sigmoid")
@dataclass(frozen=True)
class Sigmoid(Elementwise):
    """a = 1 / (1 + e⁻ⁿ); a' = a (1 - a). Also logsig (NND), the logistic function. AIFH 6.6, NCSU, BRL.

    >>> import numpy as np
    >>> Sigmoid()(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    """

    value_text: ClassVar[str] = "1/(1 + exp(-n))"
    derivative_text: ClassVar[str] = "a*(1 - a)"

    def __call__(self, n: Array) -> Array:
        """1 / (1 + e⁻ⁿ), without overflow."""
        xp = namespace(n)
        e = xp.exp(-xp.abs(n))
        return xp.where(n >= 0, 1.0, e) / (1.0 + e)

    def derivative(self, x: Array) -> Array:
        """a (1 - a), from the output a."""
        return x * (1.0 - x)

    def second_derivative(self, n: Array, a: Array) -> Array:
        """a (1 - a) (1 - 2a)."""
        return a * (1.0 - a) * (1.0 - 2.0 * a)


@ACTIVATIONS.register("tanh")
@dataclass(frozen=True)
class Tanh(Elementwise):
    """a = (eⁿ - e⁻ⁿ) / (eⁿ + e⁻ⁿ); a' = 1 - a². Also tansig (NND). AIFH 6.7, NCSU.

    >>> import numpy as np
    >>> Tanh()(np.array([0.0, 1000.0]))
    array([0., 1.])
    """

    value_text: ClassVar[str] = "tanh(n)"
    derivative_text: ClassVar[str] = "1 - a**2"

    def __call__(self, n: Array) -> Array:
        """tanh(n)."""
        return namespace(n).tanh(n)

    def derivative(self, x: Array) -> Array:
        """1 - a², from the output a."""
        return 1.0 - x * x

    def second_derivative(self, n: Array, a: Array) -> Array:
        """-2 a (1 - a²)."""
        return -2.0 * a * (1.0 - a * a)


@ACTIVATIONS.register("relu")
@dataclass(frozen=True)
class ReLU(Elementwise):
    """a = max(0, n); a' = 1 if n > 0 else 0 (0 at n = 0 by convention). AIFH 6.9, NCSU. Advice: in hidden layers.

    >>> import numpy as np
    >>> ReLU().derivative(np.array([-1.0, 0.0, 2.0]))
    array([0., 0., 1.])
    """

    initializer: ClassVar[str] = "he_normal"
    value_text: ClassVar[str] = "max(0, n)"
    derivative_text: ClassVar[str] = "1 if n > 0 else 0"

    def __call__(self, n: Array) -> Array:
        """max(0, n)."""
        return namespace(n).maximum(n, 0.0)

    def derivative(self, x: Array) -> Array:
        """1 if a > 0 else 0: a > 0 exactly when n > 0."""
        return _choose(x, 1.0, 0.0)

    def second_derivative(self, n: Array, a: Array) -> Array:
        """0."""
        return namespace(n).zeros_like(n)


@ACTIVATIONS.register("leaky_relu")
@dataclass(frozen=True)
class LeakyReLU(Elementwise):
    """a = n if n > 0 else slope · n; a' = 1 if n > 0 else slope (Maas et al. 2013).

    >>> import numpy as np
    >>> LeakyReLU(slope=0.1)(np.array([-2.0, 2.0]))
    array([-0.2,  2. ])
    """

    slope: float = 0.01
    initializer: ClassVar[str] = "he_normal"
    reads: ClassVar[Literal["net_input", "output"]] = "net_input"
    value_text: ClassVar[str] = "n if n > 0 else slope*n"
    derivative_text: ClassVar[str] = "1 if n > 0 else slope"

    def __call__(self, n: Array) -> Array:
        """n above 0, slope · n below."""
        return namespace(n).where(n > 0, n, self.slope * n)

    def derivative(self, x: Array) -> Array:
        """1 if n > 0 else slope, from the net input (a slope may be negative)."""
        return _choose(x, 1.0, self.slope)

    def second_derivative(self, n: Array, a: Array) -> Array:
        """0."""
        return namespace(n).zeros_like(n)


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


@ACTIVATIONS.register("elliott")
@dataclass(frozen=True)
class Elliott(Elementwise):
    """a = n / (1 + |n|); a' = (1 - |a|)² (Elliott 1993; the hidden units of PROBEN1).

    >>> import numpy as np
    >>> Elliott()(np.array([-1.0, 3.0]))
    array([-0.5 ,  0.75])
    """

    value_text: ClassVar[str] = "n/(1 + abs(n))"
    derivative_text: ClassVar[str] = "(1 - abs(a))**2"

    def __call__(self, n: Array) -> Array:
        """n / (1 + |n|)."""
        return n / (1.0 + namespace(n).abs(n))

    def derivative(self, x: Array) -> Array:
        """(1 - |a|)², from the output a."""
        slack = 1.0 - namespace(x).abs(x)
        return slack * slack

    def second_derivative(self, n: Array, a: Array) -> Array:
        """-2 sign(a) (1 - |a|)³."""
        xp = namespace(a)
        slack = 1.0 - xp.abs(a)
        return -2.0 * xp.sign(a) * slack * slack * slack


@ACTIVATIONS.register("softmax")
@dataclass(frozen=True)
class Softmax(Activation):
    """a_i = e^{n_i} / Σ_j e^{n_j} over a layer; ∂a_i/∂n_j = a_i (δ_ij - a_j). NND 3.9.

    AIFH 6.8 and NCSU print the diagonal of the derivative alone.

    >>> import numpy as np
    >>> Softmax()(np.array([[1000.0, 1000.0]]))
    array([[0.5, 0.5]])
    """

    value_text: ClassVar[str] = "exp(n)/sum(exp(n))"
    backpropagate_text: ClassVar[str] = "a*(v - sum(a*v))"

    def __call__(self, n: Array) -> Array:
        """e^{n_i} / Σ_j e^{n_j}, without overflow."""
        xp = namespace(n)
        e = xp.exp(n - xp.max(n, axis=-1, keepdims=True))
        return e / xp.sum(e, axis=-1, keepdims=True)

    def backpropagate(self, n: Array, a: Array, v: Array) -> Array:
        """Σ_i a_i (δ_ij - a_j) v_i = a_j (v_j - Σ_i a_i v_i): the full Jacobian, which is never stored."""
        return a * (v - namespace(a).sum(a * v, axis=-1, keepdims=True))

    def push(self, n: Array, a: Array, n_dot: Array) -> Array:
        """The Jacobian is symmetric: the same product."""
        return self.backpropagate(n, a, n_dot)

    def backpropagate_dot(self, n: Array, a: Array, v: Array, n_dot: Array, v_dot: Array) -> Array:
        """The product rule on a (v - Σ a v), with a_dot the change of the outputs."""
        a_dot = self.push(n, a, n_dot)
        mean = namespace(a).sum(a * v, axis=-1, keepdims=True)
        mean_dot = namespace(a).sum(a_dot * v + a * v_dot, axis=-1, keepdims=True)
        return a_dot * (v - mean) + a * (v_dot - mean_dot)

    def jacobian(self, a: Float[Array, "*examples size"]) -> Float[Array, "*examples size size"]:
        """diag(a) - a aᵀ of each example, to look at.

        >>> import numpy as np
        >>> Softmax().jacobian(np.array([0.25, 0.75]))
        array([[ 0.1875, -0.1875],
               [-0.1875,  0.1875]])
        """
        xp = namespace(a)
        return a[..., :, None] * (xp.eye(a.shape[-1], dtype=a.dtype) - a[..., None, :])


def _choose(condition: Array, above: float, below: float) -> Array:
    """`above` where the array is over 0, else `below`, in the array's own type."""
    xp = namespace(condition)
    return xp.where(condition > 0, xp.asarray(above, dtype=condition.dtype), xp.asarray(below, dtype=condition.dtype))


def _normal_distribution(n: Array) -> Array:
    """Φ(n) = ½ erfc(-n/√2), exact in the far tail as well."""
    return 0.5 * special(namespace(n), "erfc")(n * (-1.0 / sqrt(2.0)))


def _normal_density(n: Array) -> Array:
    """φ(n) = e^{-n²/2} / √(2π)."""
    return namespace(n).exp(-0.5 * n * n) * (1.0 / sqrt(2.0 * pi))


from .formula_activation import Formula as Formula  # noqa: E402 - last in the table, and made of those above
