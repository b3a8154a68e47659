"""MATLAB's text: statements, matrices beside Octave's reading rules, and expressions as trees."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thalweg.errors import ArgumentError
from thalweg.exchange.matlab_text import Called, Statement, expression, matrix, statements


def read(text: str) -> list[tuple[str, int]]:
    return [tuple(one) for one in statements(text.encode())]


def test_statements_end_with_semicolons_commas_and_lines():
    assert read("a = 1; b = 2, c = 3\nend") == [("a = 1", 1), ("b = 2", 1), ("c = 3", 1), ("end", 2)]
    assert read("a = [1, 2; 3\n4, 5];") == [("a = [1, 2; 3\n4, 5]", 1)]
    assert read("a = f(1, ...\n  2);\n\nb = {1; 2}") == [("a = f(1,    2)", 1), ("b = {1; 2}", 4)]
    assert read("\ufeffa = 1\r\nb = 2\rc = 3") == [("a = 1", 1), ("b = 2", 2), ("c = 3", 3)]
    assert next(iter(statements(b"a = '\xe4'"))) == Statement("a = 'ä'", 1)


def test_comments_are_left_out_and_texts_are_not():
    assert read("a = 1 % b = 2\n% c = 3\n%{\nd = 4\n%}\ne = 5") == [("a = 1", 1), ("e = 5", 6)]
    assert read("a = 'x%y'; b = W' % z\n") == [("a = 'x%y'", 1), ("b = W'", 1)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a = [1, 2", r"line 1: 'a = \[1, 2' does not close its brackets: it is cut"),
        ("a = 1]", "line 1: a bracket closes that was not opened"),
        ("a = 1\n%{\nb", "line 2: a block of comments, %{, that does not end"),
        ("a\0", "it is no text"),
    ],
)
def test_what_is_cut_is_told(text, told):
    with pytest.raises(ArgumentError, match=told):
        read(text)


@given(
    st.lists(
        st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2, max_size=2), min_size=1, max_size=3
    ),
    st.sampled_from([(" ", ";"), (", ", "; "), (" ", "\n"), (",", "\n ")]),
)
def test_numbers_come_back_to_the_bit(rows, between):
    text = f"[{between[1].join(between[0].join(map(repr, row)) for row in rows)}]"
    np.testing.assert_array_equal(matrix(text, "W"), np.array(rows))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.5", [[0.5]]), ("-.5", [[-0.5]]), ("[1 -2]", [[1, -2]]), ("[1 , - 2]", [[1, -2]]), ("[]", None),
        ("[1d3 2D-1]", [[1000, 0.2]]), ("[NaN Inf -Inf]", [[np.nan, np.inf, -np.inf]]), ("[1;2;]", [[1], [2]]),
    ],
)  # fmt: skip
def test_matrices(text, expected):
    found = matrix(text, "W")
    assert found is not None
    np.testing.assert_array_equal(found, np.zeros((0, 0)) if expected is None else expected)


@pytest.mark.parametrize("text", ["repmat(b1,1,Q)", "x", "[a b]", "1 2", "[1,,2]", "zeros(2)"])
def test_what_is_more_than_numbers_is_none(text):
    assert matrix(text, "W") is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[1 + 2]", "W holds arithmetic"), ("[1+2]", "W holds arithmetic"), ("[1 2+]", "W holds arithmetic"),
        ("[1+2i 3]", "W holds complex numbers"), ("sparse(1,1,1)", "W is sparse"),
        ("[1 2; 3]", "W has rows of 2 and 1"),
    ],
)  # fmt: skip
def test_what_is_no_matrix_of_numbers_is_told(text, told):
    with pytest.raises(ArgumentError, match=told):
        matrix(text, "W")


def test_expressions_are_trees():
    b, product = Called("b1"), Called("*", (Called("IW1_1"), Called("X", (Called("1", number=1.0), Called("ts")))))
    assert expression("tansig_apply(b1 + IW1_1*X{1,ts})", "line 1") == Called(
        "tansig_apply", (Called("+", (b, product)),)
    )
    assert expression("bsxfun(@plus, b1, (x))", "line 1") == Called("bsxfun", (Called("@plus"), b, Called("x")))
    assert expression("x1_step1.gain", "line 1") == Called("x1_step1.gain")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a +", "the expression ends in its middle"), ("f(a", "a bracket that does not close"),
        ("(a", "a bracket that does not close"), ("a - b", "line 1: '-' is not understood"),
        ("a.*b", "is not understood"), ("(" * 30 + "a", "nested more than 20 deep"),
    ],
)  # fmt: skip
def test_what_is_no_such_expression_is_told(text, told):
    with pytest.raises(ArgumentError, match=told):
        expression(text, "line 1")
