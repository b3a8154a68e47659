"""Formulas of matrices as text: rows that stand side by side, nothing lost, in the width that is asked for."""

import re

import numpy as np
import pytest

from thalweg.formulas.expression import Array, Hadamard, Matrix, Negative, Number, Product, Sum, Symbol, Transposed
from thalweg.formulas.write_text import TextWriter
from thalweg.worked.rendering.blocks import beside, matrix_block, pieces_of
from thalweg.worked.rendering.text import render_line
from thalweg.worked.sections.document import Line

W, A, B = Matrix(np.array([[0.15, -0.2], [0.25, 10.0]])), Matrix(np.array([[0.5], [1.0]])), Matrix(np.zeros((2, 1)))


def shown(expression):
    return beside(list(pieces_of(expression, TextWriter()))).rows


def test_a_sum_of_products():
    assert shown(Sum((Product((W, A)), Negative(B)))) == (
        "[0.15  -0.2] [0.5] - [0]",
        "[0.25    10] [  1]   [0]",
    )


def test_signs_parentheses_and_transposes():
    assert shown(Negative(Hadamard((Sum((A, Negative(B))), Product((Transposed(W), A)))))) == (
        "-([0.5] - [0]) ⊙ [0.15  -0.2]ᵀ [0.5]",
        " ([  1]   [0])   [0.25    10]  [  1]",
    )


def test_what_is_left_out_is_marked():
    folded = Matrix(np.arange(12.0).reshape(3, 4), 2, 2)
    assert matrix_block(folded, TextWriter()).rows == ("[  0    1  ...]", "[  4    5  ...]", "[...  ...  ...]")
    cells = Array(((Symbol("x"), None), (None, None)))
    assert matrix_block(cells, TextWriter()).rows == ("[  x  ...]", "[...  ...]")


@pytest.mark.parametrize("width", [30, 60, 100])
def test_a_line_is_broken_where_it_is_too_long_and_holds_every_number(width):
    values = np.random.default_rng(0).normal(size=(3, 3))
    M = Matrix(values)
    a = Symbol("a", (), ("1",), bold=True)
    line = Line(
        a, (Product((a, a)), Product((Number(0.5), M, M))), None, {"form": "matrix"}, matrix=Matrix(values @ values)
    )
    rows = render_line(line, TextWriter(), width)
    assert all(len(row) <= max(width, 42) + 2 for row in rows)
    numbers = sorted(re.findall(r"-?\d+\.\d+", " ".join(rows)))
    expected = [f"{value:.6g}" for value in (*values.ravel(), *values.ravel(), *(values @ values).ravel(), 0.5)]
    assert numbers == sorted(expected)
    assert sum("=" in row for row in rows) == (1 if any(row.count("=") > 1 for row in rows) else 3)
