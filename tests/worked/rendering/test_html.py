"""Pages of worked calculations: nothing stands where it cannot be seen."""

import functools
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

import thalweg as tw
from thalweg.worked.rendering.html import render_html
from thalweg.worked.rendering.text import render_text
from thalweg.worked.step_files.file import read_step_file

FOLDER = Path(__file__).parents[3] / "examples" / "worked"


class _Formulas(HTMLParser):
    """The text of each formula, a list a line."""

    def __init__(self):
        super().__init__()
        self.lines, self.inside = [], False

    def handle_starttag(self, tag, attrs):
        if ("class", "line") in attrs:
            self.lines.append([])
        if tag == "math" and self.lines:
            self.inside = True
            self.lines[-1].append("")

    def handle_endtag(self, tag):
        self.inside = self.inside and tag != "math"

    def handle_data(self, data):
        if self.inside and self.lines:
            self.lines[-1][-1] += data


@functools.cache
def wide_step():
    """40 inputs shown whole: sums of 40 terms."""
    net = tw.mlp(40, 2, 1)
    rng = np.random.default_rng(0)
    return tw.worked_step(net, "mse", net.init(0), rng.normal(size=(1, 40)), [[1.0]])


@functools.cache
def wide_document():
    return wide_step().document(layer="layer1")


def lines_of(document):
    page = _Formulas()
    page.feed(render_html(document))
    return page.lines


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_every_line_can_be_broken(path):
    """field s06-page-and-print-cut-the-value: a formula is not broken by browsers, but between two there is room."""
    for line in lines_of(read_step_file(path).open().document()):
        assert max(map(len, line)) < 75, line


def test_sums_break_between_their_terms():
    document = wide_document()
    longest = max(lines_of(document), key=len)
    assert len(longest) > 80
    assert max(map(len, longest)) < 45
    assert longest[-1].startswith("=")


def test_a_broken_line_says_what_the_whole_says():
    document = wide_document()
    letters = re.compile(r"[\d.]+")
    text = render_text(document, 10_000).replace("-", "−")
    for line in lines_of(document):
        numbers = letters.findall("".join(line))
        assert numbers[-1] in text


def test_on_paper_nothing_runs_off():
    page = render_html(wide_step().document())
    assert "@media print" in page
    assert "nowrap" not in page
