"""What a formula of matrices comes to, by NumPy: products of matrices, entry by entry, and sums that broadcast."""

from __future__ import annotations

import numpy as np

from .evaluation import evaluate
from .expression import (
    Array,
    Call,
    Expression,
    Hadamard,
    Matrix,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Transposed,
    parts,
    rebuilt,
    walk,
)
from .functions import FUNCTIONS
from .writer import rounded


def has_matrix(expression: Expression) -> bool:
    """Whether there is a matrix of numbers in an expression.

    >>> has_matrix(Transposed(Matrix(np.eye(2))))
    True
    """
    return any(isinstance(part, Matrix | Array) for part in walk(expression))


def matrix_value(expression: Expression) -> np.ndarray:
    """The value of a formula of matrices and numbers (rows, columns); a number is one of a row and a column.

    A product of a number and a matrix scales it; powers, quotients and functions are taken entry by entry. Raises
    KeyError for a letter, and ValueError for shapes that do not fit.

    >>> W, a = Matrix(np.array([[1.0, 2.0]])), Matrix(np.array([[3.0], [4.0]]))
    >>> matrix_value(Product((W, a)))
    array([[11.]])
    """
    with np.errstate(all="ignore"):
        return _value(expression)


def _value(expression: Expression) -> np.ndarray:
    match expression:
        case Matrix(values):
            return np.asarray(values, dtype=float)
        case Array(rows):
            return np.array([[evaluate(cell) for cell in row if cell is not None] for row in rows if any(row)])
        case Negative(of):
            return -_value(of)
        case Transposed(of):
            return _value(of).T
        case Sum(terms):
            return _added([_value(term) for term in terms])
        case Product(factors):
            return _multiplied([_value(factor) for factor in factors])
        case Hadamard(factors):
            whole = _value(factors[0])
            for factor in factors[1:]:
                whole = whole * _value(factor)
            return whole
        case Quotient(top, bottom):
            return _value(top) / _value(bottom)
        case Power(base, exponent):
            return _value(base) ** _value(exponent)
        case Call("diag", (of,)):
            return np.diag(_value(of).ravel())
        case Call(str() as name, arguments):
            return np.asarray(FUNCTIONS[name].array(np, *map(_value, arguments)))
        case _:
            return np.array([[evaluate(expression)]])


def magnitude(expression: Expression) -> np.ndarray:
    """How large the numbers are that are added up in a formula: its value if no two terms cancelled.

    >>> magnitude(Sum((Matrix(np.array([[1.0]])), Negative(Matrix(np.array([[1.0]]))))))
    array([[2.]])
    """
    with np.errstate(all="ignore"):
        return _magnitude(expression)


def _magnitude(expression: Expression) -> np.ndarray:
    match expression:
        case Negative(of):
            return _magnitude(of)
        case Transposed(of):
            return _magnitude(of).T
        case Sum(terms):
            return _added([_magnitude(term) for term in terms])
        case Product(factors):
            return _multiplied([_magnitude(factor) for factor in factors])
        case Hadamard(factors):
            whole = _magnitude(factors[0])
            for factor in factors[1:]:
                whole = whole * _magnitude(factor)
            return whole
        case Quotient(top, bottom):
            return _magnitude(top) / np.abs(_value(bottom))
        case Call("diag", (of,)):
            return np.diag(_magnitude(of).ravel())
        case _:
            return np.abs(_value(expression))


def _added(terms: list[np.ndarray]) -> np.ndarray:
    whole = terms[0]
    for term in terms[1:]:
        whole = whole + term
    return whole


def _multiplied(factors: list[np.ndarray]) -> np.ndarray:
    whole = factors[0]
    for factor in factors[1:]:
        whole = whole * factor if whole.shape == (1, 1) or factor.shape == (1, 1) else whole @ factor
    return whole


def matrix_as_printed(expression: Expression, digits: int) -> Expression:
    """A formula with its numbers and those of its matrices as they are printed, at so many digits.

    >>> matrix_as_printed(Matrix(np.array([[0.123456]])), 3).values
    array([[0.123]])
    """
    if isinstance(expression, Matrix):
        return Matrix(printed(expression.values, digits))
    if isinstance(expression, Number):
        return Number(float(rounded(expression.value, digits)))
    if isinstance(expression, Array):
        return expression
    return rebuilt(expression, [matrix_as_printed(part, digits) for part in parts(expression)])


def printed(values: np.ndarray, digits: int) -> np.ndarray:
    """Numbers as they are printed, at so many digits."""
    shown = [float(rounded(float(value), digits)) for value in np.ravel(values)]
    return np.array(shown).reshape(np.shape(values))
