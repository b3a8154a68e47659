"""The rules, one at a time, against SymPy and jax.grad; each step equal to the one before."""

import functools
import time

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy
from formula_texts import KNOWN, POINTS, texts
from hypothesis import assume, given, settings

from thalweg.formulas.algebra import number
from thalweg.formulas.collecting import collect
from thalweg.formulas.differentiation import differentiate, steps
from thalweg.formulas.expression import Call, Derivative, Negative, Power, Sum, Symbol, depends, walk
from thalweg.formulas.functions import FUNCTIONS
from thalweg.formulas.parsing import parse
from thalweg.formulas.program import compiled
from thalweg.formulas.stable import stabilised
from thalweg.formulas.sympy_view import to_sympy

pytestmark = pytest.mark.usefixtures("unchecked_shapes")
each = pytest.mark.parametrize("text", KNOWN)
X = Symbol("x")


def values(text, x=POINTS):
    """f' at points by JAX, from the formula as it was read."""
    with jax.enable_x64(True):
        return np.asarray(jax.jit(jax.vmap(jax.grad(compiled(parse(text)))))(jnp.asarray(x)))


@functools.cache
def by_jax():
    """f' of every known formula by JAX from the formula as it was read, and f'' from our f', in one program."""

    def of_all(x):
        read = {text: parse(text) for text in KNOWN}
        pairs = {text: (compiled(f), compiled(differentiate(f, X))) for text, f in read.items()}
        return {text: tuple(jax.vmap(jax.grad(f))(x) for f in pair) for text, pair in pairs.items()}

    with jax.enable_x64(True):
        return jax.tree.map(np.asarray, jax.jit(of_all)(POINTS))


@each
def test_the_derivatives_are_those_of_jax(text):
    slope = differentiate(parse(text), X)
    first, second = by_jax()[text]
    np.testing.assert_allclose(compiled(slope)(POINTS), first, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(compiled(differentiate(slope, X))(POINTS), second, rtol=1e-9, atol=1e-11)


@each
def test_collected_and_stabilised_is_the_same(text):
    for expression in (parse(text), differentiate(parse(text), X)):
        expected = compiled(expression)(POINTS)
        for changed in (collect(expression), stabilised(expression), stabilised(collect(expression))):
            np.testing.assert_allclose(compiled(changed)(POINTS), expected, rtol=1e-9, atol=1e-12)


def at_50_digits(expression, x):
    """The value of an expression with derivatives in it, by SymPy."""
    found = to_sympy(expression).doit().subs(sympy.Symbol("x", real=True), sympy.Rational(x))
    return sympy.N(found, 50)


@each
def test_each_step_is_equal_to_the_one_before(text):
    begun = Derivative(parse(text), X)
    found = [begun, *(step for _, step in steps(begun))]
    for point in ("13/37", "-7/3"):
        first = at_50_digits(begun, point)
        for step in found[1:]:
            assert abs(at_50_digits(step, point) - first) < sympy.Float("1e-40", 50) * (1 + abs(first))
    assert not any(isinstance(part, Derivative) for part in walk(found[-1]))


@each
def test_the_derivative_is_the_last_of_its_steps(text):
    *_, (_, last) = steps(Derivative(parse(text), X))
    assert differentiate(parse(text), X) == last


@pytest.mark.parametrize(
    "text",
    [
        f"max({','.join('x' * 148)})",
        f"max({','.join(f'{k}*x' for k in range(2, 60))})",
        "(1+x*x)**(tanh(" * 6 + "x" + "))" * 6,
    ],
    ids=["148 arguments", "58 lines", "powers of powers"],
)
def test_a_formula_of_300_characters_is_differentiated_at_once(text):
    """h19-formula-slow: each rule rebuilt the whole formula, and a row of maxima was as deep as it was long."""
    begun = time.process_time()
    slope = collect(differentiate(collect(differentiate(parse(text), X)), X))
    assert time.process_time() - begun < 2.0
    assert not any(isinstance(part, Derivative) for part in walk(slope))


@each
def test_a_rule_changes_something(text):
    begun = Derivative(parse(text), X)
    found = [begun, *(step for _, step in steps(begun))]
    assert len(set(found)) == len(found)


@settings(max_examples=12)
@given(texts())
def test_any_formula(text):
    x = np.array([-2.3, -0.61, 0.37, 1.7])
    expected = values(text, x)
    slope = differentiate(parse(text), X)
    value = compiled(parse(text))(x)
    assume(np.isfinite(expected).all() and np.abs(expected).max() < 1e12 and np.abs(value).max() < 1e12)
    near = {"rtol": 1e-8, "atol": 1e-8 * (1 + np.abs(expected).max())}
    np.testing.assert_allclose(compiled(slope)(x), expected, **near)
    np.testing.assert_allclose(compiled(stabilised(collect(slope)))(x), expected, **near)
    np.testing.assert_allclose(compiled(stabilised(parse(text)))(x), value, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", [name for name, row in FUNCTIONS.items() if row.slope is not None])
def test_the_slope_of_every_function_is_that_of_sympy(name):
    x = sympy.Symbol("x", real=True)
    found = to_sympy(FUNCTIONS[name].slope(X))
    expected = sympy.diff(to_sympy(Call(name, (X,))), x)
    for point in (sympy.Rational(3, 7), sympy.Rational(5, 4)):
        assert abs(sympy.N((found - expected).subs(x, point), 50)) < 1e-40


@pytest.mark.parametrize("name", list(FUNCTIONS))
def test_functions_of_numbers_and_of_arrays_are_the_same(name):
    row, x = FUNCTIONS[name], np.array([0.3, 0.8, 1.4])
    arguments = (x, x[::-1]) if name in ("max", "min") else (x,)
    expected = [row.scalar(*(float(u[place]) for u in arguments)) for place in range(3)]
    np.testing.assert_allclose(row.array(np, *arguments), expected, rtol=1e-14)
    with jax.enable_x64(True):
        np.testing.assert_allclose(row.array(jnp, *map(jnp.asarray, arguments)), expected, rtol=1e-13)


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("3", ["derivative of a constant"]),
        ("-2*x/3", ["derivative of a multiple of the variable"]),
        ("x**3", ["power rule"]),
        ("2*x**3", ["constant factor", "power rule"]),
        ("x + x**2", ["sum rule", "power rule"]),
        ("(1+x)**3", ["chain rule: (uᵏ)′ = k uᵏ⁻¹ u′", "sum rule; a constant's derivative is 0"]),
        ("sin(x)/x", ["quotient rule", "(sin u)′ = cos u"]),
        ("1/tanh(x)", ["write the quotient as a power", "chain rule: (uᵏ)′ = k uᵏ⁻¹ u′", "(tanh u)′ = 1 - tanh² u"]),
        ("2**x", ["(cᵘ)′ = cᵘ ln c"]),
        ("x if x > 0 else x**2", ["case by case", "power rule"]),
        ("max(x, x**2)", ["max(u, v) case by case", "power rule"]),
    ],
)
def test_the_rules_by_name(text, rules):
    assert [rule for rule, _ in steps(Derivative(parse(text), X))] == rules


def test_other_letters_stand_still():
    found = differentiate(parse("c*x**2 + k", ("x", "c", "k")), X)
    assert to_sympy(found) == to_sympy(parse("2*c*x", ("x", "c")))
    assert differentiate(parse("c*k", ("x", "c", "k")), X) == number(0)
    assert depends(found, Symbol("c"))


def test_a_planted_mistake_is_seen():
    """The oracle of these tests tells 1 - tanh² from 1 + tanh²."""
    wrong = Sum((number(1), Power(Call("tanh", (X,)), number(2))))
    assert not np.allclose(compiled(wrong)(POINTS), values("tanh(x)"))
    right = Sum((number(1), Negative(Power(Call("tanh", (X,)), number(2)))))
    assert np.allclose(compiled(right)(POINTS), values("tanh(x)"))


def test_a_line_applies_one_rule():
    f = "x*sin(x) + exp(2*x)"
    found = list(steps(Derivative(parse(f), X)))
    assert [rule for rule, _ in found][:2] == ["sum rule", "product rule"]
    assert sum(isinstance(part, Derivative) for part in walk(found[1][1])) == 2  # of sin x and e^(2x)


def test_of_numbers_and_letters_the_moving_one_comes_first():
    assert differentiate(parse("max(1, x)"), X) == differentiate(parse("max(x, 1)"), X) == parse("1 if x > 1 else 0")
    assert differentiate(parse("x**1"), X) == number(1)


def test_a_power_whose_exponent_is_a_letter():
    k = sympy.Symbol("k", real=True)
    slope = to_sympy(differentiate(parse("x**k", names=("x", "k")), X))
    x = sympy.Symbol("x", real=True)
    assert sympy.simplify(slope.subs({x: 3, k: 4}) - sympy.diff(x**k, x).subs({x: 3, k: 4})) == 0
