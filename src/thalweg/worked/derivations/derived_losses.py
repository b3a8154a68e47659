"""The losses as formulas of an output, and how the last lines of their derivatives go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class LossPart:
    """One chain of lines: of a formula that is differentiated by `by`, or (without one) of `lines` alone."""

    title: str
    left: tuple[str, str]
    """What is differentiated, by what: ℓ by a."""
    formula: str = ""
    closing: tuple[tuple[str, str], ...] = ()
    given: Mapping[str, str] = field(default_factory=dict)


_ONE = ("ℓ", "a")
_EACH = ("ℓ", "a_i")


def _of_one_output(formula: str, closing: tuple[tuple[str, str], ...]) -> LossPart:
    return LossPart("one output", _ONE, formula, closing)


def _each(formula: str, closing: tuple[tuple[str, str], ...], title: str) -> LossPart:
    return LossPart(title, _EACH, formula, closing)


_SIGN = ("take the sign into the difference", "2*(a - t)")
_SIGN_EACH = ("take the sign into the difference", "2*(a_i - t_i)")
_MANY = "output i of several: the terms of the others stand still"
_MEAN = "output i of S: the terms of the others stand still"

LOSS_PARTS: dict[str, tuple[LossPart, ...]] = {
    "mse": (
        _of_one_output("(t - a)**2", (_SIGN,)),
        _each("((t_i - a_i)**2 + squares)/S", (("take the sign into the difference", "2*(a_i - t_i)/S"),), _MEAN),
    ),
    "half_mse": (
        _of_one_output("(t - a)**2/2", (("take the sign into the difference", "a - t"),)),
        _each("((t_i - a_i)**2 + squares)/2", (("take the sign into the difference", "a_i - t_i"),), _MANY),
    ),
    "sse": (_of_one_output("(t - a)**2", (_SIGN,)), _each("(t_i - a_i)**2 + squares", (_SIGN_EACH,), _MANY)),
    "half_sse": (
        _of_one_output("(t - a)**2/2", (("take the sign into the difference", "a - t"),)),
        _each("((t_i - a_i)**2 + squares)/2", (("take the sign into the difference", "a_i - t_i"),), _MANY),
    ),
    "mae": (
        _of_one_output("abs(t - a)", (("take the sign into the difference", "sign(a - t)"),)),
        _each("(abs(t_i - a_i) + sizes)/S", (("take the sign into the difference", "sign(a_i - t_i)/S"),), _MEAN),
    ),
    "huber": (
        _of_one_output(
            "(t - a)**2/2 if abs(t - a) <= delta else delta*(abs(t - a) - delta/2)",
            (("take the signs into the differences", "a - t if abs(t - a) <= delta else delta*sign(a - t)"),),
        ),
        _each(
            "(((t_i - a_i)**2/2 if abs(t_i - a_i) <= delta else delta*(abs(t_i - a_i) - delta/2)) + hubers)/S",
            (
                (
                    "take the signs into the differences",
                    "(a_i - t_i if abs(t_i - a_i) <= delta else delta*sign(a_i - t_i))/S",
                ),
            ),
            _MEAN,
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
            "",
            (
                ("chain rule: ∂ℓ/∂n = ∂ℓ/∂a ∂a/∂n", "(a - t)/(a*(1 - a))*(a*(1 - a))"),
                ("a (1 - a) cancels", "a - t"),
            ),
        ),
        LossPart("output i of a softmax: the terms of the others stand still", _EACH, "-(t_i*log(a_i) + logs)", ()),
        LossPart(
            "the softmax and its loss together: every output depends on nᵢ",
            ("ℓ", "n_i"),
            "",
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
"""Of every loss: ℓ of one example, by an output."""

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
