"""What every page has: one file, no script, nothing from elsewhere, figures that are read aloud."""

import re

import pytest
from jinja2 import UndefinedError
from matplotlib.figure import Figure
from read_page import ATTACK, Page

from thalweg.reports.page import drawn, render_page

NOTHING = {
    "title": "wine", "kind": "diagnosis", "subtitle": "", "versions": (), "findings": (), "verdict": "well",
    "notes": (), "numbers": (), "figures": (), "heads": (), "layers": (), "legend": "",
}  # fmt: skip


def figure(width=6.0, title="loss"):
    made = Figure(figsize=(width, 3.0))
    made.add_subplot().set_title(title, parse_math=False)
    return made


def test_the_frame_of_a_page():
    text = render_page("diagnosis", **{**NOTHING, "subtitle": "of wine.csv", "versions": (("a", "1"), ("b", "2.3"))})
    page = Page(text)
    assert text.startswith("<!doctype html>")
    assert "<title>wine: diagnosis</title>" in text
    assert page.text.strip().endswith("Made by a 1, b 2.3.")
    assert "of wine.csv" in page.text
    assert Page(render_page("diagnosis", **NOTHING)).text.strip().endswith("Made by Thalweg.")
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'; img-src data:") in page.attributes


def test_a_figure_as_it_stands_in_a_page():
    narrow, wide = drawn(figure(), "loss", "Loss", "It falls."), drawn(figure(7.1), "loss", "Loss", "It falls.")
    assert (narrow.wide, wide.wide, narrow.caption) == (False, True, "It falls.")
    page = Page(render_page("diagnosis", **{**NOTHING, "figures": [narrow]}))
    assert page.tags.count("svg") == page.tags.count("figcaption") == 1
    assert page.text.count("It falls.") >= 1


def test_texts_are_shown_as_they_are_written():
    given = {**NOTHING, "title": ATTACK, "kind": ATTACK, "subtitle": ATTACK, "versions": ((ATTACK, ATTACK),)}
    page = Page(render_page("diagnosis", **given))
    assert not {"script", "img"} & set(page.tags)
    assert page.text.count("alert(1)") >= 5
    assert "49" not in page.text
    hostile = drawn(figure(title=ATTACK), "f", ATTACK, ATTACK)
    page = Page(render_page("diagnosis", **{**NOTHING, "figures": [hostile]}))
    assert not {"script", "img"} & set(page.tags)
    assert not any(name.startswith("on") for name, _ in page.attributes)


def test_a_template_that_lacks_a_value_is_refused():
    with pytest.raises(UndefinedError, match="verdict"):
        render_page("diagnosis", **{name: value for name, value in NOTHING.items() if name != "verdict"})


def test_nothing_comes_from_elsewhere():
    text = render_page("diagnosis", **{**NOTHING, "figures": [drawn(figure(), "loss", "Loss", "")]})
    page = Page(text)
    assert not {"script", "link", "iframe", "object"} & set(page.tags)
    assert re.findall(r"url\((?!#)", text) == []
    assert all(v.startswith(("#", "data:")) for name, v in page.attributes if name in ("src", "href", "xlink:href"))
