"""Patterns of a table of symbols: what their texts say, and what is said of one that says nothing."""

import pytest

import thalweg as tw
from thalweg.formulas.expression import Symbol
from thalweg.formulas.write_latex import LatexWriter
from thalweg.formulas.write_text import TextWriter
from thalweg.worked.notations.pattern import parse_pattern

VALUES = {"to": 1, "from": 2, "layer": 3, "letter": "H", "rank": "", "name": "hidden", "source": "p", "weight": "w"}


@pytest.mark.parametrize(
    ("text", "written", "latex"),
    [
        ("w_{to},{from}^{layer}", "w³₁,₂", "w_{1,2}^{3}"),
        ("w_{to}{from}^({layer})", "w⁽³⁾₁₂", "w_{12}^{(3)}"),
        ("w^{layer+1}_{to}0", "w⁴₁₀", "w_{10}^{4}"),
        ("a_{to}^[{layer}]", "a^[3]₁", "a_{1}^{[3]}"),
        (r"\delta_{to}^{rank}", "δ₁", r"\delta_{1}"),
        (r"coefs\_[{layer-1}]_{from},{to}", "coefs_[2]₂,₁", r"\mathrm{coefs\_[2]}_{2,1}"),
        ("ŷ_{to}", "ŷ₁", r"\hat{y}_{1}"),
        ("x̄", "x̄", r"\bar{x}"),
        ("h'", "h′", "h'"),
        ("E_total", "E[total]", r"E_{\mathrm{total}}"),
        ("d{weight}", "dw", r"\mathrm{dw}"),
        ("w_{letter}1→{letter}2", "w[H1→H2]", r"w_{H 1 \to H 2}"),
        (r"a\,b", "a,b", r"\mathrm{a,b}"),
    ],
)
def test_a_pattern_is_filled_and_written(text, written, latex):
    symbol = parse_pattern(text).filled(VALUES)
    assert TextWriter().write(symbol) == written
    assert LatexWriter().write(symbol) == latex


def test_numbers_side_by_side_are_apart_where_one_has_two_digits():
    pattern = parse_pattern("w_{to}{from}")
    assert pattern.filled({"to": 11, "from": 2}, apart=True) == Symbol("w", ("11", "2"))
    assert pattern.filled({"to": 1, "from": 2}) == Symbol("w", ("12",))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("_{to}", "no letter before its indices"),
        ("w_", "an index that is empty"),
        ("w_{to},", "an index that is empty"),
        ("w_{to}_{from}", "two parts behind _"),
        ("w_{to", "a { without its }"),
        ("w_to}", "a } without its {"),
        ("w_{to,from}", "{to,from}, which is no placeholder"),
        ("w_{}", "{}, which is no placeholder"),
        (r"\detla_{to}", r"did you mean '\\delta'"),
        ("w\\", "ends in a backslash"),
    ],
)
def test_what_is_no_pattern_is_told(text, told):
    with pytest.raises(tw.ArgumentError) as caught:
        parse_pattern(text)
    assert told in str(caught.value)
