"""How the derivatives of the losses go on once the rules of differentiation have done their work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class LossPart:
    """One chain of lines: of a formula that is differentiated by `by`, or (without one) of `lines` alone."""

    title: str
    left: tuple[str, str]
    """What is differentiated, by what: ℓ by a."""
    formula: str | None = ""
    """What is differentiated; where it is empty, what the loss says itself; None for the closing lines alone."""
    closing: tuple[tuple[str, str], ...] = ()
    given: Mapping[str, str] = field(default_factory=dict)


_ONE = ("ℓ", "a")
_EACH = ("ℓ", "a_i")


def one_output(*closing: tuple[str, str]) -> LossPart:
    """The loss of one output."""
    return LossPart("one output", _ONE, "", closing)


def each_output(averaged: bool, *closing: tuple[str, str], formula: str = "") -> LossPart:
    """The loss of one output of several, which are averaged or added up."""
    of = "output i of S" if averaged else "output i of several"
    return LossPart(f"{of}: the terms of the others stand still", _EACH, formula, closing)


_TURN, _TURN_BOTH = "take the sign into the difference", "take the signs into the differences"
_HALVES = (
    one_output((_TURN, "a - t")),
    each_output(False, (_TURN, "a_i - t_i"), formula="((t_i - a_i)**2 + squares)/2"),
)

LOSS_PARTS: dict[str, tuple[LossPart, ...]] = {
    "mse": (one_output((_TURN, "2*(a - t)")), each_output(True, (_TURN, "2*(a_i - t_i)/S"))),
    "half_mse": _HALVES,
    "sse": (one_output((_TURN, "2*(a - t)")), each_output(False, (_TURN, "2*(a_i - t_i)"))),
    "half_sse": _HALVES,
    "mae": (one_output((_TURN, "sign(a - t)")), each_output(True, (_TURN, "sign(a_i - t_i)/S"))),
    "huber": (
        one_output((_TURN_BOTH, "a - t if abs(t - a) <= delta else delta*sign(a - t)")),
        each_output(
            True,
            (_TURN_BOTH, "(a_i - t_i if abs(t_i - a_i) <= delta else delta*sign(a_i - t_i))/S"),
            formula=(
                "(((t_i - a_i)**2/2 if abs(t_i - a_i) <= delta else delta*(abs(t_i - a_i) - delta/2)) + hubers)/S"
            ),
        ),
    ),
    "cross_entropy": (
        LossPart(
            "one sigmoid output",
            _ONE,
            "-(t*log(a) + (1 - t)*log(1 - a))",
            (
                ("one fraction", "-((t*(1 - a) - (1 - t)*a)/(a*(1 - a)))"),
                ("multiply out; t a cancels", "(a - t)/(a*(1 - a))"),
            ),
        ),
        LossPart(
            "the sigmoid and its loss together",
            ("ℓ", "n"),
            None,
            (
                ("chain rule: ∂ℓ/∂n = ∂ℓ/∂a ∂a/∂n", "(a - t)/(a*(1 - a))*(a*(1 - a))"),
                ("a (1 - a) cancels", "a - t"),
            ),
        ),
        LossPart("output i of a softmax: the terms of the others stand still", _EACH, "-(t_i*log(a_i) + logs)", ()),
        LossPart(
            "the softmax and its loss together: every output depends on nᵢ",
            ("ℓ", "n_i"),
            None,
            (
                ("chain rule: ∂ℓ/∂nᵢ = Σₖ ∂ℓ/∂aₖ ∂aₖ/∂nᵢ", "-(t_i/a_i)*(a_i*(1 - a_i)) + others"),
                ("cancel", "-t_i*(1 - a_i) + a_i*targets"),
                ("take out aᵢ", "a_i*(t_i + targets) - t_i"),
                ("the targets add up to 1", "a_i - t_i"),
            ),
            {"others": "a_i*targets", "targets": "1 - t_i"},
        ),
    ),
}
"""Of the losses here: ℓ of one example, by an output."""

LOSS_NOTES: dict[str, tuple[str, ...]] = {
    "mae": ("Where a = t there is no derivative; by convention it is 0.",),
    "half_sse": ("QMIND's cost t - a, which is added, is the negative of this derivative.",),
    "cross_entropy": (
        "AIFH 6.4.2 says that the derivative of softmax is always 1 with cross-entropy: it is the product of the "
        "loss's and the output function's derivatives that is a - t; neither is 1.",
        "NCSU prints the cross-entropy without its minus sign.",
        "For targets that do not add up to 1 the softmax's product is aᵢ Σₖ tₖ - tᵢ.",
    ),
}
