"""Formulas as SymPy expressions: what comes out, what is refused, and that SymPy reads no text."""

import sys
import time

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

import thalweg as tw
from thalweg.formulas.expression import Derivative, Folded, Symbol
from thalweg.formulas.functions import FUNCTIONS
from thalweg.formulas.parsing import parse
from thalweg.formulas.sympy_view import to_sympy

x = sympy.Symbol("x", real=True)


def parse_formula(text, names=("x", "n")):
    return to_sympy(parse(text, names))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x*tanh(log(1+exp(x)))", x * sympy.tanh(sympy.log(1 + sympy.exp(x)))),
        ("0.1*x - 1/3", x / 10 - sympy.Rational(1, 3)),
        ("sigmoid(x)", 1 / (1 + sympy.exp(-x))),
        ("softplus(x)", sympy.log(1 + sympy.exp(x))),
        ("relu(x)", sympy.Max(x, 0)),
        ("max(x, 1, 2)", sympy.Max(x, 2)),
        ("min(0, x)", sympy.Min(x, 0)),
        ("abs(x)", sympy.Abs(x)),
        ("e**x + pi", sympy.exp(x) + sympy.pi),
        ("log1p(x) + expm1(x)", sympy.log(1 + x) + sympy.exp(x) - 1),
        ("x if 0 < x <= 1 else 2", sympy.Piecewise((x, (x > 0) & (x <= 1)), (2, True))),
        ("1e-3*x**-2", sympy.Rational(1, 1000) / x**2),
    ],
)
def test_the_expression(text, expected):
    assert parse_formula(text) == expected


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_is_known_to_sympy(name):
    arguments = "x, 0.5" if name in ("max", "min") else "x"
    found = parse_formula(f"{name}({arguments})")
    value = FUNCTIONS[name].scalar(*((0.7, 0.5) if name in ("max", "min") else (0.7,)))
    assert float(found.subs(x, sympy.Rational(7, 10)).evalf(30)) == pytest.approx(value, rel=1e-14)


def test_other_names():
    assert parse_formula("a*(1 - a)", names=("a",)) == sympy.Symbol("a", real=True) * (1 - sympy.Symbol("a", real=True))
    with pytest.raises(tw.ArgumentError, match="unknown name 'x'"):
        parse_formula("x", names=("a",))


def test_derivatives_and_what_letters_stand_for():
    found = to_sympy(Derivative(parse("k*x**2", ("k", "x")), Symbol("x")), {"k": parse("3")})
    assert found.doit() == 6 * x


def test_without_sympy_it_is_told_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sympy", None)
    with pytest.raises(tw.ArgumentError, match=r'pip install "thalweg\[sympy\]"'):
        to_sympy(parse("x"))
    with pytest.raises(tw.ArgumentError, match="SymPy is not installed"):
        tw.derive("tanh").lines[0].sympy  # noqa: B018 - what it raises


def test_what_sympy_has_not():
    with pytest.raises(tw.ArgumentError, match="nothing for a Folded"):
        to_sympy(Folded(3))


HOSTILE = [
    "__import__('os')",
    "__import__",
    "x.__class__",
    "().__class__",
    "().__class__.__bases__[0].__subclasses__()",
    "9**9**9**9",
    "x**9**9**9",
    "x if x else",
    "x if x else 1",
    "lambda: x",
    "lambda x: x",
    "(x := 1)",
    "[x for x in (1, 2)]",
    "exec('x')",
    "eval(x)",
    "open(x)",
    "Symbol(x)",
    "S(x)",
    "Integer(3)",
    "x.subs(x, 1)",
    "x" * 100_000,
    "(" * 140 + "x" + ")" * 150,
    "-" * 290 + "x",
    "exp(" * 60 + "x" + ")" * 60,
    "ｅval(x)",
    "𝑥",
    "x\u202e",
    "ⅹ",
    "x\u0301",
    "x\x00y",
    "x\ny",
    "факториал(x)",
    "factorial(99999)",
    "2**99999999",
    "1e99999*x",
    "0" * 5 + "1",
    "x@x",
    "f'{x}'",
    "`x`",
    "$x",
    "x!",
    "x'",
    "{x: x}",
    "x[...]",
    "await x",
    "yield",
    "import os",
    "x; import os",
    "x #",
    "print",
    "None",
    "True + x",
    "1j",
    "...",
    "",
    "\t",
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:25]))
def test_hostile_formulas_are_one_line_at_once(text, monkeypatch):
    for name in ("sympify", "parse_expr", "S"):
        monkeypatch.setattr(sympy, name, None)
    begun = time.process_time()
    with pytest.raises(tw.ArgumentError) as told:
        parse_formula(text)
    assert time.process_time() - begun < 1.0
    assert len(str(told.value).splitlines()) == 1
    assert len(str(told.value)) < 400


def test_no_text_reaches_sympy(monkeypatch):
    """SymPy reads texts with parse_expr, which evaluates them: it is never called."""
    import sympy.parsing.sympy_parser as parser

    def read(*_, **__):
        raise AssertionError("SymPy was given a text")

    monkeypatch.setattr(parser, "parse_expr", read)
    with pytest.raises(AssertionError, match="given a text"):
        sympy.sympify("x + 1")
    parse_formula("x*tanh(log(1+exp(x))) if x > 0 else erf(x)/sqrt(2*pi) + 0.5*max(x, 1, softplus(x))")


@given(st.text("x0123456789+-*/()., expsqrtlogmaxifels<>=_'", max_size=30))
def test_what_is_read_can_be_built(text):
    begun = time.process_time()
    try:
        parse_formula(text)
    except tw.ArgumentError as error:
        assert len(str(error).splitlines()) == 1  # noqa: PT017
    assert time.process_time() - begun < 5.0
