"""Activation (transfer) functions a = f(n): what one is, and the plain ones, f and f' side by side with their texts.

A derivative says whether it reads the net input n or the output a: where it can be had from the
stored output it is, which saves memory and time (BRL, QMIND).
"""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from dataclasses import dataclass
from math import cosh
from typing import ClassVar, Literal

from ...registry import Registry
from ..arrays import Array, Float, namespace
from ..kinds import check_fields


class Activation(ABC):
    """A function a = f(n) of the net inputs of a layer, and the product with its Jacobian Ḟ(n).

    Its texts are how worked calculations show it, in the language of formulas, with the names of its settings and
    sum(u), the sum of u over the units of the layer. Without a text its values are shown alone.
    """

    initializer: ClassVar[str] = "xavier_normal"
    """The initializer that keeps the signal's variance through layers of this activation."""
    active: ClassVar[tuple[float, float] | None] = None
    """Between which net inputs its output changes, outside of which it hardly does; None: it has no such bounds."""
    outputs: ClassVar[tuple[float, float] | None] = None
    """Between which outputs it stays; None: it has no such bounds."""
    value_text: ClassVar[str] = ""
    """f of a unit, by its net input n."""
    backpropagate_text: ClassVar[str] = ""
    """`backpropagate` of a unit, by its net input n, its output a and v, the derivative by its output."""
    definition_text: ClassVar[str] = ""
    """f as its derivation begins with it, where that is not `value_text`."""
    closing_lines: ClassVar[tuple[tuple[str, str], ...]] = ()
    """How its derivation goes on after the rules: why a line is equal to the one before it, and what it is, by n and a.

    A line that does not come to the derivative is not shown.
    """
    derivation_notes: ClassVar[tuple[str, ...]] = ()
    """What is said under the derivation; of the class itself, not of those that are made of it."""

    def __post_init__(self) -> None:
        """Raise ArgumentError for a setting that is not of its kind; a number must be finite."""
        if dataclasses.is_dataclass(self):
            check_fields(self, finite=True, label=type(self).__name__.lower())

    def check_trainable(self) -> None:  # noqa: B027 - nothing to say of most
        """Raise ArgumentError for a function that predicts but cannot be trained through; most can."""

    @abstractmethod
    def __call__(self, n: Float[Array, "*examples size"]) -> Float[Array, "*examples size"]:
        """a = f(n)."""

    @abstractmethod
    def backpropagate(
        self,
        n: Float[Array, "*examples size"],
        a: Float[Array, "*examples size"],
        v: Float[Array, "*examples size"],
    ) -> Float[Array, "*examples size"]:
        """Ḟ(n)ᵀ v: the derivative by the net inputs, given v, the derivative by the outputs (NND 3.49, 3.50)."""

    @abstractmethod
    def push(
        self,
        n: Float[Array, "*examples size"],
        a: Float[Array, "*examples size"],
        n_dot: Float[Array, "*examples size"],
    ) -> Float[Array, "*examples size"]:
        """Ḟ(n) n_dot: how the outputs change when the net inputs change by n_dot."""

    @abstractmethod
    def backpropagate_dot(
        self,
        n: Float[Array, "*examples size"],
        a: Float[Array, "*examples size"],
        v: Float[Array, "*examples size"],
        n_dot: Float[Array, "*examples size"],
        v_dot: Float[Array, "*examples size"],
    ) -> Float[Array, "*examples size"]:
        """How `backpropagate(n, a, v)` changes when n and v change by n_dot and v_dot: exact second derivatives."""


ACTIVATIONS: Registry[Activation] = Registry("activation", Activation)
ACTIVATIONS.alias("purelin", "linear")  # names of NND and MATLAB
ACTIVATIONS.alias("logsig", "sigmoid")
ACTIVATIONS.alias("tansig", "tanh")
ACTIVATIONS.alias("poslin", "relu")
ACTIVATIONS.alias("elliotsig", "elliott")
ACTIVATIONS.alias("identity", "linear")  # scikit-learn's name
ACTIVATIONS.alias("logistic", "sigmoid")
ACTIVATIONS.alias("sigma", "sigmoid")  # Nielsen, Bishop and others write the function by its letter
ACTIVATIONS.alias("σ", "sigmoid")
ACTIVATIONS.alias("rectifier", "relu")


def note_of_kink(left: str) -> str:
    """What is said under the derivation of a function that is bent at 0, with the derivative of its left side."""
    return f"At n = 0 there is no derivative; by convention it is that of the left side, {left} (AIFH 6.9 for ReLU)."


class Elementwise(Activation):
    """An activation of one net input at a time, so that Ḟ(n) is diagonal."""

    reads: ClassVar[Literal["net_input", "output"]] = "output"
    """What `derivative` takes: the net input n, or the output a = f(n)."""
    derivative_text: ClassVar[str] = ""
    """f' of a unit, by its net input n and its output a."""

    @abstractmethod
    def derivative(self, x: Float[Array, "*examples size"]) -> Float[Array, "*examples size"]:
        """f'(n), from n or from a as `reads` says."""

    @abstractmethod
    def second_derivative(
        self, n: Float[Array, "*examples size"], a: Float[Array, "*examples size"]
    ) -> Float[Array, "*examples size"]:
        """f''(n), from the net input and the output."""

    def backpropagate(self, n: Array, a: Array, v: Array) -> Array:
        """f'(n) v, element by element."""
        return self.derivative(n if self.reads == "net_input" else a) * v

    def push(self, n: Array, a: Array, n_dot: Array) -> Array:
        """f'(n) n_dot, element by element."""
        return self.backpropagate(n, a, n_dot)

    def backpropagate_dot(self, n: Array, a: Array, v: Array, n_dot: Array, v_dot: Array) -> Array:
        """f'(n) v_dot + f''(n) n_dot v."""
        return self.backpropagate(n, a, v_dot) + self.second_derivative(n, a) * n_dot * v


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

    active: ClassVar[tuple[float, float] | None] = (-4.0, 4.0)
    outputs: ClassVar[tuple[float, float] | None] = (0.0, 1.0)
    value_text: ClassVar[str] = "1/(1 + exp(-n))"
    derivative_text: ClassVar[str] = "a*(1 - a)"
    closing_lines: ClassVar[tuple[tuple[str, str], ...]] = (
        ("add 1 and take it away", "(1 + exp(-n) - 1)/(1 + exp(-n))**2"),
        ("split the fraction", "1/(1 + exp(-n)) - 1/(1 + exp(-n))**2"),
        ("write with a", "a - a**2"),
        ("take out a", "a*(1 - a)"),
    )
    derivation_notes: ClassVar[tuple[str, ...]] = (
        "NCSU's slide that differentiates the sigmoid loses a sign in its third line and ends with S² - S = S (S - 1); "
        "right is S - S² = S (1 - S).",
    )

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

    active: ClassVar[tuple[float, float] | None] = (-2.0, 2.0)
    outputs: ClassVar[tuple[float, float] | None] = (-1.0, 1.0)
    value_text: ClassVar[str] = "tanh(n)"
    derivative_text: ClassVar[str] = "1 - a**2"
    definition_text: ClassVar[str] = "(exp(n) - exp(-n))/(exp(n) + exp(-n))"
    closing_lines: ClassVar[tuple[tuple[str, str], ...]] = (
        ("split the fraction", "1 - ((exp(n) - exp(-n))/(exp(n) + exp(-n)))**2"),
        ("write with a", "1 - a**2"),
    )

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
    closing_lines: ClassVar[tuple[tuple[str, str], ...]] = (("a is above 0 exactly where n is", "1 if a > 0 else 0"),)
    derivation_notes: ClassVar[tuple[str, ...]] = (note_of_kink("0"),)

    def __call__(self, n: Array) -> Array:
        """max(0, n)."""
        return namespace(n).maximum(n, 0.0)

    def derivative(self, x: Array) -> Array:
        """1 if a > 0 else 0: a > 0 exactly when n > 0."""
        return namespace(x).astype(x > 0, x.dtype)

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
    derivation_notes: ClassVar[tuple[str, ...]] = (note_of_kink("c"),)

    def __call__(self, n: Array) -> Array:
        """n above 0, slope · n below."""
        return namespace(n).where(n > 0, n, self.slope * n)

    def derivative(self, x: Array) -> Array:
        """1 if n > 0 else slope, from the net input (a slope may be negative)."""
        xp = namespace(x)
        return xp.where(x > 0, xp.asarray(1.0, dtype=x.dtype), xp.asarray(self.slope, dtype=x.dtype))

    def second_derivative(self, n: Array, a: Array) -> Array:
        """0."""
        return namespace(n).zeros_like(n)


@ACTIVATIONS.register("elliott")
@dataclass(frozen=True)
class Elliott(Elementwise):
    """a = n / (1 + |n|); a' = (1 - |a|)² (Elliott 1993; the hidden units of PROBEN1).

    >>> import numpy as np
    >>> Elliott()(np.array([-1.0, 3.0]))
    array([-0.5 ,  0.75])
    """

    active: ClassVar[tuple[float, float] | None] = (1.0 - cosh(2.0), cosh(2.0) - 1.0)  # its slope is tanh's at ±2 there
    outputs: ClassVar[tuple[float, float] | None] = (-1.0, 1.0)
    value_text: ClassVar[str] = "n/(1 + abs(n))"
    derivative_text: ClassVar[str] = "(1 - abs(a))**2"
    closing_lines: ClassVar[tuple[tuple[str, str], ...]] = (
        ("n sign(n) is |n|", "1/(1 + abs(n))**2"),
        ("write with a: 1/(1 + |n|) = 1 - |a|", "(1 - abs(a))**2"),
    )
    derivation_notes: ClassVar[tuple[str, ...]] = ("At n = 0, where |n| has no derivative, the quotient has one: 1.",)

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

    outputs: ClassVar[tuple[float, float] | None] = (0.0, 1.0)
    value_text: ClassVar[str] = "exp(n)/sum(exp(n))"
    backpropagate_text: ClassVar[str] = "a*(v - sum(a*v))"
    closing_lines: ClassVar[tuple[tuple[str, str], ...]] = (
        ("split the fraction", "exp(n_j)/(exp(n_j) + rest) - (exp(n_j)/(exp(n_j) + rest))**2"),
        ("write with a", "a_j - a_j**2"),
        ("take out aⱼ", "a_j*(1 - a_j)"),
    )
    """Of ∂a_j/∂n_j; rest is the sum of exp(n) over the other units."""
    closing_lines_of_others: ClassVar[tuple[tuple[str, str], ...]] = (
        ("two fractions", "-(exp(n_i)/(exp(n_j) + rest))*(exp(n_j)/(exp(n_j) + rest))"),
        ("write with a", "-a_i*a_j"),
    )
    """Of ∂a_i/∂n_j of another unit."""
    derivation_notes: ClassVar[tuple[str, ...]] = (
        "AIFH 6.8 and NCSU print softmax′ = φ (1 - φ): that is only the diagonal of this matrix, the case i = j.",
        "Both cases in one: ∂aᵢ/∂nⱼ = aᵢ (δᵢⱼ - aⱼ), δᵢⱼ being 1 for i = j, else 0.",
    )

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
