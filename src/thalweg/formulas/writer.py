"""What writes a formula: the order of operations once, the signs of each form of output in a class of its own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from fractions import Fraction

from .expression import (
    Array,
    Call,
    Choice,
    Constant,
    Derivative,
    Expression,
    Folded,
    Hadamard,
    Matrix,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Summation,
    Symbol,
    Transposed,
)

_SUM, _PRODUCT, _POWER = 1, 2, 3
_LETTERS = {"pi": "π"}
_NAMES = {"log": "ln"}


def rounded(value: Fraction | float, digits: int) -> str:
    """A number at so many significant digits, without superfluous zeros.

    >>> rounded(-0.531340215944, 4), rounded(1e-9, 4), rounded(100.0, 6)
    ('-0.5313', '1e-09', '100')
    """
    return f"{value + 0.0:.{digits}g}"  # + 0.0 makes -0.0 a plain 0


class Writer(ABC):
    """Writes formulas with so many significant digits a number.

    Numbers are values that stand where letters stood, each in parentheses, as in (0.5)(2). In an `algebraic` text they
    are coefficients, as in 2 x.
    """

    def __init__(self, digits: int = 6, algebraic: bool = False) -> None:
        self.digits = digits
        self.algebraic = algebraic

    def write(self, expression: Expression, around: int = 0) -> str:
        """The expression, in parentheses if what stands around it binds more strongly."""
        match expression:
            case Number(value):
                return self.number(rounded(value, self.digits), around)
            case Constant(name):
                return self.symbol(Symbol(_LETTERS.get(name, name)))
            case Symbol():
                return self.symbol(expression)
            case Negative(of):
                return self.bracketed(self.negative(self.write(of, _PRODUCT)), around > _SUM)
            case Sum(terms):
                signed = [self._signed(term) for term in terms]
                return self.bracketed(self.sum(signed), around >= _SUM)
            case Product(factors):
                return self.bracketed(self.product(self._factors(factors)), around > _PRODUCT)
            case Quotient(top, bottom):
                return self.fraction(top, bottom, around)
            case Power(base, exponent):
                return self.power(self._base(base), exponent)
            case Call("sqrt", (of,)):
                return self.root(of)
            case Call(function, arguments):
                return self._call(function, [self.write(argument) for argument in arguments])
            case Choice(conditions, then, otherwise):
                sides = [(condition.left, condition.sign) for condition in conditions]
                holds = [(self.write(side), sign) for side, sign in (*sides, (conditions[-1].right, ""))]
                return self.cases(self.write(then), holds, self.write(otherwise))
            case Derivative(of, by, sign):
                return self.derivative(sign, self.write(by), self.write(of))
            case Summation(below, of):
                return self.bracketed(self.summation(below, self.write(of, _PRODUCT)), around > _SUM)
            case Folded(count, value):
                return self.folded(count, None if value is None else rounded(value, self.digits))
            case Array() | Matrix():
                return self.array(self.cells(expression))
            case Hadamard(factors):
                return self.bracketed(self.hadamard([self._factor(one) for one in factors]), around >= _PRODUCT)
            case Transposed(of):
                return self.transposed(self.write(of, _POWER + 1), of)

    def cells(self, matrix: Array | Matrix) -> list[list[str | None]]:
        """The entries of a matrix as they are written; None for what is left out."""
        if isinstance(matrix, Array):
            return [[None if cell is None else self.write(cell) for cell in row] for row in matrix.rows]
        shown = matrix.values[: matrix.rows, : matrix.columns]
        more: list[str | None] = [None] * (shown.shape[1] < matrix.values.shape[1])
        rows = [[*(self.number(rounded(float(value), self.digits), 0) for value in row), *more] for row in shown]
        return rows + [[None] * len(rows[0])] * (shown.shape[0] < matrix.values.shape[0])

    def _signed(self, term: Expression) -> tuple[str, str]:
        """A term of a sum and its sign."""
        if isinstance(term, Negative):
            return "-", self.write(term.of, _PRODUCT)
        if isinstance(term, Number) and term.value < 0:
            return "-", self.write(Number(-term.value))
        return "+", self.write(term, _SUM)

    def _call(self, function: str | Symbol, arguments: Sequence[str]) -> str:
        """f(x, y)."""
        name = self.symbol(function) if isinstance(function, Symbol) else self.function(_NAMES.get(function, function))
        return self.call(name, arguments)

    def _factors(self, factors: Sequence[Expression]) -> list[str]:
        """The factors of a product; a number before a letter or a sum, such as 2 x, needs no parentheses."""
        first, *rest = factors
        bare = isinstance(first, Number) and first.value >= 0 and bool(rest) and self._stands_apart(rest[0])
        head = self.write(first) if bare else self._factor(first)
        return [head, *(self._factor(factor) for factor in rest)]

    def _stands_apart(self, factor: Expression) -> bool:
        """Whether a factor is told from a bare number before it."""
        if self.algebraic:
            return not isinstance(factor, Number)
        return isinstance(factor, Symbol | Sum) or (isinstance(factor, Call) and factor.function != "sqrt")

    def _factor(self, factor: Expression) -> str:
        """A factor of a product: a number in parentheses, so that two do not run together."""
        if isinstance(factor, Number):
            return self.bracketed(self.number(rounded(factor.value, self.digits), 0), True)
        return self.write(factor, _PRODUCT)

    def _base(self, base: Expression) -> str:
        """What is raised to a power: what could be taken for another power stands in parentheses."""
        match base:
            case Number(value) if self.algebraic and value >= 0:
                return self.write(base)
            case Number():
                return self._factor(base)
            case Quotient() | Power() | Symbol(_, _, (_, *_)):
                return self.bracketed(self.write(base), True)
            case _:
                return self.write(base, _POWER + 1)

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
    def cases(self, then: str, condition: Sequence[tuple[str, str]], otherwise: str) -> str:
        """u if ..., else v; what is compared, each with the sign after it, the last of which is empty."""

    @abstractmethod
    def derivative(self, sign: str, by: str, of: str) -> str:
        """d/dx [u]."""

    @abstractmethod
    def summation(self, below: str, of: str) -> str:
        """Σ u."""

    @abstractmethod
    def folded(self, count: int, value: str | None) -> str:
        """What is left out of a sum."""

    @abstractmethod
    def array(self, rows: Sequence[Sequence[str | None]]) -> str:
        """A matrix."""

    @abstractmethod
    def hadamard(self, factors: Sequence[str]) -> str:
        """x ⊙ y."""

    @abstractmethod
    def transposed(self, of: str, what: Expression) -> str:
        """A matrix whose rows are columns."""

    @abstractmethod
    def bracketed(self, text: str, needed: bool) -> str:
        """In parentheses, if they are needed."""
