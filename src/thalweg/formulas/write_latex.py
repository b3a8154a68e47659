"""Formulas as LaTeX."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .expression import Expression, Symbol
from .writer import Writer

GREEK = {
    "α": r"\alpha", "β": r"\beta", "γ": r"\gamma", "δ": r"\delta", "ε": r"\varepsilon", "η": r"\eta", "λ": r"\lambda",
    "μ": r"\mu", "ν": r"\nu", "ψ": r"\psi", "Π": r"\Pi", "π": r"\pi", "ρ": r"\rho", "σ": r"\sigma",
    "φ": r"\varphi", "Δ": r"\Delta", "Σ": r"\Sigma", "∂": r"\partial",
    "→": r"\to ", "∘": r"\circ", "⊗": r"\otimes", "∇": r"\nabla", "·": r"\cdot ", "ᵀ": r"^{\mathsf{T}}",
    "ℓ": r"\ell", "ω": r"\omega", "θ": r"\theta", "τ": r"\tau", "ξ": r"\xi", "ζ": r"\zeta", "κ": r"\kappa",
    "χ": r"\chi", "Θ": r"\Theta", "Ω": r"\Omega", "Λ": r"\Lambda", "Γ": r"\Gamma", "Φ": r"\Phi", "Ψ": r"\Psi",
}  # fmt: skip
_RUNS = re.compile(rf"[^{''.join(GREEK)}\d]{{3,}}[^{''.join(GREEK)}]*|.")
_FUNCTIONS = {"exp", "ln", "tanh", "sinh", "cosh", "sin", "cos", "tan", "max", "min"}
_SIGNS = {"<=": r"\le", ">=": r"\ge"}


def escape(text: str) -> str:
    """Text with the characters that LaTeX reads as commands made plain.

    >>> escape("50 % of layer_1")
    '50 \\\\% of layer\\\\_1'
    """
    special = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    return "".join(special.get(char, f"\\{char}" if char in "&%$#_{}" else char) for char in text)


class LatexWriter(Writer):
    """Writes LaTeX for math mode.

    >>> from thalweg.formulas.expression import Quotient
    >>> LatexWriter().write(Quotient(Symbol("w", ("1", "2"), ("1",)), Symbol("α")))
    '\\\\frac{w_{1,2}^{1}}{\\\\alpha}'
    """

    def number(self, text: str, around: int) -> str:
        """With the exponent as a power of ten."""
        mantissa, _, exponent = text.partition("e")
        if exponent:
            text = rf"{mantissa} \times 10^{{{int(exponent)}}}"
        return f"({text})" if around and (text.startswith("-") or exponent) else text

    def symbol(self, symbol: Symbol) -> str:
        """Subscript and superscript."""
        base = self._letters(symbol.base)
        if symbol.bold:
            greek = any(char in GREEK for char in symbol.base)
            base = rf"\boldsymbol{{{base}}}" if greek else rf"\mathbf{{{escape(symbol.base)}}}"
        if symbol.mark in ("hat", "dot", "bar", "tilde"):
            base = rf"\{symbol.mark}{{{base}}}"
        elif symbol.mark == "prime":
            base += "'"
        below = ",".join(self._letters(index) for index in symbol.below)
        above = "".join(self._letters(index) for index in symbol.above)
        return base + (f"_{{{below}}}" if below else "") + (f"^{{{above}}}" if above else "")

    def _letters(self, text: str) -> str:
        if any(char in GREEK for char in text):
            parts = _RUNS.findall(text)  # a word of three letters or more stands upright, as in ΔNet
            return " ".join(
                rf"\mathrm{{{escape(part)}}}" if len(part) > 2 else GREEK.get(part, escape(part)).strip()
                for part in parts
            )
        return escape(text) if len(text) <= 1 or text.isdecimal() else rf"\mathrm{{{escape(text)}}}"

    def function(self, name: str) -> str:
        """A command, or upright letters."""
        return rf"\{name}" if name in _FUNCTIONS else rf"\operatorname{{{escape(name)}}}"

    def negative(self, of: str) -> str:
        """-x."""
        return f"-{of}"

    def sum(self, terms: Sequence[tuple[str, str]]) -> str:
        """x + y - z."""
        first = ("-" if terms[0][0] == "-" else "") + terms[0][1]
        return first + "".join(f" {sign} {term}" for sign, term in terms[1:])

    def product(self, factors: Sequence[str]) -> str:
        """Side by side."""
        return r" \, ".join(factors).replace(r"\partial \, ", r"\partial ").replace(r") \, (", ")(")

    def fraction(self, top: Expression, bottom: Expression, around: int) -> str:
        r"""\\frac."""
        return rf"\frac{{{self.write(top)}}}{{{self.write(bottom)}}}"

    def power(self, base: str, exponent: Expression) -> str:
        """x^{y}."""
        return rf"{base}^{{{self.write(exponent)}}}"

    def root(self, of: Expression) -> str:
        r"""\\sqrt."""
        return rf"\sqrt{{{self.write(of)}}}"

    def call(self, name: str, arguments: Sequence[str]) -> str:
        """f(x, y); |x| for the absolute value."""
        if name == r"\operatorname{abs}":
            return rf"\left|{arguments[0]}\right|"
        return rf"{name}\left({', '.join(arguments)}\right)"

    def cases(self, then: str, condition: Sequence[tuple[str, str]], otherwise: str) -> str:
        """Two rows behind a brace."""
        holds = " ".join(f"{side} {_SIGNS.get(sign, sign)}".strip() for side, sign in condition)
        rows = rf"{then} & \text{{if }} {holds} \\ {otherwise} & \text{{otherwise}}"
        return rf"\begin{{cases}} {rows} \end{{cases}}"

    def derivative(self, sign: str, by: str, of: str) -> str:
        """d/dx [u]."""
        top, before = (r"\partial", r"\partial ") if sign == "∂" else (sign, sign)
        return rf"\frac{{{top}}}{{{before}{by}}}\left[{of}\right]"

    def summation(self, below: str, of: str) -> str:
        """Σ with its indices below."""
        indices = below.replace("≠", r" \ne ")
        return rf"\sum_{{{indices}}} {of}"

    def folded(self, count: int, value: str | None) -> str:
        """How many terms, and their sum."""
        if value is None:
            return r"\cdots"
        return rf"\underbrace{{{self.number(value, 0)}}}_{{\text{{{count:,} more}}}}".replace(",", "{,}", 1)

    def array(self, rows: Sequence[Sequence[str | None]]) -> str:
        """A matrix in brackets."""
        lines = [" & ".join(r"\cdots" if cell is None else cell for cell in row) for row in rows]
        return r"\begin{bmatrix} " + r" \\ ".join(lines) + r" \end{bmatrix}"

    def hadamard(self, factors: Sequence[str]) -> str:
        """x ⊙ y."""
        return r" \odot ".join(factors)

    def transposed(self, of: str, what: Expression) -> str:
        """The raised T; an index above stands before it."""
        apart = isinstance(what, Symbol) and what.above
        return rf"\left({of}\right)^{{\mathsf{{T}}}}" if apart else rf"{of}^{{\mathsf{{T}}}}"

    def bracketed(self, text: str, needed: bool) -> str:
        """(x)."""
        return (rf"\left({text}\right)" if r"\frac" in text or "bmatrix" in text else f"({text})") if needed else text
