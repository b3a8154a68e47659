"""Cross-entropy, fused with the output function."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ..activations import Activation, Softmax
from ..arrays import Array, namespace
from .plain import LOSSES, Chain, Loss, times


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
    chains: ClassVar[tuple[Chain, ...]] = (
        Chain(
            "one sigmoid output",
            "a",
            "-(t*log(a) + (1 - t)*log(1 - a))",
            (
                ("one fraction", "-((t*(1 - a) - (1 - t)*a)/(a*(1 - a)))"),
                ("multiply out; t a cancels", "(a - t)/(a*(1 - a))"),
            ),
        ),
        Chain(
            "the sigmoid and its loss together",
            "n",
            closing_lines=(
                ("chain rule: ∂ℓ/∂n = ∂ℓ/∂a ∂a/∂n", "(a - t)/(a*(1 - a))*(a*(1 - a))"),
                ("a (1 - a) cancels", "a - t"),
            ),
        ),
        Chain("output i of a softmax: the terms of the others stand still", "a_i", "-(t_i*log(a_i) + logs)"),
        Chain(
            "the softmax and its loss together: every output depends on nᵢ",
            "n_i",
            closing_lines=(
                ("chain rule: ∂ℓ/∂nᵢ = Σₖ ∂ℓ/∂aₖ ∂aₖ/∂nᵢ", "-(t_i/a_i)*(a_i*(1 - a_i)) + others"),
                ("cancel", "-t_i*(1 - a_i) + a_i*targets"),
                ("take out aᵢ", "a_i*(t_i + targets) - t_i"),
                ("the targets add up to 1", "a_i - t_i"),
            ),
            given={"others": "a_i*targets", "targets": "1 - t_i"},
        ),
    )
    others: ClassVar[Mapping[str, str]] = {"logs": "t*log(a)", "targets": "t", "others": "(t/a)*a*a_i"}
    derivation_notes: ClassVar[tuple[str, ...]] = (
        "AIFH 6.4.2 says that the derivative of softmax is always 1 with cross-entropy: it is the product of the "
        "loss's and the output function's derivatives that is a - t; neither is 1.",
        "NCSU prints the cross-entropy without its minus sign.",
        "For targets that do not add up to 1 the softmax's product is aᵢ Σₖ tₖ - tᵢ.",
    )

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
            t = times(t, c)
            return a * namespace(a, t).sum(t, axis=-1, keepdims=True) - t
        return times(a - t, c)

    def sensitivity_text(self, activation: Activation) -> str:
        """a - t; for softmax only where the targets add up to 1."""
        return "-e if 1 <= sum(t) <= 1 else a*sum(t) - t" if isinstance(activation, Softmax) else "-e"

    def sensitivity_dot(
        self, activation: Activation, n: Array, a: Array, t: Array, n_dot: Array, c: Array | None = None
    ) -> Array:
        """The change of a (times Σ t, for softmax)."""
        a_dot = activation.push(n, a, n_dot)
        if isinstance(activation, Softmax):
            return a_dot * namespace(a, t).sum(times(t, c), axis=-1, keepdims=True)
        return times(a_dot, c)

    def gauss_newton(
        self, activation: Activation, n: Array, a: Array, t: Array, n_dot: Array, c: Array | None = None
    ) -> Array:
        """The loss is convex in the net inputs: the same."""
        return self.sensitivity_dot(activation, n, a, t, n_dot, c)
