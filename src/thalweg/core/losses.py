"""Loss (performance, error) functions F: value and derivative, over outputs a and targets t.

Every loss is a sum over examples q of weighted terms, F = Σ_q c_q ℓ(a_q, t_q). With `reduction="mean"`
c_q = w_q / Σ w (1/N when no sample weights w are given: BRL, AIFH 6.3); with `reduction="sum"` c_q = w_q
(AIFH, NND); `weighing` has weights of single targets. The factor within ℓ stands in each docstring.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import KW_ONLY, dataclass
from typing import ClassVar, Literal

from ..errors import ArgumentError, shown
from ..registry import Registry
from .activations import ACTIVATIONS, Activation, Sigmoid, Softmax
from .arrays import Array, Float, Real, namespace
from .kinds import check_fields

__all__ = [
    "LOSSES",
    "MAE",
    "MSE",
    "SSE",
    "CrossEntropy",
    "HalfMSE",
    "HalfSSE",
    "Huber",
    "Loss",
    "Output",
    "PointwiseLoss",
    "Reduction",
]


def __dir__() -> list[str]:
    return __all__


Reduction = Literal["mean", "sum"]


@dataclass(frozen=True)
class Loss(ABC):
    """F = Σ_q c_q ℓ(a_q, t_q): terms that add up to ℓ, and their derivative by the net inputs of the output layer.

    Its texts are how worked calculations show it, in the language of formulas: by an output a, its target t, the error
    e = t - a, the sum of the example's targets, sum(t), and the names of its settings. Without a text its values are
    shown alone.

    If `sensitivity`, `sensitivity_dot` and `gauss_newton` take c too, factors of the terms, targets can have weights.
    """

    _: KW_ONLY
    reduction: Reduction = "mean"

    averages_outputs: ClassVar[bool] = False
    """Whether ℓ divides the sum over the outputs by their number."""
    probabilities: ClassVar[bool] = False
    """Whether outputs and targets must be probabilities."""
    squares: ClassVar[bool] = False
    """Whether ℓ is a multiple of Σ e², as Gauss-Newton methods need it."""
    halves: ClassVar[bool] = False
    """Whether that multiple has a factor ½."""
    uses_targets: ClassVar[bool] = True
    """Whether ℓ depends on the targets."""

    def __post_init__(self) -> None:
        if not isinstance(self.reduction, str) or self.reduction not in ("mean", "sum"):
            raise ArgumentError(f"reduction is {shown(self.reduction)}; it must be 'mean' or 'sum'")
        check_fields(self, finite=True, label=type(self).__name__.lower())

    @abstractmethod
    def terms(
        self,
        activation: Activation,
        n: Float[Array, "examples outputs"],
        a: Float[Array, "examples outputs"],
        t: Real[Array, "examples outputs"],
    ) -> Float[Array, "examples outputs"]:
        """The terms of ℓ, before the factor 1/outputs of a loss that averages them."""

    @abstractmethod
    def sensitivity(
        self,
        activation: Activation,
        n: Float[Array, "examples outputs"],
        a: Float[Array, "examples outputs"],
        t: Real[Array, "examples outputs"],
    ) -> Float[Array, "examples outputs"]:
        """∂(Σ terms)/∂n of each example."""

    @abstractmethod
    def sensitivity_dot(
        self,
        activation: Activation,
        n: Float[Array, "examples outputs"],
        a: Float[Array, "examples outputs"],
        t: Real[Array, "examples outputs"],
        n_dot: Float[Array, "examples outputs"],
    ) -> Float[Array, "examples outputs"]:
        """How `sensitivity` changes when the net inputs change by n_dot: exact second derivatives."""

    @abstractmethod
    def gauss_newton(
        self,
        activation: Activation,
        n: Float[Array, "examples outputs"],
        a: Float[Array, "examples outputs"],
        t: Real[Array, "examples outputs"],
        n_dot: Float[Array, "examples outputs"],
    ) -> Float[Array, "examples outputs"]:
        """The same without the curvature of the output function, so that the product is with a matrix ≥ 0."""

    def term_text(self, activation: Activation) -> str:
        """One of `terms`."""
        return ""

    def sensitivity_text(self, activation: Activation) -> str:
        """`sensitivity` of one output, where it is fused with the output function."""
        return ""

    def check(self, activation: Activation) -> None:
        """Raise ArgumentError if the loss has no meaning for outputs of this activation."""
        if self.probabilities and not isinstance(activation, Sigmoid | Softmax):
            raise ArgumentError(
                f"{LOSSES.name_of(self)} needs sigmoid or softmax outputs, not "
                f"{ACTIVATIONS.name_of(activation)}: change the output activation, or use mse"
            )


LOSSES: Registry[Loss] = Registry("loss", Loss)
LOSSES.alias("crossentropy", "cross_entropy")  # MATLAB's name


class PointwiseLoss(Loss):
    """A loss whose terms are functions of one output and its target; works with any activation (NND 3.50)."""

    value_text: ClassVar[str] = ""
    """`value` of one output."""
    derivative_text: ClassVar[str] = ""
    """`derivative` of one output."""

    @abstractmethod
    def value(
        self, a: Float[Array, "examples outputs"], t: Real[Array, "examples outputs"]
    ) -> Float[Array, "examples outputs"]:
        """One term for each output."""

    @abstractmethod
    def derivative(
        self, a: Float[Array, "examples outputs"], t: Real[Array, "examples outputs"]
    ) -> Float[Array, "examples outputs"]:
        """∂value/∂a."""

    @abstractmethod
    def second_derivative(
        self, a: Float[Array, "examples outputs"], t: Real[Array, "examples outputs"]
    ) -> Float[Array, "examples outputs"]:
        """∂²value/∂a²."""

    def terms(self, activation: Activation, n: Array, a: Array, t: Array) -> Array:
        """value(a, t)."""
        return self.value(a, t)

    def term_text(self, activation: Activation) -> str:
        """That of the value."""
        return self.value_text

    def sensitivity(self, activation: Activation, n: Array, a: Array, t: Array, c: Array | None = None) -> Array:
        """Ḟ(n)ᵀ ∂value/∂a."""
        return activation.backpropagate(n, a, _times(self.derivative(a, t), c))

    def sensitivity_dot(
        self, activation: Activation, n: Array, a: Array, t: Array, n_dot: Array, c: Array | None = None
    ) -> Array:
        """The product rule on Ḟ(n)ᵀ ∂value/∂a."""
        v_dot = _times(self.second_derivative(a, t), c) * activation.push(n, a, n_dot)
        return activation.backpropagate_dot(n, a, _times(self.derivative(a, t), c), n_dot, v_dot)

    def gauss_newton(
        self, activation: Activation, n: Array, a: Array, t: Array, n_dot: Array, c: Array | None = None
    ) -> Array:
        """Ḟ(n)ᵀ ∂²value/∂a² Ḟ(n) n_dot."""
        return activation.backpropagate(n, a, _times(self.second_derivative(a, t), c) * activation.push(n, a, n_dot))


def _times(terms: Array, c: Array | None) -> Array:
    return terms if c is None else terms * c


class _Squares(PointwiseLoss):
    """Σ e², e = t - a."""

    squares: ClassVar[bool] = True
    value_text: ClassVar[str] = "e**2"
    derivative_text: ClassVar[str] = "-2*e"

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
    halves: ClassVar[bool] = True
    value_text: ClassVar[str] = "e**2/2"
    derivative_text: ClassVar[str] = "-e"

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


@LOSSES.register("output", listed=False)
@dataclass(frozen=True)
class Output(PointwiseLoss):
    """The output itself, F = Σ_q a_q, so that the gradient is ∂a/∂w; targets do not matter.

    Of several outputs it is refused, unless `outputs="sum"` adds them up: ℓ = Σ_i a_i. Raises ArgumentError then.

    >>> import numpy as np, thalweg as tw
    >>> net = tw.mlp(1, 1)
    >>> tw.gradient(net, "output", net.unravel(np.array([2.0, 1.0])), [[3.0]], [[0.0]])[1]["layer1"].weights["input"]
    array([[3.]])
    """

    outputs: Literal["one", "sum"] = "one"
    _: KW_ONLY
    reduction: Reduction = "sum"

    uses_targets: ClassVar[bool] = False
    value_text: ClassVar[str] = "a"
    derivative_text: ClassVar[str] = "1"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.outputs not in ("one", "sum"):
            raise ArgumentError(f"output: outputs is {shown(self.outputs)}; it must be 'one' or 'sum'")

    def value(self, a: Array, t: Array) -> Array:
        """a."""
        return self._checked(a)

    def derivative(self, a: Array, t: Array) -> Array:
        """1."""
        return namespace(a).ones_like(self._checked(a))

    def second_derivative(self, a: Array, t: Array) -> Array:
        """0."""
        return namespace(a).zeros_like(a)

    def _checked(self, a: Array) -> Array:
        if self.outputs == "one" and a.shape[-1] > 1:
            raise ArgumentError(
                f"loss 'output' is of one output, and the network has {a.shape[-1]}: add them up, with outputs='sum'"
            )
        return a


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


@LOSSES.register("cross_entropy")
@dataclass(frozen=True)
class CrossEntropy(Loss):
    """Cross-entropy from net inputs: softmax -Σ_i t_i ln a_i; sigmoid -Σ_i [t_i ln a_i + (1-t_i) ln(1-a_i)].

    The mean over examples by default (AIFH 6.3; NCSU with the minus sign it lacks); `reduction="sum"` is NND 3.9
    and P3.1. Fused with the output function, s = a - t (AIFH 6.4, NND E3.5); for softmax and targets that do not
    add up to 1 it is a Σ_i t_i - t.

    >>> import numpy as np
    >>> n, t = np.array([[1000.0, 0.0]]), np.array([[0.0, 1.0]])
    >>> CrossEntropy().terms(Softmax(), n, Softmax()(n), t)
    array([[   0., 1000.]])
    """

    probabilities: ClassVar[bool] = True

    def terms(self, activation: Activation, n: Array, a: Array, t: Array) -> Array:
        """t (ln Σ_j e^{n_j} - n) for softmax; max(n, 0) - t n + ln(1 + e^{-|n|}) for sigmoid."""
        xp = namespace(n, t)
        if isinstance(activation, Softmax):
            largest = xp.max(n, axis=-1, keepdims=True)
            log_sum = largest + xp.log(xp.sum(xp.exp(n - largest), axis=-1, keepdims=True))
            return t * (log_sum - n)
        return xp.maximum(n, 0.0) - t * n + xp.log1p(xp.exp(-xp.abs(n)))

    def term_text(self, activation: Activation) -> str:
        """By the outputs, as the texts print it."""
        return "-t*ln(a)" if isinstance(activation, Softmax) else "-t*ln(a) - (1 - t)*ln(1 - a)"

    def sensitivity(self, activation: Activation, n: Array, a: Array, t: Array, c: Array | None = None) -> Array:
        """The output less the target, a - t."""
        if isinstance(activation, Softmax):
            t = _times(t, c)
            return a * namespace(a, t).sum(t, axis=-1, keepdims=True) - t
        return _times(a - t, c)

    def sensitivity_text(self, activation: Activation) -> str:
        """a - t; for softmax only where the targets add up to 1."""
        return "-e if 1 <= sum(t) <= 1 else a*sum(t) - t" if isinstance(activation, Softmax) else "-e"

    def sensitivity_dot(
        self, activation: Activation, n: Array, a: Array, t: Array, n_dot: Array, c: Array | None = None
    ) -> Array:
        """The change of a (times Σ t, for softmax)."""
        a_dot = activation.push(n, a, n_dot)
        if isinstance(activation, Softmax):
            return a_dot * namespace(a, t).sum(_times(t, c), axis=-1, keepdims=True)
        return _times(a_dot, c)

    def gauss_newton(
        self, activation: Activation, n: Array, a: Array, t: Array, n_dot: Array, c: Array | None = None
    ) -> Array:
        """The loss is convex in the net inputs: the same."""
        return self.sensitivity_dot(activation, n, a, t, n_dot, c)
