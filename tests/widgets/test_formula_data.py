"""Formulas as data: what is written once, and what each kind of formula becomes."""

from fractions import Fraction

from thalweg.formulas.expression import (
    Array,
    Call,
    Choice,
    Condition,
    Constant,
    Derivative,
    Folded,
    Hadamard,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Summation,
    Symbol,
    Transposed,
)
from thalweg.widgets.formula_data import Names, encode, finite, letter

X, Y = Symbol("x"), Symbol("w", ("1", "2"), ("3",), "hat")


def test_a_letter_leaves_out_what_is_empty_at_its_end():
    assert letter(X) == ["s", "x"]
    assert letter(Y) == ["s", "w", ["1", "2"], ["3"], "hat"]
    assert letter(Symbol("x", (), ("3",))) == ["s", "x", [], ["3"]]
    assert letter(Symbol("W", bold=True)) == ["s", "W", [], [], "", 1]


def test_each_kind():
    cases = {
        Product((X, Number(Fraction(1, 2)))): ["*", 0, ["=", 0.5]],
        Quotient(X, Number(2.0)): ["/", 0, ["=", 2]],
        Power(X, Number(2)): ["^", 0, ["=", 2]],
        Call("exp", (X,)): ["f", "exp", 0],
        Call(X, (X,)): ["f", 0, 0],
        Constant("pi"): ["c", "pi"],
        Sum((X, Folded(3, None), Folded(2, 0.5))): ["+", 0, ["…", 3, None], ["…", 2, 0.5]],
        Array(((X, None), (Number(1.0), X))): ["[", [0, None], [["=", 1], 0]],
        Derivative(X, X, "∂"): ["d", "∂", 0, 0],
        Summation("q", X): ["Σ", "q", 0],
        Hadamard((X, X)): ["⊙", 0, 0],
        Transposed(X): ["T", 0],
        Choice((Condition(X, ">", Number(0)),), X, Number(1)): ["?", 0, ["=", 1], [">"], 0, ["=", 0]],
    }
    for expression, data in cases.items():
        assert encode(expression, Names()) == data


def test_a_name_may_be_a_formula_and_numbers_say_where_they_came_from():
    names = Names()
    slope = Call(Symbol("f", (), (), "prime"), (X,))
    assert names.add(slope) == 0
    assert encode(Product((slope, X)), names) == ["*", 0, 1]
    assert names.written() == [["f", ["s", "f", [], [], "prime"], ["s", "x"]], ["s", "x"]]
    numbers = {(0,): ["@", 7], (1, 1): ["#", 2]}
    assert encode(Product((Number(3.0), Sum((Number(1.0), Number(4.0))))), names, numbers) == [
        "*", ["@", 7], ["+", ["=", 1], ["#", 2]],
    ]  # fmt: skip


def test_numbers_as_json_has_them():
    assert [finite(value) for value in (float("nan"), float("inf"), 1e300, 0.1, -0.0)] == [
        "NaN", "Infinity", 1e300, 0.1, 0,
    ]  # fmt: skip
