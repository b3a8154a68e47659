"""What writes a formula: the order of operations once, the signs of each form of output in a class of its own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from .mathematics import (
    Array,
    Call,
    Expression,
    Folded,
    Fraction,
    Negative,
    Number,
    Power,
    Product,
    Root,
    Sum,
    Symbol,
)

_SUM, _PRODUCT, _POWER = 1, 2, 3


def rounded(value: float, digits: int) -> str:
    """A number at so many significant digits, without superfluous zeros.

    >>> rounded(-0.531340215944, 4), rounded(1e-9, 4), rounded(100.0, 6)
    ('-0.5313', '1e-09', '100')
    """
    return f"{value + 0.0:.{digits}g}"  # + 0.0 makes -0.0 a plain 0


class Writer(ABC):
    """Writes formulas with so many significant digits a number."""

    def __init__(self, digits: int = 6) -> None:
        self.digits = digits

    def write(self, expression: Expression, around: int = 0) -> str:
        """The expression, in parentheses if what stands around it binds more strongly."""
        match expression:
            case Number(value):
                return self.number(rounded(value, self.digits), around)
            case Symbol():
                return self.symbol(expression)
            case Negative(of):
                return self.bracketed(self.negative(self.write(of, _PRODUCT)), around > _SUM)
            case Sum(terms):
                signed = [self._signed(term) for term in terms]
                return self.bracketed(self.sum(signed), around >= _SUM)
            case Product(factors):
                return self.bracketed(self.product(self._factors(factors)), around > _PRODUCT)
            case Fraction(top, bottom):
                return self.fraction(top, bottom, around)
            case Power(base, exponent):
                return self.power(self._base(base), exponent)
            case Root(of):
                return self.root(of)
            case Call(function, arguments):
                name = self.symbol(function) if isinstance(function, Symbol) else self.function(function)
                return self.call(name, [self.write(argument) for argument in arguments])
            case Folded(count, value):
                return self.folded(count, None if value is None else rounded(value, self.digits))
            case Array(rows):
                return self.array([[None if cell is None else self.write(cell) for cell in row] for row in rows])

    def _signed(self, term: Expression) -> tuple[str, str]:
        """A term of a sum and its sign."""
        if isinstance(term, Negative):
            return "-", self.write(term.of, _PRODUCT)
        if isinstance(term, Number) and term.value < 0:
            return "-", self.write(Number(-term.value))
        return "+", self.write(term, _SUM)

    def _factors(self, factors: Sequence[Expression]) -> list[str]:
        """The factors of a product; a number before a letter or a sum, such as 2 x, needs no parentheses."""
        first, *rest = factors
        bare = isinstance(first, Number) and first.value >= 0 and rest and isinstance(rest[0], Symbol | Sum | Call)
        head = self.write(first) if bare else self._factor(first)
        return [head, *(self._factor(factor) for factor in rest)]

    def _factor(self, factor: Expression) -> str:
        """A factor of a product: a number in parentheses, so that two do not run together."""
        if isinstance(factor, Number):
            return self.bracketed(self.number(rounded(factor.value, self.digits), 0), True)
        return self.write(factor, _PRODUCT)

    def _base(self, base: Expression) -> str:
        """What is raised to a power: a number, or a letter with an index above, in parentheses, too."""
        if isinstance(base, Symbol) and base.above:
            return self.bracketed(self.symbol(base), True)
        return self._factor(base) if isinstance(base, Number) else self.write(base, _POWER + 1)

    @abstractmethod
    def number(self, text: str, around: int) -> str:
        """A rounded number."""

    @abstractmethod
    def symbol(self, symbol: Symbol) -> str:
        """A letter with its indices."""

    @abstractmethod
    def function(self, name: str) -> str:
        """The name of a function."""

    @abstractmethod
    def negative(self, of: str) -> str:
        """-x."""

    @abstractmethod
    def sum(self, terms: Sequence[tuple[str, str]]) -> str:
        """Signed terms."""

    @abstractmethod
    def product(self, factors: Sequence[str]) -> str:
        """Factors side by side."""

    @abstractmethod
    def fraction(self, top: Expression, bottom: Expression, around: int) -> str:
        """x over y."""

    @abstractmethod
    def power(self, base: str, exponent: Expression) -> str:
        """x to the y."""

    @abstractmethod
    def root(self, of: Expression) -> str:
        """√x."""

    @abstractmethod
    def call(self, name: str, arguments: Sequence[str]) -> str:
        """f(x, y)."""

    @abstractmethod
    def folded(self, count: int, value: str | None) -> str:
        """What is left out of a sum."""

    @abstractmethod
    def array(self, rows: Sequence[Sequence[str | None]]) -> str:
        """A matrix."""

    @abstractmethod
    def bracketed(self, text: str, needed: bool) -> str:
        """In parentheses, if they are needed."""
