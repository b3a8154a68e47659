"""Rounding is told from falsehood: the interval of a formula holds what any rounding of its numbers gives."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thalweg.formulas.expression import (
    Array,
    Call,
    Folded,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
)
from thalweg.worked.sections.enclosure import Rounding, enclosure, has_letters, value_of

FLOAT32 = Rounding(16 * float(np.finfo(np.float32).eps), float(np.finfo(np.float32).tiny))
reals = st.floats(-30.0, 30.0)


def root(of):
    return Call("sqrt", (of,))


def numbers(*values):
    return tuple(map(Number, values))


SHAPES = {
    "sum": (lambda x, y, z: Sum(numbers(x, y, z)), lambda x, y, z: x + y + z),
    "product": (lambda x, y, z: Product(numbers(x, y, z)), lambda x, y, z: x * y * z),
    "fraction": (lambda x, y, z: Quotient(Sum(numbers(x, y)), Sum((Number(1.0), Call("abs", numbers(z))))),
                 lambda x, y, z: (x + y) / (1 + np.abs(z))),
    "powers": (lambda x, y, z: Sum((Power(Number(x), Number(2.0)), Negative(Power(Number(y), Number(3.0))), Number(z))),
               lambda x, y, z: x**2 - y**3 + z),
    "logistic": (lambda x, y, z: Quotient(Number(1.0), Sum((Number(1.0), Call("exp", (Negative(Number(x)),))))),
                 lambda x, y, z: 1 / (1 + np.exp(-x))),
    "functions": (lambda x, y, z: Sum((Call("cosh", (Call("tanh", numbers(x)),)), Call("max", numbers(y, z)),
                                       root(Call("abs", numbers(y))), Call("sign", numbers(z)))),
                  lambda x, y, z: np.cosh(np.tanh(x)) + np.maximum(y, z) + np.sqrt(np.abs(y)) + np.sign(z)),
    "logarithm": (lambda x, y, z: Call("log", (Sum((Number(1.0), Power(Number(x), Number(2.0)))),)),
                  lambda x, y, z: np.log(1 + x**2)),
}  # fmt: skip


@pytest.mark.parametrize("name", SHAPES)
@given(x=reals, y=reals, z=reals)
def test_it_holds_what_another_precision_gives(name, x, y, z):
    build, compute = SHAPES[name]
    with np.errstate(all="ignore"):
        found = float(compute(*np.array([x, y, z], dtype=np.float32)))
    low, high = enclosure(build(x, y, z), FLOAT32)
    assert low <= found <= high
    exact = value_of(build(x, y, z))
    assert exact == pytest.approx(float(compute(*np.array([x, y, z]))), rel=1e-12, abs=1e-12)
    assert high - low <= 1e-3 * max(1.0, abs(x), abs(y), abs(z)) ** 3 or name in ("functions", "logistic")


def test_it_is_narrow_enough_to_tell_a_falsehood():
    e = Number(1.657)
    for function in ("abs", "tanh", "sign"):
        low, high = enclosure(Call(function, (e,)), FLOAT32)
        assert not low <= math.log(math.cosh(1.657)) <= high


def test_overflow_tells_nothing():
    large = Call("exp", (Number(1000.0),))
    low, high = enclosure(Quotient(large, Sum((large, Number(1.0)))), FLOAT32)
    assert low <= 1.0 <= high
    assert math.isnan(value_of(Quotient(large, large)))
    low, high = enclosure(large, FLOAT32)
    assert not low <= 1.0 <= high


def test_a_logarithm_of_what_was_rounded_to_0():
    low, high = enclosure(Negative(Call("log", (Sum(numbers(1.0, -1.0)),))), FLOAT32)
    assert low <= 17.3 <= high
    assert not low <= 2.0 <= high


@pytest.mark.parametrize(
    "expression",
    [
        Call("log", numbers(-0.5)),
        root(Number(-1.0)),
        Call("no such function", numbers(1.0)),
        Power(Number(-2.0), Number(0.5)),
        Array((numbers(1.0),)),
        Sum((Number(1.0), Call("log", numbers(-0.5)))),
    ],
)
def test_what_has_no_value_holds_none(expression):
    low, high = enclosure(expression, FLOAT32)
    assert not low <= 0.0 <= high
    assert math.isnan(value_of(expression))


def test_a_division_by_what_may_be_0_tells_nothing():
    low, high = enclosure(Quotient(Number(1.0), Sum(numbers(0.1, -0.1))), FLOAT32)
    assert (low, high) == (-math.inf, math.inf)


def test_terms_left_out_count():
    few = enclosure(Sum((Number(1.0), Folded(1, 1.0))), FLOAT32)
    many = enclosure(Sum((Number(1.0), Folded(1000, 1.0))), FLOAT32)
    assert many.high - many.low > 100 * (few.high - few.low)


def test_letters():
    assert has_letters(Product((Number(1.0), root(Symbol("x")))))
    assert has_letters(Call(Symbol("f"), numbers(1.0)))
    assert has_letters(Folded(3))
    assert not has_letters(Product((Number(1.0), Folded(3, 2.0))))
