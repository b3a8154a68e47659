"""How the derivatives of the activations go on once the rules of differentiation have done their work."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """What a derivation has beside the text of its activation and the rules."""

    closing: tuple[tuple[str, str], ...] = ()
    """Lines of our own: why each is equal to the one before, and what it is."""
    notes: tuple[str, ...] = ()
    formula: str = ""
    """What is differentiated, where it is not the activation's own `value_text`."""


_KINK = "At n = 0 there is no derivative; by convention it is that of the left side, {} (AIFH 6.9 for ReLU)."

ACTIVATION_SOURCES: dict[str, Source] = {
    "sigmoid": Source(
        (
            ("add 1 and take it away", "(1 + exp(-n) - 1)/(1 + exp(-n))**2"),
            ("split the fraction", "1/(1 + exp(-n)) - 1/(1 + exp(-n))**2"),
            ("write with a", "a - a**2"),
            ("take out a", "a*(1 - a)"),
        ),
        (
            "NCSU's slide that differentiates the sigmoid loses a sign in its third line and ends with S² - S = "
            "S (S - 1); right is S - S² = S (1 - S).",
        ),
    ),
    "tanh": Source(
        (
            ("split the fraction", "1 - ((exp(n) - exp(-n))/(exp(n) + exp(-n)))**2"),
            ("write with a", "1 - a**2"),
        ),
        formula="(exp(n) - exp(-n))/(exp(n) + exp(-n))",
    ),
    "relu": Source(
        (("a is above 0 exactly where n is", "1 if a > 0 else 0"),),
        (_KINK.format("0"),),
    ),
    "leaky_relu": Source((), (_KINK.format("c"),)),
    "elu": Source(
        (("write with a: α eⁿ = a + α", "1 if n > 0 else a + alpha"),),
        (_KINK.format("α"),),
    ),
    "selu": Source(
        (("write with a: λ α eⁿ = a + λ α", "scale if n > 0 else a + scale*alpha"),),
        (_KINK.format("λ α"),),
    ),
    "silu": Source(
        (("take out σ", "sigmoid(n)*(1 + n*(1 - sigmoid(n)))"),),
        ("σ(n) = 1/(1 + e⁻ⁿ); its derivative is that of the sigmoid.",),
        "n*sigmoid(n)",
    ),
    "gelu": Source(
        (
            ("multiply out", "(1 + erf(n/sqrt(2)))/2 + n*exp(-n**2/2)/(sqrt(pi)*sqrt(2))"),
            ("one root", "(1 + erf(n/sqrt(2)))/2 + n*exp(-n**2/2)/sqrt(2*pi)"),
        ),
        ("This is Φ(n) + n φ(n): Φ is the normal distribution function, φ its density.",),
    ),
    "softplus": Source(
        (
            ("add 1 and take it away", "(1 + exp(n) - 1)/(1 + exp(n))"),
            ("split the fraction", "1 - 1/(1 + exp(n))"),
            ("write with a: 1 + eⁿ = eᵃ", "1 - exp(-a)"),
        ),
        ("The derivative is σ(n), the sigmoid: eⁿ/(1 + eⁿ) = 1/(1 + e⁻ⁿ).",),
    ),
    "elliott": Source(
        (
            ("n sign(n) is |n|", "1/(1 + abs(n))**2"),
            ("write with a: 1/(1 + |n|) = 1 - |a|", "(1 - abs(a))**2"),
        ),
        ("At n = 0, where |n| has no derivative, the quotient has one: 1.",),
    ),
}
"""Of the activations whose derivations have more than their text and the rules."""

SOFTMAX_NOTES = (
    "AIFH 6.8 and NCSU print softmax′ = φ (1 - φ): that is only the diagonal of this matrix, the case i = j.",
    "Both cases in one: ∂aᵢ/∂nⱼ = aᵢ (δᵢⱼ - aⱼ), δᵢⱼ being 1 for i = j, else 0.",
)
