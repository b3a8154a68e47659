"""Figures as SVG inside a page."""

import re
import subprocess
import sys
from xml.etree import ElementTree

import numpy as np

from thalweg.plots import confusion_matrix, inline_svg, learning_curves, predicted_against_actual


def tree(svg):
    return ElementTree.fromstring(svg)


def test_the_same_figure_gives_the_same_bytes():
    values = np.arange(600.0)
    for draw in (lambda: learning_curves([2.0, 1.0]), lambda: predicted_against_actual(values, values)):
        assert inline_svg(draw(), "f", "t") == inline_svg(draw(), "f", "t")


def test_identifiers_are_the_figures_own_and_whole():
    first, second = (inline_svg(learning_curves([2.0, 1.0], best_epoch=1), name, "t", "d") for name in ("one", "two"))
    for svg, name in ((first, "one"), (second, "two")):
        identifiers = [element.get("id") for element in tree(svg).iter() if element.get("id")]
        assert len(identifiers) == len(set(identifiers)) > 2
        assert all(identifier.startswith(f"{name}-") for identifier in identifiers)
        used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', svg))
        assert used
        assert used <= set(identifiers)


def test_a_title_and_a_description_for_those_who_do_not_see_it():
    svg = tree(inline_svg(learning_curves([2.0, 1.0]), "f", "Loss <&>", "It fell."))
    assert svg.get("role") == "img"
    title, description = svg[0], svg[1]
    assert (title.tag, title.text) == ("title", "Loss <&>")
    assert (description.tag, description.text) == ("desc", "It fell.")
    assert svg.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"


def test_names_stay_text_whatever_they_hold():
    names = ['</text><script>alert("1")</script>', "日本", 'id="x" url(#y)', "$\\frac$"]
    svg = tree(inline_svg(confusion_matrix(np.eye(4, dtype=int), names), "f", "t"))
    shown = [element.text for element in svg.iter("text")]
    assert "日本" in shown
    assert 'id="x" url(#y)' in shown
    assert "$\\frac$" in shown
    assert any(text.startswith("</text><scri") for text in shown)
    assert not list(svg.iter("script"))


def test_a_picture_of_many_points_stays_small_and_inside():
    random = np.random.default_rng(0)
    values = random.normal(size=10_000)
    svg = inline_svg(predicted_against_actual(values, values + random.normal(size=10_000)), "f", "t")
    (image,) = tree(svg).iter("image")
    assert image.get("href").startswith("data:image/png;base64,")
    assert len(svg) < 400_000


def test_matplotlib_is_imported_when_it_is_used_and_keeps_no_state():
    code = """
import sys, thalweg.plots as plots
assert 'matplotlib' not in sys.modules
figure = plots.learning_curves([2.0, 1.0])
plots.inline_svg(figure, 'f', 't')
figure._repr_png_()  # of which test_shown_figure.py says more
assert 'matplotlib.pyplot' not in sys.modules
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
