"""A derivation as a piece of a page: every line and rule, well formed, in another text's letters, nothing as markup."""

import re
from html import unescape

import pytest
from read_page import Page

from thalweg.formulas.expression import Symbol
from thalweg.worked.derivations.derivation import Derivation
from thalweg.worked.derivations.derive import derive, derived_names
from thalweg.worked.derivations.render_mathml import render_fragment, render_html


def plain(html):
    return re.sub(r"\s+", "", unescape(re.sub(r"<[^>]*>", "", html)))


@pytest.mark.parametrize("name", [*derived_names(), "x*tanh(log(1 + exp(x)))", "x if x > 0 else 0.1*x"])
def test_every_line_is_there_with_its_rule(name):
    found = derive(name)
    html = render_fragment(found)
    Page(html)
    assert html.count('<tr class="line">') == len(found.lines)
    for line in found.lines:
        assert line.rule == "definition" or plain(line.rule) in plain(html)
    assert all(plain(note) in plain(html) for note in found.notes)


def test_letters_of_another_text_are_written_both_at_once():
    html = render_fragment(derive("sigmoid"), {"n": Symbol("a"), "a": Symbol("z")})
    assert plain(html.split("</table>")[0]).endswith("=z(1−z)takeouta")
    assert "call n what is written a and a what is written z" in html
    softmax = render_fragment(derive("softmax"), {"n": Symbol("z")})
    assert "<msub><mi>z</mi><mi>j</mi></msub>" in softmax
    assert "<msub><mi>n</mi>" not in softmax


def test_a_title_is_no_markup():
    of = Derivation("<img src=x>", (), ("<img src=y>",))
    assert "<img" not in render_fragment(of) + render_html(of)


def test_a_page_of_its_own_has_the_lines_and_asks_for_nothing():
    found = derive("sigmoid")
    html = found.to_html()
    assert render_fragment(found, heading="h1") in html
    assert html.startswith("<!doctype html>")
    assert "<title>The derivative of sigmoid</title>" in html
    assert not re.search(r"<script|<link|src=|href=|https?://(?!www\.w3\.org)", html)
    Page(html)
