"""Formulas as MathML, which browsers show without any program."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from .expression import Expression, Symbol
from .writer import Writer

_MINUS = '<mo lspace="0" rspace="0">−</mo>'
"""A sign, which stands close; between terms a minus has space around it."""
_MARKS = {"hat": "^", "dot": "˙", "bar": "¯", "tilde": "~"}
_FENCES = ("(", ")", "[", "]")
_SIGNS = {"<": "&lt;", "<=": "≤", ">": "&gt;", ">=": "≥"}


class MathMLWriter(Writer):
    """Writes MathML's presentation elements, without the element around them.

    >>> MathMLWriter().write(Symbol("w", ("1", "2"), ("1",)))
    '<msubsup><mi>w</mi><mrow><mn>1</mn><mo>,</mo><mn>2</mn></mrow><mn>1</mn></msubsup>'
    """

    def number(self, text: str, around: int) -> str:
        """With the exponent as a power of ten."""
        mantissa, _, exponent = text.partition("e")
        sign, mantissa = (_MINUS, mantissa[1:]) if mantissa.startswith("-") else ("", mantissa)
        written = f"{sign}<mn>{mantissa}</mn>"
        if exponent:
            power = int(exponent)
            shown = f"<mn>{power}</mn>" if power >= 0 else f"<mrow>{_MINUS}<mn>{-power}</mn></mrow>"
            written += f"<mo>×</mo><msup><mn>10</mn>{shown}</msup>"
        return self.bracketed(written, bool(around and (sign or exponent)))

    def symbol(self, symbol: Symbol) -> str:
        """Subscript and superscript."""
        base = _bold(symbol.base) if symbol.bold else _identifier(symbol.base)
        above = _indices(symbol.above, "")
        if symbol.mark == "prime":
            above = f"<mrow><mo>′</mo>{above}</mrow>"
        elif symbol.mark:
            base = f"<mover>{base}<mo>{_MARKS[symbol.mark]}</mo></mover>"
        below = _indices(symbol.below, "<mo>,</mo>")
        if below and above:
            return f"<msubsup>{base}{below}{above}</msubsup>"
        if below:
            return f"<msub>{base}{below}</msub>"
        return f"<msup>{base}{above}</msup>" if above else base

    def function(self, name: str) -> str:
        """Upright letters."""
        return f'<mi mathvariant="normal">{escape(name)}</mi>'

    def negative(self, of: str) -> str:
        """-x."""
        return f"{_MINUS}{of}"

    def sum(self, terms: Sequence[tuple[str, str]]) -> str:
        """x + y - z."""
        first = (_MINUS if terms[0][0] == "-" else "") + terms[0][1]
        return first + "".join(f"<mo>{'−' if sign == '-' else '+'}</mo>{term}" for sign, term in terms[1:])

    def product(self, factors: Sequence[str]) -> str:
        """Side by side, with a thin space."""
        space = '<mspace width="0.17em"/>'
        return space.join(factors).replace(f"<mi>∂</mi>{space}", "<mi>∂</mi>")

    def fraction(self, top: Expression, bottom: Expression, around: int) -> str:
        """x over y."""
        return f"<mfrac><mrow>{self.write(top)}</mrow><mrow>{self.write(bottom)}</mrow></mfrac>"

    def power(self, base: str, exponent: Expression) -> str:
        """x raised."""
        return f"<msup><mrow>{base}</mrow><mrow>{self.write(exponent)}</mrow></msup>"

    def root(self, of: Expression) -> str:
        """√x."""
        return f"<msqrt>{self.write(of)}</msqrt>"

    def call(self, name: str, arguments: Sequence[str]) -> str:
        """f(x, y); |x| for the absolute value."""
        inside = "<mo>,</mo>".join(arguments)
        if ">abs<" in name:
            return f"<mo>|</mo>{inside}<mo>|</mo>"
        return f"{name}{self.bracketed(inside, True)}"

    def cases(self, then: str, condition: Sequence[tuple[str, str]], otherwise: str) -> str:
        """Two rows behind a brace."""
        holds = "".join(f"{side}<mo>{_SIGNS[sign]}</mo>" if sign else side for side, sign in condition)
        rows = (f"{then}</mtd><mtd><mtext>if&#xa0;</mtext>{holds}", f"{otherwise}</mtd><mtd><mtext>otherwise</mtext>")
        table = "".join(f"<mtr><mtd>{row}</mtd></mtr>" for row in rows)
        return f'<mrow><mo>{{</mo><mtable columnalign="left">{table}</mtable></mrow>'

    def derivative(self, sign: str, by: str, of: str) -> str:
        """d/dx [u]."""
        d = f"<mi>{sign}</mi>"
        return f"<mfrac>{d}<mrow>{d}{by}</mrow></mfrac><mrow><mo>[</mo>{of}<mo>]</mo></mrow>"

    def summation(self, below: str, of: str) -> str:
        """Σ with its indices below."""
        return f"<munder><mo>∑</mo><mtext>{escape(below)}</mtext></munder>{of}"

    def folded(self, count: int, value: str | None) -> str:
        """How many terms, and their sum."""
        if value is None:
            return "<mo>⋯</mo>"
        return f"<munder><mrow>{self.number(value, 0)}</mrow><mtext>{count:,} more</mtext></munder>"

    def array(self, rows: Sequence[Sequence[str | None]]) -> str:
        """A matrix in brackets."""
        cells = "".join(
            "<mtr>" + "".join(f"<mtd>{'<mo>⋯</mo>' if cell is None else cell}</mtd>" for cell in row) + "</mtr>"
            for row in rows
        )
        return f"<mrow><mo>[</mo><mtable>{cells}</mtable><mo>]</mo></mrow>"

    def hadamard(self, factors: Sequence[str]) -> str:
        """x ⊙ y."""
        return "<mo>⊙</mo>".join(factors)

    def transposed(self, of: str, what: Expression) -> str:
        """The raised T; an index above stands before it."""
        if isinstance(what, Symbol) and what.above:
            of = self.bracketed(of, True)
        return f'<msup><mrow>{of}</mrow><mi mathvariant="normal">T</mi></msup>'

    def bracketed(self, text: str, needed: bool) -> str:
        """(x); around matrices and fractions as tall as they are."""
        if needed and ("<mtable" in text or "<mfrac" in text):
            return f"<mrow><mo>(</mo>{text}<mo>)</mo></mrow>"
        return f'<mo stretchy="false">(</mo>{text}<mo stretchy="false">)</mo>' if needed else text


def _bold(text: str) -> str:
    return f'<mi mathvariant="normal" style="font-weight:bold">{escape(text)}</mi>'


def _identifier(text: str) -> str:
    if text.isdecimal():
        return f"<mn>{text}</mn>"
    if text in _FENCES:
        return f'<mo stretchy="false">{text}</mo>'
    return f"<mi>{escape(text)}</mi>" if len(text) == 1 else f'<mi mathvariant="normal">{escape(text)}</mi>'


def _indices(parts: tuple[str, ...], between: str) -> str:
    if not parts:
        return ""
    written = between.join(_identifier(part) for part in parts)
    return f"<mrow>{written}</mrow>" if len(parts) > 1 else written
