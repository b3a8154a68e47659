"""What a derivation is: lines, each equal to the one before it, and the rule that led to each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...core.plain_data import JsonObject
from ...formulas.expression import Expression, Negative, Sum, Symbol
from ...formulas.paper import DIGITS, LETTERS, is_rounded, on_paper
from ...formulas.spelling import spell
from ...formulas.write_latex import LatexWriter
from ...formulas.write_mathml import MathMLWriter
from ...formulas.write_text import TextWriter

if TYPE_CHECKING:
    from sympy import Basic


@dataclass(frozen=True)
class Paper:
    """How a derivation is written: what is derived by what, with d or ∂, and letters of its own."""

    of: str
    by: str = ""
    sign: str = "d"
    letters: Mapping[str, Expression] = field(default_factory=dict)

    @property
    def left(self) -> str:
        """da/dn, or a alone if it is derived by nothing, as plain text."""
        if not self.by:
            return self.text(Symbol(self.of))
        return f"{self.sign}{self.text(Symbol(self.of))}/{self.sign}{self.text(Symbol(self.by))}"

    @property
    def left_latex(self) -> str:
        """da/dn, or a alone if it is derived by nothing, as LaTeX."""
        if not self.by:
            return self.latex(Symbol(self.of))
        sign = r"\partial " if self.sign == "∂" else self.sign
        return rf"\frac{{{sign}{self.latex(Symbol(self.of))}}}{{{sign}{self.latex(Symbol(self.by))}}}"

    @property
    def left_mathml(self) -> str:
        """da/dn, or a alone if it is derived by nothing, as MathML."""
        if not self.by:
            return self.mathml(Symbol(self.of))
        sign = f"<mo>{self.sign}</mo>"
        of, by = (f"<mrow>{sign}{self.mathml(Symbol(name))}</mrow>" for name in (self.of, self.by))
        return f"<mfrac>{of}{by}</mfrac>"

    def text(self, expression: Expression) -> str:
        """As one line of plain text."""
        return TextWriter(DIGITS, algebraic=True).write(self._lettered(expression))

    def latex(self, expression: Expression) -> str:
        """As LaTeX for math mode."""
        return LatexWriter(DIGITS, algebraic=True).write(self._lettered(expression))

    def mathml(self, expression: Expression) -> str:
        """As MathML, without the element around it."""
        return MathMLWriter(DIGITS, algebraic=True).write(self._lettered(expression))

    def _lettered(self, expression: Expression) -> Expression:
        return on_paper(expression, {**LETTERS, **self.letters})


@dataclass(frozen=True)
class DerivationLine:
    """One line: what the derivative is equal to, and the rule that makes it so, in words."""

    rule: str
    expression: Expression
    paper: Paper
    given: Mapping[str, Expression] = field(default_factory=dict)
    """What letters of the line stand for, such as a."""

    @property
    def sympy(self) -> Basic:
        """The expression as SymPy's, with what the letters stand for; what is not worked out is a SymPy Derivative.

        Raises ArgumentError where SymPy is not installed.
        """
        from ...formulas.sympy_view import to_sympy

        return to_sympy(self.expression, self.given)

    @property
    def sign(self) -> str:
        """What stands before the line: =, or ≈ where a number is written with fewer decimals than it has."""
        return "≈" if is_rounded(self.expression) else "="

    @property
    def formula(self) -> str:
        """The expression as a formula that Thalweg reads, derivative(u, x) for what is not worked out."""
        return spell(self.expression)

    @property
    def text(self) -> str:
        """The expression as plain text."""
        return self.paper.text(self.expression)

    @property
    def terms(self) -> tuple[str, ...]:
        """The terms of a sum as plain text, each with its sign; one text for what is no sum."""
        return self._signed(self.paper.text)

    @property
    def latex_terms(self) -> tuple[str, ...]:
        """The same as LaTeX."""
        return self._signed(self.paper.latex)

    def _signed(self, write: Callable[[Expression], str]) -> tuple[str, ...]:
        if not isinstance(self.expression, Sum):
            return (write(self.expression),)
        first, *others = self.expression.terms
        rest = (f"- {write(term.of)}" if isinstance(term, Negative) else f"+ {write(term)}" for term in others)
        return (write(first), *rest)

    @property
    def latex(self) -> str:
        """The expression as LaTeX."""
        return self.paper.latex(self.expression)


@dataclass(frozen=True)
class DerivationPart:
    """A chain of equal lines: paper.left = lines[0] = lines[1] = ...; parts of one title stand under one heading."""

    title: str
    paper: Paper
    lines: tuple[DerivationLine, ...]
    definition: Expression | None = None
    """What is differentiated."""


@dataclass(frozen=True, repr=False)
class Derivation:
    """A derivation in one or more parts; `notes` say where a text prints otherwise, and which convention holds.

    >>> import thalweg as tw
    >>> print(tw.derive("sigmoid").lines[-1].text)
    a (1 - a)
    """

    title: str
    parts: tuple[DerivationPart, ...]
    notes: tuple[str, ...] = ()
    introduction: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[DerivationLine, ...]:
        """The lines of all parts."""
        return tuple(line for part in self.parts for line in part.lines)

    def show(self, width: int = 100) -> str:
        """Plain text, for a terminal of so many columns."""
        from .render_derivation import render_text

        return render_text(self, width)

    def to_markdown(self) -> str:
        """Markdown with its formulas in LaTeX."""
        from .render_derivation import render_markdown

        return render_markdown(self)

    def to_html(self) -> str:
        """A page with its formulas in MathML, without a program."""
        from .render_mathml import render_html

        return render_html(self)

    def to_latex(self) -> str:
        """A LaTeX article."""
        from .render_derivation import render_latex

        return render_latex(self)

    def to_dict(self) -> JsonObject:
        """Plain data: each line as text, as LaTeX, and as a formula."""
        return {
            "title": self.title,
            "introduction": list(self.introduction),
            "parts": [
                {
                    "title": part.title,
                    "left": part.paper.left,
                    "lines": [
                        {"rule": line.rule, "text": line.text, "latex": line.latex, "formula": line.formula}
                        for line in part.lines
                    ],
                }
                for part in self.parts
            ],
            "notes": list(self.notes),
        }

    def __repr__(self) -> str:
        return f"Derivation({self.title!r}, {len(self.lines)} lines; print(derivation.show()) shows it)"

    def _repr_html_(self) -> str:
        from .derivation_in_html import derivation_in_html

        return derivation_in_html(self)

    def _repr_latex_(self) -> str:
        from .render_derivation import render_formulas

        return render_formulas(self)
