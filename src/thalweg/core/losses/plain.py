"""What a loss is: terms that add up over outputs, their derivatives, and the table of all losses by name."""

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import ClassVar, Literal

from ...errors import ArgumentError, shown
from ...registry import Registry
from ..activations import ACTIVATIONS, Activation, Linear, Sigmoid, Softmax
from ..arrays import Array, Float, Real, namespace
from ..kinds import check_fields

Reduction = Literal["mean", "sum"]


@dataclass(frozen=True)
class Chain:
    """The lines of a derivation by one quantity, as a loss says them in the language of formulas.

    By a, t and n of one output, or a_i, t_i and n_i of one of several, and the letters of `others`. A closing line that
    does not come to the derivative is not shown.

    >>> from thalweg.core.losses import CrossEntropy
    >>> [chain.by for chain in CrossEntropy.chains]
    ['a', 'n', 'a_i', 'n_i']
    """

    title: str
    by: Literal["a", "a_i", "n", "n_i"]
    text: str = ""
    """ℓ, which is differentiated by the rules; without it there are closing lines alone."""
    closing_lines: tuple[tuple[str, str], ...] = ()
    """How it goes on: why a line is equal to the one before it, and what it is."""
    given: Mapping[str, str] = field(default_factory=dict)
    """What letters come to."""


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
    """Whether the terms are a multiple of e², as Gauss-Newton methods need it; `multiple` is which."""
    uses_targets: ClassVar[bool] = True
    """Whether ℓ depends on the targets."""
    chains: ClassVar[tuple[Chain, ...]] = ()
    """Its derivation, where that is not the one of its value."""
    others: ClassVar[Mapping[str, str]] = {}
    """Letters of its derivation: the sum of what over the other outputs, by a, t and e of each and a_i of the one."""
    derivation_notes: ClassVar[tuple[str, ...]] = ()
    """What is said under the derivation; of the class itself, not of those that are made of it."""

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

    def multiple(self) -> float:
        """m of the terms m e² of a loss that `squares` says is one; raises ArgumentError if its terms are not that.

        >>> from thalweg.core.losses import HalfMSE
        >>> HalfMSE().multiple()
        0.5
        """
        try:
            return _multiple(self)
        except TypeError:  # a loss of one's own that cannot be hashed
            return _multiple.__wrapped__(self)

    def check(self, activation: Activation) -> None:
        """Raise ArgumentError if the loss has no meaning for outputs of this activation.

        One that is fused with sigmoid and softmax is not with what is made of them.
        """
        if self.probabilities and type(activation) not in (Sigmoid, Softmax):
            raise ArgumentError(
                f"{LOSSES.name_of(self)} needs sigmoid or softmax outputs, not "
                f"{ACTIVATIONS.name_of(activation)}: change the output activation, or use mse"
            )


@functools.cache
def _multiple(loss: Loss) -> float:
    xp = namespace()
    a, t = xp.asarray([[1.0], [0.25], [-2.0]]), xp.asarray([[3.0], [0.5], [2.0]])
    found = (loss.terms(Linear(), a, a, t) / (t - a) ** 2)[:, 0].tolist()
    if not max(found) - min(found) <= 1e-9 * min(found):
        raise ArgumentError(
            f"{LOSSES.name_of(loss)} says that its terms are a multiple of e², but one is {found[1]:.6g} e² at "
            f"e = 0.25 and {found[2]:.6g} e² at e = 4: leave `squares` out of its class"
        )
    return found[0]


LOSSES: Registry[Loss] = Registry("loss", Loss)
LOSSES.alias("crossentropy", "cross_entropy")  # MATLAB's name


class PointwiseLoss(Loss):
    """A loss whose terms are functions of one output and its target; works with any activation (NND 3.50)."""

    value_text: ClassVar[str] = ""
    """`value` of one output."""
    derivative_text: ClassVar[str] = ""
    """`derivative` of one output."""
    together_text: ClassVar[str] = ""
    """The values of several outputs added up, by e of one and the letters of `others`; else one and a rest."""
    closing_lines: ClassVar[tuple[tuple[str, str], ...]] = ()
    """How its derivation goes on after the rules: why a line is equal to the one before it, and what it is, by a and t.

    A line that does not come to the derivative is not shown.
    """

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
        return activation.backpropagate(n, a, times(self.derivative(a, t), c))

    def sensitivity_dot(
        self, activation: Activation, n: Array, a: Array, t: Array, n_dot: Array, c: Array | None = None
    ) -> Array:
        """The product rule on Ḟ(n)ᵀ ∂value/∂a."""
        v_dot = times(self.second_derivative(a, t), c) * activation.push(n, a, n_dot)
        return activation.backpropagate_dot(n, a, times(self.derivative(a, t), c), n_dot, v_dot)

    def gauss_newton(
        self, activation: Activation, n: Array, a: Array, t: Array, n_dot: Array, c: Array | None = None
    ) -> Array:
        """Ḟ(n)ᵀ ∂²value/∂a² Ḟ(n) n_dot."""
        return activation.backpropagate(n, a, times(self.second_derivative(a, t), c) * activation.push(n, a, n_dot))


def times(terms: Array, c: Array | None) -> Array:
    """Terms with the weights of their targets; None: each counts once."""
    return terms if c is None else terms * c
