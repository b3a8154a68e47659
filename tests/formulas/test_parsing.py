"""What is read as a formula, and the one line that anything else gets; nothing is ever run."""

import time
import warnings

import numpy as np
import pytest
import sympy
from formula_texts import KNOWN, POINTS
from hypothesis import given
from hypothesis import strategies as st

import thalweg as tw
from thalweg.formulas.expression import Call, Quotient, Symbol
from thalweg.formulas.functions import FUNCTIONS
from thalweg.formulas.parsing import DEEPEST, LONGEST, parse
from thalweg.formulas.program import compiled

PYTHON = {name: getattr(np, name) for name in FUNCTIONS if hasattr(np, name)} | {
    "atan": np.arctan,
    "asinh": np.arcsinh,
    "abs": np.abs,
    "max": lambda *u: np.maximum.reduce(np.broadcast_arrays(*u)),
    "min": lambda *u: np.minimum.reduce(np.broadcast_arrays(*u)),
    "relu": lambda u: np.maximum(u, 0.0),
    "sigmoid": lambda u: 1.0 / (1.0 + np.exp(-u)),
    "softplus": lambda u: np.log(1.0 + np.exp(u)),
    "erf": np.vectorize(lambda u: float(sympy.erf(u))),
    "pi": np.pi,
    "e": np.e,
}


@pytest.mark.parametrize("text", KNOWN)
def test_a_formula_means_what_python_means(text):
    found = compiled(parse(text))(POINTS)
    expected = [float(eval(text, {"__builtins__": {}}, {**PYTHON, "x": x})) for x in POINTS]
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    ("text", "same"),
    [("ln(x)", "log(x)"), ("arctan(x)", "atan(x)"), ("e**x", "exp(x)"), ("+x", "x"), ("  x ", "x"), ("1_0*x", "10*x")],
)
def test_other_spellings(text, same):
    assert parse(text) == parse(same)


def test_further_functions():
    found = parse("exp(n)/sum(exp(n))", ("n",), ("sum",))
    assert found == Quotient(Call("exp", (Symbol("n"),)), Call("sum", (Call("exp", (Symbol("n"),)),)))
    with pytest.raises(tw.ArgumentError, match="unknown function 'sum'"):
        parse("sum(n)", ("n",))


def test_a_row_of_maxima_is_taken_by_pairs():
    assert parse("max(x, 1, 2, 3, 4)") == parse("max(max(max(x, 1), max(2, 3)), 4)")


HOSTILE = {
    "__import__('os')": 'column 12: "\'" cannot stand in a formula',
    "x.__class__": "column 1: 'x.__class__' asks for an attribute",
    "2*().__class__": "column 3: '().__class__' asks for an attribute",
    "(1).real*x": "asks for an attribute",
    "9**9**9**9": "column 4: '9**9**9' raises to the power 3.8742e+08: go up to 100",
    "x**9**9": "raises to the power 3.8742e+08",
    "(((x**50)**50)**50)": "raises to the power 2500",
    "((x**2 + 1)**60 + 1)**3": "raises to the power 120",
    "10**99*10**99 + x": "is too large",
    "1e-200*1e-200 + x": "is too small",
    "1e400": "column 1: '1e400' is too large",
    "x if x else": "column 1: invalid syntax",
    "x if x else 2": "column 6: 'x' is no condition: compare with < <= > >=",
    "x if x == 0 else 2": "is no condition",
    "x if x is x else 2": "is no condition",
    "x if x in (x,) else 2": "is no condition",
    "x if x < 1 and x > 0 else 2": "is no condition",
    "x < 1": "column 1: 'x < 1' is no number",
    "not x": "is not of a formula",
    "x and x": "is not of a formula",
    "~x": "column 1: '~' cannot stand in a formula",
    "x // 2": "'x // 2' is not of a formula",
    "x % 2": "column 3: '%' cannot stand",
    "x @ x": "'@' cannot stand",
    "lambda x: x": "column 9: ':' cannot stand in a formula",
    "(y := x)": "':' cannot stand in a formula",
    "[x for x in x]": "'[' cannot stand in a formula: write ( and )",
    "(x for x in x)": "is not of a formula",
    "{x}": "'{' cannot stand",
    "x[0]": "'[' cannot stand",
    "f'{x}'": '"\'" cannot stand',
    "'x'": "a formula has no texts",
    '"x"': "a formula has no texts",
    "b''": "a formula has no texts",
    "x, x": "'x, x' is not of a formula",
    "*x": "column 1",
    "exp(*x)": "column 5: '*x' is not of a formula",
    "exp(**x)": "exp takes no arguments by name",
    "exp(x=1)": "exp takes no arguments by name: write exp(u)",
    "exp(x, x)": "exp takes one argument, not 2",
    "exp()": "exp takes one argument, not 0",
    "max(x)": "max takes at least two arguments, not 1",
    "exp(exp)": "column 5: exp is a function: write exp(...)",
    "exp": "exp is a function",
    "x(2)": "x is no function: write x*(...) for a product",
    "(exp)(x)(x)": "is no function: write one of exp, log",
    "eval(x)": "unknown function 'eval'",
    "tahn(x)": "unknown function 'tahn': did you mean 'tan",
    "sigmiod(x)": "did you mean 'sigmoid'?",
    "y": "unknown name 'y'",
    "X": "unknown name 'X'",
    "True": "column 1: 'True' is no number",
    "None": "column 1: 'None' is no number",
    "...": "is no real number",
    "1j*x": "column 1: '1j' is no real number",
    "2x": "column 1: invalid decimal literal",
    "0x1for x": "column",
    "x^2": "column 2: '^' cannot stand in a formula: write ** for a power",
    "x²": "write **2",
    "ｘ": "'ｘ' cannot stand in a formula: use plain letters and signs",
    "𝓍": "use plain letters",
    "х": "use plain letters",  # Cyrillic
    "x\u200b": "use plain letters",
    "x\n+1": r"'\n' cannot stand",
    "x\x00": r"'\x00' cannot stand",
    "x # 1": "'#' cannot stand",
    "x;x": "';' cannot stand",
    "x\\x": "cannot stand",
    "await x": "column",
    "(yield x)": "is not of a formula",
    "(await x)": "column 2",
    "print(x)": "unknown function 'print'",
    "": "the formula is empty",
    "   ": "the formula is empty",
    "(x": "column 1: '(' was never closed",
    "x)": "column 2: unmatched ')'",
    "x x": "invalid syntax",
    "   x y": "invalid syntax",
    "log(-1)*x": "column 1: 'log(-1)' has no value",
    "x*(1/0)": "column 4: '1/0' has no value",
    "x + sigmoid(x/0)": "column 13: 'x/0' divides by 0: change it",  # h31-formula-by-zero
    "x*(1 + x/(2 - 2))": "column 8: 'x/(2 - 2)' divides by 0",
    "sqrt(-2)": "has no value",
    "exp(1000)*x": "is too large",
    "x + exp(exp(exp(10)))": "is too large",
    "x*" * 200 + "x": f"the formula has 401 characters: write it in at most {LONGEST}",
    "(" * 120 + "x" + ")" * 120: "",
    "-" * 200 + "x": f"nested deeper than {DEEPEST} levels",
    "exp(" * 30 + "x" + ")" * 30: f"nested deeper than {DEEPEST} levels",
    "x" + "**x" * 90: f"nested deeper than {DEEPEST} levels",
}


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:30]))
def test_anything_else_is_one_line_at_once(text):
    if not HOSTILE[text]:
        parse(text)
        return
    begun = time.process_time()
    with warnings.catch_warnings(record=True, action="always") as warned, pytest.raises(tw.ArgumentError) as told:
        parse(text)
    assert time.process_time() - begun < 1.0
    assert HOSTILE[text] in str(told.value)
    assert "\n" not in str(told.value)
    assert len(str(told.value)) < 400
    assert not warned


@given(st.text(max_size=40) | st.text("x0123456789+-*/()., ifelsexpmaxn<=>_'\"[]{}:", max_size=40))
def test_any_text_is_a_formula_or_one_line(text):
    try:
        parse(text)
    except tw.ArgumentError as error:
        assert len(str(error).splitlines()) == 1  # noqa: PT017


def test_reading_runs_nothing(monkeypatch):
    """No compile, no eval, no exec: Python is asked for its tree alone."""
    import builtins

    seen = []
    real = compile

    def spied(*arguments, **settings):
        seen.append(arguments[3] if len(arguments) > 3 else settings.get("flags"))
        return real(*arguments, **settings)

    monkeypatch.setattr(builtins, "compile", spied)
    for name in ("eval", "exec", "__import__"):
        monkeypatch.setattr(builtins, name, None if name != "__import__" else builtins.__import__)
    parse("x*tanh(log(1+exp(x)))")
    import ast

    assert seen == [ast.PyCF_ONLY_AST]


def test_warnings_of_the_user_stay_as_they_are():
    before = list(warnings.filters)
    parse("x*2")
    assert list(warnings.filters) == before
