"""Formulas as one line of plain text, with Unicode's raised and lowered characters where it has them."""

from __future__ import annotations

from collections.abc import Sequence
from unicodedata import normalize

from .mathematics import Expression, Number, Product, Symbol
from .writer import Writer

_ABOVE = str.maketrans(
    "0123456789+-()ABDEGHIJKLMNOPRTUVWabcdefghijklmnoprstuvwxyz",
    "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ",
)
_BELOW = str.maketrans("0123456789+-()", "₀₁₂₃₄₅₆₇₈₉₊₋₍₎")
_MARKS = {"hat": "\u0302", "prime": "′", "dot": "\u0307"}


class TextWriter(Writer):
    """Writes plain text.

    >>> from thalweg.worked.mathematics import Sum
    >>> w, p = Symbol("w", ("1", "2"), ("1",)), Symbol("p", ("2",))
    >>> TextWriter().write(Sum((Product((w, p)), Product((Number(-0.5), Number(2.0))))))
    'w¹₁,₂ p₂ + (-0.5)(2)'
    """

    def number(self, text: str, around: int) -> str:
        """As it is; a negative one in parentheses where it would meet another sign."""
        return f"({text})" if around and text.startswith("-") else text

    def symbol(self, symbol: Symbol) -> str:
        """Raised and lowered characters, or ^ and [] around what has none."""
        base = symbol.base
        if symbol.mark:
            base = base[0] + _MARKS[symbol.mark] + base[1:] if symbol.mark != "prime" else base + _MARKS["prime"]
            base = normalize("NFC", base)
        above, below = "".join(symbol.above), ",".join(symbol.below)
        if above:
            raised = all(ord(char) in _ABOVE for char in above)
            base += above.translate(_ABOVE) if raised else f"^{above}" if above.isalnum() else f"^({above})"
        if below:
            lowered = all(ord(char) in _BELOW or char == "," for char in below)
            base += below.translate(_BELOW) if lowered else f"[{below}]"
        return base

    def function(self, name: str) -> str:
        """Its name."""
        return name

    def negative(self, of: str) -> str:
        """-x."""
        return f"-{of}"

    def sum(self, terms: Sequence[tuple[str, str]]) -> str:
        """x + y - z."""
        first = ("-" if terms[0][0] == "-" else "") + terms[0][1]
        return first + "".join(f" {sign} {term}" for sign, term in terms[1:])

    def product(self, factors: Sequence[str]) -> str:
        """Side by side; a space unless parentheses stand between."""
        text = factors[0]
        for factor in factors[1:]:
            text += factor if text.endswith(")") and factor.startswith("(") else f" {factor}"
        return text.replace("∂ ", "∂")

    def fraction(self, top: Expression, bottom: Expression, around: int) -> str:
        """x / y."""
        derivative = isinstance(bottom, Product) and bottom.factors[0] == Symbol("∂")
        simple = derivative or (isinstance(top, Symbol | Number) and isinstance(bottom, Symbol | Number))
        text = f"{self.write(top, 2)}{'/' if simple else ' / '}{self.write(bottom, 2 if derivative else 3)}"
        return self.bracketed(text, around > 2)

    def power(self, base: str, exponent: Expression) -> str:
        """Raised digits, or ^."""
        text = self.write(exponent, 3)
        raised = all(ord(char) in _ABOVE for char in text)
        return base + (text.translate(_ABOVE) if raised else f"^{text}")

    def root(self, of: Expression) -> str:
        """√x."""
        text = self.write(of)
        return f"√{text}" if isinstance(of, Symbol) else f"√({text})"

    def call(self, name: str, arguments: Sequence[str]) -> str:
        """f(x, y)."""
        return f"{name}({', '.join(arguments)})"

    def folded(self, count: int, value: str | None) -> str:
        """How many terms, and their sum."""
        return "..." if value is None else f"[{count:,} more: {value}]"

    def array(self, rows: Sequence[Sequence[str | None]]) -> str:
        """[a b; c d]."""
        return "[" + "; ".join(" ".join(cell or "..." for cell in row) for row in rows) + "]"

    def bracketed(self, text: str, needed: bool) -> str:
        """(x)."""
        return f"({text})" if needed else text
