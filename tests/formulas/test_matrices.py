"""The value of formulas of matrices, against plain loops; and what they are not."""

import numpy as np
import pytest
from worked.plain_matrices import plain_value

from thalweg.formulas.expression import (
    Call,
    Hadamard,
    Matrix,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    Transposed,
)
from thalweg.formulas.matrices import magnitude, matrix_as_printed, matrix_value

RNG = np.random.default_rng(0)
A, B, C = (Matrix(RNG.normal(size=shape)) for shape in ((2, 3), (3, 2), (2, 2)))
COLUMN, ROW = Matrix(RNG.normal(size=(2, 1))), Matrix(RNG.normal(size=(1, 2)))
FORMULAS = [
    Sum((Product((A, B)), Negative(C))),
    Sum((Product((A, B)), COLUMN)),
    Product((Quotient(Number(1.0), Number(3.0)), C, Transposed(ROW))),
    Hadamard((Transposed(A), B)),
    Hadamard((COLUMN, Sum((Number(1.0), Negative(COLUMN))))),
    Product((Call("diag", (COLUMN,)), C)),
    Quotient(C, Sum((Call("sqrt", (Power(C, Number(2.0)),)), Number(1e-3)))),
    Call("abs", (C,)),
]


@pytest.mark.parametrize("formula", FORMULAS, ids=range(len(FORMULAS)))
def test_values_are_those_of_plain_loops(formula):
    found = matrix_value(formula)
    np.testing.assert_allclose(found, plain_value(formula), rtol=1e-12)
    assert (magnitude(formula) >= np.abs(found) * (1 - 1e-12)).all()
    np.testing.assert_allclose(matrix_value(matrix_as_printed(formula, 4)), plain_value(formula, 4), rtol=1e-12)


def test_letters_and_shapes_that_do_not_fit():
    with pytest.raises(KeyError):
        matrix_value(Product((Symbol("W", bold=True), A)))
    with pytest.raises(ValueError, match="mismatch"):
        matrix_value(Product((A, A)))
