"""An activation's expression as the text of another language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ..errors import ArgumentError
from ..formulas.evaluation import evaluate
from ..formulas.expression import (
    Call,
    Choice,
    Constant,
    Expression,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    parts,
    symbols,
    walk,
)


@dataclass(frozen=True)
class Language:
    """How a language writes what is not the same in all: functions with {} for their arguments, powers, choices."""

    name: str
    calls: Mapping[str, str]
    power: str
    choice: str
    both: str
    number: Callable[[float], str] = repr
    times: str = " * "
    over: str = " / "


def array_language(library: str, **others: str) -> Language:
    """The language of a library of arrays in Python, its functions called `library`.exp and so on.

    >>> from ..formulas.parsing import parse
    >>> written(parse("n*tanh(n)"), array_language("np"), "n")
    'n * np.tanh(n)'
    """
    plain = ("exp", "log", "log1p", "expm1", "sqrt", "abs", "sign", "tanh", "sinh", "cosh", "sin", "cos", "tan")
    calls = {name: f"{library}.{name}({{}})" for name in plain}
    calls |= {"atan": f"{library}.arctan({{}})", "asinh": f"{library}.arcsinh({{}})", "relu": "_larger({}, 0.0)"}
    calls |= {name: f"_{name}({{}})" for name in ("erf", "sigmoid", "softplus")}
    calls |= {"max": "_larger({}, {})", "min": "_smaller({}, {})"}
    return Language(
        library, MappingProxyType({**calls, **others}), "({})**{}", f"{library}.where({{}}, {{}}, {{}})", "&"
    )


def written(
    expression: Expression, language: Language, letter: str, known: Mapping[Expression, str] | None = None
) -> str:
    """The text of an expression, the net input called `letter`; `known` are parts that have a name already."""
    return _Text(language, letter, known or {}).of(expression, 0)


def functions_in(expression: Expression) -> set[str]:
    """The names of the functions that an expression calls."""
    return {part.function for part in walk(expression) if isinstance(part, Call) and isinstance(part.function, str)}


_SUM, _PRODUCT, _TIGHT = 1, 2, 3


class _Text:
    """Writes parts in brackets where what stands around them binds as tightly or more."""

    def __init__(self, language: Language, letter: str, known: Mapping[Expression, str]) -> None:
        self._language, self._letter, self._known = language, letter, known

    def of(self, expression: Expression, around: int) -> str:
        if expression in self._known:
            return self._known[expression]
        inner = parts(expression)
        match expression:
            case Symbol():
                return self._letter
            case Number() | Constant():
                value = evaluate(expression)
                return _bracketed(self._language.number(value), value < 0 and around > 0)
            case Negative():
                return _bracketed(f"-{self.of(inner[0], _TIGHT)}", around > 0)
            case Sum(terms):
                text = self.of(terms[0], _SUM)
                for term in terms[1:]:
                    sign, shown = ("-", term.of) if isinstance(term, Negative) else ("+", term)
                    text += f" {sign} {self.of(shown, _PRODUCT)}"
                return _bracketed(text, around > _SUM)
            case Product(factors):
                return _bracketed(
                    self._language.times.join(self.of(factor, _TIGHT) for factor in factors), around > _PRODUCT
                )
            case Quotient(top, bottom):
                return _bracketed(
                    self._language.over.join((self.of(top, _PRODUCT), self.of(bottom, _TIGHT))), around > _PRODUCT
                )
            case Power(base, Number(exponent)) if exponent == 2 and "square" in self._language.calls:
                return self._language.calls["square"].format(self.of(base, 0))
            case Power(base, exponent):
                called = not self._language.power.startswith("(")
                shown = self.of(exponent, 0 if called else _TIGHT)
                return _bracketed(self._language.power.format(self.of(base, 0), shown), around >= _TIGHT and not called)
            case Call(str() as name, arguments) if name in self._language.calls:
                return self._language.calls[name].format(*(self.of(argument, 0) for argument in arguments))
            case Choice(conditions, then, otherwise):
                held = [f"({self.of(one.left, _SUM)} {one.sign} {self.of(one.right, _SUM)})" for one in conditions]
                all_held = f" {self._language.both} ".join(held)
                first = self.of(then, 0)
                if "where(" in self._language.choice and not (symbols(then) or symbols(otherwise)):
                    first += f" + 0.0 * {self._letter}"  # of the type of n
                text = self._language.choice.format(all_held, first, self.of(otherwise, 0))
                return _bracketed(text, around > 0 and "?" in text)
        raise ArgumentError(f"{expression} cannot be written in {self._language.name}")


def _bracketed(text: str, needed: bool) -> str:
    return f"({text})" if needed else text
