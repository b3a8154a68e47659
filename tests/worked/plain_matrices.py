"""Formulas of matrices worked out by plain loops over lists, at the digits at which they are printed."""

import math

from thalweg.formulas.evaluation import evaluate
from thalweg.formulas.expression import (
    Array,
    Call,
    Hadamard,
    Matrix,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Transposed,
)

FUNCTIONS = {"sqrt": math.sqrt, "abs": abs, "exp": math.exp, "sign": lambda u: (u > 0) - (u < 0), "max": max}


def at_digits(value, digits):
    """A number as it is printed, read again."""
    return value if digits is None else float(f"{value:.{digits}g}")


def plain_value(expression, digits=None):
    """Rows of numbers; KeyError where there is a letter."""
    match expression:
        case Matrix(values):
            return [[at_digits(float(value), digits) for value in row] for row in values]
        case Array(rows):
            return [[at_digits(evaluate(cell), None) for cell in row] for row in rows]
        case Number(value):
            return [[at_digits(float(value), digits)]]
        case Negative(of):
            return [[-value for value in row] for row in plain_value(of, digits)]
        case Transposed(of):
            return [list(row) for row in zip(*plain_value(of, digits), strict=True)]
        case Sum(terms):
            return entrywise(lambda *values: math.fsum(values), [plain_value(term, digits) for term in terms])
        case Hadamard(factors):
            return entrywise(lambda *values: math.prod(values), [plain_value(factor, digits) for factor in factors])
        case Quotient(top, bottom):
            return entrywise(lambda u, v: u / v, [plain_value(top, digits), plain_value(bottom, digits)])
        case Power(base, exponent):
            return entrywise(math.pow, [plain_value(base, digits), plain_value(exponent, digits)])
        case Call("diag", (of,)):
            flat = [value for row in plain_value(of, digits) for value in row]
            return [[value if i == j else 0.0 for j in range(len(flat))] for i, value in enumerate(flat)]
        case Call(str() as name, arguments):
            return entrywise(FUNCTIONS[name], [plain_value(argument, digits) for argument in arguments])
        case Product(factors):
            whole = plain_value(factors[0], digits)
            for factor in factors[1:]:
                whole = multiplied(whole, plain_value(factor, digits))
            return whole
    raise KeyError(type(expression).__name__)


def entrywise(f, matrices):
    """A function of entries; a row, a column or a number stands for as many as there are."""
    rows, columns = (max(len(m) for m in matrices), max(len(m[0]) for m in matrices))
    return [
        [f(*(m[i if len(m) > 1 else 0][j if len(m[0]) > 1 else 0] for m in matrices)) for j in range(columns)]
        for i in range(rows)
    ]


def multiplied(A, B):
    """A number times a matrix, or row times column."""
    if len(A) == len(A[0]) == 1 or len(B) == len(B[0]) == 1:
        return entrywise(lambda u, v: u * v, [A, B])
    assert len(A[0]) == len(B), "shapes do not fit"
    return [[math.fsum(a * row[j] for a, row in zip(line, B, strict=True)) for j in range(len(B[0]))] for line in A]
