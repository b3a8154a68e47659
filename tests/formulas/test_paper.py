"""Formulas as on paper, and written in every form."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest
from formula_texts import KNOWN, POINTS

from thalweg.formulas.differentiation import differentiate
from thalweg.formulas.evaluation import evaluate
from thalweg.formulas.expression import Call, Derivative, Power, Summation, Symbol, parts, rebuilt
from thalweg.formulas.paper import on_paper
from thalweg.formulas.parsing import parse
from thalweg.formulas.program import compiled
from thalweg.formulas.write_latex import LatexWriter
from thalweg.formulas.write_mathml import MathMLWriter
from thalweg.formulas.write_text import TextWriter

X = Symbol("x")


def off_paper(expression):
    """e to a power and σ as the functions that they are."""
    match expression:
        case Power(Symbol("e"), u):
            return Call("exp", (off_paper(u),))
        case Call(Symbol("σ"), (u,)):
            return Call("sigmoid", (off_paper(u),))
    return rebuilt(expression, map(off_paper, parts(expression)))


@pytest.mark.parametrize("text", KNOWN)
def test_on_paper_it_is_the_same_function(text):
    for expression in (parse(text), differentiate(parse(text), X)):
        found = [evaluate(off_paper(on_paper(expression)), {"x": float(x)}) for x in POINTS]
        np.testing.assert_allclose(found, compiled(expression)(POINTS), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2*exp(-x)/(1 + x**2)", "2 e⁻ˣ / (1 + x²)"),
        ("-3*x + x/3", "-3 x + x/3"),
        ("1/3*x**2.5", "(1/3) x^2.5"),
        ("abs(x)*sigmoid(x)", "|x| σ(x)"),
        ("(x**2)**3 + exp(x)**2", "(x²)³ + (eˣ)²"),
        ("alpha*n_i*sqrt(2) + pi", "α nᵢ √2 + π"),
        ("log(x) - ln(2*x)", "ln(x) - ln(2 x)"),
        ("log1p(x)*expm1(x)", "ln(1 + x)(eˣ - 1)"),
        ("x if -1 < x <= 1 else 2", "{x if -1 < x ≤ 1, else 2}"),
    ],
)
def test_as_text(text, written):
    found = on_paper(parse(text, ("x", "alpha", "n_i")))
    assert TextWriter(algebraic=True).write(found) == written


WHOLE = [
    "x if -1 < x <= 1 else (1/x)**2",
    "(x/3)**2*abs(x)",
    "2*tanh(x) - sinh(x)",
    "sqrt(2*x)/exp(-x)",
]


@pytest.mark.parametrize("text", [*WHOLE, *KNOWN])
def test_every_form_is_well_formed(text):
    expression = on_paper(Derivative(parse(text), X, "∂"))
    for algebraic in (False, True):
        latex = LatexWriter(algebraic=algebraic).write(expression)
        assert latex.startswith(r"\frac{\partial}{\partial x}\left[")
        assert latex.count("{") == latex.count("}")
        assert latex.count(r"\left") == latex.count(r"\right")
        mathml = ET.fromstring(f"<math>{MathMLWriter(algebraic=algebraic).write(expression)}</math>")
        words = "".join(mathml.itertext())
        assert words.startswith("∂∂x[")
        assert all((name in words) == (name in text) for name in ("tanh", "sinh", "erf", "asinh"))


def test_a_fraction_that_is_raised_is_in_parentheses():
    """Without them the 2 stands beside the fraction, or is taken for one of its top; they are as tall as it."""
    squared = parse("(x/3)**2")
    assert LatexWriter().write(squared) == r"\left(\frac{x}{3}\right)^{2}"
    assert "<mrow><mo>(</mo><mfrac>" in MathMLWriter().write(squared)


def test_sums_and_cases():
    total = Summation("k≠i", Symbol("t", ("k",)))
    assert TextWriter(algebraic=True).write(total) == "Σ[k≠i] tₖ"
    assert LatexWriter().write(total) == r"\sum_{k \ne i} t_{k}"
    assert (
        MathMLWriter().write(total) == "<munder><mo>∑</mo><mtext>k≠i</mtext></munder><msub><mi>t</mi><mi>k</mi></msub>"
    )
    choice = MathMLWriter().write(parse("x if x < 1 else 2"))
    assert "<mi>x</mi><mo>&lt;</mo><mn>1</mn>" in choice
    assert choice.count("<mtr>") == 2
