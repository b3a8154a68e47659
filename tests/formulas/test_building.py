"""Formulas from texts with what their names stand for."""

import math

import pytest

import thalweg as tw
from thalweg.formulas.building import build
from thalweg.formulas.evaluation import evaluate
from thalweg.formulas.expression import Negative, Number, Product, Symbol
from thalweg.formulas.write_text import TextWriter

NAMES = {"beta": 0.9, "m_last": -2.0, "g": 0.5, "k": 3.0, "e": 0.25}


@pytest.mark.parametrize(
    "text",
    [
        "beta*m_last + (1 - beta)*g",
        "-g*(1 - beta**k)/beta",
        "abs(m_last) - sqrt(g)*ln(k)",
        "e**2/2 if abs(e) <= g else g*(abs(e) - g/2)",
        "max(beta*m_last, abs(g) + e) - -m_last",
    ],
)
def test_it_means_what_python_means(text):
    python = {"abs": abs, "sqrt": math.sqrt, "ln": math.log, "max": max, "__builtins__": {}}
    built = build(text, {name: Number(value) for name, value in NAMES.items()})
    assert evaluate(built) == pytest.approx(eval(text, python, NAMES), rel=1e-14)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("g*m", "-s m"),
        ("-g*m", "s m"),
        ("1 - g", "1 + s"),
        ("m - g*h", "m + s x y"),
        ("m*h", "m x y"),
    ],
)
def test_signs_of_what_a_name_stands_for_are_drawn_out(text, written):
    names = {"g": Negative(Symbol("s")), "m": Symbol("m"), "h": Product((Symbol("x"), Symbol("y")))}
    assert TextWriter().write(build(text, names)) == written


def test_a_number_keeps_its_sign():
    assert TextWriter().write(build("-g*h", {"g": Number(-1.5), "h": Number(2.0)})) == "-(-1.5)(2)"


def test_a_name_that_there_is_not():
    with pytest.raises(tw.ArgumentError, match="unknown name 'rat': did you mean 'rate'"):
        build("rat*2", {"rate": Number(1.0)})
