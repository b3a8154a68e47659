"""Between which numbers a calculation by hand lies: against students who round at random places."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from thalweg.formulas.building import parsed
from thalweg.formulas.expression import Call, Folded, Negative, Number, Power, Product, Quotient, Sum, Symbol
from thalweg.worked.grading.hand import ANYTHING, Span, in_hand, span

FORMULAS = {
    "a*b + c*d + e": lambda r, v: r(r(v["a"] * v["b"]) + r(v["c"] * v["d"])) + v["e"],
    "1/(1 + exp(-a))": lambda r, v: r(1 / (1 + r(math.exp(-v["a"])))),
    "a*(1 - a)": lambda r, v: r(v["a"] * (1 - v["a"])),
    "1 - a**2": lambda r, v: 1 - r(v["a"] ** 2),
    "a*b*(c*d + e*a)": lambda r, v: r(r(v["a"] * v["b"]) * (r(v["c"] * v["d"]) + r(v["e"] * v["a"]))),
    "(a*b)*c/3": lambda r, v: r(r(v["a"] * r(v["b"] * v["c"])) / 3),
    "tanh(a) - b": lambda r, v: r(math.tanh(v["a"])) - v["b"],
}


@given(st.sampled_from(sorted(FORMULAS)), st.integers(0, 10_000), st.integers(2, 5))
@settings(max_examples=150, deadline=None)
def test_whoever_rounds_on_the_way_stays_within(text, seed, decimals):
    rng = np.random.default_rng(seed)
    half = 0.5 * 10.0**-decimals
    exact = {name: float(rng.uniform(-2, 2)) for name in "abcde"}
    told = {name: round(value, decimals) for name, value in exact.items()}
    within = span(
        parsed(text, frozenset("abcde")), {name: Span(value, value).wider(half) for name, value in told.items()}, half
    )
    work = FORMULAS[text]
    for values in (exact, told):
        for r in (lambda u: u, lambda u: round(u, decimals)):
            assert within.holds(round(work(r, values), decimals)), (values, within)
    assert within.high - within.low < 200 * half


def test_a_number_that_has_no_more_decimals_is_itself():
    assert in_hand(0.25, 0.005) == (0.25, 0.25)
    low, high = in_hand(1 / 3, 0.005)
    assert low < 1 / 3 < high
    assert in_hand(1e9, 0.0) == (1e9, 1e9)
    assert in_hand(math.nan, 0.005) == ANYTHING


def test_what_may_be_anything_says_so():
    x = {"x": Span(-0.1, 0.1)}
    assert span(Quotient(Number(1.0), Symbol("x")), x, 0.005) == ANYTHING
    assert not span(Sum((Quotient(Number(1.0), Symbol("x")), Number(1.0))), x, 0.005).is_known
    assert not span(Call("log", (Symbol("x"),)), x, 0.005).is_known
    assert span(Call("sqrt", (Symbol("x"),)), x, 0.005).is_known
    assert not span(Call("no such function", (Symbol("x"),)), x, 0.005).is_known


def test_signs_powers_and_what_is_folded():
    x = {"x": Span(-2.0, 1.0)}
    assert span(Negative(Symbol("x")), x, 0.0) == (-1.0, 2.0)
    assert span(Power(Symbol("x"), Number(2.0)), x, 0.0) == (0.0, 4.0)
    assert span(Power(Number(2.0), Symbol("x")), x, 0.0) == (0.25, 2.0)
    assert span(Folded(3, 1.5), x, 0.5) == (0.0, 3.0)
    assert span(Product((Symbol("x"), Number(2.0))), x, 0.0) == (-4.0, 2.0)
    assert Span(0.0, 1.0).meets(Span(1.0, 2.0))
    assert not Span(0.0, 1.0).meets(Span(1.5, 2.0))
