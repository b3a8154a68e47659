"""Formulas as one line of plain text, with Unicode's raised and lowered characters where it has them."""

from __future__ import annotations

from collections.abc import Sequence
from unicodedata import normalize

from .expression import Constant, Expression, Number, Product, Quotient, Symbol
from .writer import Writer

_ABOVE = str.maketrans(
    "0123456789+-()ABDEGHIJKLMNOPRTUVWabcdefghijklmnoprstuvwxyz",
    "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ",
)
_BELOW = str.maketrans("0123456789+-()", "₀₁₂₃₄₅₆₇₈₉₊₋₍₎")
_LOWERED = dict(zip("aehijklmnoprstuvx", "ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True))
_SIGNS = {"<=": "≤", ">=": "≥"}
_MARKS = {"hat": "\u0302", "prime": "′", "dot": "\u0307", "bar": "\u0304", "tilde": "\u0303"}


class TextWriter(Writer):
    """Writes plain text.

    >>> from thalweg.formulas.expression import Sum
    >>> w, p = Symbol("w", ("1", "2"), ("1",)), Symbol("p", ("2",))
    >>> TextWriter().write(Sum((Product((w, p)), Product((Number(-0.5), Number(2.0))))))
    'w¹₁,₂ p₂ + (-0.5)(2)'
    >>> from thalweg.formulas.paper import on_paper
    >>> from thalweg.formulas.parsing import parse
    >>> TextWriter(algebraic=True).write(on_paper(parse("2*exp(-x)/(1 + x**2)")))
    '2 e⁻ˣ / (1 + x²)'
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
            number, bracket, mark = above.partition("]")
            if bracket and number.startswith("[") and all(ord(char) in _ABOVE for char in mark):
                base += f"^{number}]{mark.translate(_ABOVE)}"
            else:
                base += above.translate(_ABOVE) if raised else f"^{above}" if above.isalnum() else f"^({above})"
        if below:
            lowered = all(ord(char) in _BELOW or char == "," for char in below)
            marked = _LOWERED.get(below) if self.algebraic else None
            base += below.translate(_BELOW) if lowered else marked or f"[{below}]"
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
        """Raised letters and digits, as in e⁻ⁿ, or ^."""
        text = self.write(exponent)
        if all(ord(char) in _ABOVE and char not in "()" for char in text):
            return base + text.translate(_ABOVE)
        return f"{base}^{text}" if text.replace(".", "").isdecimal() else f"{base}^({text})"

    def root(self, of: Expression) -> str:
        """√x."""
        text = self.write(of)
        bare = isinstance(of, Symbol | Constant) or (self.algebraic and isinstance(of, Number))
        return f"√{text}" if bare else f"√({text})"

    def call(self, name: str, arguments: Sequence[str]) -> str:
        """f(x, y); |x| for the absolute value in an algebraic text."""
        if self.algebraic and name == "abs":
            return f"|{arguments[0]}|"
        return f"{name}({', '.join(arguments)})"

    def cases(self, then: str, condition: Sequence[tuple[str, str]], otherwise: str) -> str:
        """{u if ..., else v}."""
        holds = " ".join(f"{side} {_SIGNS.get(sign, sign)}".strip() for side, sign in condition)
        return f"{{{then} if {holds}, else {otherwise}}}"

    def derivative(self, sign: str, by: str, of: str) -> str:
        """d/dx [u]."""
        return f"{sign}/{sign}{by} [{of}]"

    def summation(self, below: str, of: str) -> str:
        """Σ[k≠j] u."""
        return f"Σ[{below}] {of}"

    def folded(self, count: int, value: str | None) -> str:
        """How many terms, and their sum."""
        return "..." if value is None else f"[{count:,} more: {value}]"

    def array(self, rows: Sequence[Sequence[str | None]]) -> str:
        """[a b; c d]."""
        return "[" + "; ".join(" ".join(cell or "..." for cell in row) for row in rows) + "]"

    def hadamard(self, factors: Sequence[str]) -> str:
        """x ⊙ y."""
        return " ⊙ ".join(factors)

    def transposed(self, of: str, what: Expression) -> str:
        """Wᵀ; an index above stands before it, in (W¹)ᵀ."""
        return f"({of})ᵀ" if isinstance(what, Symbol) and what.above else f"{of}ᵀ"

    def _factor(self, factor: Expression) -> str:
        """In an algebraic text a quotient stands in parentheses, so that it is seen where it ends."""
        written = super()._factor(factor)
        return f"({written})" if self.algebraic and isinstance(factor, Quotient) else written

    def bracketed(self, text: str, needed: bool) -> str:
        """(x)."""
        return f"({text})" if needed else text
