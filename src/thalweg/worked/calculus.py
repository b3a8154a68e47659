"""Formulas of a derivation on paper: the core's trees as formulas that writers write, and what derivations add."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..formulas import expression as core
from .mathematics import Call, Expression, Fraction, Negative, Number, Power, Product, Root, Sum, Symbol
from .write_latex import LatexWriter
from .write_text import TextWriter
from .writer import Writer

DIGITS = 12


@dataclass(frozen=True, slots=True)
class Operator:
    """d/dn [u], or ∂/∂n [u]: what is still to be differentiated."""

    sign: str
    by: Symbol
    of: Any


@dataclass(frozen=True, slots=True)
class Cases:
    """u where something holds, else v."""

    then: Any
    condition: tuple[tuple[Any, str], ...]
    """What is compared, each with the sign after it; the last sign is empty."""
    otherwise: Any


@dataclass(frozen=True, slots=True)
class Total:
    """Σ of u over the indices below it."""

    below: str
    of: Any


LETTERS: dict[str, Expression] = {
    "alpha": Symbol("α"),
    "delta": Symbol("δ"),
    "scale": Symbol("λ"),
    "slope": Symbol("c"),
    "pi": Symbol("π"),
}
"""How names of formulas are written; any other as it is, what follows _ as its index."""

_NAMES = {"log": "ln"}


def on_paper(expression: core.Expression, by: str, sign: str, letters: Mapping[str, Any] | None = None) -> Any:
    """A formula of the core as writers write it; `by` is the variable of derivatives, `sign` their d or ∂."""
    known = {**LETTERS, **(letters or {})}

    def of(part: core.Expression) -> Any:
        match part:
            case core.Number(value):
                return _number(value)
            case core.Constant(name) | core.Variable(name):
                return _letter(name, known)
            case core.Negative(u):
                return Negative(of(u))
            case core.Sum(terms):
                return Sum(tuple(map(of, terms)))
            case core.Product((core.Number(value), *others)) if value < 0:
                return Negative(of(core.times(core.Number(-value), *others)))
            case core.Product(factors):
                return Product(tuple(map(of, factors)))
            case core.Quotient(core.Negative(top), bottom):
                return Negative(Fraction(of(top), of(bottom)))
            case core.Quotient(top, bottom):
                return Fraction(of(top), of(bottom))
            case core.Power(base, exponent):
                return Power(of(base), of(exponent))
            case core.Function("exp", (u,)):
                return Power(Symbol("e"), of(u))
            case core.Function("sqrt", (u,)):
                return Root(of(u))
            case core.Function("sigmoid", (u,)):
                return Call(Symbol("σ"), (of(u),))
            case core.Function("expm1", (u,)):
                return Sum((Power(Symbol("e"), of(u)), Number(-1.0)))
            case core.Function("log1p", (u,)):
                return Call("ln", (Sum((Number(1.0), of(u))),))
            case core.Function(name, arguments):
                return Call(_NAMES.get(name, name), tuple(map(of, arguments)))
            case core.Choice(conditions, then, otherwise):
                sides = [(of(condition.left), condition.sign) for condition in conditions]
                return Cases(of(then), (*sides, (of(conditions[-1].right), "")), of(otherwise))
            case core.Derivative(u):
                return Operator(sign, _letter(by, known), of(u))

    return of(expression)


def _number(value: Any) -> Any:
    """A decimal as it is; a fraction that has none as a fraction."""
    if abs(float(value) - float(f"{float(value):.{DIGITS}g}")) == 0:
        return Number(float(value))
    if value.denominator < 1000:
        found = Fraction(Number(float(abs(value.numerator))), Number(float(value.denominator)))
        return Negative(found) if value < 0 else found
    return Number(float(value))


def _letter(name: str, letters: Mapping[str, Any]) -> Any:
    if name in letters:
        return letters[name]
    base, _, below = name.partition("_")
    return Symbol(base, (below,) if below else ())


class _Calculus(Writer):
    """What both forms of output do alike with what derivations add."""

    def write(self, expression: Any, around: int = 0) -> str:
        """The expression, in parentheses if what stands around it binds more strongly."""
        match expression:
            case Operator(sign, by, of):
                return self.operator(sign, by, of)
            case Cases(then, condition, otherwise):
                return self.cases(then, condition, otherwise)
            case Total(below, of):
                return self.bracketed(self.summation(below, of), around > 1)
            case _:
                return super().write(expression, around)

    def _factors(self, factors: Sequence[Any]) -> list[str]:
        """A number stands bare before what is no number."""
        first, *rest = factors
        bare = isinstance(first, Number) and first.value >= 0 and not isinstance(rest[0], Number)
        head = self.write(first) if bare else self._factor(first)
        return [head, *(self._factor(factor) for factor in rest)]

    def _base(self, base: Any) -> str:
        """A number stands bare; a fraction, a power, and a letter with an index above do not."""
        if isinstance(base, Number) and base.value >= 0:
            return self.write(base)
        raised = isinstance(base, Fraction | Power) or (isinstance(base, Symbol) and bool(base.above))
        return self.bracketed(self.write(base), True) if raised else super()._base(base)

    @abstractmethod
    def operator(self, sign: str, by: Symbol, of: Any) -> str:
        """d/dn [u]."""

    @abstractmethod
    def cases(self, then: Any, condition: tuple[tuple[Any, str], ...], otherwise: Any) -> str:
        """u if ..., else v."""

    @abstractmethod
    def summation(self, below: str, of: Any) -> str:
        """Σ u."""


class CalculusText(_Calculus, TextWriter):
    """Writes derivations as plain text.

    >>> from thalweg.formulas.parsing import parse
    >>> CalculusText().write(on_paper(parse("2*exp(-x)/(1 + x**2)"), "x", "d"))
    '2 e⁻ˣ / (1 + x²)'
    """

    def operator(self, sign: str, by: Symbol, of: Any) -> str:
        """d/dn [u]."""
        return f"{sign}/{sign}{self.write(by)} [{self.write(of)}]"

    def cases(self, then: Any, condition: tuple[tuple[Any, str], ...], otherwise: Any) -> str:
        """{u if ..., else v}."""
        holds = " ".join(f"{self.write(side)} {_TEXT_SIGNS.get(sign, sign)}".strip() for side, sign in condition)
        return f"{{{self.write(then)} if {holds}, else {self.write(otherwise)}}}"

    def summation(self, below: str, of: Any) -> str:
        """Σ[k≠j] u."""
        return f"Σ[{below}] {self.write(of, 2)}"

    def symbol(self, symbol: Symbol) -> str:
        """With lowered letters, where there are."""
        written = super().symbol(symbol)
        below = ",".join(symbol.below)
        if below and len(below) == 1 and below in _LOWERED:
            return written.replace(f"[{below}]", _LOWERED[below])
        return written

    def power(self, base: str, exponent: Expression) -> str:
        """e⁻ⁿ without parentheses; ^(...) where nothing can be raised."""
        bare = self.write(exponent)
        raised = super().power("", Symbol(bare)) if not any(char in " []()^" for char in bare) else ""
        if raised and not raised.startswith("^"):
            return base + raised
        return f"{base}^{bare}" if bare.replace(".", "").isdecimal() else f"{base}^({bare})"

    def root(self, of: Any) -> str:
        """√x."""
        return f"√{self.write(of)}" if isinstance(of, Symbol | Number) else f"√({self.write(of)})"

    def call(self, name: str, arguments: Any) -> str:
        """f(x, y); |x| for the absolute value."""
        return f"|{arguments[0]}|" if name == "abs" else super().call(name, arguments)

    def _factor(self, factor: Any) -> str:
        """A quotient among factors stands in parentheses, so that it is seen where it ends."""
        written = super()._factor(factor)
        return f"({written})" if isinstance(factor, Fraction) else written


class CalculusLatex(_Calculus, LatexWriter):
    r"""Writes derivations as LaTeX.

    >>> from thalweg.formulas.parsing import parse
    >>> CalculusLatex().write(on_paper(parse("exp(-x)/2"), "x", "d"))
    '\\frac{e^{-x}}{2}'
    """

    def operator(self, sign: str, by: Symbol, of: Any) -> str:
        """d/dn [u]."""
        sign = r"\partial " if sign == "∂" else sign
        return rf"\frac{{{sign.strip()}}}{{{sign}{self.write(by)}}}\left[{self.write(of)}\right]"

    def cases(self, then: Any, condition: tuple[tuple[Any, str], ...], otherwise: Any) -> str:
        """Two rows behind a brace."""
        holds = " ".join(f"{self.write(side)} {_LATEX_SIGNS.get(sign, sign)}".strip() for side, sign in condition)
        rows = rf"{self.write(then)} & \text{{if }} {holds} \\ {self.write(otherwise)} & \text{{otherwise}}"
        return rf"\begin{{cases}} {rows} \end{{cases}}"

    def summation(self, below: str, of: Any) -> str:
        """Σ with its indices below."""
        indices = below.replace("≠", r" \ne ")
        return rf"\sum_{{{indices}}} {self.write(of, 2)}"

    def function(self, name: str) -> str:
        """The commands that LaTeX has for functions."""
        return rf"\{name}" if name in _LATEX_FUNCTIONS else super().function(name)


_LOWERED = dict(zip("aehijklmnoprstuvx", "ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True))
_TEXT_SIGNS = {"<=": "≤", ">=": "≥"}
_LATEX_SIGNS = {"<=": r"\le", ">=": r"\ge"}
_LATEX_FUNCTIONS = {"sinh", "cosh", "sin", "cos", "tan"}
